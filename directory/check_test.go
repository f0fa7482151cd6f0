package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
)

// TestCheckFaults breaks a rule of the example in one place at a time. The error
// must name that place and nothing else.
func TestCheckFaults(t *testing.T) {
	name65 := strings.Repeat("n", 65)
	for _, c := range []fault{
		// What is not built yet.
		{`"graceLogons": 0, "firstEnrollment"`, `"graceLogons": 101, "firstEnrollment"`, "policy.mfa.graceLogons: 101 is not 0 to 100"},
		{`"firstEnrollment": "Password"`, `"firstEnrollment": "Key"`, `policy.mfa.firstEnrollment: "Key" is none of Password, Invitation`},
		{`"firstEnrollment": "Password"`, `"firstEnrollment": ""`, `policy.mfa.firstEnrollment: "" is none of Password, Invitation`},
		{`"mfa": {}}`, `"mfa": {"graceLogons": -1}}`, "applications[0].roles[0].mfa.graceLogons: -1 is not 0 to 100"},
		{`["VGAuthenticator", "refresh_token"]`, `["VGAuthenticator", "refresh_token", "authorization_code"]`, `clients[0].grantTypes[2]: "authorization_code" is not supported by this version`},
		{`["VGAuthenticator", "refresh_token"]`, `["client_credentials"]`, `clients[0].grantTypes[0]: only a WebApp or Service with a secret may act for itself`},
		{`["VGAuthenticator", "refresh_token"]`, `["authorization_code"]`, `clients[0].grantTypes[0]: "authorization_code" is not supported`},
		{`"modules": ["VGUser"]`, `"modules": ["VGUser", "vguser"]`, `clients[0].modules[1]: `},
		{`"modules": ["VGUser"]`, `"modules": []`, `clients[0].modules: `},
		{`"refreshLifetime": "720h"`, `"refreshLifetime": "59s"`, "clients[0].refreshLifetime: 59s is not 1m0s to 8784h0m0s"},
		{`"refreshLifetime": "720h"`, `"refreshLifetime": "8785h"`, "clients[0].refreshLifetime: 8785h0m0s is not"},
		{`"refreshIdle": "360h"`, `"refreshIdle": "0s"`, "clients[0].refreshIdle: 0s is not"},
		{`"refreshIdle": "360h"`, `"refreshIdle": "90500ms"`, "clients[0].refreshIdle: 1m30.5s is not 1m0s to 8784h0m0s in whole seconds"},
		{`"tokenProfile": "Published"`, `"tokenProfile": "rfc9068"`, `clients[0].tokenProfile: "rfc9068" is none of Published, RFC9068`},
		{`"tokenProfile": "Published"`, `"tokenAlgorithm": "HS256"`, `clients[0].tokenAlgorithm: "HS256" is none of RS256, PS256, ES256, EdDSA`},
		{`"tokenProfile": "Published"`, `"tokenAlgorithm": "ES256"`, `clients[0].tokenAlgorithm: "ES256" is only for tokens of the profile RFC9068`},
		{`"tokenProfile": "Published"`, `"userInfo": "json"`, `clients[0].userInfo: "json" is none of Published, JSON`},
		{`"tokenProfile": "Published"`, `"description": "a\nb"`, "clients[0].description: holds a control character"},
		{`"resume": false`, `"resume": true`, "clients[0].resume: only a WebApp with a secret"},
		{`"resources": []`, `"resources": [{"scope": "orders"}]`, "resources[0].scope: unknown field"},
		{`"corsOrigins": []`, `"corsOrigins": ["x"]`, `clients[0].corsOrigins[0]: "x" is no origin`},
		{`"module": "VGUser"`, `"module": "WindowsByCredential"`, `users[0].module: "WindowsByCredential" is not supported`},

		// Policies.
		{`"minLength": 8`, `"minLength": 0`, "policy.password.minLength: 0 is not 1 to 128"},
		{`"minNonAlphanumeric": 0`, `"minNonAlphanumeric": 9`, "policy.password.minNonAlphanumeric: 9 is not 0 to 8"},
		{`"pattern": ""`, `"pattern": "("`, `policy.password.pattern: no regular expression in the syntax of RE2`},
		{`"message": ""`, `"message": "longer"`, `policy.password.message: stands without a pattern`},
		{`"historyLength": 0`, `"historyLength": 25`, "policy.password.historyLength: 25 is not 0 to 24"},
		{`"maxAge": "0s"`, `"maxAge": "1h"`, "policy.password.maxAge: 1h0m0s is not"},
		{`"graceLogons": 0, "maxBadLogons"`, `"graceLogons": 101, "maxBadLogons"`, "policy.password.graceLogons: 101 is not 0 to 100"},
		{`"maxBadLogons": 10`, `"maxBadLogons": -1`, "policy.password.maxBadLogons: -1 is not"},
		{`"maxBadLogons": 10`, `"maxBadLogons": 101`, "policy.password.maxBadLogons: 101 is not"},
		{`"badLogonWindow": "15m"`, `"badLogonWindow": "0s"`, "policy.password.badLogonWindow: 0s is not"},
		{`"badLogonWindow": "15m"`, `"badLogonWindow": "1500ms"`, "policy.password.badLogonWindow: 1.5s is not"},
		{`"autoUnlockAfter": "15m"`, `"autoUnlockAfter": "25h"`, "policy.password.autoUnlockAfter: 25h0m0s is not"},
		{`"mode": "WhenEnrolled"`, `"mode": "required"`, `policy.mfa.mode: "required" is none of Off, WhenEnrolled, Required`},
		{`"SMSOTP", `, `"Fax", `, `policy.mfa.methods[3]: "Fax" is none of`},
		{`"SMSOTP", `, `"SMSLink", `, `policy.mfa.methods[3]: the same name as policy.mfa.methods[2]`},
		{`"enrollable": ["Email"`, `"enrollable": ["email"`, `policy.mfa.enrollable[0]: "email" is none of`},
		{`"otpLifetime": "60s"`, `"otpLifetime": "59s"`, "policy.mfa.otpLifetime: 59s is not"},
		{`"otpLifetime": "60s"`, `"otpLifetime": "301s"`, "policy.mfa.otpLifetime: 5m1s is not"},
		{`"linkLifetime": "90s"`, `"linkLifetime": "241s"`, "policy.mfa.linkLifetime: 4m1s is not"},
		{`"otpLength": 6`, `"otpLength": 2`, "policy.mfa.otpLength: 2 is not"},
		{`"otpLength": 6`, `"otpLength": 10`, "policy.mfa.otpLength: 10 is not"},
		{`"otpType": "Numeric"`, `"otpType": "Roman"`, `policy.mfa.otpType: "Roman" is none of`},

		// Applications.
		{`"id": "6F209594-fc04-4e96-9f9f-7daf57b0fb12", `, `"id": "6F209594", `, "applications[0].id: not a UUID"},
		{`"id": "6F209594-fc04-4e96-9f9f-7daf57b0fb12", `, `"id": "00000000-0000-0000-0000-000000000000", `, "applications[0].id: not a UUID"},
		{`"name": "PB_Salesdemo"`, `"name": ""`, "applications[0].name: missing"},
		{`"name": "PB_Salesdemo"`, `"name": "6f209594-fc04-4e96-9f9f-7daf57b0fb12"`, "applications[0].name: looks like an id"},
		{`{"path": "/PowerServer/Address/CanWriteAddress"}`, `{"path": "/powerserver/address/canreadaddress"}`, "applications[0].permissions[1].path: the same path as applications[0].permissions[0].path"},
		{`{"path": "/PowerServer/Address/CanWriteAddress"}`, `{"path": "Write"}`, "applications[0].permissions[1].path: want a path"},
		{`{"path": "/PowerServer/Address/CanWriteAddress"}`, `{"path": "/a//b"}`, "applications[0].permissions[1].path: want a path"},
		{`{"path": "/PowerServer/Address/CanWriteAddress"}`, `{"path": "/a/"}`, "applications[0].permissions[1].path: want a path"},
		{`"name": "Auditor", `, `"name": " Auditor", `, "applications[0].roles[0].name: begins or ends with a space"},
		{`"name": "PB_Salesdemo"`, `"name": "PB,Salesdemo"`, "applications[0].name: holds a comma"},
		{`"name": "Auditor", `, `"name": "Guest,Auditor", `, "applications[0].roles[0].name: holds a comma"},
		{`{"path": "/PowerServer/Address/CanWriteAddress"}`, `{"path": "/a,b"}`, "applications[0].permissions[1].path: holds a comma"},
		{`"permissions": ["/PowerServer/Address/CanReadAddress"]`, `"permissions": ["/Nowhere"]`, `applications[0].roles[0].permissions[0]: no permission "/Nowhere"`},

		// Clients.
		{`"application": "6f209594-fc04-4e96-9f9f-7daf57b0fb12"`, `"application": "7f209594-fc04-4e96-9f9f-7daf57b0fb12"`, "clients[0].application: no application"},
		{`"application": "6f209594-fc04-4e96-9f9f-7daf57b0fb12"`, `"application": "Other"`, `clients[0].application: no application "Other"`},
		{`"platform": "Native"`, `"platform": "native"`, `clients[0].platform: "native" is none of`},
		{`["VGAuthenticator", "refresh_token"]`, `[]`, "clients[0].grantTypes: missing"},
		{`["VGAuthenticator", "refresh_token"]`, `["vgauthenticator"]`, `clients[0].grantTypes[0]: "vgauthenticator" is none of`},
		{`"scopes": ["openid"`, `"scopes": ["open id"`, `clients[0].scopes[0]: "open id" is no scope`},
		{`"scopes": ["openid"`, `"scopes": ["vgtoken"`, "clients[0].scopes[2]: the same scope as clients[0].scopes[0]"},
		{`"public": false`, `"public": true`, "clients[0].public: a public client has no secrets"},
		{`[{"value": "secret", "description": "", "expires": "2030-01-01T00:00:00Z"}]`, `[]`, "clients[0].secrets: missing"},
		{`"value": "secret"`, `"value": ""`, "clients[0].secrets[0].value: missing"},
		{`"accessTokenLifetime": "30m"`, `"accessTokenLifetime": "25h"`, "clients[0].accessTokenLifetime: 25h0m0s is not"},
		{`"accessTokenLifetime": "30m"`, `"accessTokenLifetime": "0s"`, "clients[0].accessTokenLifetime: 0s is not"},
		{`"linkNumber": false`, `"linkNumber": false, "credentialsVersion": -1`, "clients[0].credentialsVersion: below 1"},

		// Users.
		{`"name": "plain"`, `"id": "x", "name": "plain"`, "users[1].id: not a UUID"},
		{`{"name": "plain"}`, `{}`, "users[1].name: missing"},
		{`"name": "plain"`, `"name": "TT29"`, "users[1].name: the same name as users[0].name"},
		{`"name": "plain"`, `"name": "` + name65 + `"`, "users[1].name: longer than 64 characters"},
		{`"name": "plain"`, `"name": "a\u0000b"`, "users[1].name: holds U+0000, which"},
		{`"name": "plain"`, `"name": "a\u00a0b"`, "users[1].name: holds U+00A0, which"},
		{`"name": "plain"`, `"name": "plain", "email": "nobody"`, "users[1].email: want one plain e-mail address"},
		{`"name": "plain"`, `"name": "plain", "email": "a@b.example, c@d.example"`, "users[1].email: want one plain"},
		{`"name": "plain"`, `"name": "plain", "mobile": "0123456789"`, "users[1].mobile: want a number"},
		{`"name": "plain"`, `"name": "plain", "emailValidated": true`, "users[1].emailValidated: true without an address"},
		{`"passwordHash": ""`, `"passwordHash": "$2a$"`, "users[0].passwordHash: stands beside a password"},
		{`"name": "plain"`, `"name": "plain", "passwordHash": "hunter2"`, "users[1].passwordHash: password: unknown hash format"},
		{`"name": "plain"`, `"name": "plain", "passwordHash": "$2a$31$0123456789012345678901uvwxyzuvwxyzuvwxyzuvwxyzuvwxyzu"`, "users[1].passwordHash: password: hash is too costly"},
		{`"end": "9999-12-31T00:00:00Z"`, `"end": "2020-07-14T00:00:00Z"`, "users[0].end: not after start"},
		{`"Zip": "75001"`, `"": "75001"`, `users[0].attributes[""]: without a name`},
		{`{"application": "PB_Salesdemo", "role": "Auditor"}`, `{"application": "Other", "role": "Auditor"}`, `users[0].roles[0].application: no application "Other"`},
		{`{"application": "PB_Salesdemo", "role": "Auditor"}`, `{"application": "PB_Salesdemo", "role": "Boss"}`, `users[0].roles[0].role: no role "Boss" in application "PB_Salesdemo"`},
		{`{"application": "PB_Salesdemo", "role": "Auditor"}`, `{"role": "Auditor"}`, "users[0].roles[0].application: missing"},
		{`"credentialsVersion": 1`, `"credentialsVersion": -1`, "users[0].credentialsVersion: below 1"},
		{`"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"`, `"SHORT"`, "users[0].totp.secret: totp: not a usable secret"},
	} {
		c.run(t)
	}
}

