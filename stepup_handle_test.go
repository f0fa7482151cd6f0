package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/token"
)

// TestStepUpStolenHandle: a copy of the handle from before a step-up has nothing of it. For
// thirty seconds, until the new one has come back, it stands for what was proven before, and
// cannot be exchanged; after that it ends the session.
func TestStepUpStolenHandle(t *testing.T) {
	s := newStepping(t, sallyporttest.User{TOTP: true, MFA: new(false)})
	stolen, before := s.s.Handle, s.access(s.s.Handle)
	next := s.stepUp()
	s.Clock.Advance(token.HandleGrace - time.Nanosecond)
	a := s.access(stolen)
	if !slices.Equal(a.Methods, []string{"pwd"}) || !a.AuthTime.Equal(before.AuthTime) || a.RenewDue || a.SessionID != before.SessionID {
		t.Errorf("the copy stands for %+v, want as before", a)
	}
	if x, err := s.Engine.Renew(t.Context(), stolen); !errors.Is(err, sallyport.ErrInvalidSession) || x != nil {
		t.Errorf("exchanging the copy: got %v, %v", x, err)
	}
	s.wantSession("after that", next, true)
	if _, err := s.Engine.Session(t.Context(), stolen); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("the copy, once the new one has come back: got %v", err)
	}
	s.wantSession("of which there is a copy", next, false)
	if ev := lastEvent(s.Kit); ev.Kind != sallyport.EventSessionEnded || ev.Detail != "a spent handle came back" {
		t.Errorf("the trail ends with %+v", ev)
	}
	s = newStepping(t, sallyporttest.User{TOTP: true})
	stolen, next = s.s.Handle, s.stepUp()
	s.Clock.Advance(token.HandleGrace)
	if _, err := s.Engine.Session(t.Context(), stolen); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("the copy after its time: got %v", err)
	}
	s.wantSession("of which there is a copy", next, false)
}

// TestStepUpStolenHandleChanges: what a change of password wants of a session goes by what the
// handle stands for: the copy of before has proven no factor, so the change waits for one.
func TestStepUpStolenHandleChanges(t *testing.T) {
	for name, copied := range map[string]bool{"the copy": true, "the new one": false} {
		s := newStepping(t, sallyporttest.User{TOTP: true, MFA: new(false)})
		handle, next := s.s.Handle, s.stepUp()
		s.EditUser(t, "ada", func(u *directory.User) { u.MFA = new(true) })
		if !copied {
			handle = next.Handle
		}
		r, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: handle, Password: s.p.Password, NewPassword: fresh})
		if err != nil || r.Status != sallyport.PasswordChanged || (r.RequestID != "") != copied {
			t.Errorf("%s: got %+v, %v, want it staged: %v", name, r, err, copied)
		}
	}
}

// TestStepUpLostAnswer: whoever lost the answer gets it again by the same call and the handle
// of before, for thirty seconds and until the new one has come back; by the new one too. It
// is one proof. Another code is charged to the session, which five of them end.
func TestStepUpLostAnswer(t *testing.T) {
	s := newStepping(t, everything)
	r := s.open(sallyport.Need{})
	in := s.mailed(r)
	first := s.say(in)
	s.Clock.Advance(token.HandleGrace - time.Nanosecond)
	again := s.say(in)
	wantOutcome(t, "the same call", again, sallyport.Granted, "")
	if again.Session.Handle != first.Session.Handle || !again.Session.AuthTime.Equal(first.Session.AuthTime) {
		t.Errorf("got another answer: %+v", again.Session.Access)
	}
	if n := eventsOf(s.Kit, sallyport.EventSteppedUp); n != 1 {
		t.Errorf("got %d events", n)
	}
	wantRefused(t, "another option", s, s.s.Handle, to(r, byApp, in.Code), sallyport.ErrUnknownRequest)
	wantRefused(t, "without the code", s, s.s.Handle, to(r, byEmail, ""), sallyport.ErrUnknownRequest)
	s.s = first.Session
	wantOutcome(t, "by the new handle", s.say(in), sallyport.Granted, "")
	if got := s.say(in).Session.Handle; got != first.Session.Handle {
		t.Error("by the new handle: got another one")
	}
	s.open(sallyport.Need{})
	wantRefused(t, "once another was opened", s, s.s.Handle, in, sallyport.ErrUnknownRequest)

	s = newStepping(t, everything)
	in = s.mailed(s.open(sallyport.Need{}))
	s.s = s.say(in).Session
	s.Clock.Advance(token.HandleGrace)
	wantRefused(t, "by the new handle, after its time: it is no other proof", s, s.s.Handle, in, sallyport.ErrUnknownRequest)

	s = newStepping(t, everything)
	in = s.mailed(s.open(sallyport.Need{}))
	next := s.say(in).Session
	for i := range 5 {
		wantRefused(t, "a guess", s, s.s.Handle, sallyport.StepUpAnswer{RequestID: in.RequestID, OptionID: in.OptionID, Code: fmt.Sprint("guess ", i)}, sallyport.ErrUnknownRequest)
	}
	wantRefused(t, "the right one after five guesses", s, s.s.Handle, in, sallyport.ErrInvalidSession)
	s.wantSession("after five guesses", next, false)
}

