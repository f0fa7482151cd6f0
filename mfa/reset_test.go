package mfa_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/totp"
)

// TestBesideMail: what may be proven beside a key from the mailbox is every confirmed
// factor but that mailbox, by code; what the policy counts comes first.
func TestBesideMail(t *testing.T) {
	h := newHarness(t)
	app, ahead := apps(), []mfa.Device{{Secret: totp.NewSecret(), Steps: []uint64{totp.Step(h.now) + 2}}}
	email, mobile := confirmed("a@example.com"), confirmed("+491701234567")
	counts := func(list ...mfa.Method) mfa.Policy {
		p := mfa.DefaultPolicy()
		p.Methods = list
		return p
	}
	both := mfa.Channels{Email: true, SMS: true}
	for _, tt := range []struct {
		name     string
		f        mfa.Factors
		policy   mfa.Policy
		channels mfa.Channels
		has      bool
		want     string
	}{
		{"nothing", mfa.Factors{}, mfa.DefaultPolicy(), both, false, ""},
		{"the mailbox", mfa.Factors{Email: email}, mfa.DefaultPolicy(), both, false, ""},
		{"a number that is not confirmed", mfa.Factors{Email: email, Mobile: mfa.Address{Value: "+491701234567", Proven: h.now}}, mfa.DefaultPolicy(), both, false, ""},
		{"a number", mfa.Factors{Email: email, Mobile: mobile}, mfa.DefaultPolicy(), both, true, "SMSOTP"},
		{"a number without a sender", mfa.Factors{Email: email, Mobile: mobile}, mfa.DefaultPolicy(), mfa.Channels{Email: true}, true, ""},
		{"an app", mfa.Factors{Authenticators: app}, mfa.DefaultPolicy(), both, true, "MicrosoftAuthenticator"},
		{"both", mfa.Factors{Email: email, Mobile: mobile, Authenticators: app}, mfa.DefaultPolicy(), both, true, "SMSOTP MicrosoftAuthenticator"},
		{"one that the policy counts", mfa.Factors{Mobile: mobile, Authenticators: app}, counts(mfa.Method{Transport: mfa.Authenticator, Mode: mfa.OTP}), both, true, "MicrosoftAuthenticator"},
		{"none that the policy counts", mfa.Factors{Email: email, Authenticators: app}, counts(mfa.Method{Transport: mfa.Email, Mode: mfa.OTP}), both, true, "MicrosoftAuthenticator"},
		{"links alone count", mfa.Factors{Mobile: mobile}, counts(mfa.Method{Transport: mfa.SMS, Mode: mfa.Link}), both, true, "SMSOTP"},
		{"an app ahead of the clock", mfa.Factors{Mobile: mobile, Authenticators: ahead}, mfa.DefaultPolicy(), both, true, "SMSOTP"},
		{"one ahead beside one that is not", mfa.Factors{Authenticators: append(apps(), ahead...)}, mfa.DefaultPolicy(), both, true, "MicrosoftAuthenticator"},
		{"it alone", mfa.Factors{Authenticators: ahead}, mfa.DefaultPolicy(), both, true, "MicrosoftAuthenticator"},
	} {
		var got []string
		for _, o := range tt.f.BesideMail(tt.policy, tt.channels, h.now) {
			got = append(got, o.Method.String())
		}
		if s := strings.Join(got, " "); s != tt.want || tt.f.HasBesideMail() != tt.has {
			t.Errorf("%s: got %q, %v, want %q, %v", tt.name, s, tt.f.HasBesideMail(), tt.want, tt.has)
		}
	}
}

// taken counts how many of twenty an allowance has.
func (h *harness) taken(take func(tx *store.Tx) (bool, error)) (n int) {
	h.Helper()
	for range 20 {
		h.run(func(tx *store.Tx) error {
			ok, err := take(tx)
			if ok {
				n++
			}
			return err
		})
	}
	return n
}

// TestTakeMail: mails that strangers can have sent use half of a mailbox's day, in
// whatever spelling, and leave the other half to codes.
func TestTakeMail(t *testing.T) {
	h := newHarness(t)
	take := func(to string) int {
		return h.taken(func(tx *store.Tx) (bool, error) { return mfa.TakeMail(tx, h.index, to) })
	}
	if a, b := take("owner@example.com"), take("Owner@EXAMPLE.com"); a != 15 || b != 0 {
		t.Errorf("got %d and %d, want 15 and 0", a, b)
	}
	n := 0
	for i := range 20 {
		if h.sendTo(mfa.Email, "owner@example.com", fmt.Sprintf("203.0.113.%d", i)) {
			n++
		}
	}
	if n != 15 {
		t.Errorf("got %d codes sent after them, want 15", n)
	}
}

// TestUnprovenClock: guesses behind no password that were counted ahead of the clock
// count from now on.
func TestUnprovenClock(t *testing.T) {
	h := newHarness(t)
	h.has(mfa.Factors{Unproven: mfa.Ledger{Misses: []time.Time{h.now.Add(time.Hour)}}})
	if got := h.factors().Unproven.Misses; len(got) != 1 || !got[0].Equal(h.now) {
		t.Errorf("got %v, want one at %v", got, h.now)
	}
}
