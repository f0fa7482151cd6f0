package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
)

// Ledger counts the wrong second factors of an account. The zero value is
// clean.
type Ledger struct {
	// Misses are the moments of the wrong answers of the last day, oldest
	// first, as many as there are of the day at most.
	Misses []time.Time
	// Cleared is when a complete login was last. Older programs go by it; a clock cannot
	// tell what came before it from what came after.
	Cleared time.Time
	// Consecutive counts misses since the last complete login, which clears the hour: as
	// many of the latest count in it. The day it does not clear.
	Consecutive int

	Unknown record.Unknown // what a newer program has written
}

// Exhausted reports whether no answer may be checked now.
func (l *Ledger) Exhausted(now time.Time) bool {
	for _, left := range l.left(now) {
		if left <= 0 {
			return true
		}
	}
	return false
}

// left is how many wrong answers there are of the hour, the day and the row. A miss that
// lies in the future, after the clock was set back, counts as recent.
func (l *Ledger) left(now time.Time) (left [3]int) {
	hour, day := 0, 0
	for i, m := range l.Misses {
		if now.Sub(m) < dayGuesses.Period {
			day++
		}
		if now.Sub(m) < hourGuesses.Period && i >= len(l.Misses)-l.Consecutive {
			hour++
		}
	}
	return [...]int{hourGuesses.Size - hour, dayGuesses.Size - day, rowGuesses.Size - l.Consecutive}
}

// charge counts one wrong answer. None is judged while the ledger is exhausted,
// so what is kept does not grow past a day of them.
func (l *Ledger) charge(now time.Time) {
	kept := make([]time.Time, 0, len(l.Misses)+1)
	for _, m := range l.Misses {
		if now.Sub(m) < dayGuesses.Period {
			kept = append(kept, m)
		}
	}
	if n := len(kept); n > 0 && kept[n-1].After(now) { // of a node whose clock is ahead: no earlier than that
		now = kept[n-1]
	}
	l.Misses = append(kept, now)
	l.Consecutive++
}

// clear forgets the hour and the row after a complete login, not the day.
func (l *Ledger) clear(now time.Time) {
	l.Cleared = now
	l.Consecutive = 0
}

// Forget clears hour and day, for a changed password or an administrator.
func (l *Ledger) Forget() { *l = Ledger{Unknown: l.Unknown} }