// eventsOf counts the events of a kind.
func eventsOf(k *sallyporttest.Kit, kind sallyport.EventKind) (n int) {
	for _, ev := range k.Events() {
		if ev.Kind == kind {
			n++
		}
	}
	return n
}

// TestStepUpForeign: a request of a step-up is unknown to every other session, of the same
// account or another, to a former handle, to logins and to changes of the account; and what
// these have is unknown to a step-up.
func TestStepUpForeign(t *testing.T) {
	s := newStepping(t, everything)
	other := s.signIn()
	eve := s.AddUser(t, sallyporttest.User{Name: "eve", Email: newMail, EmailValidated: true, MFA: new(false)})
	eves := hostLogin(t, s.Kit, sallyport.Login{Username: "eve", Password: eve.Password}).Session
	r := s.open(sallyport.Need{})
	in := s.mailed(r)
	for name, handle := range map[string]string{"another session of the account": other.Handle, "a session of another account": eves.Handle} {
		wantRefused(t, name, s, handle, in, sallyport.ErrUnknownRequest)
		wantRefused(t, name+", choosing", s, handle, to(r, byLink, ""), sallyport.ErrUnknownRequest)
	}
	for name, handle := range map[string]string{"no handle": "", "nonsense": "x", "a handle that is cut off": s.s.Handle[1:]} {
		wantRefused(t, name, s, handle, in, sallyport.ErrInvalidSession)
	}
	for name, id := range map[string]string{"no UUID": "x", "nobody's": "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11"} {
		wantRefused(t, name, s, s.s.Handle, sallyport.StepUpAnswer{RequestID: id, OptionID: in.OptionID, Code: in.Code}, sallyport.ErrUnknownRequest)
	}
	wantRefused(t, "an option that is none of its", s, s.s.Handle, sallyport.StepUpAnswer{RequestID: in.RequestID, OptionID: in.RequestID, Code: in.Code}, sallyport.ErrUnknownRequest)
	for name, login := range map[string]sallyport.Login{
		"its code": {RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code}, "its option": {RequestID: in.RequestID, OptionID: in.OptionID},
		"its request": {RequestID: in.RequestID}, "its request, with the password": {RequestID: in.RequestID, Username: "ada", Password: s.p.Password},
		"and a resume secret": {RequestID: in.RequestID, ResumeSecret: "x"},
	} {
		wantOutcome(t, "a login with "+name, hostLogin(t, s.Kit, login), sallyport.Denied, sallyport.ReasonOver)
	}
	change := sallyport.FactorChange{Session: s.s.Handle, RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code}
	for name, by := range map[string]func(*sallyport.Engine, *testing.T, sallyport.FactorChange) (*sallyport.Confirmation, error){"AddFactor": adds, "RemoveFactor": removes, "RenewRecoveryCodes": renews} {
		wantConfirmation(t, name, s.call(by, change), sallyport.Denied, sallyport.ReasonOver)
	}
	if e, err := s.Engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: in.RequestID}); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("an enrolment: got %v, %v", e, err)
	}
	removal := s.first(renews, "")
	wantRefused(t, "the request of a change", s, s.s.Handle, sallyport.StepUpAnswer{RequestID: removal.RequestID, OptionID: removal.Options[0].ID}, sallyport.ErrUnknownRequest)
	login := hostLogin(t, s.Kit, sallyport.Login{Username: "ada", Password: s.p.Password})
	wantRefused(t, "the request of a login", s, s.s.Handle, to(login, byEmail, ""), sallyport.ErrUnknownRequest)
	s.wantSession("the other session", other, true)
	wantOutcome(t, "its own session", s.say(in), sallyport.Granted, "")
}

