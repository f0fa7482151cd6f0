// Package limit holds the small bounds that several parts of the engine share,
// each a value that is judged at a moment it is given.
package limit

import (
	"crypto/subtle"
	"time"
)

// repeatFor is how long the same wrong answer counts as a repeat.
const repeatFor = 10 * time.Second

// Repeat remembers the last wrong answer, so that a client which sends each
// request twice is charged once. The zero Repeat remembers nothing.
type Repeat struct {
	Digest []byte    // of the answer, keyed
	At     time.Time // when it missed
}

// Is reports whether the answer with that digest is the one that missed less
// than ten seconds ago. An answer that missed later than now, after the clock
// was set back, is none: it is judged and charged again.
func (r Repeat) Is(digest []byte, now time.Time) bool {
	return len(r.Digest) > 0 && !now.Before(r.At) && now.Before(r.At.Add(repeatFor)) &&
		subtle.ConstantTimeCompare(r.Digest, digest) == 1
}
