package mfa_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

var ways = []struct {
	over                 mfa.Transport
	address, next, third string
}{
	{mfa.Email, mail, "new@example.org", "third@example.org"},
	{mfa.SMS, mobile, "+441234567890", "+33612345678"},
}

// TestVerifyMessage: the code to an address has six characters at least, names
// the user and no text of theirs, and dies with its lifetime.
func TestVerifyMessage(t *testing.T) {
	for _, w := range ways {
		t.Run(w.over.String(), func(t *testing.T) {
			h := newHarness(t)
			h.policy.OTPLength = 4
			id := h.begin()
			m := h.verifying(id, w.over, w.address)
			if m.Kind != mfa.KindEnrollment || m.Over != w.over || m.To != w.address || m.User != "Marie" || len(m.Code) != 6 || m.Life != time.Minute || m.Option != "" {
				t.Errorf("got %+v", m)
			}
			e := h.request(id).Enrollment
			kept := map[mfa.Transport]mfa.Candidate{mfa.Email: e.Email, mfa.SMS: e.Mobile}
			for over, c := range kept { // under the name of its own transport
				if (c.Address == w.address) != (over == w.over) {
					t.Errorf("%s: the record holds %q", over, c.Address)
				}
			}
			h.policy.OTPLength = 8
			if m = h.verifying(id, w.over, w.next); len(m.Code) != 8 {
				t.Errorf("got %q, want eight characters", m.Code)
			}
		})
	}
}

// TestVerifyEnds: the code is good to the last moment of its life, and stays
// dead when the clock is set back.
func TestVerifyEnds(t *testing.T) {
	for _, w := range ways {
		t.Run(w.over.String(), func(t *testing.T) {
			h := newHarness(t)
			id := h.begin()
			m := h.verifying(id, w.over, w.address)
			h.wait(time.Minute)
			h.confirm(id, w.over, m.Code, amiss)
			h.wait(-time.Minute)
			h.confirm(id, w.over, m.Code, amiss)
			h.wait(time.Minute)
			m = h.verifying(id, w.over, w.address)
			h.wait(time.Minute - 1)
			h.confirm(id, w.over, m.Code, active)
		})
	}
}

// TestVerifySpent: a code confirms once. The same code again, as after a double
// click, is answered alike and changes nothing; another is a wrong one.
func TestVerifySpent(t *testing.T) {
	for _, w := range ways {
		t.Run(w.over.String(), func(t *testing.T) {
			h := newHarness(t)
			id := h.begin()
			m := h.verifying(id, w.over, w.address)
			h.confirm(id, w.over, m.Code, active)
			before := h.factors().Serial
			h.confirm(id, w.over, m.Code, active)
			if after := h.factors(); after.Serial != before || h.request(id).Tries != 0 {
				t.Errorf("the repeat changed the factors or was charged")
			}
			h.confirm(id, w.over, m.Code+"0", amiss)
			if got := h.request(id).Tries; got != 1 {
				t.Errorf("got %d charged, want 1", got)
			}
		})
	}
}

// TestVerifyBound: a code to one address confirms no other, of neither kind.
func TestVerifyBound(t *testing.T) {
	for _, w := range ways {
		t.Run(w.over.String(), func(t *testing.T) {
			h := newHarness(t)
			h.policy.OTPLength, h.policy.OTPType = 9, mfa.Alphanumeric // no two alike
			id, other := h.begin(), h.begin()
			m := h.verifying(id, w.over, w.address)
			h.verifying(other, w.over, w.address)
			h.confirm(other, w.over, m.Code, amiss)
			for _, v := range ways {
				if v.over != w.over {
					h.confirm(id, v.over, m.Code, amiss) // nothing was sent there
				}
			}
			h.verifying(id, w.over, w.next)
			h.confirm(id, w.over, m.Code, amiss)
		})
	}
}

// TestVerifyMisses: wrong codes are charged to the request and to the account,
// five in all with those for options; the same one within ten seconds once.
func TestVerifyMisses(t *testing.T) {
	for _, w := range ways {
		t.Run(w.over.String(), func(t *testing.T) {
			h := newHarness(t)
			h.has(mfa.Factors{Serial: 1, Authenticators: apps()})
			id := h.begin()
			m := h.verifying(id, w.over, w.address)
			h.wrong(id, 2)
			for i := range 2 {
				h.confirm(id, w.over, fmt.Sprint("wrong ", i), amiss)
				h.wait(10*time.Second - 1)
				h.confirm(id, w.over, fmt.Sprint("wrong ", i), amiss)
			}
			if r, f := h.request(id), h.factors(); r.Tries != 4 || len(f.Ledger.Misses) != 4 || f.Ledger.Consecutive != 4 {
				t.Errorf("charged %d to the request and %d to the account, want 4", r.Tries, len(f.Ledger.Misses))
			}
			h.wait(1)
			h.confirm(id, w.over, "wrong 1", amiss) // ten seconds on
			h.status(id, mfa.Dead)
			h.confirm(id, w.over, m.Code, none)
		})
	}
}

