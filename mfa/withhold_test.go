package mfa_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

// ignore sends a link and lets it run out; the call that meets it counts it.
func (h *harness) ignore(id string) {
	h.Helper()
	h.sent(id, mfa.Email, mfa.Link)
	h.wait(90 * time.Second)
	h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
}

// offersLink reports whether a new login is offered a link.
func (h *harness) offersLink() bool {
	h.Helper()
	for _, o := range h.request(h.begin()).Options {
		if o.Method.Mode == mfa.Link {
			return true
		}
	}
	return false
}

// TestWithhold: two links in a row that nobody answered withhold links for an
// hour, from logins that began before, too.
func TestWithhold(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	h.ignore(h.begin())
	if !h.offersLink() {
		t.Fatal("one ignored link withholds them")
	}
	before := h.begin()
	id := h.begin()
	h.ignore(id)
	if h.offersLink() {
		t.Error("a withheld link is offered")
	}
	h.unsent(before, mfa.Email, mfa.Link, mfa.FailedSending)
	h.wait(30 * time.Second)
	h.unsent(id, mfa.Email, mfa.Link, mfa.FailedSending)
	h.sent(before, mfa.Email, mfa.OTP)
}

// TestWithholdEnds: the hour ends to the moment, and the count begins anew
// after it.
func TestWithholdEnds(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	h.ignore(h.begin())
	h.ignore(h.begin())
	h.wait(59 * time.Minute)
	if h.offersLink() {
		t.Error("offered within the hour")
	}
	h.wait(time.Minute - 1)
	if h.offersLink() {
		t.Error("offered at the end of the hour")
	}
	h.wait(1)
	if !h.offersLink() {
		t.Error("not offered after the hour")
	}
	h.ignore(h.begin())
	if !h.offersLink() {
		t.Error("one ignored link after the hour withholds them again")
	}
	h.ignore(h.begin())
	if h.offersLink() {
		t.Error("offered after two ignored links")
	}
}

// TestWithholdLater: a login that began before links were withheld gets one as
// soon as the hour is over.
func TestWithholdLater(t *testing.T) {
	for _, tt := range []struct {
		left time.Duration
		sent bool
	}{{1, false}, {0, true}} {
		h := newHarness(t)
		h.has(withMail())
		id := h.begin()
		h.change(func(f *mfa.Factors) { f.LinkWithheld = h.now.Add(tt.left) })
		if tt.sent {
			h.sent(id, mfa.Email, mfa.Link)
		} else {
			h.unsent(id, mfa.Email, mfa.Link, mfa.FailedSending)
		}
	}
}

// TestWithholdLeavesOne: links are never withheld from an account that has
// nothing else.
func TestWithholdLeavesOne(t *testing.T) {
	h := newHarness(t)
	h.policy.Methods = []mfa.Method{{Transport: mfa.Email, Mode: mfa.Link}}
	h.has(withMail())
	h.change(func(f *mfa.Factors) { f.LinkWithheld = h.now.Add(time.Hour) })
	if !h.offersLink() {
		t.Fatal("the only option is not offered")
	}
	h.sent(h.begin(), mfa.Email, mfa.Link)
}

// TestWithholdAnswered: a link or a code that was answered in between starts
// the count anew, from none.
func TestWithholdAnswered(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(h *harness, id string)
	}{
		{"link", func(h *harness, id string) {
			m := h.sent(id, mfa.Email, mfa.Link)
			h.decide(id, m.Token, mfa.Decision{Approve: true}, mfa.Approval)
		}},
		{"code", func(h *harness, id string) {
			m := h.sent(id, mfa.Email, mfa.OTP)
			h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Passed)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withMail())
			h.ignore(h.begin())
			tt.answer(h, h.begin())
			h.ignore(h.begin())
			if !h.offersLink() {
				t.Error("links are withheld")
			}
			h.ignore(h.begin())
			if h.offersLink() {
				t.Error("offered after two ignored links")
			}
		})
	}
}

// TestWithholdDenied: "this wasn't me" withholds links for an hour.
func TestWithholdDenied(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	m := h.sent(id, mfa.Email, mfa.Link)
	h.decide(id, m.Token, mfa.Decision{}, mfa.Refusal)
	h.status(id, mfa.Refused)
	h.wait(time.Hour - 1)
	if h.offersLink() {
		t.Error("offered within the hour")
	}
	h.wait(1)
	if !h.offersLink() {
		t.Error("not offered after the hour")
	}
}