// TestStepUpFormerHandle: a handle that was exchanged neither opens a step-up nor goes on
// with one, though it is good otherwise.
func TestStepUpFormerHandle(t *testing.T) {
	s := newStepping(t, everything)
	if c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: s.s.Handle, Password: s.p.Password, NewPassword: fresh}); err != nil || c.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", c, err)
	}
	in, old := s.mailed(s.open(sallyport.Need{})), s.s.Handle
	next := renewed(t, s.Kit, old)
	wantRefused(t, "going on", s, old, in, sallyport.ErrUnknownRequest)
	if r, err := s.Engine.StepUp(t.Context(), old, sallyport.Need{}); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("opening: got %v, %v", r, err)
	}
	if a := s.access(old); !a.RenewDue {
		t.Error("the exchange before was none of a step-up, and its answer is not given again")
	}
	s.s = &sallyport.Session{Handle: next}
	r := s.say(in)
	wantOutcome(t, "the present one", r, sallyport.Granted, "")
	again := renewed(t, s.Kit, r.Session.Handle) // exchanged once more: the last step-up stands for both
	if a, b := s.access(r.Session.Handle), s.access(again); !a.AuthTime.Equal(b.AuthTime) || !slices.Equal(a.Methods, b.Methods) {
		t.Errorf("before %+v, after %+v", a, b)
	}
}

// TestStepUpTwo: a second step-up of a session ends the first; another session's stays.
func TestStepUpTwo(t *testing.T) {
	s := newStepping(t, everything)
	mine := s.s
	other := &stepping{&factoring{moving: s.moving, s: s.signIn()}}
	theirs := other.mailed(other.open(sallyport.Need{}))
	s.Clock.Advance(time.Minute) // of the code's life, and past what is sent again
	first := s.open(sallyport.Need{})
	wantOutcome(t, "a link of the first", s.say(to(first, byLink, "")), sallyport.Waiting, "")
	link := linkToken(s.Outbox.LastLink(mail))
	second := s.open(sallyport.Need{})
	wantRefused(t, "the first", s, mine.Handle, to(first, byApp, s.p.Authenticator.Fresh()), sallyport.ErrUnknownRequest)
	if v, err := s.Engine.ViewLink(t.Context(), link); err != nil || v.Outcome != sallyport.LinkOver {
		t.Errorf("the link of the first: got %+v, %v", v, err)
	}
	wantOutcome(t, "the second", s.say(to(second, byApp, s.p.Authenticator.Fresh())), sallyport.Granted, "")
	theirs.Code = ""
	wantOutcome(t, "another session's", other.say(other.mailed(&sallyport.Result{RequestID: theirs.RequestID, Options: []sallyport.Option{{ID: theirs.OptionID, Transport: byEmail.Transport, Mode: byEmail.Mode}}})), sallyport.Granted, "")
	if n := openOf(s); n != 20 {
		t.Errorf("%d requests may be opened, want all", n)
	}
}

// openOf is how many requests the account may have open besides those that it has.
func openOf(s *stepping) int {
	return leftOf(s.t, s.Kit, sallyport.BudgetsOf{Account: s.p.ID})["open-requests"]
}

