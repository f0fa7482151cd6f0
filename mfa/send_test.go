package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// withBoth has both addresses, and so two options of either mode.
func withBoth() mfa.Factors {
	return mfa.Factors{Serial: 1, Email: confirmed(mail), Mobile: confirmed(mobile)}
}

// TestSendMessage: what goes out, for either transport and mode.
func TestSendMessage(t *testing.T) {
	for _, tt := range []struct {
		over mfa.Transport
		mode mfa.Mode
		to   string
		kind mfa.Kind
		life time.Duration
	}{
		{mfa.Email, mfa.OTP, mail, mfa.KindOTP, time.Minute},
		{mfa.Email, mfa.Link, mail, mfa.KindLink, 90 * time.Second},
		{mfa.SMS, mfa.OTP, mobile, mfa.KindOTP, time.Minute},
		{mfa.SMS, mfa.Link, mobile, mfa.KindLink, 90 * time.Second},
	} {
		t.Run(tt.over.String()+tt.mode.String(), func(t *testing.T) {
			h := newHarness(t)
			h.has(withBoth())
			id := h.begin()
			m := h.sent(id, tt.over, tt.mode)
			if m.Kind != tt.kind || m.Over != tt.over || m.To != tt.to || m.User != "Marie" || m.Life != tt.life || len(m.Adding) > 0 {
				t.Errorf("got %+v", m)
			}
			if (m.Code != "") != (tt.mode == mfa.OTP) || (m.Token != "") != (tt.mode == mfa.Link) {
				t.Errorf("code %q, token %q", m.Code, m.Token)
			}
			h.status(id, mfa.Waiting)
			option := h.option(id, tt.over, tt.mode)
			ends := time.Time{}
			if tt.mode == mfa.Link {
				ends = h.now.Add(tt.life)
			}
			if r, got := h.request(id), h.linkEnds(id, option.ID); !got.Equal(ends) || !r.HasOption(option.ID) {
				t.Errorf("the link ends at %v, want %v", got, ends)
			}
		})
	}
}

// TestSendCode: codes have the length and the characters of the policy.
func TestSendCode(t *testing.T) {
	h := newHarness(t)
	h.policy.OTPLength, h.policy.OTPType, h.policy.OTPLifetime = 8, mfa.Alphabetic, 3*time.Minute
	h.has(withMail())
	m := h.sent(h.begin(), mfa.Email, mfa.OTP)
	if len(m.Code) != 8 || m.Life != 3*time.Minute {
		t.Errorf("got %q for %s", m.Code, m.Life)
	}
	for _, r := range m.Code {
		if r < 'A' || r > 'Z' {
			t.Errorf("got %q, want letters", m.Code)
		}
	}
}

// TestSendNothing: what is chosen and sends nothing.
func TestSendNothing(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	id := h.begin()
	h.unsent(id, mfa.Authenticator, mfa.OTP, mfa.Waiting)
	h.with(id, func(tx *store.Tx, c *mfa.Case) {
		if v, m, err := c.Choose(tx, "no option"); v != mfa.Dead || m != nil || err != nil {
			t.Errorf("got %v, %v, %v", v, m, err)
		}
	})
	h.change(func(f *mfa.Factors) { f.Ledger.Consecutive = 100 })
	h.unsent(id, mfa.Email, mfa.OTP, mfa.Exhausted)
	h.unsent(id, mfa.Email, mfa.Link, mfa.Exhausted)
	h.change(func(f *mfa.Factors) { f.Ledger.Forget() })
	h.sent(id, mfa.Email, mfa.OTP)
}

// TestResendCode: one code each thirty seconds; the new one voids the old.
func TestResendCode(t *testing.T) {
	h := newHarness(t)
	h.policy.OTPLength, h.policy.OTPType = 9, mfa.Alphanumeric // no two alike
	h.has(withMail())
	id := h.begin()
	old := h.sent(id, mfa.Email, mfa.OTP)
	h.wait(30*time.Second - 1)
	h.unsent(id, mfa.Email, mfa.OTP, mfa.Waiting)
	h.wait(1)
	m := h.sent(id, mfa.Email, mfa.OTP)
	h.answer(id, mfa.Email, mfa.OTP, old.Code, mfa.Wrong)
	h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Passed)
}

