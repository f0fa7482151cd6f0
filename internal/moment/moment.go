// Package moment holds the two rules by which what rests is judged after a clock
// was set back: what grants is not believed from the future, and what denies is
// not forgotten for it.
package moment

import "time"

// Leeway is how far the clocks of two nodes may be apart: what began so much
// ahead of this one's may have begun on another.
const Leeway = 60 * time.Second

// Ahead reports whether something that grants began too far ahead of now to be
// believed. It is dead.
func Ahead(began, now time.Time) bool { return began.After(now.Add(Leeway)) }

// Begun returns when something that denies began: not later than now. It reports
// whether that differs from what it was told; then it has to be written, since it
// would begin anew each time that it is met.
func Begun(at, now time.Time) (began time.Time, moved bool) {
	if at.After(now) {
		return now, true
	}
	return at, false
}
