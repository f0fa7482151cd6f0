package sallyport_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestPasswordHistory: none of the last passwords is taken again, whoever set them,
// and one that was before those is.
func TestPasswordHistory(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password.HistoryLength = new(2) })
	change := func(from, to string) sallyport.PasswordStatus {
		return c.change(sallyport.PasswordChange{Username: "ada", Password: from, NewPassword: to}).Status
	}
	if err := setup(c.Kit).SetLastingPassword(t.Context(), c.p.ID, "number zero it is"); err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		from, to string
		want     sallyport.PasswordStatus
	}{
		{"number zero it is", "number one it is", sallyport.PasswordChanged},
		{"number one it is", "number zero it is", sallyport.NewPasswordUsed},
		{"number one it is", "number one it is", sallyport.NewPasswordUsed},
		{"number one it is", "number two it is", sallyport.PasswordChanged},
		{"number two it is", "number one it is", sallyport.NewPasswordUsed},
		{"number two it is", "number zero it is", sallyport.PasswordChanged},
	} {
		if got := change(s.from, s.to); got != s.want {
			t.Errorf("%q to %q: got %s, want %s", s.from, s.to, got, s.want)
		}
	}
}

// TestP3PolicyTellsNothingBeforeTheFactor: that a new password was the account's
// before, or holds its address, is told once the second factor has passed, and not
// before. Then another one is wanted, and the proof stands.
func TestP3PolicyTellsNothingBeforeTheFactor(t *testing.T) {
	for _, mode := range []string{"WhenEnrolled", "Required"} {
		for name, bad := range map[string]string{"its history": "the one from before", "its address": "marie.sample.deals 4711"} {
			t.Run(mode+" "+name, func(t *testing.T) {
				c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true})
				setPolicy(t, c.Kit, func(d *directory.Policy) { d.MFA.Mode = &mode })
				for _, pw := range []string{"the one from before", "the present one it is"} {
					if err := setup(c.Kit).SetLastingPassword(t.Context(), c.p.ID, pw); err != nil {
						t.Fatal(err)
					}
				}
				c.p.Password = "the present one it is"
				r := c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: bad})
				c.want("before the factor", r, sallyport.PasswordChanged, "any")
				on := hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: bad})
				wantOutcome(t, "going on", on, sallyport.FactorWanted, "")
				wantOutcome(t, "after the factor", c.prove(on), sallyport.PasswordChangeWanted, sallyport.ReasonPasswordWeak)
				c.wantPassword(bad, false)
				ch := sallyport.PasswordChange{RequestID: r.RequestID, Password: c.p.Password, NewPassword: bad}
				if again := c.change(ch); again.Policy == nil {
					t.Errorf("the same again: got %+v, want it told", again)
				}
				ch.NewPassword = fresh
				c.want("another", c.change(ch), sallyport.PasswordChanged, r.RequestID)
				done := hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: fresh})
				wantOutcome(t, "complete", done, sallyport.Granted, "")
				c.wantPassword(fresh, true)
				c.wantPassword(c.p.Password, false)
			})
		}
	}
}

// TestRefusedPasswordsEnd: five refused passwords end their request, and where a
// request is not named, what tells of the account is charged like a miss.
func TestRefusedPasswordsEnd(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	in := c.mustChange()
	for i := range 5 {
		r := c.change(sallyport.PasswordChange{RequestID: in.RequestID, Password: c.p.Password, NewPassword: fmt.Sprint("k7#v", i)})
		c.want("refused", r, sallyport.NewPasswordShort, in.RequestID)
	}
	c.want("the sixth", c.change(sallyport.PasswordChange{RequestID: in.RequestID, Password: c.p.Password, NewPassword: fresh}), sallyport.PasswordRequestOver, "")

	c = newChanging(t, sallyporttest.User{})
	for i := range 10 { // names of the application
		c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: "salesdemo " + strings.Repeat("x", i)})
	}
	c.want("after ten guesses", c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh}), sallyport.PasswordsLockedOut, "")
}

// TestPolicyOfTheDirectory: the rules of the applied policy hold at the next change.
func TestPolicyOfTheDirectory(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	for _, s := range []struct {
		edit func(*directory.Passwords)
		want sallyport.PasswordStatus
	}{
		{func(p *directory.Passwords) { p.MinLength = new(20) }, sallyport.NewPasswordShort},
		{func(p *directory.Passwords) { p.MinLength, p.MinNonAlphanumeric = nil, 5 }, sallyport.NewPasswordPlain},
		{func(p *directory.Passwords) { p.MinNonAlphanumeric, p.Pattern, p.Message = 0, "[0-9]", "Use a digit." }, sallyport.NewPasswordPlain},
		{func(p *directory.Passwords) { p.Pattern, p.Message = "", "" }, sallyport.PasswordChanged},
	} {
		setPolicy(t, c.Kit, func(d *directory.Policy) { s.edit(&d.Password) })
		if r := c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh}); r.Status != s.want {
			t.Errorf("got %+v, want %s", r, s.want)
		}
	}
}
