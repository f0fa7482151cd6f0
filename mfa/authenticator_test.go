package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/totp"
)

// withTwo has two authenticators.
func withTwo() mfa.Factors {
	f := mfa.Factors{Serial: 1, Email: confirmed(mail)}
	f.SetDevices(mfa.NewAuthenticator(totp.NewSecret(), "Phone", start), mfa.NewAuthenticator(totp.NewSecret(), "", start))
	return f
}

// TestTwoAuthenticators: a code of either is good, of each with steps of its own, in the
// steps -1, 0 and +1 alone.
func TestTwoAuthenticators(t *testing.T) {
	for i := range 2 {
		for ahead, want := range map[int64]mfa.Verdict{-2: mfa.Wrong, -1: mfa.Passed, 0: mfa.Passed, 1: mfa.Passed, 2: mfa.Wrong} {
			h := newHarness(t)
			f := withTwo()
			h.has(f)
			step := uint64(int64(totp.Step(h.now)) + ahead)
			h.answer(h.begin(), mfa.Authenticator, mfa.OTP, f.Authenticators[i].Secret.Code(step), want)
			got := h.factors().Authenticators
			used, other := got[i], got[1-i]
			if spent := slices.Equal(used.Steps, []uint64{step}); spent != (want == mfa.Passed) || len(other.Steps) > 0 {
				t.Errorf("authenticator %d, step %+d: spent are %d and %d", i, ahead, used.Steps, other.Steps)
			}
			if want != mfa.Passed {
				continue
			}
			if day := start.Truncate(24 * time.Hour); !used.LastUse.Equal(day) || !other.LastUse.IsZero() {
				t.Errorf("last used %v and %v, want the day %v and never", used.LastUse, other.LastUse, day)
			}
			h.answer(h.begin(), mfa.Authenticator, mfa.OTP, f.Authenticators[i].Secret.Code(step), mfa.Wrong)
			h.answer(h.begin(), mfa.Authenticator, mfa.OTP, f.Authenticators[1-i].Secret.Code(totp.Step(h.now)), mfa.Passed)
		}
	}
}

// TestP1OneSecretTwice: where two authenticators have one secret, a code is good once, which
// of them had it spent or not.
func TestP1OneSecretTwice(t *testing.T) {
	for name, spent := range map[string][2]bool{"of neither": {}, "of the first": {true, false}, "of the second": {false, true}} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			f := withTwo()
			f.Authenticators[1].Secret = f.Authenticators[0].Secret
			step, want := totp.Step(h.now), mfa.Passed
			for i := range spent {
				if spent[i] {
					f.Authenticators[i].Steps, want = []uint64{step}, mfa.Wrong
				}
			}
			h.has(f)
			code := f.Authenticators[0].Secret.Code(step)
			h.answer(h.begin(), mfa.Authenticator, mfa.OTP, code, want)
			h.answer(h.begin(), mfa.Authenticator, mfa.OTP, code, mfa.Wrong)
			h.answer(h.begin(), mfa.Authenticator, mfa.OTP, f.Authenticators[0].Secret.Code(step+1), mfa.Passed)
		})
	}
}

// TestSteps: the last 16 accepted steps are remembered, rising.
func TestSteps(t *testing.T) {
	h := newHarness(t)
	f := withTwo()
	h.has(f)
	for range 20 {
		h.answer(h.begin(), mfa.Authenticator, mfa.OTP, h.code(f.Authenticators[0].Secret), mfa.Passed)
		h.wait(totp.Period)
	}
	steps := h.factors().Authenticators[0].Steps
	if last := totp.Step(h.now) - 1; len(steps) != 16 || steps[15] != last || steps[0] != last-15 {
		t.Errorf("got %d", steps)
	}
}

// TestOneAhead: of two authenticators one whose last step lies ahead of the clock is not
// waited for; where both do, no code is looked at.
func TestOneAhead(t *testing.T) {
	for ahead, want := range []mfa.Verdict{mfa.Passed, mfa.Passed, mfa.Wrong} {
		h := newHarness(t)
		f := withTwo()
		f.Email = mfa.Address{}
		for i := range ahead {
			f.Authenticators[i].Steps = []uint64{totp.Step(h.now) + 2}
		}
		h.has(f)
		id := h.begin()
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			got := c.Answer(h.option(id, mfa.Authenticator, mfa.OTP).ID, h.code(f.Authenticators[1].Secret))
			if got != want || c.Unchecked != (ahead == 2) {
				t.Errorf("%d ahead: got %v, unchecked: %v", ahead, got, c.Unchecked)
			}
		})
	}
}

// TestOneOption: however many authenticators there are, they have one option.
func TestOneOption(t *testing.T) {
	h := newHarness(t)
	h.has(withTwo())
	n := 0
	for _, o := range h.request(h.begin()).Options {
		if o.Method.Transport == mfa.Authenticator {
			n++
		}
	}
	if n != 1 {
		t.Errorf("got %d options", n)
	}
}

// TestAddBeside: an authenticator that a login adds stands beside those that there are, up
// to five; the sixth is refused, also where it was confirmed before another took the place.
func TestAddBeside(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	for range mfa.MaxAuthenticators - 1 {
		h.added(h.stageDevice)
		h.clean()
	}
	late := h.begin()
	h.confirmDevice(late, "", done)
	h.added(h.stageDevice)
	if n := len(h.factors().Authenticators); n != 5 {
		t.Fatalf("got %d authenticators", n)
	}
	id := h.begin()
	h.confirmDevice(id, "", none)
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if _, ok := c.PendingSecret(); ok {
			t.Error("a picture is shown of a sixth")
		}
	})
	h.answer(late, mfa.Email, mfa.OTP, h.sent(late, mfa.Email, mfa.OTP).Code, mfa.Passed)
	if n := len(h.factors().Authenticators); n != 5 || h.request(late).Enrollment.Active {
		t.Errorf("got %d authenticators, the sixth active: %v", n, h.request(late).Enrollment.Active)
	}
}

// TestNames: an authenticator has the name that its owner gave it, or the first of ours that
// is free.
func TestNames(t *testing.T) {
	var f mfa.Factors
	f.SetDevices(device(), mfa.NewAuthenticator(totp.NewSecret(), "Phone", start), device(), device())
	want := []string{"Authenticator app", "Phone", "Authenticator app 2", "Authenticator app 3"}
	for i, d := range f.Authenticators {
		if d.Name != want[i] {
			t.Errorf("got %q, want %q", d.Name, want[i])
		}
	}
	f.SetDevices(append(f.Authenticators[1:2], device())...)
	if got := f.Authenticators[1].Name; got != want[0] {
		t.Errorf("got %q, want the first one, which is free again", got)
	}
	h := newHarness(t)
	id := h.begin()
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		c.ConfirmDevice(h.code(c.Request.Enrollment.Secret), "", "Ada's phone")
	})
	if f := h.factors(); len(f.Authenticators) != 1 || f.Authenticators[0].Name != "Ada's phone" {
		t.Errorf("got %+v", f.Authenticators)
	}
}
