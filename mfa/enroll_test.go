package mfa_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/totp"
)

// view returns what the page of an enrollment shows.
func (h *harness) view(id string) (v mfa.EnrollView) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) { v = c.Enrolling() })
	return v
}

// TestEnrollDevice: the first code makes a first factor at once; it is spent,
// and repeating the call changes nothing and, a minute later, shows no codes.
func TestEnrollDevice(t *testing.T) {
	h := newHarness(t)
	id := h.begin()
	var keys []string
	for range 2 {
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			secret, _ := c.PendingSecret()
			keys = append(keys, secret.Base32())
		})
	}
	if keys[0] == "" || keys[0] != keys[1] {
		t.Fatalf("repeated pictures show another key")
	}
	code := h.code(h.request(id).Enrollment.Secret)
	recovery := h.confirmDevice(id, code, active)
	f := h.factors()
	if f.Serial != 1 || f.Authenticators == nil || f.Authenticators[0].Secret.Base32() != keys[0] ||
		lastStep(f) != totp.Step(h.now) || !f.Authenticators[0].Added.Equal(h.now) || len(f.Recovery) != 10 || len(recovery) != 10 {
		t.Errorf("got %+v and %d codes", f, len(recovery))
	}
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if _, ok := c.PendingSecret(); ok {
			t.Error("the key is shown after it was confirmed")
		}
	})
	h.wait(time.Minute)
	if again := h.confirmDevice(id, code, active); again != nil {
		t.Error("the codes are shown again")
	}
	if h.factors().Serial != 1 {
		t.Error("repeating the call changed the factors")
	}
	h.finish(id, mfa.Granted)
	h.wait(-time.Minute)
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, code, mfa.Wrong)
}

// TestEnrollChanged: the caller learns that the factors changed, and carries
// the request over to the new epoch.
func TestEnrollChanged(t *testing.T) {
	h := newHarness(t)
	id := h.begin()
	code := h.code(h.request(id).Enrollment.Secret)
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		c.ConfirmDevice("wrong", "", "")
		if c.Changed {
			t.Error("a wrong code changed the factors")
		}
		if c.ConfirmDevice(code, "", ""); !c.Changed {
			t.Error("the change is not told")
		}
		c.SetEpoch(7)
	})
	h.terms.Epoch = 7
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if !c.Live() || c.Changed {
			t.Error("the request did not go along")
		}
	})
}

// TestEnrollRestaged: after the authenticator was confirmed another code is a
// miss, and five of them close the request.
func TestEnrollRestaged(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	h.confirmDevice(id, "", done)
	for i := range 5 {
		h.status(id, mfa.Passed)
		h.confirmDevice(id, fmt.Sprint("wrong ", i), amiss)
	}
	h.status(id, mfa.Dead)
	h.confirmDevice(id, "", none)
}

// TestEnrollMisses: five wrong first codes close the request and are charged
// to nobody else; the same one within ten seconds counts once.
func TestEnrollMisses(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	for i := range 4 {
		h.confirmDevice(id, fmt.Sprint("wrong ", i), amiss)
		h.confirmDevice(id, fmt.Sprint("wrong ", i), amiss)
	}
	if r := h.request(id); r.Enrollment.Misses != 4 || r.Tries != 0 {
		t.Errorf("charged %d, and %d to the request's own codes, want 4 and 0", r.Enrollment.Misses, r.Tries)
	}
	m := h.sent(id, mfa.Email, mfa.OTP)
	h.confirmDevice(id, "wrong 4", amiss)
	h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Dead)
	h.confirmDevice(id, "", none)
	if f := h.factors(); len(f.Ledger.Misses) != 0 || f.Ledger.Consecutive != 0 {
		t.Errorf("charged to the account: %+v", f.Ledger)
	}
	if n := len(h.pending().Open); n != 0 {
		t.Errorf("%d requests are open, want none", n)
	}
	h.wantTold()
}

// TestEnrollBound: wrong first codes that came before a browser opened the page
// do not count against it.
func TestEnrollBound(t *testing.T) {
	h := newHarness(t)
	id := h.begin()
	for i := range 4 {
		h.confirmDevice(id, fmt.Sprint("stranger ", i), amiss)
	}
	h.with(id, func(_ *store.Tx, c *mfa.Case) { c.Bind([]byte("browser")) })
	if got := h.request(id).Browser; string(got) != "browser" {
		t.Errorf("bound to %q", got)
	}
	for i := range 4 {
		h.confirmDevice(id, fmt.Sprint("owner ", i), amiss)
	}
	h.confirmDevice(id, "", active)
}