// TestStepUpLives: neither life of a session grows by a step-up: unused it ends when it would
// have, and at its absolute end in any case.
func TestStepUpLives(t *testing.T) {
	s := newStepping(t, sallyporttest.User{TOTP: true})
	expires := s.access(s.s.Handle).Expires // and its use is written
	s.Clock.Advance(token.HandleIdle - time.Minute)
	next := s.stepUp()
	if !next.Expires.Equal(expires) {
		t.Errorf("ends %v, want %v", next.Expires, expires)
	}
	s.Clock.Advance(time.Minute)
	s.wantSession("unused for as long as before", next, false)

	s = newStepping(t, sallyporttest.User{TOTP: true})
	expires = s.access(s.s.Handle).Expires
	for s.Clock.Now().Add(50 * time.Minute).Before(expires) {
		s.Clock.Advance(50 * time.Minute)
		s.s = s.stepUp()
		s.wantSession("used", s.s, true)
	}
	s.Clock.Set(expires.Add(-time.Nanosecond))
	s.wantSession("in its last moment", s.s, true)
	s.Clock.Set(expires)
	s.wantSession("at its end", s.s, false)
}

// TestStepUpGone: a right answer whose caller has gone grants nothing and is not spent; a
// wrong one is charged all the same, to the session too.
func TestStepUpGone(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	s := newStepping(t, everything, sallyporttest.WithStore(f))
	leave := func(in sallyport.StepUpAnswer) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		f.Reset()
		f.At(storetest.Load, 1, storetest.CancelAfter(cancel))
		if r, err := s.Engine.AnswerStepUp(ctx, s.s.Handle, in); !errors.Is(err, context.Canceled) || r != nil {
			t.Errorf("got %v, %v", r, err)
		}
	}
	in := s.mailed(s.open(sallyport.Need{}))
	leave(in)
	if n := eventsOf(s.Kit, sallyport.EventSteppedUp); n != 0 || eventsOf(s.Kit, sallyport.EventLapsed) != 1 {
		t.Errorf("%d were granted", n)
	}
	for i := range 4 {
		wrong := in
		wrong.Code = fmt.Sprint("wrong ", i)
		leave(wrong)
	}
	wantOutcome(t, "whoever waits", s.say(in), sallyport.Granted, "")
	if l := leftOf(t, s.Kit, sallyport.BudgetsOf{Account: s.p.ID}); l["guesses-hour behind a right password"] != 6 {
		t.Errorf("%d guesses are left, want six", l["guesses-hour behind a right password"])
	}

	f = storetest.NewFaulty(memstore.New())
	s = newStepping(t, everything, sallyporttest.WithStore(f))
	in = s.mailed(s.open(sallyport.Need{}))
	for i := range 5 {
		wrong := in
		wrong.Code = fmt.Sprint("wrong ", i)
		leave(wrong)
	}
	f.Reset()
	s.wantSession("after five whose callers had gone", s.s, false)
}

// TestStepUpOpenedAtOnce: of step-ups that a session opens at once one is open afterwards, and
// it is good.
func TestStepUpOpenedAtOnce(t *testing.T) {
	s := newStepping(t, everything)
	opened := make(chan *sallyport.Result, 16)
	for range cap(opened) {
		go func() {
			r, err := s.Engine.StepUp(t.Context(), s.s.Handle, sallyport.Need{})
			if err != nil {
				t.Error(err)
			}
			opened <- r
		}()
	}
	code, good := s.p.Authenticator.Fresh(), 0
	var all []*sallyport.Result
	for range cap(opened) {
		all = append(all, <-opened)
	}
	if n := openOf(s); n != 19 {
		t.Errorf("%d more may be opened, want all but one", n)
	}
	for _, r := range all {
		switch got, err := s.Engine.AnswerStepUp(t.Context(), s.s.Handle, to(r, byApp, code)); {
		case err == nil && got.Session != nil:
			good++
		case !errors.Is(err, sallyport.ErrUnknownRequest):
			t.Errorf("got %v, %v", got, err)
		}
	}
	if good != 1 {
		t.Errorf("%d were good", good)
	}
}
