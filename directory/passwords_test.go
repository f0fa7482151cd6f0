package directory_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// stored reads the general policy.
func (d *applied) policy() (p directory.PolicyRecord) {
	d.t.Helper()
	d.run(func(tx *store.Tx) (err error) {
		p, _, err = directory.Policies.Get(tx, directory.GeneralPolicy)
		return err
	})
	return p
}

// TestApplyPasswordRules: what the file says of passwords is stored, what it leaves
// out has its default or is not stated, and each field makes another policy.
func TestApplyPasswordRules(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"policy": {}}`)
	r := d.policy().Passwords
	if r.MinLength != 0 || r.State() || r.History() != 5 || r.MinNonAlphanumeric != 0 || r.Pattern+r.Message != "" || r.MaxAge != 0 || r.GraceLogons != 0 {
		t.Errorf("left out: got %+v", r)
	}
	const all = `"minLength": 12, "minNonAlphanumeric": 2, "pattern": "[0-9]", "message": "Use a digit.", "historyLength": 0, "maxAge": "2160h", "graceLogons": 3`
	d.apply(`{"policy": {"password": {` + all + `}}}`)
	d.want("policy general changed")
	r = d.policy().Passwords
	if r.MinLength != 12 || r.History() != 0 || r.MinNonAlphanumeric != 2 || r.Pattern != "[0-9]" || r.Message != "Use a digit." || r.MaxAge != 90*24*time.Hour || r.GraceLogons != 3 {
		t.Errorf("all: got %+v, history %d", r, r.History())
	}
	d.apply(`{"policy": {"password": {` + all + `}}}`)
	d.want("policy general kept")
	for _, one := range []string{`"minLength": 8`, `"minLength": 9`, `"minNonAlphanumeric": 1`, `"pattern": "[0-9]"`, `"historyLength": 4`, `"maxAge": "24h"`, `"graceLogons": 1`} {
		d.apply(`{"policy": {}}`)
		d.apply(`{"policy": {"password": {` + one + `}}}`)
		d.want("policy general changed")
	}
}

// TestPasswordRulesState: a length, signs and a pattern are stated for passwords in use;
// the default length is not, though 8 may be, and an apply without it takes it back.
func TestPasswordRulesState(t *testing.T) {
	d := newDirectory(t)
	for _, c := range []struct {
		rules string
		want  bool
	}{
		{`{}`, false},
		{`{"password": {"minLength": 8}}`, true},
		{`{"password": {}}`, false},
		{`{"password": {"minLength": 1}}`, true},
		{`{"password": {"minNonAlphanumeric": 1}}`, true},
		{`{"password": {"pattern": "[0-9]"}}`, true},
		{`{"password": {"historyLength": 4, "maxAge": "24h", "graceLogons": 1, "maxBadLogons": 3}}`, false},
	} {
		d.apply(`{"policy": ` + c.rules + `}`)
		if r := d.policy().Passwords; r.State() != c.want {
			t.Errorf("%s: got %v, want %v", c.rules, r.State(), c.want)
		}
	}
}

// TestPasswordRulesPolicy: a record makes the policy that it says, and one of an older
// program the default.
func TestPasswordRulesPolicy(t *testing.T) {
	strict := directory.PasswordRules{MinLength: 12, MinNonAlphanumeric: 2, Pattern: "[0-9]", Message: "Use a digit."}
	for _, c := range []struct {
		name  string
		rules directory.PasswordRules
		pw    string
		want  string
	}{
		{"default, too short", directory.DefaultPolicy().Passwords, "xkvqzwp", "password: against the policy: minLength"},
		{"default, long enough", directory.DefaultPolicy().Passwords, "xkvqzwpb", ""},
		{"zero, too short", directory.PasswordRules{}, "xkvqzwp", "password: against the policy: minLength"},
		{"zero, long enough", directory.PasswordRules{}, "xkvqzwpb", ""},
		{"strict", strict, "xkvqzwpb", "password: against the policy: minLength, minNonAlphanumeric, pattern"},
		{"strict and met", strict, "xk-vqzw-pb-4", ""},
	} {
		p, err := c.rules.Policy(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(p.Check(c.pw, password.Context{})); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := (&directory.PasswordRules{}).History(); got != 5 {
		t.Errorf("the history of an older record: got %d, want 5", got)
	}
	if _, err := (&directory.PasswordRules{Pattern: "("}).Policy(nil); err == nil {
		t.Error("a bad pattern made a policy")
	}
}

// TestApplyWarnsOfWeakPasswords: by place and rule, by the policy of the file or else
// the stored one, and never with the password. All are applied.
func TestApplyWarnsOfWeakPasswords(t *testing.T) {
	const clear = "in clear; passwordHash keeps it out of the file"
	const who = `{"name": "zelda", "firstName": "Quirina", "lastName": "Vandenberg", "email": "qv@wuxtry.example", "mobile": "+49 170 1234567", "password": "%"}`
	for _, c := range []struct{ name, policy, pw, want string }{
		{"good", `{}`, "xkvqzwpb", ""},
		{"short", `{}`, "xkvqzwp", "minLength"},
		{"common", `{}`, "Password1", "common"},
		{"the name", `{}`, "xkZELDAvq", "context"},
		{"the first name", `{}`, "quirina-7", "context"},
		{"the last name", `{}`, "vandenberg", "context"},
		{"the address", `{}`, "xkwuxtry7", "context"},
		{"the mobile number", `{}`, "xkv-491701234567", "context"},
		{"the application", `{}`, "xk-Flumen-7", "context"},
		{"a pattern", `{"password": {"pattern": "[0-9]"}}`, "xkvqzwpb", "pattern"},
		{"others", `{"password": {"minNonAlphanumeric": 1}}`, "xkvqzwpb", "minNonAlphanumeric"},
		{"a longer one", `{"password": {"minLength": 9}}`, "xkvqzwpb", "minLength"},
	} {
		t.Run(c.name, func(t *testing.T) {
			user := strings.ReplaceAll(who, "%", c.pw)
			together, first := newDirectory(t), newDirectory(t)
			together.apply(`{"policy": ` + c.policy + `, "applications": [{"name": "Flumen"}], "users": [` + user + `]}`)
			first.apply(`{"policy": ` + c.policy + `}`)
			first.apply(`{"applications": [{"name": "Flumen"}], "users": [` + user + `]}`)
			want := []string{"users[0].password: " + clear}
			if c.want != "" {
				want = append(want, "users[0].password: against the policy on passwords: "+c.want)
			}
			for _, d := range []*applied{together, first} {
				if !slices.Equal(d.report.Warnings, want) {
					t.Errorf("got %q, want %q", d.report.Warnings, want)
				}
				if d.account(d.entry("user", "zelda").ID).PasswordHash == "" {
					t.Error("the password was not applied")
				}
			}
		})
	}
}

// TestApplyWarnsOfShortMinimum: a policy below what is recommended.
func TestApplyWarnsOfShortMinimum(t *testing.T) {
	for least, want := range map[string]string{"7": "policy.password.minLength: 7 lets passwords be guessed; NIST SP 800-63B wants 8 at least", "8": "", "9": ""} {
		d := newDirectory(t)
		d.apply(`{"policy": {"password": {"minLength": ` + least + `}}}`)
		if got := strings.Join(d.report.Warnings, "\n"); got != want {
			t.Errorf("%s: got %q, want %q", least, got, want)
		}
	}
}

// TestApplyOverBadPolicy: a stored policy that cannot be read ends an apply that
// would be judged by it, and one that brings another policy mends it.
func TestApplyOverBadPolicy(t *testing.T) {
	d := newDirectory(t)
	d.run(func(tx *store.Tx) error {
		p := directory.DefaultPolicy()
		p.Passwords.Pattern = "("
		return directory.Policies.Put(tx, directory.GeneralPolicy, p, time.Time{})
	})
	if err := d.try(user("ann")); err == nil || !strings.Contains(err.Error(), "reading the policy: password: PolicyConfig.Pattern") {
		t.Errorf("got %v", err)
	}
	d.apply(`{"policy": {}}`)
	d.apply(user("ann"))
}