// TestVerifyExhausted: an account whose guesses are used up confirms nothing.
func TestVerifyExhausted(t *testing.T) {
	for _, w := range ways {
		t.Run(w.over.String(), func(t *testing.T) {
			h := newHarness(t)
			id := h.begin()
			m := h.verifying(id, w.over, w.address)
			h.change(func(f *mfa.Factors) { f.Ledger.Consecutive = 100 })
			h.confirm(id, w.over, m.Code, none)
			h.confirm(id, w.over, "wrong", none)
			h.clean()
			h.confirm(id, w.over, m.Code, active)
		})
	}
}

// TestVerifyAddress: which addresses a code may go to.
func TestVerifyAddress(t *testing.T) {
	both := mfa.Factors{Serial: 1, Email: confirmed(mail), Mobile: confirmed(mobile)}
	moving := both
	moving.Email.Next, moving.Mobile.Next = ways[0].next, ways[1].next
	for _, w := range ways {
		for _, tt := range []struct {
			name    string
			factors mfa.Factors
			address string
			to      string // empty: none
		}{
			{"none, and none on record", mfa.Factors{}, "", ""},
			{"no address", mfa.Factors{}, "nonsense", ""},
			{"a new one", mfa.Factors{}, w.address, w.address},
			{"the factor itself", both, w.address, ""},
			{"none, and only the factor on record", both, "", ""},
			{"another than the factor", both, w.next, w.next},
			{"none, and one that is to follow", moving, "", w.next},
		} {
			t.Run(fmt.Sprint(w.over, " ", tt.name), func(t *testing.T) {
				h := newHarness(t)
				h.has(tt.factors)
				want := mfa.EnrollDone
				if tt.to == "" {
					want = mfa.EnrollInvalidAddress
				}
				m := h.verify(h.begin(), w.over, tt.address, want)
				if (m != nil) != (tt.to != "") || m != nil && m.To != tt.to {
					t.Errorf("got %+v, want %q", m, tt.to)
				}
			})
		}
	}
}

// TestVerifyReplaces: a new address takes the place of the old one, which stays
// in use until a factor has approved it.
func TestVerifyReplaces(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	h.confirm(id, mfa.Email, h.verifying(id, mfa.Email, "new@example.org").Code, done)
	if got := h.factors().Email.Value; got != mail {
		t.Errorf("in use is %s, want the old one", got)
	}
	m := h.sent(id, mfa.Email, mfa.OTP)
	h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Passed)
	if got := h.factors().Email; got.Value != "new@example.org" || !got.Validated.Equal(h.now) || m.To != mail {
		t.Errorf("in use is %+v after a code to %s", got, m.To)
	}
}

// TestVerifyRepeated: one message each thirty seconds to one address; the
// repeat is answered alike. Another address is not held to it.
func TestVerifyRepeated(t *testing.T) {
	for _, w := range ways {
		t.Run(w.over.String(), func(t *testing.T) {
			h := newHarness(t)
			id := h.begin()
			h.verifying(id, w.over, w.address)
			h.wait(30*time.Second - 1)
			if m := h.verify(id, w.over, w.address, mfa.EnrollDone); m != nil {
				t.Error("sent again within thirty seconds")
			}
			h.verifying(id, w.over, w.next)
			h.verifying(id, w.over, w.address)
			h.wait(30 * time.Second)
			h.verifying(id, w.over, w.address)
		})
	}
}

// TestVerifyFailed: a code that could not be sent says so, also when it is asked
// for again within thirty seconds, and confirms nothing.
func TestVerifyFailed(t *testing.T) {
	for _, w := range ways {
		t.Run(w.over.String(), func(t *testing.T) {
			h := newHarness(t)
			id := h.begin()
			m := h.verifying(id, w.over, w.address)
			h.failed(id, m)
			h.confirm(id, w.over, m.Code, amiss)
			h.wait(30*time.Second - 1)
			h.verify(id, w.over, w.address, mfa.EnrollFailedSending)
			h.wait(1)
			m = h.verifying(id, w.over, w.address)
			h.confirm(id, w.over, m.Code, active)
		})
	}
}