// TestEnrollNarrowed: a policy that was narrowed between the picture and the
// code, or before, forbids; so does a channel that has gone.
func TestEnrollNarrowed(t *testing.T) {
	enrollable := func(h *harness) { h.policy.Enrollable = nil }
	methods := func(h *harness) { h.policy.Methods = []mfa.Method{{Transport: mfa.Email, Mode: mfa.Link}} }
	for name, narrow := range map[string]func(h *harness){"enrollable": enrollable, "methods": methods} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			id := h.begin()
			code := h.code(h.request(id).Enrollment.Secret)
			m := h.verifying(id, mfa.SMS, mobile)
			narrow(h)
			h.with(id, func(_ *store.Tx, c *mfa.Case) {
				if _, ok := c.PendingSecret(); ok {
					t.Error("the key is shown")
				}
			})
			h.confirmDevice(id, code, none)
			h.confirm(id, mfa.SMS, m.Code, none)
			if !h.request(h.begin()).Enrollment.Secret.IsZero() {
				t.Error("a key was made that may not be enrolled")
			}
			h.verify(id, mfa.SMS, "+441234567890", mfa.EnrollInvalidAddress)
		})
	}
	t.Run("channel", func(t *testing.T) {
		h := newHarness(t)
		id := h.begin()
		m := h.verifying(id, mfa.Email, mail)
		h.channels.Email = false
		h.confirm(id, mfa.Email, m.Code, none)
		h.verify(id, mfa.Email, "new@example.org", mfa.EnrollInvalidAddress)
	})
	t.Run("widened", func(t *testing.T) {
		h := newHarness(t)
		enrollable(h)
		id := h.begin()
		h.policy = mfa.DefaultPolicy()
		h.confirmDevice(id, "wrong", none) // no key was made
	})
}

// TestEnrollCancel: a canceled enrollment takes nothing more; what it had
// activated stays.
func TestEnrollCancel(t *testing.T) {
	for _, first := range []bool{true, false} {
		h := newHarness(t)
		want := active
		if !first {
			h.has(withMail())
			want = done
		}
		id := h.begin()
		code := h.code(h.request(id).Enrollment.Secret)
		h.confirmDevice(id, code, want)
		m := h.verifying(id, mfa.SMS, mobile)
		h.cancel(id, want)
		h.cancel(id, none)
		h.confirmDevice(id, code, none)
		h.confirm(id, mfa.SMS, m.Code, none)
		h.verify(id, mfa.SMS, mobile, mfa.EnrollUnknown)
		if v := h.view(id); len(v.Open) > 0 || len(v.Staged) > 0 || v.Active != first {
			t.Errorf("the page shows %+v", v)
		}
		if !first {
			m := h.sent(id, mfa.Email, mfa.OTP)
			h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Passed)
		}
		if got := h.hasFactor(mfa.Authenticator); got != first {
			t.Errorf("has an authenticator: %v, want %v", got, first)
		}
	}
}

// TestEnrollProgress: done once anything is active, whichever it is; the page
// shows what is open, what waits and that something is active.
func TestEnrollProgress(t *testing.T) {
	confirm := map[mfa.Transport]func(h *harness, id string, want mfa.EnrollResult){
		mfa.Authenticator: func(h *harness, id string, want mfa.EnrollResult) { h.confirmDevice(id, "", want) },
		mfa.Email: func(h *harness, id string, want mfa.EnrollResult) {
			h.confirm(id, mfa.Email, h.verifying(id, mfa.Email, "new@example.org").Code, want)
		},
		mfa.SMS: func(h *harness, id string, want mfa.EnrollResult) {
			h.confirm(id, mfa.SMS, h.verifying(id, mfa.SMS, "+441234567890").Code, want)
		},
	}
	progress := func(h *harness, id string, want bool) {
		h.Helper()
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			if r := c.Progress(); r.Status != mfa.EnrollDone || r.Active != want {
				h.Errorf("progress %+v, want active %v", r, want)
			}
		})
		if v := h.view(id); v.Active != want {
			h.Errorf("the page shows %+v, want active %v", v, want)
		}
	}
	for over, step := range confirm {
		t.Run(over.String(), func(t *testing.T) {
			h := newHarness(t)
			id := h.begin()
			progress(h, id, false)
			if v := h.view(id); len(v.Open) != 3 || len(v.Staged) != 0 {
				t.Errorf("the page shows %+v", v)
			}
			step(h, id, active)
			progress(h, id, true)
			if v := h.view(id); slices.Contains(v.Open, over) || len(v.Open) != 2 || len(v.Staged) != 0 {
				t.Errorf("the page shows %+v", v)
			}

			h = newHarness(t)
			h.has(mfa.Factors{Serial: 1, Mobile: confirmed(mobile), Email: confirmed(mail)})
			h.change(func(f *mfa.Factors) { f.Mobile.Next, f.Email.Next = "+441234567890", "new@example.org" })
			id = h.begin()
			step(h, id, done)
			progress(h, id, false)
			if v := h.view(id); slices.Contains(v.Open, over) || len(v.Open) != 2 || !slices.Equal(v.Staged, []mfa.Transport{over}) {
				t.Errorf("the page shows %+v", v)
			}
			m := h.sent(id, mfa.Email, mfa.OTP)
			if !slices.Equal(m.Adding, []mfa.Transport{over}) {
				t.Errorf("the message names %v", m.Adding)
			}
			h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Passed)
			progress(h, id, true)
			if f := h.factors(); f.Serial != 2 {
				t.Errorf("serial %d, want 2", f.Serial)
			}
		})
	}
}
