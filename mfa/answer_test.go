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

// TestAnswerCode: a code is good until its end, once, and one that was met too
// late stays dead when the clock is set back.
func TestAnswerCode(t *testing.T) {
	for _, over := range []mfa.Transport{mfa.Email, mfa.SMS} {
		t.Run(over.String(), func(t *testing.T) {
			h := newHarness(t)
			h.has(withBoth())
			id := h.begin()
			m := h.sent(id, over, mfa.OTP)
			h.wait(time.Minute)
			h.answer(id, over, mfa.OTP, m.Code, mfa.Wrong)
			h.wait(-time.Minute)
			h.answer(id, over, mfa.OTP, m.Code, mfa.Wrong)
			h.wait(time.Minute)
			m = h.sent(id, over, mfa.OTP)
			h.wait(time.Minute - 1)
			h.answer(id, over, mfa.OTP, " "+m.Code[:3]+"-"+m.Code[3:], mfa.Passed)
			h.answer(id, over, mfa.OTP, m.Code, mfa.Wrong)
		})
	}
}

// TestAnswerBound: a code is good for its own option and request alone.
func TestAnswerBound(t *testing.T) {
	h := newHarness(t)
	h.policy.OTPLength, h.policy.OTPType = 9, mfa.Alphanumeric // no two alike
	h.has(withBoth())
	id, other := h.begin(), h.begin()
	m := h.sent(id, mfa.Email, mfa.OTP)
	h.sent(id, mfa.SMS, mfa.OTP)
	h.sent(other, mfa.Email, mfa.OTP)
	h.answer(id, mfa.SMS, mfa.OTP, m.Code, mfa.Wrong)
	h.answer(other, mfa.Email, mfa.OTP, m.Code, mfa.Wrong)
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if v := c.Answer("no option", m.Code); v != mfa.Dead {
			t.Errorf("another option: got %v", v)
		}
	})
	h.answer(id, mfa.Email, mfa.OTP, "", mfa.Wrong)
	h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Passed)
}

// TestAnswerDevice: a step is spent, and with it all before it.
func TestAnswerDevice(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	secret := h.factors().Authenticators[0].Secret
	code := h.code(secret)
	id := h.begin()
	h.answer(id, mfa.Authenticator, mfa.OTP, code, mfa.Passed)
	if got := lastStep(h.factors()); got != totp.Step(h.now) {
		t.Errorf("last step %d, want %d", got, totp.Step(h.now))
	}
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, code, mfa.Wrong)
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, secret.Code(totp.Step(h.now)-1), mfa.Wrong)
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, secret.Code(totp.Step(h.now)+1), mfa.Passed)
}

// TestAnswerDeviceGone: an option whose authenticator has gone proves nothing,
// nor do its recovery codes.
func TestAnswerDeviceGone(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	recovery := h.enrollDevice()
	h.wait(time.Minute)
	id, code := h.begin(), h.code(h.factors().Authenticators[0].Secret)
	h.change(func(f *mfa.Factors) { f.Authenticators = nil })
	h.answer(id, mfa.Authenticator, mfa.OTP, code, mfa.Wrong)
	h.answer(id, mfa.Authenticator, mfa.OTP, recovery[0], mfa.Wrong)
}

// TestAnswerRepeated: the same wrong answer is charged again after ten seconds,
// to the moment; another one at once.
func TestAnswerRepeated(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	id := h.begin()
	wrong := func(code string, tries int) {
		h.Helper()
		h.answer(id, mfa.Authenticator, mfa.OTP, code, mfa.Wrong)
		if got, misses := h.request(id).Tries, len(h.factors().Ledger.Misses); got != tries || misses != tries {
			h.Errorf("charged %d to the request and %d to the account, want %d", got, misses, tries)
		}
	}
	wrong("wrong a", 1)
	h.wait(10*time.Second - 1)
	wrong("wrong a", 1)
	h.wait(1)
	wrong("wrong a", 2)
	wrong("wrong b", 3)
	wrong("wrong a", 4)
	h.wait(time.Second)
	wrong("wrong a", 4)
}

