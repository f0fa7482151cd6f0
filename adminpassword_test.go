package sallyport_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestGivenPasswordDies: a password that an administrator has set and that has to be
// changed opens a change for seven days, and to the nanosecond after them it is
// answered and charged like a wrong one, wherever a password is judged.
func TestGivenPasswordDies(t *testing.T) {
	const pw = "given by somebody else"
	ways := map[string]func(t *testing.T, k *sallyporttest.Kit, id string) string{
		"set": func(t *testing.T, k *sallyporttest.Kit, id string) string {
			if err := setup(k).SetPassword(t.Context(), id, pw); err != nil {
				t.Fatal(err)
			}
			return pw
		},
		"generated": func(t *testing.T, k *sallyporttest.Kit, id string) string {
			made, err := setup(k).GeneratePassword(t.Context(), id)
			if err != nil || len(made) != password.GeneratedLength {
				t.Fatalf("got %q, %v, want a password", made, err)
			}
			return made
		},
		"of a new account": func(t *testing.T, k *sallyporttest.Kit, id string) string {
			if err := setup(k).DeleteUser(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if _, err := setup(k).CreateUser(t.Context(), directory.NewUser{Name: "eve", Password: pw, MustChangePassword: true}); err != nil {
				t.Fatal(err)
			}
			return pw
		},
	}
	for name, set := range ways {
		t.Run(name, func(t *testing.T) {
			k := hosted(t)
			u := created(t, k)
			given := set(t, k, u.ID)
			who := "ada"
			if name == "of a new account" {
				who = "eve"
			}
			in := sallyport.Login{Username: who, Password: given}
			k.Clock.Advance(account.GivenLife - 1)
			wantOutcome(t, "the last moment", hostLogin(t, k, in), sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
			k.Clock.Advance(1)
			wantOutcome(t, "after it", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonWrongPassword)
			r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: who, Password: given, NewPassword: fresh})
			if err != nil || r.Status != sallyport.OldPasswordWrong {
				t.Errorf("changing it: got %+v, %v, want it wrong", r, err)
			}
			for range 9 { // with the one before it makes ten, which lock
				k.Clock.Advance(time.Minute)
				hostLogin(t, k, in)
			}
			wantOutcome(t, "charged", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonLockedOut)
		})
	}
}

// TestGivenPasswordLasts: what was asked to last does, and so does a password once its
// owner has changed it, or an administrator has lifted in time that it has to be; after
// the seven days nothing revives it.
func TestGivenPasswordLasts(t *testing.T) {
	lift := func(t *testing.T, k *sallyporttest.Kit, id string) {
		if _, err := setup(k).UpdateUser(t.Context(), id, directory.UserChange{MustChangePassword: new(false)}); err != nil {
			t.Fatal(err)
		}
	}
	const pw = "given by somebody else"
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, k *sallyporttest.Kit, id string) (opens string)
		good bool
	}{
		{"asked for", func(t *testing.T, k *sallyporttest.Kit, id string) string {
			if err := setup(k).SetLastingPassword(t.Context(), id, pw); err != nil {
				t.Fatal(err)
			}
			return pw
		}, true},
		{"changed", func(t *testing.T, k *sallyporttest.Kit, id string) string {
			if err := setup(k).SetPassword(t.Context(), id, pw); err != nil {
				t.Fatal(err)
			}
			r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ada", Password: pw, NewPassword: fresh})
			if err != nil || r.Status != sallyport.PasswordChanged {
				t.Fatalf("got %+v, %v", r, err)
			}
			return fresh
		}, true},
		{"lifted", func(t *testing.T, k *sallyporttest.Kit, id string) string {
			if err := setup(k).SetPassword(t.Context(), id, pw); err != nil {
				t.Fatal(err)
			}
			k.Clock.Advance(account.GivenLife - 1)
			lift(t, k, id)
			return pw
		}, true},
		{"lifted too late", func(t *testing.T, k *sallyporttest.Kit, id string) string {
			if err := setup(k).SetPassword(t.Context(), id, pw); err != nil {
				t.Fatal(err)
			}
			k.Clock.Advance(account.GivenLife)
			lift(t, k, id)
			return pw
		}, false},
		{"another in its place", func(t *testing.T, k *sallyporttest.Kit, id string) string {
			if err := setup(k).SetPassword(t.Context(), id, "given a week ago"); err != nil {
				t.Fatal(err)
			}
			if err := setup(k).SetLastingPassword(t.Context(), id, pw); err != nil {
				t.Fatal(err)
			}
			return pw
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := hosted(t)
			u := created(t, k)
			opens := tt.do(t, k, u.ID)
			k.Clock.Advance(30 * 24 * time.Hour)
			r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: opens})
			if (r.Outcome == sallyport.Granted) != tt.good || !tt.good && r.Reason != sallyport.ReasonWrongPassword {
				t.Errorf("got %v, %q, want it good: %v", r.Outcome, r.Reason, tt.good)
			}
			if now, err := setup(k).User(t.Context(), u.ID); err != nil || now.PasswordEnds.IsZero() != tt.good {
				t.Errorf("got %+v, %v, want no end: %v", now, err, tt.good)
			}
		})
	}
}

