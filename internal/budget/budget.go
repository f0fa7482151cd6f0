// Package budget says how many of something there are in a period: the rules, each of
// which stands in one place with its number, and the arithmetic of those that refill
// evenly.
package budget

import (
	"math"
	"time"
)

// Rule is how many of something there are. Whoever counts by it takes the numbers from
// it, and so does the page that lists them.
type Rule struct {
	Name    string        // by which programs know it; never another's
	What    string        // what is counted
	By      string        // whose it is: what has a count of its own
	Size    int           // how many there are; 0: the configuration says
	Period  time.Duration // in which they come back; 0: they do not
	Refills Refill
	// Half says that no single network address may use more than half, nor may all
	// together who have not shown that what it is counted by is theirs.
	Half   bool
	UsedUp string // what happens when there is none left
	Source string // where the number comes from
}

// Refill is how what was used comes back.
type Refill string

// The ways.
const (
	// Evenly is one each Period divided by Size. Twice the size may go within a period
	// that begins with a full budget.
	Evenly Refill = "evenly"
	// EachAfter is each one a Period after it was used: no period has more than the size.
	EachAfter Refill = "each after the period"
	// AtOnce is all of them a Period after the first was used.
	AtOnce Refill = "all at once, a period after the first"
	// ByClock is all of them when the clock begins another Period.
	ByClock Refill = "all at once, by the clock"
	// Never is that they end with what they are counted by.
	Never Refill = "never"
	// ByLogin is that a complete login brings all of them back.
	ByLogin Refill = "by a complete login"
)

// Unit is how long one of an evenly refilled budget takes to come back: a nanosecond
// more than the Size-th part of the Period at most.
func (r Rule) Unit() time.Duration {
	n := time.Duration(max(r.Size, 1))
	return (r.Period + n - 1) / n
}

// Debt is how long it takes until so much of an evenly refilled budget is back: whole
// nanoseconds, so that a moment before one is back there is none, whatever was counted
// before. A number that is none is all of it.
func (r Rule) Debt(used float64) time.Duration {
	all := r.Full()
	d := math.Round(float64(used * float64(r.Unit()))) // the conversion rounds, so that every processor gives the same
	switch {
	case !(d < float64(all)): // also a number that is none
		return all
	case d < 0:
		return 0
	}
	return time.Duration(d)
}

// Used is the inverse of [Rule.Debt].
func (r Rule) Used(debt time.Duration) float64 { return float64(debt) / float64(r.Unit()) }

// Full is how long it takes until all of a budget that is used up is back.
func (r Rule) Full() time.Duration { return r.Unit() * time.Duration(r.Size) }

// Left is how many of an evenly refilled budget are there beside such a debt.
func (r Rule) Left(debt time.Duration) int { return int(max(0, r.Full()-debt) / r.Unit()) }