// bound is a file and the whole error that it must give, "" for none. Each limit
// is met by the last value that passes and the first that does not.
type bound struct{ name, file, want string }

func (b bound) run(t *testing.T) {
	t.Run(b.name, func(t *testing.T) {
		_, err := directory.Parse([]byte(b.file))
		if got := text(err); got != b.want {
			t.Errorf("got %q, want %q", got, b.want)
		}
	})
}

// text is what an error says, "" for none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// check judges a directory that was built in Go, as an engine that allows
// nothing in particular does.
func check(d directory.File) string {
	_, err := directory.NewApplier(&d, directory.ApplierConfig{})
	return text(err)
}

// TestCheckNames: the bounds that names and texts have in common, at the name of
// an application.
func TestCheckNames(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"64 characters", strings.Repeat("é", 64), ""},
		{"65 characters", strings.Repeat("é", 65), "longer than 64 characters"},
		{"one", "a", ""},
		{"none", "", "missing"},
		{"a space inside", "a b", ""},
		{"a space before", " a", "begins or ends with a space"},
		{"a space behind", "a ", "begins or ends with a space"},
		{"a space of another kind before", "\u3000a", "begins or ends with a space"},
		{"one that does not break behind", "a\u00a0", "begins or ends with a space"},
		{"one that does not break inside", "a\u00a0b", ""},
		{"a control character", "a\tb", "holds a control character"},
		{"not UTF-8", "a\xff", "not UTF-8"},
		{"a character of no class", "a\u2028", "holds characters that cannot be part of a name"},
		{"an id", "6F209594-FC04-4E96-9F9F-7DAF57B0FB12", "looks like an id"},
		{"an id of full-width digits", "６f209594-fc04-4e96-9f9f-7daf57b0fb12", "looks like an id"}, // the key is the id
		{"nearly an id", "6F209594-FC04-4E96-9F9F-7DAF57B0FB1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want != "" {
				want = "applications[0].name: " + want
			}
			if got := check(directory.File{Applications: []directory.Application{{Name: c.value}}}); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestCheckYears: times are of the years that JSON can hold, the zero time aside.
