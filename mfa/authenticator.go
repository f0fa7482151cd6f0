package mfa

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/totp"
)

// MaxAuthenticators is how many authenticators an account may have. With the three steps
// that are good at a time, five of them make fifteen codes in a million good: the ledger
// of wrong codes is what keeps guesses few.
const MaxAuthenticators = 5

// keptSteps is how many accepted steps of an authenticator are remembered.
const keptSteps = 16

// Device is a confirmed authenticator.
type Device struct {
	ID   string // within its account, for ever
	Name string // as its owner calls it, see [FactorName]

	Secret totp.Secret
	// Steps are the last accepted time steps, rising, at most 16. No step up to the last
	// is accepted again (RFC 6238 section 5.2).
	Steps []uint64
	Added time.Time
	// LastUse is the day, in UTC, on which a code of it was last accepted; zero: never.
	LastUse time.Time

	Unknown record.Unknown // what a newer program has written
}

// FactorName returns a name that somebody typed for an authenticator as it is stored: with
// single spaces and without outer ones. It reports false for what is no name: one without a
// letter, digit or sign, of over 64 characters, in bad UTF-8, or with control characters,
// bidi characters, or others that are shown as nothing.
func FactorName(text string) (name string, ok bool) { return typed.FactorName(text) }

// NewAuthenticator returns an authenticator that is added now. Without a name it gets one when it
// is put beside others, see [Factors.SetDevices].
func NewAuthenticator(secret totp.Secret, name string, now time.Time) Device {
	return Device{ID: rnd.UUID(), Name: name, Secret: secret, Added: now}
}

// lastStep is the last accepted step; 0: none was.
func (d *Device) lastStep() uint64 {
	if len(d.Steps) == 0 {
		return 0
	}
	return d.Steps[len(d.Steps)-1]
}

// accept spends a step above the last.
func (d *Device) accept(step uint64, now time.Time) {
	first := max(0, len(d.Steps)+1-keptSteps)
	d.Steps = append(slices.Clone(d.Steps[first:]), step)
	d.LastUse = now.UTC().Truncate(24 * time.Hour)
}

// isAhead reports whether the last step of the authenticator lies over one step
// ahead of the clock: a code that is right now would be refused for hours, and one
// that the clock's mistake has let out would be accepted.
func (d *Device) isAhead(now time.Time) bool { return d.lastStep() > totp.Step(now)+1 }

// devicesAhead reports whether there are authenticators, and none that is not ahead of
// the clock.
func (f *Factors) devicesAhead(now time.Time) bool {
	usable := func(d Device) bool { return !d.isAhead(now) }
	return len(f.Authenticators) > 0 && !slices.ContainsFunc(f.Authenticators, usable)
}

// Device returns the authenticator of that id; nil: there is none.
func (f *Factors) Device(id string) *Device {
	i := slices.IndexFunc(f.Authenticators, func(d Device) bool { return d.ID == id })
	if i < 0 {
		return nil
	}
	return &f.Authenticators[i]
}

// HasSecret reports whether an authenticator of the account has that secret.
func (f *Factors) HasSecret(s totp.Secret) bool {
	return slices.ContainsFunc(f.Authenticators, func(d Device) bool { return d.Secret.Equal(s) })
}

// SetDevices makes these the authenticators of the account. Those without a name are given
// one.
func (f *Factors) SetDevices(list ...Device) {
	f.Authenticators = slices.Clone(list)
	for i := range f.Authenticators {
		if d := &f.Authenticators[i]; d.Name == "" {
			d.Name = f.freeName()
		}
	}
}

// freeName is what an authenticator is called that its owner gave no name.
func (f *Factors) freeName() string {
	for n := 1; ; n++ {
		name := "Authenticator app"
		if n > 1 {
			name += " " + strconv.Itoa(n)
		}
		if !slices.ContainsFunc(f.Authenticators, func(d Device) bool { return d.Name == name }) {
			return name
		}
	}
}

// keepDevices leaves out the authenticators that are not to be kept. The recovery codes
// stand in for an authenticator, so they go with the last one. The list is made anew: it
// may be shared with what was read.
func (f *Factors) keepDevices(keep func(Device) bool) {
	f.Authenticators = filter(f.Authenticators, keep)
	if len(f.Authenticators) == 0 {
		f.Recovery, f.RecoveryMade = nil, time.Time{}
	}
}

// checkDevice judges a code of any of the authenticators. Each is computed and compared,
// whether or not another has matched. The code is spent for every one that it is of, and
// is wrong where any of them has it spent: so it is accepted once, also where two were
// given one secret, by a file or an import.
func (c *Case) checkDevice(code string) (right rightCode, ok bool) {
	var steps [MaxAuthenticators]uint64 // that the code is of; 0: none
	spent := false
	for i := range c.Factors.Authenticators {
		d := &c.Factors.Authenticators[i]
		step, match := d.Secret.Verify(code, c.now, 0)
		steps[i], ok = step, ok || match
		spent = spent || match && step <= d.lastStep()
	}
	if !ok || spent {
		return rightCode{}, false
	}
	first := slices.MinFunc(steps[:], func(a, b uint64) int { return cmp.Compare(a-1, b-1) }) // 0 is the greatest
	right.since = time.Unix(int64(first)*int64(totp.Period/time.Second), 0)
	right.spend = func() {
		for i, step := range steps {
			if step != 0 {
				c.Factors.Authenticators[i].accept(step, c.now)
			}
		}
	}
	return right, true
}

// Fields implements [record.Record].
func (d *Device) Fields(f *record.Fields) {
	f.ID(1, "id", &d.ID)
	f.Text(2, "name", &d.Name)
	secret(f, 3, "secret", &d.Secret)
	record.Each(f, 4, "lastSteps", &d.Steps, (*record.Fields).Uint)
	f.Time(5, "added", &d.Added)
	f.Time(6, "lastUse", &d.LastUse)
	f.Rest(&d.Unknown)
	if f.Reading() && (len(d.Steps) > keptSteps || !slices.IsSorted(d.Steps)) {
		f.Fail(4)
	}
}

// multipleDevices is the schema of the first program that knows what to do with more than
// one authenticator. Those before it take a record that has more for damage, and deny.
const multipleDevices = 2

// authenticators is the list of authenticators in the record.
func (x *Factors) authenticators(f *record.Fields, n int) {
	record.Many(f, n, "authenticators", &x.Authenticators)
	if len(x.Authenticators) > 1 {
		f.Needs(multipleDevices)
	}
	if !f.Reading() {
		return
	}
	if len(x.Authenticators) > MaxAuthenticators {
		f.Fail(n)
	}
	for i := range x.Authenticators {
		d := &x.Authenticators[i]
		if d.ID == "" { // there was one, when ids were not written
			d.ID = fmt.Sprintf("%032x", uint64(d.Added.UnixNano()))
		}
		if x.Device(d.ID) != d {
			f.Fail(n)
		}
	}
	if len(x.Authenticators) > 0 {
		x.SetDevices(x.Authenticators...)
	}
}