// TestVerifyFailedLate: a failure that comes late closes nothing newer, even if
// both were decided in the same moment, and nothing of another request.
func TestVerifyFailedLate(t *testing.T) {
	for _, w := range ways {
		for _, gap := range []time.Duration{0, 30 * time.Second} {
			t.Run(fmt.Sprint(w.over, " ", gap), func(t *testing.T) {
				h := newHarness(t)
				h.policy.OTPLength, h.policy.OTPType = 9, mfa.Alphanumeric // no two alike
				id, other := h.begin(), h.begin()
				old := h.verifying(id, w.over, w.address)
				h.verifying(id, w.over, w.next)
				h.wait(gap)
				m := h.verifying(id, w.over, w.address)
				h.failed(id, old)
				h.failed(other, m)
				h.failed("no request", m)
				h.confirm(id, w.over, m.Code, active)
			})
		}
	}
}

// TestVerifyFailedSame: a late failure closes nothing newer that happens to
// carry the same code, which short codes may.
func TestVerifyFailedSame(t *testing.T) {
	for _, w := range ways {
		h := newHarness(t)
		id := h.begin()
		m := h.verifying(id, w.over, w.address)
		old := *m
		old.At = m.At.Add(-30 * time.Second)
		h.failed(id, &old)
		h.confirm(id, w.over, m.Code, active)
	}
}

// TestVerifyBudgets: five messages of an enrollment a request, ten an hour an
// account with those of options, and the destination's own.
func TestVerifyBudgets(t *testing.T) {
	for _, w := range ways {
		t.Run(w.over.String(), func(t *testing.T) {
			h := newHarness(t)
			h.has(mfa.Factors{Serial: 1, Authenticators: apps()})
			send := func(id string, n int, address string) {
				for range n {
					h.verifying(id, w.over, address)
					h.wait(30 * time.Second)
				}
				if m := h.verify(id, w.over, address, mfa.EnrollFailedSending); m != nil {
					t.Errorf("sent %d messages", n+1)
				}
			}
			send(h.begin(), 5, w.address)
			send(h.begin(), 5, w.next) // which used the hour, but for what was refilled
		})
		t.Run(w.over.String()+" account", func(t *testing.T) {
			h := newHarness(t)
			for range 5 { // no number gets more that is no factor yet
				h.verifying(h.begin(), w.over, w.address)
				h.verifying(h.begin(), w.over, w.next)
			}
			h.verify(h.begin(), w.over, w.third, mfa.EnrollFailedSending)
		})
		t.Run(w.over.String()+" destination", func(t *testing.T) {
			h := newHarness(t)
			for h.sendTo(w.over, w.address, "") {
			}
			if m := h.verify(h.begin(), w.over, w.address, mfa.EnrollFailedSending); m != nil {
				t.Error("sent past the budget of the destination")
			}
		})
		t.Run(w.over.String()+" peer", func(t *testing.T) {
			h := newHarness(t)
			for h.sendTo(w.over, w.address, "192.0.2.1") {
			}
			h.verify(h.begin(), w.over, w.address, mfa.EnrollFailedSending)
			h.terms.Peer = "192.0.2.2"
			h.verifying(h.begin(), w.over, w.address)
		})
	}
}

// TestVerifyNumbers: three new numbers a day an account, each for a day from
// its first message; e-mail addresses are not counted.
func TestVerifyNumbers(t *testing.T) {
	h := newHarness(t)
	number := func(i int, want mfa.EnrollStatus) {
		h.Helper()
		h.verify(h.begin(), mfa.SMS, fmt.Sprintf("+44123456%d000", i), want)
	}
	number(1, mfa.EnrollDone)
	h.wait(time.Hour)
	number(1, mfa.EnrollDone) // known
	number(2, mfa.EnrollDone)
	number(3, mfa.EnrollDone)
	number(4, mfa.EnrollFailedSending)
	number(2, mfa.EnrollDone)
	for i := range 4 {
		h.verify(h.begin(), mfa.Email, fmt.Sprint("new", i, "@example.org"), mfa.EnrollDone)
	}
	h.wait(23*time.Hour - 1)
	number(4, mfa.EnrollFailedSending)
	h.wait(1)
	number(4, mfa.EnrollDone)
	number(1, mfa.EnrollFailedSending)
}
