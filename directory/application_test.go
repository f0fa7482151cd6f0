package directory_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// application is the record of one with the roles r and s, each of which asks
// for another code length.
func application(t *testing.T, mfa string) *directory.ApplicationRecord {
	t.Helper()
	var app directory.ApplicationRecord
	err := json.Unmarshal([]byte(`{"id": "app", "name": "A", "mfa": `+mfa+`, "roles": [
		{"id": "r", "name": "R", "mfa": {"otpLength": 7}}, {"id": "s", "name": "S", "mfa": {"otpLength": 8}}, {"id": "t", "name": "T"}]}`), &app)
	if err != nil {
		t.Fatal(err)
	}
	return &app
}

func grants(roles ...string) (list []account.RoleGrant) {
	for _, r := range roles {
		list = append(list, account.RoleGrant{Application: "app", Role: r})
	}
	return list
}

// TestRolesIn: the roles come in the order of the application, and those that the
// account has elsewhere, or that are gone, not at all.
func TestRolesIn(t *testing.T) {
	app := application(t, `{}`)
	for _, c := range []struct {
		name   string
		grants []account.RoleGrant
		want   []string
	}{
		{"none", nil, nil},
		{"one", grants("s"), []string{"S"}},
		{"two", grants("s", "r"), []string{"R", "S"}},
		{"of another application", []account.RoleGrant{{Application: "other", Role: "r"}}, nil},
		{"gone", grants("gone"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, r := range directory.RolesIn(&account.Account{Roles: c.grants}, app) {
				got = append(got, r.Name)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestMFAPolicy: roles go over the application, which goes over the general
// policy, and of the account's roles the strictest counts.
func TestMFAPolicy(t *testing.T) {
	four := 4
	general := directory.PolicyRecord{MFA: mfa.Rules{OTPLength: &four}}
	for _, c := range []struct {
		name, application string
		general           directory.PolicyRecord
		grants            []account.RoleGrant
		want              int
	}{
		{"the default", `{}`, directory.DefaultPolicy(), nil, 6},
		{"general", `{}`, general, nil, 4},
		{"of the application", `{"otpLength": 5}`, general, nil, 5},
		{"of a role", `{"otpLength": 5}`, general, grants("r"), 7},
		{"of a role that says nothing", `{"otpLength": 5}`, general, grants("t"), 5},
		{"of two roles", `{"otpLength": 5}`, general, grants("r", "s"), 8},
		{"of a role elsewhere", `{"otpLength": 5}`, general, []account.RoleGrant{{Application: "other", Role: "r"}}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := directory.MFAPolicy(&account.Account{Roles: c.grants}, c.general, application(t, c.application))
			if p.OTPLength != c.want {
				t.Errorf("got codes of %d characters, want %d", p.OTPLength, c.want)
			}
		})
	}
}

// TestWantsFactor: all that an account can wish, under each mode, with and without
// factors.
func TestWantsFactor(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		mode                string
		wish                *bool
		enrolled, otherwise bool // what is wanted with factors, and without
	}{
		{mfa.Off, nil, false, false},
		{mfa.Off, &yes, true, true},
		{mfa.Off, &no, false, false},
		{mfa.WhenEnrolled, nil, true, false},
		{mfa.WhenEnrolled, &yes, true, true},
		{mfa.WhenEnrolled, &no, false, false},
		{mfa.Required, nil, true, true},
		{mfa.Required, &yes, true, true},
		{mfa.Required, &no, true, true},
	} {
		wish := "no wish"
		if c.wish != nil {
			wish = map[bool]string{true: "for one", false: "for none"}[*c.wish]
		}
		t.Run(c.mode+" "+wish, func(t *testing.T) {
			a, p := &account.Account{MFA: c.wish}, mfa.Policy{Mode: c.mode}
			if got := directory.WantsFactor(a, p, true); got != c.enrolled {
				t.Errorf("enrolled: got %v, want %v", got, c.enrolled)
			}
			if got := directory.WantsFactor(a, p, false); got != c.otherwise {
				t.Errorf("not enrolled: got %v, want %v", got, c.otherwise)
			}
		})
	}
}