// TestAnswerTries: the fifth wrong code closes the request; one that is shorter
// than six characters may be guessed once.
func TestAnswerTries(t *testing.T) {
	for length, tries := range map[int]int{5: 1, 6: 5, 9: 5} {
		t.Run(fmt.Sprint(length), func(t *testing.T) {
			h := newHarness(t)
			h.policy.OTPLength = length
			h.has(withMail())
			id := h.begin()
			m := h.sent(id, mfa.Email, mfa.OTP)
			for i := range tries {
				h.status(id, mfa.Waiting)
				h.answer(id, mfa.Email, mfa.OTP, fmt.Sprint("wrong ", i), mfa.Wrong)
			}
			h.status(id, mfa.Dead)
			h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Dead)
		})
	}
}

// TestAnswerLinkOption: a code for an option that is answered by a link is
// wrong, and does not hide that nobody answered the link.
func TestAnswerLinkOption(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	m := h.sent(id, mfa.Email, mfa.Link)
	h.answer(id, mfa.Email, mfa.Link, m.Token, mfa.Wrong)
	h.wait(90 * time.Second)
	h.answer(id, mfa.Email, mfa.Link, "wrong", mfa.Wrong)
	h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
	if got := h.factors().LinkIgnored; got != 1 {
		t.Errorf("%d links count as ignored, want 1", got)
	}
}

// TestAnswerAdds: an answer adds what is staged if it cannot be older than the
// staging.
func TestAnswerAdds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		staged time.Duration // after the start of a step
		adds   bool
	}{
		{"step that began as it was staged", 0, true},
		{"step that began before", 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withDevice())
			id := h.begin()
			m := h.verifying(id, mfa.SMS, mobile)
			h.wait(tt.staged)
			h.confirm(id, mfa.SMS, m.Code, done)
			h.wait(time.Second)
			h.answer(id, mfa.Authenticator, mfa.OTP, h.code(h.factors().Authenticators[0].Secret), mfa.Passed)
			if got := h.hasFactor(mfa.SMS); got != tt.adds {
				t.Errorf("added: %v, want %v", got, tt.adds)
			}
		})
	}
	t.Run("code sent after", func(t *testing.T) {
		h := newHarness(t)
		h.has(withMail())
		id := h.begin()
		h.confirmDevice(id, "", done)
		m := h.sent(id, mfa.Email, mfa.OTP)
		h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Passed)
		if !h.hasFactor(mfa.Authenticator) {
			t.Error("the authenticator was not added")
		}
	})
	t.Run("recovery code", func(t *testing.T) {
		h := newHarness(t)
		h.has(withMail())
		codes := h.enrollDevice()
		h.wait(time.Minute)
		id := h.begin()
		m := h.verifying(id, mfa.SMS, mobile)
		h.confirm(id, mfa.SMS, m.Code, done)
		h.answer(id, mfa.Authenticator, mfa.OTP, codes[0], mfa.Passed)
		if h.hasFactor(mfa.SMS) {
			t.Error("a code that is older than the staging added a factor")
		}
	})
}

