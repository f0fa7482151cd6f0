package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
)

// TestCheckPasswordPolicy: the bounds of the rules on wrong passwords.
func TestCheckPasswordPolicy(t *testing.T) {
	const window, unlock = "is not 1s to 24h0m0s in whole seconds", "is not 0s to 24h0m0s in whole seconds"
	for _, c := range []struct{ field, value, want string }{
		{"maxBadLogons", `0`, ""},
		{"maxBadLogons", `1`, ""},
		{"maxBadLogons", `100`, ""},
		{"maxBadLogons", `-1`, "-1 is not 1 to 100, or 0 for never locking"},
		{"maxBadLogons", `101`, "101 is not 1 to 100, or 0 for never locking"},
		{"badLogonWindow", `"1s"`, ""},
		{"badLogonWindow", `"24h"`, ""},
		{"badLogonWindow", `"0s"`, "0s " + window},
		{"badLogonWindow", `"24h0m1s"`, "24h0m1s " + window},
		{"badLogonWindow", `"1001ms"`, "1.001s " + window},
		{"autoUnlockAfter", `"0s"`, ""},
		{"autoUnlockAfter", `"1s"`, ""},
		{"autoUnlockAfter", `"24h"`, ""},
		{"autoUnlockAfter", `"-1s"`, "-1s " + unlock},
		{"autoUnlockAfter", `"24h0m1s"`, "24h0m1s " + unlock},
		{"autoUnlockAfter", `"999ms"`, "999ms " + unlock},
	} {
		want := c.want
		if want != "" {
			want = "policy.password." + c.field + ": " + want
		}
		bound{c.field + " " + c.value, fmt.Sprintf(`{"policy": {"password": {"%s": %s}}}`, c.field, c.value), want}.run(t)
	}
}

// TestCheckMFA: the bounds of the rules on second factors, which are those of
// each layer.
func TestCheckMFA(t *testing.T) {
	const code, link = "is not 1m0s to 5m0s in whole seconds", "is not 1m0s to 4m0s in whole seconds"
	const session = "is not 0s to 720h0m0s in whole seconds"
	layers := []struct{ name, file, path string }{
		{"general", `{"policy": {"mfa": {%s}}}`, "policy.mfa."},
		{"application", `{"applications": [{"name": "A", "mfa": {%s}}]}`, "applications[0].mfa."},
		{"role", `{"applications": [{"name": "A", "roles": [{"name": "R", "mfa": {%s}}]}]}`, "applications[0].roles[0].mfa."},
	}
	for _, c := range []struct{ field, value, path, want string }{
		{"mode", `"Off"`, "", ""},
		{"mode", `"WhenEnrolled"`, "", ""},
		{"mode", `"Required"`, "", ""},
		{"mode", `"None"`, "mode", `"None" is none of Off, WhenEnrolled, Required`},
		{"mode", `""`, "mode", `"" is none of Off, WhenEnrolled, Required`},
		{"otpType", `"Numeric"`, "", ""},
		{"otpType", `"Alphabetic"`, "", ""},
		{"otpType", `"Alphanumeric"`, "", ""},
		{"otpType", `"numeric"`, "otpType", `"numeric" is none of Numeric, Alphabetic, Alphanumeric`},
		{"otpLifetime", `"60s"`, "", ""},
		{"otpLifetime", `"300s"`, "", ""},
		{"otpLifetime", `"59s"`, "otpLifetime", "59s " + code},
		{"otpLifetime", `"301s"`, "otpLifetime", "5m1s " + code},
		{"linkLifetime", `"60s"`, "", ""},
		{"linkLifetime", `"240s"`, "", ""},
		{"linkLifetime", `"59s"`, "linkLifetime", "59s " + link},
		{"linkLifetime", `"241s"`, "linkLifetime", "4m1s " + link},
		{"session", `"0s"`, "", ""},
		{"session", `"720h"`, "", ""},
		{"session", `"-1s"`, "session", "-1s " + session},
		{"session", `"720h0m1s"`, "session", "720h0m1s " + session},
		{"sessionScope", `"Application"`, "", ""},
		{"sessionScope", `"Repository"`, "", ""},
		{"sessionScope", `"User"`, "sessionScope", `"User" is none of Application, Repository`},
		{"sessionScope", `""`, "sessionScope", `"" is none of Application, Repository`},
		{"otpLength", `3`, "", ""},
		{"otpLength", `9`, "", ""},
		{"otpLength", `2`, "otpLength", "2 is not 3 to 9"},
		{"otpLength", `10`, "otpLength", "10 is not 3 to 9"},
		{"methods", `["EmailLink", "EmailOTP", "SMSLink", "SMSOTP", "MicrosoftAuthenticator"]`, "", ""},
		{"methods", `[]`, "", ""},
		{"methods", `["EmailOTP", "emailotp"]`, "methods[1]", `"emailotp" is none of EmailLink, EmailOTP, SMSLink, SMSOTP, MicrosoftAuthenticator`},
		{"methods", `["EmailOTP", "EmailOTP"]`, "methods[1]", "the same name as LAYERmethods[0]"},
		{"enrollable", `["Email", "SMS", "MicrosoftAuthenticator"]`, "", ""},
		{"enrollable", `["Fax"]`, "enrollable[0]", `"Fax" is none of Email, SMS, MicrosoftAuthenticator`},
	} {
		for _, l := range layers {
			want := strings.ReplaceAll(c.want, "LAYER", l.path)
			if want != "" {
				want = l.path + c.path + ": " + want
			}
			bound{l.name + " " + c.field + " " + c.value, fmt.Sprintf(l.file, fmt.Sprintf(`"%s": %s`, c.field, c.value)), want}.run(t)
		}
	}
}

// TestCheckShortCodes: codes of less than six characters need an engine that
// allows them.
func TestCheckShortCodes(t *testing.T) {
	for _, c := range []struct {
		length int
		short  bool
		want   string
	}{
		{6, false, ""},
		{5, false, "policy.mfa.otpLength: 5 is not 6 to 9"},
		{3, true, ""},
		{2, true, "policy.mfa.otpLength: 2 is not 3 to 9"},
	} {
		d := directory.File{Policy: &directory.Policy{MFA: directory.MFA{OTPLength: &c.length}}}
		_, err := directory.NewApplier(&d, directory.ApplierConfig{ShortCodes: c.short})
		if got := text(err); got != c.want {
			t.Errorf("%d, short codes allowed: %v: got %q, want %q", c.length, c.short, got, c.want)
		}
	}
}
