package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
)

// Bounds of guessing at an account's second factor by somebody who knows its
// password. With six digits and a window of three steps, 30 guesses a day find
// a code once in thirty years, and once in six where the account has as many
// authenticators as it may; 100 in a row need an administrator (NIST SP 800-63B).
const (
	maxHour        = 10
	maxDay         = 30
	maxConsecutive = 100
)

// Ledger counts the wrong second factors of an account. The zero value is
// clean.
type Ledger struct {
	// Misses are the moments of the wrong answers of the last day, oldest
	// first, at most maxDay.
	Misses []time.Time
	// Cleared is when a complete login last cleared the hour. The day it
	// does not clear.
	Cleared time.Time
	// Consecutive counts misses since the last complete login.
	Consecutive int

	Unknown record.Unknown // what a newer program has written
}

// Exhausted reports whether no answer may be checked now. A miss that lies in the
// future, after the clock was set back, counts as recent.
func (l *Ledger) Exhausted(now time.Time) bool {
	hour, day := 0, 0
	for _, m := range l.Misses {
		if now.Sub(m) < 24*time.Hour {
			day++
		}
		if now.Sub(m) < time.Hour && m.After(l.Cleared) {
			hour++
		}
	}
	return hour >= maxHour || day >= maxDay || l.Consecutive >= maxConsecutive
}

// charge counts one wrong answer. None is judged while the ledger is exhausted,
// so what is kept does not grow past maxDay.
func (l *Ledger) charge(now time.Time) {
	kept := make([]time.Time, 0, len(l.Misses)+1)
	for _, m := range l.Misses {
		if now.Sub(m) < 24*time.Hour {
			kept = append(kept, m)
		}
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