// TestResendFailed: a code or link that could not be sent says so for thirty
// seconds, is worth nothing, and may be sent again after.
func TestResendFailed(t *testing.T) {
	for _, mode := range []mfa.Mode{mfa.OTP, mfa.Link} {
		t.Run(mode.String(), func(t *testing.T) {
			h := newHarness(t)
			h.has(withMail())
			id := h.begin()
			m := h.sent(id, mfa.Email, mode)
			h.failed(id, m)
			h.unsent(id, mfa.Email, mode, mfa.FailedSending)
			if mode == mfa.OTP {
				h.answer(id, mfa.Email, mode, m.Code, mfa.Wrong)
			} else {
				h.decide(id, m.Token, mfa.Decision{Approve: true}, mfa.Gone)
			}
			h.wait(30*time.Second - 1)
			h.unsent(id, mfa.Email, mode, mfa.FailedSending)
			h.wait(1)
			h.sent(id, mfa.Email, mode)
			if h.factors().LinkIgnored != 0 {
				t.Error("a link that was not sent counts as ignored")
			}
		})
	}
}

// TestResendLink: a link waits while it lives; the first call after its end
// closes it, and thirty seconds later another may be sent.
func TestResendLink(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	h.sent(id, mfa.Email, mfa.Link)
	h.wait(90*time.Second - 1)
	h.unsent(id, mfa.Email, mfa.Link, mfa.Waiting)
	h.wait(1)
	h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
	h.wait(30*time.Second - 1)
	h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
	h.wait(1)
	h.sent(id, mfa.Email, mfa.Link)
}

// TestResendStaged: a staging voids what was sent, and the next send is a first
// one: at once, and it names what is added.
func TestResendStaged(t *testing.T) {
	for _, mode := range []mfa.Mode{mfa.OTP, mfa.Link} {
		t.Run(mode.String(), func(t *testing.T) {
			h := newHarness(t)
			h.has(withMail())
			id := h.begin()
			old := h.sent(id, mfa.Email, mode)
			h.confirmDevice(id, "", done)
			if mode == mfa.OTP {
				h.answer(id, mfa.Email, mode, old.Code, mfa.Wrong)
			} else {
				h.decide(id, old.Token, mfa.Decision{Approve: true, Adding: true}, mfa.Gone)
			}
			m := h.sent(id, mfa.Email, mode)
			if !slices.Equal(m.Adding, []mfa.Transport{mfa.Authenticator}) {
				t.Errorf("names %v", m.Adding)
			}
			h.unsent(id, mfa.Email, mode, mfa.Waiting)
		})
	}
}

// TestStagedApproval: a staging also voids a link that was approved before it
// and not yet used, with the consent to what was staged then.
func TestStagedApproval(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	m := h.sent(id, mfa.Email, mfa.Link)
	h.decide(id, m.Token, mfa.Decision{Approve: true, Adding: true}, mfa.Approval)
	h.confirmDevice(id, "", done)
	h.sent(id, mfa.Email, mfa.Link) // not passed
	if o := h.option(id, mfa.Email, mfa.Link); o.Adding || o.Answer != mfa.Unanswered {
		t.Errorf("the new link has the answer %q, adding %v", o.Answer, o.Adding)
	}
}

// TestSendFailedLate: a failure that comes late closes nothing newer, even if
// both were decided in the same moment.
func TestSendFailedLate(t *testing.T) {
	for _, mode := range []mfa.Mode{mfa.OTP, mfa.Link} {
		for _, gap := range []time.Duration{0, 30 * time.Second} {
			t.Run(mode.String()+" "+gap.String(), func(t *testing.T) {
				h := newHarness(t)
				h.policy.OTPLength, h.policy.OTPType = 9, mfa.Alphanumeric // no two alike
				h.has(withMail())
				id := h.begin()
				old := h.sent(id, mfa.Email, mode)
				h.wait(gap)
				h.confirmDevice(id, "", done) // so that the next is sent at once
				m := h.sent(id, mfa.Email, mode)
				h.failed(id, old)
				if mode == mfa.OTP {
					h.answer(id, mfa.Email, mode, m.Code, mfa.Passed)
				} else {
					if n := len(h.pending().Links); n != 1 {
						t.Errorf("%d links are live, want 1", n)
					}
					h.decide(id, m.Token, mfa.Decision{Approve: true}, mfa.Approval)
				}
			})
		}
	}
}

