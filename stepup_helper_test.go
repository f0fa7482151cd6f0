package sallyport_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// everything is an account with each kind of second factor.
var everything = sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true, TOTP: true}

var (
	byEmail = mfa.Method{Transport: mfa.Email, Mode: mfa.OTP}
	byLink  = mfa.Method{Transport: mfa.Email, Mode: mfa.Link}
	byApp   = mfa.Method{Transport: mfa.Authenticator, Mode: mfa.OTP}
)

// stepping is ada in a session of the host's own, ten minutes after the login.
type stepping struct{ *factoring }

func newStepping(t *testing.T, u sallyporttest.User, opts ...sallyporttest.Option) *stepping {
	t.Helper()
	f := newFactoring(t, u, opts...)
	f.Clock.Advance(10 * time.Minute)
	return &stepping{f}
}

// open begins a step-up in the session.
func (s *stepping) open(need sallyport.Need) *sallyport.Result {
	s.t.Helper()
	r, err := s.Engine.StepUp(s.t.Context(), s.s.Handle, need)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// way is the option of a result by a method; its id is empty where there is none.
func way(r *sallyport.Result, m mfa.Method) (o sallyport.Option) {
	if i := slices.IndexFunc(r.Options, func(o sallyport.Option) bool { return o.Transport == m.Transport && o.Mode == m.Mode }); i >= 0 {
		o = r.Options[i]
	}
	return o
}

// to is an answer to a request by a method.
func to(r *sallyport.Result, m mfa.Method, code string) sallyport.StepUpAnswer {
	return sallyport.StepUpAnswer{RequestID: r.RequestID, OptionID: way(r, m).ID, Code: code}
}

// say goes on with a step-up.
func (s *stepping) say(in sallyport.StepUpAnswer) *sallyport.Result {
	s.t.Helper()
	r, err := s.Engine.AnswerStepUp(s.t.Context(), s.s.Handle, in)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// mailed chooses the code by e-mail, and returns the answer with it.
func (s *stepping) mailed(r *sallyport.Result) sallyport.StepUpAnswer {
	s.t.Helper()
	in := to(r, byEmail, "")
	wantOutcome(s.t, "choosing the code", s.say(in), sallyport.Waiting, "")
	in.Code = s.Outbox.LastCode(s.p.Email)
	return in
}

// stepUp proves the authenticator anew, and goes on by the new handle.
func (s *stepping) stepUp() *sallyport.Session {
	s.t.Helper()
	r := s.say(to(s.open(sallyport.Need{}), byApp, s.p.Authenticator.Fresh()))
	wantOutcome(s.t, "a right code", r, sallyport.Granted, "")
	return r.Session
}

// approve approves the last link that came by mail, with that number.
func (s *stepping) approve(number string) (sallyport.LinkOutcome, error) {
	s.t.Helper()
	token := linkToken(s.Outbox.LastLink(s.p.Email))
	v, err := s.Engine.ViewLink(s.t.Context(), token)
	if err != nil {
		return "", err
	}
	return s.Engine.DecideLink(s.t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true, Number: number})
}

// wantRefused wants both calls of a step-up to end with an error.
func wantRefused(t *testing.T, what string, s *stepping, handle string, in sallyport.StepUpAnswer, want error) {
	t.Helper()
	if r, err := s.Engine.AnswerStepUp(t.Context(), handle, in); !errors.Is(err, want) || r != nil {
		t.Errorf("%s: got %v, %v, want %v", what, r, err, want)
	}
}

// access is what a handle stands for.
func (s *stepping) access(handle string) *sallyport.Access {
	s.t.Helper()
	return looked(s.t, s.Kit, handle)
}

// lastEvent is the one that the trail ends with.
func lastEvent(k *sallyporttest.Kit) sallyport.Event {
	list := k.Events()
	return list[len(list)-1]
}
