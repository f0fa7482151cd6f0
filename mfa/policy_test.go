package mfa_test

import (
	"reflect"
	"strings"
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

// TestMergeFields: every field of a layer holds over the layer above and leaves
// the others alone.
func TestMergeFields(t *testing.T) {
	for name, f := range policyFields() {
		t.Run(name, func(t *testing.T) {
			want := mfa.DefaultPolicy()
			f.set(&want, f.lax)
			if got := mfa.Merge(f.rule(f.lax), mfa.Rules{}); !reflect.DeepEqual(got, want) {
				t.Errorf("general: got %+v, want %+v", got, want)
			}
			for _, got := range []mfa.Policy{
				mfa.Merge(f.rule(f.strict), f.rule(f.lax)),
				mfa.Merge(f.rule(f.strict), mfa.Rules{}, f.rule(f.lax)),
				mfa.Merge(mfa.Rules{}, f.rule(f.strict), f.rule(f.lax), mfa.Rules{}),
			} {
				if !reflect.DeepEqual(got, want) {
					t.Errorf("the layer below: got %+v, want %+v", got, want)
				}
			}
		})
	}
}

// TestMergeStrictest: of several roles the stricter holds, field by field, in
// whichever order they come.
func TestMergeStrictest(t *testing.T) {
	for name, f := range policyFields() {
		t.Run(name, func(t *testing.T) {
			want := mfa.DefaultPolicy()
			f.set(&want, f.strict)
			for _, roles := range [][]mfa.Rules{
				{f.rule(f.lax), f.rule(f.strict)},
				{f.rule(f.strict), f.rule(f.lax)},
				{mfa.Rules{}, f.rule(f.strict), mfa.Rules{}, f.rule(f.lax)},
			} {
				if got := mfa.Merge(mfa.Rules{}, mfa.Rules{}, roles...); !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v, want %+v", got, want)
				}
			}
		})
	}
}

// policyField is one field of a policy, with a strict and a lax value.
type policyField struct {
	strict, lax any
	rule        func(v any) mfa.Rules
	set         func(p *mfa.Policy, v any)
}

func policyFields() map[string]policyField {
	return map[string]policyField{
		"mode": {mfa.Required, mfa.Off,
			func(v any) mfa.Rules { return mfa.Rules{Mode: ptr(v.(string))} },
			func(p *mfa.Policy, v any) { p.Mode = v.(string) }},
		"mode, lesser": {mfa.WhenEnrolled, mfa.Off,
			func(v any) mfa.Rules { return mfa.Rules{Mode: ptr(v.(string))} },
			func(p *mfa.Policy, v any) { p.Mode = v.(string) }},
		"OTP lifetime": {2 * time.Minute, 3 * time.Minute,
			func(v any) mfa.Rules { return mfa.Rules{OTPLifetime: ptr(v.(time.Duration))} },
			func(p *mfa.Policy, v any) { p.OTPLifetime = v.(time.Duration) }},
		"link lifetime": {2 * time.Minute, 3 * time.Minute,
			func(v any) mfa.Rules { return mfa.Rules{LinkLifetime: ptr(v.(time.Duration))} },
			func(p *mfa.Policy, v any) { p.LinkLifetime = v.(time.Duration) }},
		"OTP length": {9, 7,
			func(v any) mfa.Rules { return mfa.Rules{OTPLength: ptr(v.(int))} },
			func(p *mfa.Policy, v any) { p.OTPLength = v.(int) }},
		"recovery codes": {0, 5,
			func(v any) mfa.Rules { return mfa.Rules{RecoveryCodes: ptr(v.(int))} },
			func(p *mfa.Policy, v any) { p.RecoveryCodes = v.(int) }},
		"OTP type": {mfa.Alphanumeric, mfa.Alphabetic,
			func(v any) mfa.Rules { return mfa.Rules{OTPType: ptr(v.(string))} },
			func(p *mfa.Policy, v any) { p.OTPType = v.(string) }},
		"OTP type, lesser": {mfa.Alphabetic, mfa.Numeric,
			func(v any) mfa.Rules { return mfa.Rules{OTPType: ptr(v.(string))} },
			func(p *mfa.Policy, v any) { p.OTPType = v.(string) }},
		"session": {time.Hour, 2 * time.Hour,
			func(v any) mfa.Rules { return mfa.Rules{Session: ptr(v.(time.Duration))} },
			func(p *mfa.Policy, v any) { p.Session = v.(time.Duration) }},
		"session, none": {time.Duration(0), time.Hour,
			func(v any) mfa.Rules { return mfa.Rules{Session: ptr(v.(time.Duration))} },
			func(p *mfa.Policy, v any) { p.Session = v.(time.Duration) }},
		"session scope": {mfa.ScopeApplication, mfa.ScopeRepository,
			func(v any) mfa.Rules { return mfa.Rules{SessionScope: ptr(v.(string))} },
			func(p *mfa.Policy, v any) { p.SessionScope = v.(string) }},
		"methods": {[]string{"SMSOTP"}, []string{"EmailOTP", "SMSOTP"},
			func(v any) mfa.Rules { return mfa.Rules{Methods: v.([]string)} },
			func(p *mfa.Policy, v any) {
				p.Methods = nil
				for _, name := range v.([]string) {
					p.Methods = append(p.Methods, map[string]mfa.Method{
						"EmailOTP": {Transport: mfa.Email, Mode: mfa.OTP}, "SMSOTP": {Transport: mfa.SMS, Mode: mfa.OTP},
					}[name])
				}
			}},
		"enrollable": {[]string{"SMS"}, []string{"Email", "SMS"},
			func(v any) mfa.Rules { return mfa.Rules{Enrollable: v.([]string)} },
			func(p *mfa.Policy, v any) {
				p.Enrollable = nil
				for _, name := range v.([]string) {
					transport, _ := mfa.ParseTransport(name)
					p.Enrollable = append(p.Enrollable, transport)
				}
			}},
	}
}

func ptr[T any](v T) *T { return &v }

// TestAlphabets: the characters of codes, by their type.
func TestAlphabets(t *testing.T) {
	for otpType, want := range map[string]string{
		mfa.Numeric: "0123456789", mfa.Alphabetic: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", mfa.Alphanumeric: "23456789ABCDEFGHJKLMNPQRSTUVWXYZ",
	} {
		h := newHarness(t)
		h.policy.OTPType, h.policy.OTPLength = otpType, 9
		h.has(withMail())
		seen := map[rune]bool{}
		for range 8 {
			h.wait(time.Hour)
			id := h.begin()
			for _, r := range h.sent(id, mfa.Email, mfa.OTP).Code {
				if !strings.ContainsRune(want, r) {
					t.Errorf("%s: code with %q", otpType, r)
				}
				seen[r] = true
			}
		}
		if len(seen) < 6 {
			t.Errorf("%s: only %d different characters in 72", otpType, len(seen))
		}
	}
}
