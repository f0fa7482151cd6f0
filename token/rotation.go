package token

import (
	"errors"
	"fmt"
	"time"
)

// Rotation says how keys follow each other. A zero or negative field takes its
// default; [Rotation.Check] says what a policy may be.
type Rotation struct {
	// Every is how long a key signs; 90 days by default.
	Every time.Duration
	// Propagation is how long a key is shown before it signs: the longest that
	// a resource server keeps a key set in its cache; 24 hours by default.
	Propagation time.Duration
	// Skew is how far the clocks of two nodes may be apart; by default the 60
	// seconds that [Verify] allows for.
	Skew time.Duration
	// Bits is the size of new keys of RSA: [DefaultKeyBits] by default, or
	// [StrongKeyBits].
	Bits int
}

func (r Rotation) withDefaults() Rotation {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	set(&r.Every, 90*24*time.Hour)
	set(&r.Propagation, 24*time.Hour)
	set(&r.Skew, leeway)
	if r.Bits <= 0 {
		r.Bits = DefaultKeyBits
	}
	return r
}

// Bounds of a policy. A key that signs for less than a day would have more keys
// believed at once than a record holds, see [Ring]: each is for a day after it signed
// last. The certificate of a key that we make is good for ten years.
const (
	minEvery, maxEvery             = 24 * time.Hour, 5 * 366 * 24 * time.Hour
	minPropagation, maxPropagation = time.Minute, 30 * 24 * time.Hour
	minSkew, maxSkew               = time.Second, 10 * time.Minute
)

// Check returns all faults of a policy at once, each by the name of its field. A field
// that is zero is good. A key must be shown for less time than it signs, or it would be
// followed before it signs.
func (r Rotation) Check() error {
	var errs []error
	within := func(name string, d, least, most time.Duration) {
		if d != 0 && (d < least || d > most) {
			errs = append(errs, fmt.Errorf("%s is %s, want %s to %s, or 0 for the default", name, d, least, most))
		}
	}
	within("Every", r.Every, minEvery, maxEvery)
	within("Propagation", r.Propagation, minPropagation, maxPropagation)
	within("Skew", r.Skew, minSkew, maxSkew)
	if r.Bits != 0 && r.Bits != DefaultKeyBits && r.Bits != StrongKeyBits {
		errs = append(errs, fmt.Errorf("%s is %d, want %d or %d, or 0 for the default", "Bits", r.Bits, DefaultKeyBits, StrongKeyBits))
	}
	if full := r.withDefaults(); errs == nil && full.Every <= full.Propagation+full.Skew {
		errs = append(errs, fmt.Errorf("%s is %s, want more than Propagation and Skew together, %s", "Every", full.Every, full.Propagation+full.Skew))
	}
	return errors.Join(errs...)
}

// NewKey is [NewKey] of the size that the policy wants.
func (r Rotation) NewKey(algorithm string, now time.Time) (Key, error) {
	return NewKey(algorithm, r.withDefaults().Bits, now)
}
