package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestStepUpWrongCodes: a wrong code is charged to the request, to the ledger behind a right
// password, and to the session, which five of them end over all requests; so do wrong
// passwords beside them. A complete step-up clears no count.
func TestStepUpWrongCodes(t *testing.T) {
	s := newStepping(t, everything)
	left := func() [2]int {
		l := leftOf(t, s.Kit, sallyport.BudgetsOf{Account: s.p.ID})
		return [2]int{l["guesses-hour behind a right password"], l["guesses-hour behind no password"]}
	}
	r := s.open(sallyport.Need{})
	for i := range 4 {
		for range 2 { // a repeat is not charged
			wantOutcome(t, "a wrong code", s.say(to(r, byApp, fmt.Sprintf("00000%d", i))), sallyport.FactorWanted, sallyport.ReasonWrongCode)
		}
		if got := left(); got != [2]int{9 - i, 10} {
			t.Errorf("after %d: %v are left", i+1, got)
		}
	}
	next := s.say(to(r, byApp, s.p.Authenticator.Fresh()))
	wantOutcome(t, "a right one", next, sallyport.Granted, "")
	if got := left(); got != [2]int{6, 10} {
		t.Errorf("after a right one: %v are left", got)
	}
	s.s = next.Session
	r = s.open(sallyport.Need{})
	wantOutcome(t, "the fifth in the session", s.say(to(r, byApp, "000009")), sallyport.Denied, sallyport.ReasonWrongCode)
	wantRefused(t, "a right one after it", s, s.s.Handle, to(r, byApp, s.p.Authenticator.Fresh()), sallyport.ErrInvalidSession)
	s.wantSession("after five", s.s, false)
	if ev := lastEvent(s.Kit); ev.Kind != sallyport.EventSessionEnded || ev.Account != s.p.ID {
		t.Errorf("the trail ends with %+v", ev)
	}

	s = newStepping(t, everything)
	for i := range 4 {
		if c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: s.s.Handle, Password: fmt.Sprint("wrong ", i), NewPassword: fresh}); err != nil || c.Status != sallyport.OldPasswordWrong {
			t.Fatalf("got %+v, %v", c, err)
		}
	}
	wantOutcome(t, "after four wrong passwords", s.say(to(s.open(sallyport.Need{}), byApp, "000009")), sallyport.Denied, sallyport.ReasonWrongCode)
	s.wantSession("after them", s.s, false)
}

// TestStepUpFiveInRequest: the fifth wrong code ends the request as well, and the owner is
// told.
func TestStepUpFiveInRequest(t *testing.T) {
	s := newStepping(t, everything)
	r := s.open(sallyport.Need{})
	for i := range 4 {
		s.say(to(r, byApp, fmt.Sprintf("00000%d", i)))
	}
	wantOutcome(t, "the fifth", s.say(to(r, byApp, "000009")), sallyport.Denied, sallyport.ReasonWrongCode)
	if m := s.Outbox.Await(mail, "notice"); !strings.Contains(m.Text, "who is signed in") || !strings.Contains(m.Text, "five wrong") {
		t.Errorf("told %q", m.Text)
	}
}

// TestStepUpExhausted: where the account's guesses are used up nothing is judged or sent.
func TestStepUpExhausted(t *testing.T) {
	s := newStepping(t, everything)
	open := s.open(sallyport.Need{})
	for i := range 10 { // of logins
		r := hostLogin(t, s.Kit, sallyport.Login{Username: "ada", Password: s.p.Password})
		hostLogin(t, s.Kit, sallyport.Login{RequestID: r.RequestID, OptionID: way(r, byApp).ID, Code: fmt.Sprintf("00000%d", i)})
	}
	sent := s.Outbox.Count()
	wantOutcome(t, "opening", s.open(sallyport.Need{}), sallyport.Denied, sallyport.ReasonGuessesUsedUp)
	wantOutcome(t, "a right code", s.say(to(open, byApp, s.p.Authenticator.Fresh())), sallyport.Denied, sallyport.ReasonGuessesUsedUp)
	wantOutcome(t, "choosing", s.say(to(open, byLink, "")), sallyport.Denied, sallyport.ReasonGuessesUsedUp)
	for _, m := range s.Outbox.Messages()[sent:] {
		if m.Kind != "notice" {
			t.Errorf("sent %+v", m.Kind)
		}
	}
	s.Clock.Advance(30 * time.Minute)
	s.wantSession("all the same", s.s, true)
}

