package mfa_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// TestBegunAnew: a request of the same starter ends the link of the one before. The
// request lives: its link is closed as one that was not answered, without being
// counted, and can be sent again.
func TestBegunAnew(t *testing.T) {
	at := func(address string) func(*mfa.NewRequest) { return func(n *mfa.NewRequest) { n.User = address } }
	h := newHarness(t)
	h.has(withMail())
	first := h.begin(at("192.0.2.1"))
	m := h.sent(first, mfa.Email, mfa.Link)
	h.sent(first, mfa.Email, mfa.OTP)
	h.wait(10 * time.Second)
	second := h.begin(at("192.0.2.1"))

	h.decide(first, m.Token, mfa.Decision{Approve: true}, mfa.Gone)
	h.decide(first, m.Token, mfa.Decision{}, mfa.Gone)
	h.with(first, func(_ *store.Tx, c *mfa.Case) {
		if v, ok := c.Look(m.Token); !ok || v.Answer != mfa.Over {
			t.Errorf("the page shows %v, %v, want a link that is over", v.Answer, ok)
		}
	})
	h.unsent(first, mfa.Email, mfa.Link, mfa.Dead)
	if n := h.factors().LinkIgnored; n != 0 {
		t.Errorf("got %d ignored links, want none: its starter gave it up", n)
	}
	m = h.sent(second, mfa.Email, mfa.Link)
	h.decide(second, m.Token, mfa.Decision{Approve: true}, mfa.Approval)

	h.wait(30*time.Second - 1)
	h.unsent(first, mfa.Email, mfa.Link, mfa.Dead)
	h.wait(1)
	m = h.sent(first, mfa.Email, mfa.Link)
	h.decide(first, m.Token, mfa.Decision{Approve: true}, mfa.Approval)
}

// TestBegunAnewAfterApproval: a link that was approved is no longer live, and is
// worth what it was.
func TestBegunAnewAfterApproval(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	first := h.begin(known)
	m := h.sent(first, mfa.Email, mfa.Link)
	h.decide(first, m.Token, mfa.Decision{Approve: true}, mfa.Approval)
	h.begin(known)
	h.unsent(first, mfa.Email, mfa.Link, mfa.Passed)
}