// TestGivenPasswordOfTheFile: a password that the file sets anew has no end from before.
func TestGivenPasswordOfTheFile(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	if err := setup(c.Kit).SetPassword(t.Context(), c.p.ID, "given by somebody else"); err != nil {
		t.Fatal(err)
	}
	c.EditUser(t, "ada", func(u *directory.User) { u.Password, u.CredentialsVersion = "of the file, and new", 2 })
	c.Clock.Advance(30 * 24 * time.Hour)
	wantOutcome(t, "the file's", hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: "of the file, and new"}), sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
}

// TestGeneratePasswordPolicy: what is made meets the policy; where nothing random can,
// the error names the pattern and the old password stays.
func TestGeneratePasswordPolicy(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	setPolicy(t, k, func(d *directory.Policy) {
		d.Password.MinLength, d.Password.MinNonAlphanumeric, d.Password.Pattern = new(20), 4, `[0-9].*[0-9]|[A-Z].*[A-Z]`
	})
	made, err := setup(k).GeneratePassword(t.Context(), strings.ToUpper(u.ID))
	if err != nil || len(made) != 20 {
		t.Errorf("got %q, %v, want 20 characters", made, err)
	}
	if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventPasswordSet || strings.Contains(ev.Detail, made) {
		t.Errorf("got %+v, want the event without the password", ev)
	}
	setPolicy(t, k, func(d *directory.Policy) { d.Password.Pattern = "^only this one$" })
	if made, err := setup(k).GeneratePassword(t.Context(), u.ID); made != "" || err == nil || !strings.Contains(err.Error(), `matches the pattern "^only this one$"`) {
		t.Errorf("got %q, %v, want the pattern named", made, err)
	}
	wantOutcome(t, "the one before", hostLogin(t, k, sallyport.Login{Username: "ada", Password: made}), sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
	if _, err := setup(k).GeneratePassword(t.Context(), "nobody"); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("of nobody: got %v", err)
	}
}

// TestGivenPasswordLiftedByTheFile: where the file lifts in time that a password has to
// be changed, it has no end any more.
func TestGivenPasswordLiftedByTheFile(t *testing.T) {
	c := newChanging(t, sallyporttest.User{MustChangePassword: true})
	if err := setup(c.Kit).SetPassword(t.Context(), c.p.ID, "given by somebody else"); err != nil {
		t.Fatal(err)
	}
	c.EditUser(t, "ada", func(u *directory.User) { u.MustChangePassword = false })
	c.Clock.Advance(30 * 24 * time.Hour)
	wantOutcome(t, "lifted", hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: "given by somebody else"}), sallyport.Granted, "")
}
