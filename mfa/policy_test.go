package mfa_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

func TestMerge(t *testing.T) {
	off, when, req := mfa.Off, mfa.WhenEnrolled, mfa.Required
	short, long, six, eight := time.Minute, 2*time.Minute, 6, 8
	methods := func(p mfa.Policy) string {
		s := ""
		for _, m := range p.Methods {
			s += m.String() + " "
		}
		return s
	}
	for _, c := range []struct {
		name         string
		general, app mfa.Rules
		roles        []mfa.Rules
		mode         string
		life         time.Duration
		length       int
		methods      string
	}{
		{name: "nothing said", mode: when, life: short, length: 6, methods: "EmailLink EmailOTP SMSLink SMSOTP MicrosoftAuthenticator "},
		{name: "general", general: mfa.Rules{Mode: &req, OTPLifetime: &long}, mode: req, life: long, length: 6, methods: "EmailLink EmailOTP SMSLink SMSOTP MicrosoftAuthenticator "},
		{name: "application over general", general: mfa.Rules{Mode: &req, OTPLength: &eight}, app: mfa.Rules{Mode: &off}, mode: off, life: short, length: 8, methods: "EmailLink EmailOTP SMSLink SMSOTP MicrosoftAuthenticator "},
		{name: "role over application", app: mfa.Rules{Mode: &req}, roles: []mfa.Rules{{Mode: &off}}, mode: off, life: short, length: 6, methods: "EmailLink EmailOTP SMSLink SMSOTP MicrosoftAuthenticator "},
		{name: "strictest of roles", roles: []mfa.Rules{
			{Mode: &off, OTPLifetime: &long, OTPLength: &six, Methods: []string{"EmailOTP", "SMSOTP"}},
			{Mode: &req, OTPLifetime: &short, OTPLength: &eight, Methods: []string{"SMSOTP", "MicrosoftAuthenticator"}},
			{},
		}, mode: req, life: short, length: 8, methods: "SMSOTP "},
		{name: "methods in the order of options", general: mfa.Rules{Methods: []string{"MicrosoftAuthenticator", "EmailOTP"}}, mode: when, life: short, length: 6, methods: "EmailOTP MicrosoftAuthenticator "},
		{name: "no method is a rule", general: mfa.Rules{Methods: []string{}}, mode: when, life: short, length: 6},
		{name: "roles that share no method", roles: []mfa.Rules{{Methods: []string{"EmailOTP"}}, {Methods: []string{"SMSOTP"}}}, mode: when, life: short, length: 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mfa.Merge(c.general, c.app, c.roles...)
			if p.Mode != c.mode || p.OTPLifetime != c.life || p.OTPLength != c.length || methods(p) != c.methods {
				t.Errorf("got %s %s %d %q, want %s %s %d %q", p.Mode, p.OTPLifetime, p.OTPLength, methods(p), c.mode, c.life, c.length, c.methods)
			}
		})
	}
	if !reflect.DeepEqual(mfa.DefaultPolicy(), mfa.Merge(mfa.Rules{}, mfa.Rules{})) {
		t.Error("merging nothing is not the default policy")
	}
}

func TestLedgerExhausted(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ago := func(d time.Duration, n int) (list []time.Time) {
		for range n {
			list = append(list, now.Add(-d))
		}
		return list
	}
	for _, c := range []struct {
		name string
		l    mfa.Ledger
		want bool
	}{
		{"clean", mfa.Ledger{}, false},
		{"nine in the hour", mfa.Ledger{Misses: ago(59*time.Minute, 9)}, false},
		{"ten in the hour", mfa.Ledger{Misses: ago(59*time.Minute, 10)}, true},
		{"ten an hour ago", mfa.Ledger{Misses: ago(time.Hour, 10)}, false},
		{"ten before a login", mfa.Ledger{Misses: ago(30*time.Minute, 10), Cleared: now.Add(-20 * time.Minute)}, false},
		{"thirty in the day, though a login cleared", mfa.Ledger{Misses: ago(23*time.Hour, 30), Cleared: now}, true},
		{"thirty a day ago", mfa.Ledger{Misses: ago(24*time.Hour, 30)}, false},
		{"hundred in a row", mfa.Ledger{Consecutive: 100}, true},
		{"ninety-nine in a row", mfa.Ledger{Consecutive: 99}, false},
		{"clock set back", mfa.Ledger{Misses: ago(-48*time.Hour, 10)}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.l.Exhausted(now); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
