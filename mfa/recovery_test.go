package mfa_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
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
	if fresh := h.confirmDevice(staged, "", done); len(fresh) != 0 {
		t.Errorf("%d codes come with a second authenticator, beside those that are good", len(fresh))
	}
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, codes[0], mfa.Passed)
}

// TestRecoveryStaged: codes that come with an authenticator which waits are not good yet.
func TestRecoveryStaged(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	fresh := h.confirmDevice(h.begin(), "", done)
	if len(fresh) != 10 {
		t.Fatalf("%d codes, want ten: the account has none", len(fresh))
	}
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, fresh[0], mfa.Wrong)
}

// TestRecoveryCount: a set has as many codes as the policy says, and there is none where it
// says 0. They are shown again as they were, though the policy has changed since.
func TestRecoveryCount(t *testing.T) {
	for _, n := range []int{0, 1, 10, 20} {
		h := newHarness(t)
		h.policy.RecoveryCodes = n
		id := h.begin()
		codes := h.confirmDevice(id, "", active)
		f := h.factors()
		if len(codes) != n || len(f.Recovery) != n || f.RecoveryLeft() != n {
			t.Errorf("got %d codes, of which %d are kept, want %d", len(codes), len(f.Recovery), n)
		}
		h.policy.RecoveryCodes = 7
		if again := h.confirmDevice(id, "", active); !slices.Equal(again, codes) {
			t.Errorf("shown again: %d codes, want the same %d", len(again), n)
		}
	}
}

// TestRecoveryLeft: the owner is told when two codes are left, and when none is.
func TestRecoveryLeft(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	codes := h.enrollDevice()
	for i, code := range codes {
		h.told = nil
		h.answer(h.begin(), mfa.Authenticator, mfa.OTP, code, mfa.Passed)
		switch left := 9 - i; left {
		case 2:
			h.wantTold(mfa.FewRecoveryCodes)
			if h.told[0].Left != left || h.told[0].To[0].Address != mail {
				t.Errorf("told %+v", h.told[0])
			}
		case 0:
			h.wantTold(mfa.NoRecoveryCodes)
		default:
			h.wantTold()
		}
	}
}

// TestRecoveryAfterAddition: the seed of recovery codes that came with an authenticator which
// was added outside a login is erased with the request; the browser of the page may look at
// the codes for a minute more.
func TestRecoveryAfterAddition(t *testing.T) {
	for _, browser := range []string{"", "cookie"} {
		h := newHarness(t)
		h.has(withMail())
		h.terms.Enrolls, h.cookie = true, browser
		id := h.addition()
		if browser != "" {
			h.with(id, func(_ *store.Tx, c *mfa.Case) { c.Bind([]byte(browser)) })
		}
		codes := h.confirmDevice(id, "", done)
		h.proveAddition(id)
		h.terms.Confirms = mfa.AddFactor
		h.with(id, func(_ *store.Tx, c *mfa.Case) { c.End() })
		h.terms.Confirms = ""
		if kept := len(h.request(id).Seed) > 0; kept != (browser != "") || len(codes) != 10 {
			t.Errorf("browser %q: the seed is kept: %v; %d codes", browser, kept, len(codes))
		}
		for _, wait := range []time.Duration{time.Minute - 1, 1} {
			h.wait(wait)
			var again []string
			h.with(id, func(_ *store.Tx, c *mfa.Case) { again = c.Recovery(browser) })
			if shown := browser != "" && wait > 1; slices.Equal(again, codes) != shown {
				t.Errorf("browser %q: %d codes are shown, want them: %v", browser, len(again), shown)
			}
		}
		if len(h.request(id).Seed) > 0 {
			t.Errorf("browser %q: the seed is kept for longer than a minute", browser)
		}
	}
}

// TestRenewRecovery: a new set voids the old one, spent codes and all.
func TestRenewRecovery(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	old := h.enrollDevice()
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, old[0], mfa.Passed)
	var fresh []string
	serial := h.factors().Serial
	h.change(func(f *mfa.Factors) { fresh = f.RenewRecovery(h.index, account, 3, h.now) })
	if f := h.factors(); len(fresh) != 3 || f.RecoveryLeft() != 3 || len(f.Recovery) != 3 || f.Serial != serial+1 || !f.RecoveryMade.Equal(h.now) {
		t.Errorf("got %d codes, and %+v", len(fresh), f)
	}
	for _, code := range old {
		h.answer(h.begin(), mfa.Authenticator, mfa.OTP, code, mfa.Wrong)
		h.clean()
	}
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, fresh[2], mfa.Passed)
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, fresh[2], mfa.Wrong)
}