// TestAnswerLapsed: a right code whose caller is gone grants nothing, is not
// spent, and writes what a wrong one writes.
func TestAnswerLapsed(t *testing.T) {
	for _, tt := range []struct {
		name string
		over mfa.Transport
		code func(h *harness, id string, recovery []string) string
	}{
		{"code", mfa.Email, func(h *harness, id string, _ []string) string { return h.sent(id, mfa.Email, mfa.OTP).Code }},
		{"authenticator", mfa.Authenticator, func(h *harness, _ string, _ []string) string { return h.code(h.factors().Authenticators[0].Secret) }},
		{"recovery code", mfa.Authenticator, func(_ *harness, _ string, recovery []string) string { return recovery[3] }},
	} {
		for misses := range 5 {
			t.Run(fmt.Sprint(tt.name, " after ", misses), func(t *testing.T) {
				h := newHarness(t)
				h.has(withMail())
				recovery := h.enrollDevice()
				h.wait(time.Minute)
				id := h.begin()
				code := tt.code(h, id, recovery)
				h.wrong(id, misses)
				h.change(func(f *mfa.Factors) { f.Ledger.Consecutive = 98 }) // a miss from the last
				request, factors := h.request(id), h.factors()

				h.terms.Lapse = true
				right := h.written(id, func() { h.answer(id, tt.over, mfa.OTP, code, mfa.Lapsed) })
				if r := h.request(id); r.Tries != request.Tries || !r.Proven.IsZero() || !slices.Equal(r.Miss.Digest, request.Miss.Digest) {
					t.Errorf("the request was changed: %+v", r)
				}
				if f := h.factors(); !slices.Equal(f.Ledger.Misses, factors.Ledger.Misses) || f.Ledger.Consecutive != 98 ||
					lastStep(f) != lastStep(factors) || !f.Recovery[3].Spent.IsZero() {
					t.Errorf("the factors were changed: %+v", f)
				}
				wrong := h.written(id, func() { h.answer(id, tt.over, mfa.OTP, "wrong", mfa.Wrong) })
				if !slices.Equal(right, wrong) {
					t.Errorf("a right code writes %q, a wrong one %q", right, wrong)
				}
				r := h.request(id)
				if r.Tries != request.Tries+1 || len(h.factors().Ledger.Misses) != len(factors.Ledger.Misses)+1 {
					t.Error("the wrong code was not charged")
				}
				if !slices.Equal(r.Miss.Digest, request.Miss.Digest) {
					t.Error("the wrong code left a tag")
				}
				if misses == 4 {
					return // that one closed the request
				}
				h.terms.Lapse = false
				h.answer(id, tt.over, mfa.OTP, code, mfa.Passed)
			})
		}
	}
}

// TestAnswerLapsedUsedUp: the miss that uses up the guesses writes what the
// right code in its place would.
func TestAnswerLapsedUsedUp(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	h.terms.Lapse = true
	id := h.begin()
	h.change(func(f *mfa.Factors) { f.Ledger.Consecutive = 99 })
	right := h.written(id, func() {
		h.answer(id, mfa.Authenticator, mfa.OTP, h.code(h.factors().Authenticators[0].Secret), mfa.Lapsed)
	})
	wrong := h.written(id, func() { h.answer(id, mfa.Authenticator, mfa.OTP, "wrong", mfa.Wrong) })
	if !slices.Equal(right, wrong) {
		t.Errorf("a right code writes %q, a wrong one %q", right, wrong)
	}
	h.answer(id, mfa.Authenticator, mfa.OTP, h.code(h.factors().Authenticators[0].Secret), mfa.Exhausted)
}

// TestChooseLapsed: an approval is not used up by a caller who is gone.
func TestChooseLapsed(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	m := h.sent(id, mfa.Email, mfa.Link)
	h.decide(id, m.Token, mfa.Decision{Approve: true}, mfa.Approval)
	h.terms.Lapse = true
	h.unsent(id, mfa.Email, mfa.Link, mfa.Lapsed)
	h.terms.Lapse = false
	h.unsent(id, mfa.Email, mfa.Link, mfa.Passed)
}

// written returns the tables of which a step replaced the request's or the
// account's record.
func (h *harness) written(id string, step func()) (tables []string) {
	h.Helper()
	keys := append(mfa.Keys(homeOf(account)), mfa.Key(h.index, id))
	versions := func() []uint64 {
		v, err := h.db.Versions(h.Context(), keys...)
		if err != nil {
			h.Fatal(err)
		}
		return v
	}
	before := versions()
	step()
	for i, v := range versions() {
		if v != before[i] {
			tables = append(tables, keys[i])
		}
	}
	return tables
}

// enrollDevice adds an authenticator to an account that has an e-mail address,
// and returns its recovery codes.
func (h *harness) enrollDevice() []string {
	h.Helper()
	id := h.begin()
	codes := h.confirmDevice(id, "", done)
	h.answer(id, mfa.Email, mfa.OTP, h.sent(id, mfa.Email, mfa.OTP).Code, mfa.Passed)
	h.finish(id, mfa.Granted)
	return codes
}
