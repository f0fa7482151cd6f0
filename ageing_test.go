package sallyport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const (
	byGrace = sallyport.Success | sallyport.PasswordExpired
	ranOut  = sallyport.Failure | sallyport.MustChangePasswordAtNextLogon | sallyport.PasswordExpired
)

// aged is a kit whose passwords run out after 90 days, with logins by grace.
func aged(t *testing.T, grace int, u sallyporttest.User) *changing {
	t.Helper()
	c := newChanging(t, u)
	setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password.MaxAge, d.Password.GraceLogons = 90*24*time.Hour, grace })
	return c
}

// TestPasswordAge: a password runs out to the nanosecond, counted from when it was
// set, and one that was set since does not.
func TestPasswordAge(t *testing.T) {
	for after, want := range map[time.Duration]sallyport.Status{
		-1: sallyport.Success, 0: ranOut, 1: ranOut,
	} {
		c := aged(t, 0, sallyporttest.User{})
		client := c.InProcess()
		c.Clock.Advance(90*24*time.Hour + after)
		a := client.Login("ada", c.p.Password).Want(t, want)
		if want == sallyport.Success {
			continue
		}
		client.State(a.RequestID).Want(t, ranOut)
		r := c.change(sallyport.PasswordChange{
			Caller:    &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret},
			RequestID: a.RequestID, Password: c.p.Password, NewPassword: fresh,
		})
		c.want("change", r, sallyport.PasswordChanged, a.RequestID)
		client.Resume(a.RequestID, "ada", fresh).Want(t, sallyport.Success)
		c.Clock.Advance(90*24*time.Hour - 1)
		client.Login("ada", fresh).Want(t, sallyport.Success)
	}
}

// TestGraceLogons: logins by grace are counted down by those that are granted, and
// by nothing else; what is over is over for refreshes too.
func TestGraceLogons(t *testing.T) {
	for name, way := range map[string]func(*sallyporttest.Kit) *sallyporttest.Client{
		"over HTTP": (*sallyporttest.Kit).HTTP, "in process": (*sallyporttest.Kit).InProcess,
	} {
		t.Run(name, func(t *testing.T) {
			c := aged(t, 2, sallyporttest.User{})
			client := way(c.Kit)
			before := client.Login("ada", c.p.Password).Want(t, sallyport.Success)
			c.Clock.Advance(14 * 24 * time.Hour)
			before = client.Refresh(before.Tokens.RefreshToken)
			setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password.MaxAge = 24 * time.Hour })
			for range 2 {
				client.Login("ada", "wrong "+name)
				client.Login("ada", c.p.Password).Want(t, byGrace)
			}
			client.Login("ada", c.p.Password).Want(t, ranOut)
			client.Refresh(before.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
		})
	}
	c := aged(t, 2, sallyporttest.User{})
	c.Clock.Advance(90 * 24 * time.Hour)
	for left := 1; left >= 0; left-- {
		r := hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password})
		wantOutcome(t, "by grace", r, sallyport.Granted, sallyport.ReasonPasswordExpired)
		if r.GraceLeft != left {
			t.Errorf("got %d left, want %d", r.GraceLeft, left)
		}
	}
	wantOutcome(t, "used up", hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password}), sallyport.PasswordChangeWanted, sallyport.ReasonPasswordExpired)
}

// TestGraceAndFactor: with a second factor the login by grace is spent by the call
// that is granted; where another login has spent the last meanwhile, another password
// is wanted, and the proof stands.
func TestGraceAndFactor(t *testing.T) {
	c := aged(t, 1, sallyporttest.User{Email: mail, EmailValidated: true})
	c.Clock.Advance(90 * 24 * time.Hour)
	in := sallyport.Login{Username: "ada", Password: c.p.Password}
	first, second := hostLogin(t, c.Kit, in), hostLogin(t, c.Kit, in)
	wantOutcome(t, "the first", c.prove(first), sallyport.Granted, sallyport.ReasonPasswordExpired)
	c.Clock.Advance(31 * time.Second)
	wantOutcome(t, "the second", c.prove(second), sallyport.PasswordChangeWanted, sallyport.ReasonPasswordExpired)
	c.want("change", c.change(sallyport.PasswordChange{RequestID: second.RequestID, Password: c.p.Password, NewPassword: fresh}), sallyport.PasswordChanged, second.RequestID)
	wantOutcome(t, "complete", hostLogin(t, c.Kit, sallyport.Login{RequestID: second.RequestID, Password: fresh}), sallyport.Granted, "")
}

// TestP1GraceOnce: of many at once as many are granted as there are logins by grace.
func TestP1GraceOnce(t *testing.T) {
	c := aged(t, 3, sallyporttest.User{})
	c.Clock.Advance(90 * 24 * time.Hour)
	in := login(sallyport.Login{Username: "ada", Password: c.p.Password})
	if won := grants(t, c.Kit, 20, in); won != 3 {
		t.Errorf("got %d logins by grace, want 3", won)
	}
}

// TestPasswordAgeOfWhoSetsIt: an administrator's password begins a new age, as does one
// of the file, and a session of the host's own outlives the age of its password.
func TestPasswordAgeOfWhoSetsIt(t *testing.T) {
	c := aged(t, 0, sallyporttest.User{})
	in := sallyport.Login{Username: "ada", Password: c.p.Password}
	c.Clock.Advance(90*24*time.Hour - 1)
	s := hostLogin(t, c.Kit, in).Session
	c.Clock.Advance(1)
	wantOutcome(t, "run out", hostLogin(t, c.Kit, in), sallyport.PasswordChangeWanted, sallyport.ReasonPasswordExpired)
	if _, err := c.Engine.Session(t.Context(), s.Handle); err != nil {
		t.Errorf("the session: got %v", err)
	}
	c.EditUser(t, "ada", func(u *directory.User) { u.Password, u.CredentialsVersion = "of the file, and new", 2 })
	in.Password = "of the file, and new"
	wantOutcome(t, "of the file", hostLogin(t, c.Kit, in), sallyport.Granted, "")
	c.Clock.Advance(90 * 24 * time.Hour)
	if err := setup(c.Kit).SetLastingPassword(t.Context(), c.p.ID, "of an administrator"); err != nil {
		t.Fatal(err)
	}
	in.Password = "of an administrator"
	wantOutcome(t, "of an administrator", hostLogin(t, c.Kit, in), sallyport.Granted, "")
	if _, err := c.Engine.Session(t.Context(), s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("the session from before: got %v", err)
	}
}
