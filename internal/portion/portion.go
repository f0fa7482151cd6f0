// Package portion chooses how much of a long work is done at a time, so that what
// waits beside it waits for a few milliseconds at most.
package portion

import "time"

// The least and the most records of a portion. Of Min a store deletes all that
// are there, as store.Store says.
const (
	Min = 50
	Max = 2000
)

const (
	// holdGoal is how long the records of one portion may take, which is how
	// long they hold writers up: well below the 10 ms that no login may wait.
	// The time that a call takes whatever its records (the disk, the changes of
	// others that it waits for) is not counted.
	holdGoal = 2500 * time.Microsecond

	// Every sixteenth portion is a small one, which shows that other time.
	probeEvery = 16
)

// Size chooses how many records are deleted at a time, by how long those before
// took. It begins with few and at most doubles. The zero value is ready; it is for
// one goroutine.
type Size struct {
	calls int
	probe bool // the present portion is a small one
	size  int  // of one that is not

	base time.Duration // what a call takes whatever its records
	each float64       // what a record adds, in nanoseconds
}

// Next returns how many records are to be deleted now.
func (p *Size) Next() int {
	p.size = max(p.size, Min)
	p.probe = p.calls < 2 || p.calls%probeEvery == 0
	p.calls++
	if p.probe {
		return Min
	}
	return p.size
}

// Took learns how long n records took, of the portion that Next has chosen.
func (p *Size) Took(n int, d time.Duration) {
	if n > Min {
		p.learnEach(n, d)
	} else {
		p.learnBase(d)
	}
	if p.probe && p.size > Min {
		return
	}
	size := 2 * p.size
	if p.each > 0 {
		size = min(size, Min+int(float64(holdGoal)/p.each))
	}
	p.size = min(size, Max)
}

func (p *Size) learnBase(d time.Duration) {
	if p.base == 0 {
		p.base = d
	}
	p.base += (d - p.base) / 4
	p.each -= p.each / 64 // so that larger portions are tried again
}

// learnEach weighs what it learns: the fewer records, the more of the
// difference is chance.
func (p *Size) learnEach(n int, d time.Duration) {
	more := float64(n - Min)
	each, weight := float64(d-p.base)/more, more/float64(2*n)
	if p.each == 0 {
		weight = 1
	}
	p.each += (each - p.each) * weight
}
