package sallyport_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// session is a new session of the host's own.
func (c *changing) session() string {
	c.t.Helper()
	r := hostLogin(c.t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password})
	if r.Outcome == sallyport.FactorWanted {
		r = c.prove(r)
	}
	if r.Session == nil {
		c.t.Fatalf("got %v, %q, want a session", r.Outcome, r.Reason)
	}
	return r.Session.Handle
}

// wantSession wants a handle to be good, or not.
func (c *changing) wantSession(what, handle string, good bool) {
	c.t.Helper()
	if _, err := c.Engine.Session(c.t.Context(), handle); (err == nil) != good || err != nil && !errors.Is(err, sallyport.ErrInvalidSession) {
		c.t.Errorf("%s: got %v, want it good: %v", what, err, good)
	}
}

// TestChangeInSession: the session from which a password is changed goes on under the
// same handle, and all others end; a second factor that it has proven is not wanted
// again.
func TestChangeInSession(t *testing.T) {
	for name, u := range map[string]sallyporttest.User{"a password": {}, "a second factor": {Email: mail, EmailValidated: true}} {
		t.Run(name, func(t *testing.T) {
			c := newChanging(t, u)
			own := c.session()
			c.Clock.Advance(time.Minute)
			other := c.session()
			c.want("change", c.change(sallyport.PasswordChange{Session: own, Password: c.p.Password, NewPassword: fresh}), sallyport.PasswordChanged, "")
			c.wantSession("its own", own, true)
			c.wantSession("the other", other, false)
			c.wantPassword(c.p.Password, false)
			c.wantPassword(fresh, true)
			c.want("again", c.change(sallyport.PasswordChange{Session: own, Password: fresh, NewPassword: "yet another one it is"}), sallyport.PasswordChanged, "")
			c.wantSession("its own, again", own, true)
			if err := c.Engine.SignOut(t.Context(), own); err != nil {
				t.Fatal(err)
			}
			_, err := c.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: own, Password: "yet another one it is", NewPassword: fresh})
			if !errors.Is(err, sallyport.ErrInvalidSession) {
				t.Errorf("signed out: got %v, want it refused", err)
			}
		})
	}
}

// TestChangeInSessionWantsFactor: where the session has proven none, and one is wanted
// by now, the change waits for it.
func TestChangeInSessionWantsFactor(t *testing.T) {
	c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true, MFA: new(false)})
	own := c.session() // by the password alone
	c.EditUser(t, "ada", func(u *directory.User) { u.MFA = new(true) })
	r := c.change(sallyport.PasswordChange{Session: own, Password: c.p.Password, NewPassword: fresh})
	c.want("staged", r, sallyport.PasswordChanged, "any")
	c.wantPassword(c.p.Password, true)
	c.wantSession("before the factor", own, true)
	wantOutcome(t, "with it", c.prove(hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: fresh})), sallyport.Granted, "")
	c.wantPassword(fresh, true)
}

// TestFiveWrongPasswordsEndTheSession: a wrong old password is charged to the session
// as well as to the name; the fifth ends that session and no other, and a repeat is not
// charged.
func TestFiveWrongPasswordsEndTheSession(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	own, other := c.session(), c.session()
	try := func(pw string) (*sallyport.PasswordResult, error) {
		return c.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: own, Password: pw, NewPassword: fresh})
	}
	for range 4 {
		if r, err := try("the same wrong one"); err != nil || r.Status != sallyport.OldPasswordWrong {
			t.Errorf("a repeat: got %+v, %v", r, err)
		}
	}
	for i := range 4 {
		c.wantSession(fmt.Sprint("after ", i+1), own, true)
		if r, err := try(fmt.Sprint("wrong ", i)); err != nil || r.Status != sallyport.OldPasswordWrong {
			t.Errorf("got %+v, %v", r, err)
		}
	}
	c.wantSession("after five", own, false)
	c.wantSession("the other", other, true)
	if ev := c.Events()[len(c.Events())-1]; ev.Kind != sallyport.EventSessionEnded || ev.Account != c.p.ID {
		t.Errorf("got event %+v", ev)
	}
	if _, err := try(c.p.Password); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("a right one after it: got %v, want it refused", err)
	}
	own = other
	for i := range 4 { // with the five before it makes nine of ten that lock
		if _, err := try(fmt.Sprint("wrong again ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := try("the tenth"); err != nil || r.Status != sallyport.PasswordsLockedOut {
		t.Errorf("got %+v, %v, want the name locked: they are charged to it too", r, err)
	}
}

// TestChangeInSessionFields: a session stands alone, and is the host's.
func TestChangeInSessionFields(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	own := c.session()
	for name, in := range map[string]sallyport.PasswordChange{
		"a name":   {Session: own, Username: "ada"},
		"a login":  {Session: own, RequestID: "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11"},
		"a client": {Session: own, Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}},
	} {
		in.Password, in.NewPassword = c.p.Password, fresh
		_, err := c.Engine.ChangePassword(t.Context(), in)
		if e, ok := errors.AsType[*sallyport.ProtocolError](err); !ok || e.Field != "Session" {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	for _, bad := range []string{"x", own + "x", own[:len(own)-1]} {
		if _, err := c.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: bad, Password: c.p.Password, NewPassword: fresh}); !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Errorf("%q: got %v, want it refused", bad, err)
		}
	}
	c.Clock.Advance(time.Hour) // nobody used it
	if _, err := c.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: own, Password: c.p.Password, NewPassword: fresh}); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("idle: got %v, want it refused", err)
	}
	c.Clock.Set(sallyporttest.Start)
	c.wantSession("idle, and the clock set back", own, false)
}

// TestFifthMissIsDenied: the code that ends its session is answered Denied, though its request
// has tries left: nothing more can be done.
func TestFifthMissIsDenied(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true})
	r := f.first(renews, "")
	for i := range 4 {
		if c, err := f.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: f.s.Handle, Password: fmt.Sprint("wrong ", i), NewPassword: fresh}); err != nil || c.Status != sallyport.OldPasswordWrong {
			t.Fatalf("got %+v, %v", c, err)
		}
	}
	in := f.answer(r, mfa.Authenticator, "000000")
	wantConfirmation(t, "the fifth in the session", f.call(renews, in), sallyport.Denied, sallyport.ReasonWrongCode)
	f.wantSession("after it", f.s, false)
}
