package sallyport_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// asking is a directory in which one layer asks for a second factor, and the rule that a
// login is then asked by.
type asking struct {
	name string
	edit func(d *directory.File, u *sallyporttest.User)
	want mfa.Rule
}

func askings() []asking {
	required, when := new(mfa.Required), new(mfa.WhenEnrolled)
	roles := func(first, second *string) func(*directory.File, *sallyporttest.User) {
		return func(d *directory.File, u *sallyporttest.User) {
			d.Applications[0].Roles[0].MFA.Mode, d.Applications[0].Roles[1].MFA.Mode = first, second
			u.Roles = []string{sallyporttest.RoleName, sallyporttest.ManagerName}
		}
	}
	return []asking{
		{"nobody", func(*directory.File, *sallyporttest.User) {}, mfa.Rule{}},
		{"the default", func(_ *directory.File, u *sallyporttest.User) { u.TOTP = true }, mfa.Rule{Layer: mfa.LayerDefault, Mode: mfa.WhenEnrolled}},
		{"the general policy", func(d *directory.File, _ *sallyporttest.User) {
			d.Policy = &directory.Policy{MFA: directory.MFA{Mode: required}}
		},
			mfa.Rule{Layer: mfa.LayerGeneral, Mode: mfa.Required}},
		{"the application", func(d *directory.File, _ *sallyporttest.User) {
			d.Policy, d.Applications[0].MFA.Mode = &directory.Policy{MFA: directory.MFA{Mode: required}}, required
		}, mfa.Rule{Layer: mfa.LayerApplication, Name: sallyporttest.ApplicationName, Mode: mfa.Required}},
		{"a role", roles(nil, required), mfa.Rule{Layer: mfa.LayerRole, Name: sallyporttest.ManagerName, Mode: mfa.Required}},
		{"two roles", roles(required, required), mfa.Rule{Layer: mfa.LayerRole, Name: sallyporttest.RoleName, Mode: mfa.Required}},
		{"the stricter of two roles", roles(when, required), mfa.Rule{Layer: mfa.LayerRole, Name: sallyporttest.ManagerName, Mode: mfa.Required}},
		{"a role that somebody else has", func(d *directory.File, _ *sallyporttest.User) {
			d.Applications[0].MFA.Mode, d.Applications[0].Roles[1].MFA.Mode = required, required
		}, mfa.Rule{Layer: mfa.LayerApplication, Name: sallyporttest.ApplicationName, Mode: mfa.Required}},
		{"a role that asks nobody", func(d *directory.File, _ *sallyporttest.User) {
			d.Applications[0].MFA.Mode, d.Applications[0].Roles[0].MFA.Mode = required, new(mfa.Off)
		}, mfa.Rule{}},
		{"the account", func(d *directory.File, u *sallyporttest.User) {
			d.Applications[0].MFA.Mode, u.MFA = new(mfa.Off), new(true)
		},
			mfa.Rule{Layer: mfa.LayerUser, Mode: mfa.Required}},
	}
}

// login begins a login of the user in that directory.
func (a asking) login(t *testing.T) (*sallyporttest.Kit, *sallyport.Result) {
	t.Helper()
	u := sallyporttest.User{Name: "nora"}
	k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) { a.edit(d, &u) }))
	p := k.AddUser(t, u)
	if r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: "wrong"})); err != nil || r.Rule != (mfa.Rule{}) {
		t.Errorf("a wrong password: got %v, %v, want no rule", r.Rule, err)
	}
	r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
	if err != nil {
		t.Fatal(err)
	}
	return k, r
}

// TestRule: whoever is asked for a second factor is asked by one rule, which the result
// names after the right password, and the enrollment page to the one who enrolls.
func TestRule(t *testing.T) {
	for _, tt := range askings() {
		t.Run(tt.name, func(t *testing.T) {
			k, r := tt.login(t)
			if r.Rule != tt.want {
				t.Errorf("call 1: got %+v, want %+v", r.Rule, tt.want)
			}
			if r.Outcome == sallyport.Granted {
				return
			}
			for _, again := range []sallyport.Login{{RequestID: r.RequestID}, {RequestID: r.RequestID, Username: "nora", Password: k.Person("nora").Password}} {
				if a, err := k.Engine.Login(t.Context(), login(again)); err != nil || a.Rule != tt.want {
					t.Errorf("again: got %+v, %v, want %+v", a.Rule, err, tt.want)
				}
			}
			page, err := k.Engine.OpenEnrollmentPage(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID})
			if err != nil || page.Rule != tt.want {
				t.Errorf("the page: got %+v, %v, want %+v", page.Rule, err, tt.want)
			}
		})
	}
}

// TestRuleString: each layer has a name that people can read.
func TestRuleString(t *testing.T) {
	for _, tt := range []struct {
		rule mfa.Rule
		want string
	}{
		{mfa.Rule{}, ""},
		{mfa.Rule{Layer: mfa.LayerDefault, Mode: mfa.WhenEnrolled}, "WhenEnrolled by default"},
		{mfa.Rule{Layer: mfa.LayerGeneral, Mode: mfa.Required}, "Required by the general policy"},
		{mfa.Rule{Layer: mfa.LayerApplication, Name: "Book", Mode: mfa.Required}, "Required by the application Book"},
		{mfa.Rule{Layer: mfa.LayerRole, Name: "Chief", Mode: mfa.Required}, "Required by the role Chief"},
		{mfa.Rule{Layer: mfa.LayerUser, Mode: mfa.Required}, "Required of this account"},
	} {
		if got := tt.rule.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