// TestStepUpSpentOnce: a code is good once: what a step-up has taken no login takes, and the
// other way round.
func TestStepUpSpentOnce(t *testing.T) {
	s := newStepping(t, everything)
	code := s.p.Authenticator.Fresh()
	wantOutcome(t, "a step-up", s.say(to(s.open(sallyport.Need{}), byApp, code)), sallyport.Granted, "")
	r := hostLogin(t, s.Kit, sallyport.Login{Username: "ada", Password: s.p.Password})
	in := sallyport.Login{RequestID: r.RequestID, OptionID: way(r, byApp).ID, Code: code}
	wantOutcome(t, "a login by the same code", hostLogin(t, s.Kit, in), sallyport.FactorWanted, sallyport.ReasonWrongCode)
	in.Code = s.p.Authenticator.Fresh()
	r = hostLogin(t, s.Kit, in)
	wantOutcome(t, "a login by the next", r, sallyport.Granted, "")
	s.s = r.Session
	wantOutcome(t, "a step-up by that", s.say(to(s.open(sallyport.Need{}), byApp, in.Code)), sallyport.FactorWanted, sallyport.ReasonWrongCode)
}

// TestP12StepUpEnds: what happens to the session or the account in the middle of a step-up ends
// it: the right code that comes then proves nothing.
func TestP12StepUpEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		act  func(s *stepping)
		want error
	}{
		{"signed out", func(s *stepping) { ignoreNone(s.t, s.Engine.SignOut(s.t.Context(), s.s.Handle)) }, sallyport.ErrInvalidSession},
		{"signed out everywhere", func(s *stepping) {
			ignoreNone(s.t, setup(s.Kit).EndSessions(s.t.Context(), s.p.ID))
		}, sallyport.ErrInvalidSession},
		{"disabled", func(s *stepping) { s.EditUser(s.t, "ada", func(u *directory.User) { u.Disabled = true }) }, sallyport.ErrInvalidSession},
		{"deleted", func(s *stepping) { ignoreNone(s.t, setup(s.Kit).DeleteUser(s.t.Context(), s.p.ID)) }, sallyport.ErrInvalidSession},
		{"its factors reset", func(s *stepping) { resetFactors(s.t, s.Kit, s.p.ID) }, sallyport.ErrInvalidSession},
		{"another password, by an administrator", func(s *stepping) {
			ignoreNone(s.t, setup(s.Kit).SetLastingPassword(s.t.Context(), s.p.ID, fresh))
		}, sallyport.ErrInvalidSession},
		{"another password, in another session", func(s *stepping) {
			s.changePassword(s.signIn().Handle)
		}, sallyport.ErrInvalidSession},
		{"another password, in the same session", func(s *stepping) { s.changePassword(s.s.Handle) }, sallyport.ErrUnknownRequest},
		{"a factor removed, in the same session", func(s *stepping) {
			s.Clock.Advance(30 * time.Second)
			wantConfirmation(s.t, "removing", s.proven(removes, s.first(removes, s.idOf("Authenticator app")), mfa.Email), sallyport.Granted, "")
		}, sallyport.ErrUnknownRequest},
		{"ten minutes over", func(s *stepping) { s.Clock.Advance(mfa.Life) }, sallyport.ErrUnknownRequest},
		{"its code expired", func(s *stepping) { s.Clock.Advance(time.Minute) }, nil},
		{"unused for an hour", func(s *stepping) { s.Clock.Advance(time.Hour) }, sallyport.ErrInvalidSession},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStepping(t, everything)
			in := s.mailed(s.open(sallyport.Need{}))
			tt.act(s)
			r, err := s.Engine.AnswerStepUp(t.Context(), s.s.Handle, in)
			if !errors.Is(err, tt.want) || r != nil && r.Session != nil || (tt.want == nil) != (r != nil) {
				t.Errorf("got %v, %v, want %v", r, err, tt.want)
			}
			if n := eventsOf(s.Kit, sallyport.EventSteppedUp); n > 0 {
				t.Errorf("stepped up all the same")
			}
		})
	}
}

func (s *stepping) changePassword(handle string) {
	s.t.Helper()
	if c, err := s.Engine.ChangePassword(s.t.Context(), sallyport.PasswordChange{Session: handle, Password: s.p.Password, NewPassword: fresh}); err != nil || c.Status != sallyport.PasswordChanged || c.RequestID != "" {
		s.t.Fatalf("got %+v, %v", c, err)
	}
}

// ignoreNone fails the test at an error.
func ignoreNone(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestP6StepUpClock: a clock that is set back by more than a minute ends an open step-up, and
// a handle that was exchanged in one; what was proven ahead of it is no proof of now.
func TestP6StepUpClock(t *testing.T) {
	s := newStepping(t, everything)
	in := s.mailed(s.open(sallyport.Need{}))
	s.Clock.Advance(-2 * time.Minute)
	wantRefused(t, "opened ahead of the clock", s, s.s.Handle, in, sallyport.ErrUnknownRequest)
	s.Clock.Advance(2 * time.Minute)
	wantRefused(t, "and the clock put right", s, s.s.Handle, in, sallyport.ErrUnknownRequest)
	old := s.s.Handle
	s.s = s.stepUp()
	s.Clock.Advance(-2 * time.Minute)
	if _, err := s.Engine.Session(t.Context(), old); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("the handle before, which was exchanged ahead of the clock: got %v", err)
	}
}

