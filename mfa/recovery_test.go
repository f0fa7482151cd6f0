package mfa_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/mfa"
)

// TestRecovery: ten codes, each good once, with the authenticator's option; a
// spent one stays and is marked, the others stay good.
func TestRecovery(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	codes := h.enrollDevice()
	if len(codes) != 10 {
		t.Fatalf("%d codes, want ten", len(codes))
	}
	for i, code := range codes {
		if len(code) != 16 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Errorf("code %q", code)
		}
		h.answer(h.begin(), mfa.Authenticator, mfa.OTP, code, mfa.Passed)
		h.answer(h.begin(), mfa.Authenticator, mfa.OTP, code, mfa.Wrong)
		h.clean()
		spent := 0
		for _, r := range h.factors().Recovery {
			if !r.Spent.IsZero() {
				spent++
			}
		}
		if got := len(h.factors().Recovery); spent != i+1 || got != 10 {
			t.Errorf("after %d: %d of %d are spent", i+1, spent, got)
		}
	}
}

// TestRecoveryBound: the codes are their account's and their authenticator's.
func TestRecoveryBound(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	codes := h.enrollDevice()
	h.answer(h.begin(), mfa.Email, mfa.OTP, codes[0], mfa.Wrong)
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, codes[0][:15], mfa.Wrong)
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, "ABCDEFGHIJKLMNOP", mfa.Wrong)
	h.accountHas("other", h.factors())
	id := h.begin(func(n *mfa.NewRequest) { n.Account = "other" })
	h.answer(id, mfa.Authenticator, mfa.OTP, codes[0], mfa.Wrong)

	staged := h.begin() // another authenticator, not yet active
	fresh := h.confirmDevice(staged, "", done)
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, fresh[0], mfa.Wrong)
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, codes[0], mfa.Passed)
}
