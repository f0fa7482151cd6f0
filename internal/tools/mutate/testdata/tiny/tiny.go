// Package tiny has code for every operator of the mutation tester, half of it
// tested (Good…) and half of it run and not looked at (Bad…).
package tiny

import (
	"log"
	"time"
)

const most = 3

const life = time.Minute

func GoodCondition(n bool) int {
	if n {
		return 1
	}
	return 2
}

func BadCondition(n bool) int {
	if n {
		return 1
	}
	return 2
}

func GoodComparison(a, b string) string {
	if a == b {
		return "same"
	}
	return "other"
}

func BadComparison(a, b error) string {
	switch {
	case a != b:
		return "same"
	}
	return "other"
}

func GoodBoundary(n int) string {
	if n < most {
		return "few"
	}
	return "many"
}

func BadBoundary(n int) string {
	if n < most {
		return "few"
	}
	return "many"
}

func GoodTime(t, end time.Time) string {
	if t.
		Before(end) {
		return "early"
	}
	return "late"
}

func BadTime(t, end time.Time) string {
	if end.After(t) {
		return "early"
	}
	return "late"
}

func GoodChain(a, b, c bool) string {
	if a && b || c {
		return "yes"
	}
	return "no"
}

func BadChain(a, b, c bool) string {
	if a && b || c {
		return "yes"
	}
	return "no"
}

func GoodBool(a bool) bool { return a }

func BadBool(a bool) bool { return a }

func GoodNot(a bool) (bool, int) { return same(!a), 1 }

func BadNot(a bool) (bool, int) { return same(!a), 1 }

func same(a bool) bool { return a }

// Sum has statements.
type Sum struct {
	n    int
	last time.Duration
}

// NewSum returns a sum that has come that far.
func NewSum(n int, last time.Duration) Sum { return Sum{n, last} }

// GoodAdd is tested.
func (s *Sum) GoodAdd(n int) {
	s.n += n
	s.last = life
	log.Print("added")
}

// BadAdd is not.
func (s *Sum) BadAdd(n int) {
	s.n++
	s.last = 2 * life
}

// String is not looked at.
func (s *Sum) String() string {
	if s.n == 0 {
		return "none"
	}
	return "some"
}

// Endless never ends if its condition is negated.
func Endless(n int) (i int) {
	for i != n {
		i++
	}
	return i
}

// Unseen is run by nobody.
func Unseen(list [most]int) (int, error) {
	list[0] = 1
	return list[1], nil
}

// Sum2 is for Shadow.
type Sum2 struct{}

// Shadow cannot return a zero value at once, since its parameter hides the type.
func Shadow(Sum2 Sum2) Sum2 {
	_ = Sum2
	return Sum2
}
