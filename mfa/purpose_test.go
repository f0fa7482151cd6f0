package mfa_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// TestConfirms: a request that confirms a change is known to the calls of that change
// alone. It is answered by codes, adds no factor, and its end clears no count.
func TestConfirms(t *testing.T) {
	for _, purpose := range []string{mfa.ChangeAddress, mfa.CloseAccount} {
		h := newHarness(t)
		h.has(mfa.Factors{Serial: 1, Email: mfa.Address{Value: mail, Validated: start}})
		id := h.begin(func(n *mfa.NewRequest) { n.Purpose = purpose })
		login := h.begin()
		for _, about := range []string{"", mfa.ChangeAddress, mfa.CloseAccount, mfa.ResetPassword, mfa.ChangePassword, mfa.AcceptInvitation} {
			h.terms.Confirms = about
			h.with(id, func(_ *store.Tx, c *mfa.Case) {
				if c.Known() != (about == purpose) || c.Live() != (about == purpose) {
					t.Errorf("a request to %s in a call about %q: got it known: %v", purpose, about, c.Known())
				}
			})
			h.with(login, func(_ *store.Tx, c *mfa.Case) {
				if c.Known() != (about == "") {
					t.Errorf("a login in a call about %q: got it known: %v", about, c.Known())
				}
			})
		}
		h.terms.Confirms = purpose
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			if o := c.Request.Options; len(o) != 1 || o[0].Method != (mfa.Method{Transport: mfa.Email, Mode: mfa.OTP}) {
				t.Errorf("got options %+v, want one code", o)
			}
			if c.Request.Confirms() != purpose || c.Request.ChangesPassword() || !c.Request.Enrollment.Secret.IsZero() {
				t.Errorf("got %q, and a password or an enrolment", c.Request.Confirms())
			}
			if res, m, err := c.SendVerification(nil, mfa.Email, "new@example.com"); res.Status != mfa.EnrollUnknown || m != nil || err != nil {
				t.Errorf("an enrolment: got %+v, %v", res, err)
			}
			c.Answer(c.Request.Options[0].ID, "wrong")
		})
		_, m := h.choose(id, mfa.Email, mfa.OTP)
		if m == nil || m.Confirms != purpose {
			t.Fatalf("got %+v", m)
		}
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			if v := c.Answer(c.Request.Options[0].ID, m.Code); v != mfa.Passed {
				t.Errorf("got %v, want the code right", v)
			}
			c.End()
		})
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			if c.Live() || len(c.Factors.Ledger.Misses) != 1 {
				t.Errorf("ended: got it live: %v, and %d misses, want one", c.Live(), len(c.Factors.Ledger.Misses))
			}
		})
		if open := h.pending().Open; len(open) != 1 {
			t.Errorf("got %d open requests, want the login's", len(open))
		}
	}
}

// TestAcceptInvitation: a request in which somebody takes up an invitation is known to the
// calls of an enrolment alone, and there a factor is added in it.
func TestAcceptInvitation(t *testing.T) {
	h := newHarness(t)
	id := h.begin(func(n *mfa.NewRequest) { n.Purpose, n.Invitation = mfa.AcceptInvitation, "key" })
	h.invited = true
	for _, about := range []string{"", mfa.ChangeAddress, mfa.ResetPassword} {
		h.terms.Confirms = about
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			if c.Known() {
				t.Errorf("in a call about %q: got it known", about)
			}
		})
	}
	h.terms = mfa.Terms{Enrolls: true, Epoch: h.terms.Epoch}
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if !c.Live() || c.Request.Invitation != "key" {
			t.Errorf("in an enrolment: got it live: %v, of %q", c.Live(), c.Request.Invitation)
		}
	})
	other := h.begin(func(n *mfa.NewRequest) { n.Purpose = mfa.CloseAccount })
	h.with(other, func(_ *store.Tx, c *mfa.Case) {
		if c.Known() {
			t.Error("a request of another change is known to an enrolment")
		}
	})
	h.confirmDevice(id, "", active)
}