func TestCheckYears(t *testing.T) {
	const early, late = "users[0].start: want a year from 1900 to 9999", "users[0].end: want a year from 1900 to 9999"
	first, last := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	for _, c := range []struct {
		name       string
		start, end time.Time
		want       string
	}{
		{"none", time.Time{}, time.Time{}, ""},
		{"the first and the last", first, last, ""},
		{"before the first", first.Add(-time.Second), time.Time{}, early},
		{"after the last", time.Time{}, last.Add(time.Second), late},
		{"of another zone", first.In(time.FixedZone("", -3600)), time.Time{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := check(directory.File{Users: []directory.User{{Name: "ann", Start: c.start, End: c.end}}}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestCheckListsTwenty: the error lists 20 faults, and says when there are more.
func TestCheckListsTwenty(t *testing.T) {
	for _, n := range []int{1, 20, 21} {
		got := check(directory.File{Users: make([]directory.User, n)})
		more := strings.HasSuffix(got, "\nand more")
		if lines := strings.Count(got, ": missing"); lines != min(n, 20) || more != (n > 20) {
			t.Errorf("%d faults: got %d lines and more: %v", n, lines, more)
		}
	}
}

// TestCheckManyFaults wants all faults in the file's order, but no
// endless error.
func TestCheckManyFaults(t *testing.T) {
	_, err := directory.Parse([]byte(`{"users": [{"name": "a", "email": "x"}, {"name": "b", "mobile": "y"}]}`))
	want := "users[0].email: want one plain e-mail address\nusers[1].mobile: want a number in the international form, \"+\" and 7 to 15 digits, such as +491701234567"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = directory.Parse([]byte(`{"users": [` + strings.Repeat("{},", 999) + `{}]}`))
	if err == nil || strings.Count(err.Error(), "\n") != 20 || !strings.HasSuffix(err.Error(), "\nand more") {
		t.Errorf("got %v, want 20 lines and the remark that there are more", err)
	}
}
