package sallyport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// The two switches by which an engine takes the original's rules in the place of ours.

// perUser is a kit that asks a user only once in an hour, on whatever device.
func perUser(t *testing.T, on bool) *sallyporttest.Kit {
	t.Helper()
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.InsecureSessionPerUser = on }))
	setPolicy(t, k, func(p *directory.Policy) { p.MFA.Session = new(time.Hour) })
	return k
}

// TestInsecureSessionPerUser: once a factor was proven, the next logins of that user at that
// application go without one until the policy's time is over, and say which stood for it.
func TestInsecureSessionPerUser(t *testing.T) {
	for _, on := range []bool{true, false} {
		k := perUser(t, on)
		p := k.AddUser(t, sallyporttest.User{Name: "nora", Email: mail, EmailValidated: true, TOTP: true})
		in := sallyport.Login{Username: "nora", Password: p.Password}
		first := hostLogin(t, k, in)
		wantOutcome(t, "the first", first, sallyport.FactorWanted, "")
		proven := hostLogin(t, k, sallyport.Login{RequestID: first.RequestID, OptionID: optionOver(t, first, mfa.Authenticator), Code: p.Authenticator.Fresh()})
		wantOutcome(t, "its code", proven, sallyport.Granted, "")
		if !on {
			wantOutcome(t, "off: the second", hostLogin(t, k, in), sallyport.FactorWanted, "")
			continue
		}
		if logs := k.Logs(); !strings.Contains(logs, "InsecureSessionPerUser is set") {
			t.Error("the log does not warn of it")
		}
		k.Clock.Advance(time.Hour - time.Nanosecond)
		second := hostLogin(t, k, in)
		wantOutcome(t, "a nanosecond before the end", second, sallyport.Granted, "")
		if len(second.Session.Methods) != 1 {
			t.Errorf("the second claims %v", second.Session.Methods)
		}
		wantOutcome(t, "a wrong password", hostLogin(t, k, sallyport.Login{Username: "nora", Password: "wrong"}), sallyport.Denied, sallyport.ReasonWrongPassword)
		k.Clock.Advance(time.Nanosecond)
		wantOutcome(t, "at the end", hostLogin(t, k, in), sallyport.FactorWanted, "")
	}
}

// optionOver is the id of the option of a result over that transport.
func optionOver(t *testing.T, r *sallyport.Result, over mfa.Transport) string {
	t.Helper()
	for _, o := range r.Options {
		if o.Transport == over && o.Mode == mfa.OTP {
			return o.ID
		}
	}
	t.Fatalf("no option over %s among %v", over, r.Options)
	return ""
}

// TestInsecureSessionEnds: what ends a remembered device ends this too; a recovery code, and
// a login of another application, begin nothing.
func TestInsecureSessionEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(k *sallyporttest.Kit, p *sallyporttest.Person)
		asks bool
	}{
		"nothing": {func(*sallyporttest.Kit, *sallyporttest.Person) {}, false},
		"sessions ended": {func(k *sallyporttest.Kit, p *sallyporttest.Person) {
			if err := setup(k).EndSessions(t.Context(), p.ID); err != nil {
				t.Fatal(err)
			}
		}, true},
		"another password": {func(k *sallyporttest.Kit, p *sallyporttest.Person) {
			if err := setup(k).SetLastingPassword(t.Context(), p.ID, fresh); err != nil {
				t.Fatal(err)
			}
			p.Password = fresh
		}, true},
		"a stricter policy": {func(k *sallyporttest.Kit, _ *sallyporttest.Person) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = new(time.Duration(0)) })
		}, true},
		"a method that does not count": {func(k *sallyporttest.Kit, _ *sallyporttest.Person) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session, d.MFA.Methods = new(time.Hour), []string{"EmailOTP"} })
		}, true},
		"a clock far back": {func(k *sallyporttest.Kit, _ *sallyporttest.Person) { k.Clock.Advance(-2 * time.Hour) }, true},
		"a clock that was far back": {func(k *sallyporttest.Kit, p *sallyporttest.Person) {
			k.Clock.Advance(-2 * time.Hour)
			k.InProcess().Login("nora", p.Password).Want(t, wanted)
			k.Clock.Advance(2 * time.Hour)
		}, true},
		"a clock that was far ahead": {func(k *sallyporttest.Kit, p *sallyporttest.Person) {
			k.Clock.Advance(2 * time.Hour)
			k.InProcess().Login("nora", p.Password).Want(t, wanted)
			k.Clock.Advance(-2 * time.Hour)
		}, true},
	} {
		k := perUser(t, true)
		p := k.AddUser(t, sallyporttest.User{Name: "nora", Email: mail, EmailValidated: true, TOTP: true})
		c := k.InProcess()
		c.AnswerWith(c.Login("nora", p.Password), "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
		tt.do(k, p)
		if a := c.Login("nora", p.Password); (a.Status == wanted) != tt.asks {
			t.Errorf("%s: got %s, want to be asked: %v", name, a, tt.asks)
		}
	}
}

// TestInsecureEnrollAfterFirstFactor: with the switch a login adds a factor by the password
// alone, and is complete by it. Requests of other purposes, and logins without a password,
// do not; nor does a login where the policy wants an invitation.
func TestInsecureEnrollAfterFirstFactor(t *testing.T) {
	as := sallyporttest.WithConfig(func(c *sallyport.Config) { c.InsecureEnrollAfterFirstFactor = true })
	k := hosted(t, as, takesPasswordless())
	p := k.AddUser(t, sallyporttest.User{Name: "nora", Email: mail, EmailValidated: true})
	c := k.InProcess()
	a := c.Login("nora", p.Password).Want(t, wanted)
	app, e := c.EnrollAuthenticator(a.RequestID)
	e.Want(t, true)
	c.Resume(a.RequestID, "nora", p.Password).Want(t, sallyport.Success)
	if !strings.Contains(k.Logs(), "InsecureEnrollAfterFirstFactor is set") {
		t.Error("the log does not warn of it")
	}
	next := hostLogin(t, k, sallyport.Login{Username: "nora", Password: p.Password})
	s := hostLogin(t, k, sallyport.Login{RequestID: next.RequestID, OptionID: optionOver(t, next, mfa.Authenticator), Code: app.Fresh()}).Session
	adding, err := k.Engine.AddFactor(t.Context(), sallyport.FactorChange{Session: s.Handle, Password: p.Password})
	if err != nil {
		t.Fatal(err)
	}
	if _, e := c.EnrollAuthenticator(adding.RequestID); e.IsActive {
		t.Error("in a session a factor is added by the password alone")
	}
	k.AddUser(t, noWord("pat"))
	if picture, _ := c.BeginTOTP(c.Call(byName("pat")).RequestID); picture != nil {
		t.Error("a login without a password enrols before an option is answered")
	}
	byInvitation(t, k)
	bare := k.AddUser(t, sallyporttest.User{Name: "bare"})
	wantUninvited(t, "by invitation", c.Login("bare", bare.Password))
}