// TestP6StepUpIdle: a session that a step-up met unused for too long stays dead, also when the
// clock is set back.
func TestP6StepUpIdle(t *testing.T) {
	s := newStepping(t, everything)
	in := s.mailed(s.open(sallyport.Need{}))
	s.Clock.Advance(time.Hour)
	wantRefused(t, "unused", s, s.s.Handle, in, sallyport.ErrInvalidSession)
	s.Clock.Advance(-time.Hour)
	s.wantSession("and the clock set back", s.s, false)
}

// TestStepUpKeptElsewhere: an account of the host's own table, and one of a module, steps up;
// it is asked for anew, and what it says now decides.
func TestStepUpKeptElsewhere(t *testing.T) {
	t.Run("the host's table", func(t *testing.T) {
		users := ann(t)
		users.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
		k := owned(t, users)
		s := &stepping{&factoring{moving: &moving{Kit: k, t: t, p: &sallyporttest.Person{Name: "ann", ID: annID, Email: mail, Password: annPassword}}}}
		s.s = s.signIn()
		later(k)
		in := s.mailed(s.open(sallyport.Need{}))
		users.edit(annID, func(a *sallyport.Account) { a.Disabled = true }) // the last look was a moment ago
		wantRefused(t, "disabled since", s, s.s.Handle, in, sallyport.ErrInvalidSession)
		users.edit(annID, func(a *sallyport.Account) { a.Disabled = false })
		s.s = s.signIn()
		s.Clock.Advance(time.Minute)
		s.s = s.say(s.mailed(s.open(sallyport.Need{}))).Session
		s.wantSession("stepped up", s.s, true)
		asked := 0
		in = s.mailed(s.open(sallyport.Need{}))
		users.hook(func(context.Context, string) error {
			if asked++; asked == 2 { // right before the proof is written
				users.edit(annID, func(a *sallyport.Account) { a.Disabled = true })
			}
			return nil
		})
		wantRefused(t, "disabled at the last moment", s, s.s.Handle, in, sallyport.ErrInvalidSession)
		users.hook(nil)
		users.edit(annID, func(a *sallyport.Account) { a.Disabled = false })
		s.s = s.signIn()
		users.hook(func(context.Context, string) error { return errors.New("down") })
		if r, err := k.Engine.StepUp(t.Context(), s.s.Handle, sallyport.Need{}); !errors.Is(err, sallyport.ErrAccounts) || r != nil {
			t.Errorf("a table that cannot be asked: got %v, %v", r, err)
		}
	})
	t.Run("a first factor, by the host", func(t *testing.T) {
		users := ann(t)
		k := owned(t, users)
		handle := signedIn(t, k)
		users.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
		if r, err := k.Engine.StepUp(t.Context(), handle, sallyport.Need{}); !errors.Is(err, sallyport.ErrInvalidSession) || r != nil {
			t.Errorf("a session from before it: got %v, %v", r, err)
		}
		s := &stepping{&factoring{moving: &moving{Kit: k, t: t, p: &sallyporttest.Person{Name: "ann", ID: annID, Email: mail, Password: annPassword}}}}
		s.s = s.signIn()
		if o := s.open(sallyport.Need{}).Options; len(o) != 2 {
			t.Errorf("got options %+v, want the mailbox's two", o)
		}
	})
	t.Run("a module", func(t *testing.T) {
		forest := bobs()
		k := joined(t, forest)
		factors(t, k, mfa.Required)
		app, e := k.InProcess().EnrollAuthenticator(hostLogin(t, k, bobLogin).RequestID)
		e.Want(t, true)
		r := hostLogin(t, k, bobLogin)
		r = hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: app.Fresh()})
		s := &stepping{&factoring{moving: &moving{Kit: k, t: t, p: &sallyporttest.Person{Name: "bob", Authenticator: app}}, s: r.Session}}
		reads := forest.reads.Load()
		open := s.open(sallyport.Need{})
		if forest.reads.Load() == reads {
			t.Error("the module was not asked anew")
		}
		reads = forest.reads.Load()
		s.s = s.say(to(open, byApp, app.Fresh())).Session
		if forest.reads.Load() == reads {
			t.Error("the module was not asked anew for the answer")
		}
		s.wantSession("stepped up", s.s, true)
		open = s.open(sallyport.Need{})
		forest.remove(bobKey)
		wantRefused(t, "gone since", s, s.s.Handle, to(open, byApp, app.Fresh()), sallyport.ErrInvalidSession)
	})
}