// TestSendFailedSame: a late failure closes nothing newer that happens to carry
// the same code, which short codes may.
func TestSendFailedSame(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	m := h.sent(id, mfa.Email, mfa.OTP)
	old := *m
	old.At = m.At.Add(-30 * time.Second)
	h.failed(id, &old)
	h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Passed)
}

// TestSendFailedOther: a failure closes what it is about and nothing else.
func TestSendFailedOther(t *testing.T) {
	h := newHarness(t)
	h.has(withBoth())
	id := h.begin()
	first := h.sent(id, mfa.Email, mfa.Link)
	second := h.sent(id, mfa.SMS, mfa.Link)
	code := h.sent(id, mfa.Email, mfa.OTP)
	h.failed(id, first) // replaced by the second
	if n := len(h.pending().Links); n != 1 {
		t.Errorf("%d links are live, want 1", n)
	}
	h.failed(id, &mfa.Message{Kind: mfa.KindOTP, Option: "no option", At: h.now})
	h.failed("no request", code)
	h.decide(id, second.Token, mfa.Decision{Approve: true}, mfa.Approval)
	h.answer(id, mfa.Email, mfa.OTP, code.Code, mfa.Passed)
}

// TestSendsOfRequest: five messages a request, over all options. A sixth is
// refused and leaves the code that lives.
func TestSendsOfRequest(t *testing.T) {
	h := newHarness(t)
	h.policy.OTPLifetime = 2 * time.Minute
	h.has(withBoth())
	id := h.begin()
	var m *mfa.Message
	for range 4 {
		m = h.sent(id, mfa.Email, mfa.OTP)
		h.wait(30 * time.Second)
	}
	h.sent(id, mfa.SMS, mfa.OTP)
	h.unsent(id, mfa.Email, mfa.OTP, mfa.Waiting) // the fourth still lives
	h.unsent(id, mfa.SMS, mfa.Link, mfa.FailedSending)
	h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Passed)
	h.sent(h.begin(), mfa.Email, mfa.OTP)
}

// TestSendRefusedLate: a refused send does not call a code alive that ran out.
func TestSendRefusedLate(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	for range 5 {
		h.sent(id, mfa.Email, mfa.OTP)
		h.wait(30 * time.Second)
	}
	h.unsent(id, mfa.Email, mfa.OTP, mfa.Waiting)
	h.wait(30*time.Second - 1)
	h.unsent(id, mfa.Email, mfa.OTP, mfa.Waiting)
	h.wait(1)
	h.unsent(id, mfa.Email, mfa.OTP, mfa.FailedSending)
}

// TestSendKeepsPlace: a login that has sent something, a message or a
// verification, outlives others of its address that have not.
func TestSendKeepsPlace(t *testing.T) {
	for _, tt := range []struct {
		name string
		send func(h *harness, id string)
	}{
		{"code", func(h *harness, id string) { h.sent(id, mfa.Email, mfa.OTP) }},
		{"link", func(h *harness, id string) { h.sent(id, mfa.Email, mfa.Link) }},
		{"verification", func(h *harness, id string) { h.verifying(id, mfa.SMS, mobile) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withMail())
			first, second := h.begin(), h.begin()
			tt.send(h, first)
			for range 19 {
				h.begin()
			}
			h.with(first, func(_ *store.Tx, c *mfa.Case) {
				if !c.Live() {
					t.Error("what has sent was ended for another")
				}
			})
			h.status(second, mfa.Dead)
		})
	}
}
