package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
)

// linked opens a step-up and sends its link.
func (s *stepping) linked() (r *sallyport.Result, in sallyport.StepUpAnswer) {
	s.t.Helper()
	r = s.open(sallyport.Need{})
	in = to(r, byLink, "")
	got := s.say(in)
	if wantOutcome(s.t, "choosing a link", got, sallyport.Waiting, ""); !got.LinkSent {
		s.t.Error("the link is not said to be sent")
	}
	return r, in
}

// TestStepUpLinkNumber: a link of a step-up wants its number, whatever clients want; without
// one, or with another, nothing is proven, and a wrong one ends the request.
func TestStepUpLinkNumber(t *testing.T) {
	for _, number := range []string{"", "x", "right"} {
		s := newStepping(t, everything)
		r, in := s.linked()
		if number == "right" {
			out, err := s.approve(way(r, byLink).MatchNumber)
			if out != sallyport.LinkApproved || err != nil {
				t.Errorf("got %q, %v", out, err)
			}
			wantOutcome(t, "approved", s.say(in), sallyport.Granted, "")
			continue
		}
		if out, err := s.approve(number); out != sallyport.LinkWrongNumber || err != nil {
			t.Errorf("%q: got %q, %v", number, out, err)
		}
		for range 2 {
			wantOutcome(t, "with the wrong number", s.say(in), sallyport.Denied, sallyport.ReasonDisowned)
		}
		wantOutcome(t, "an app, in the same request", s.say(to(r, byApp, s.p.Authenticator.Fresh())), sallyport.Denied, sallyport.ReasonDisowned)
		s.wantSession("after a wrong number", s.s, true)
	}
}

// TestStepUpLinkDisowned: whoever says "this wasn't me" ends the request, and the session that
// asked, and no other.
func TestStepUpLinkDisowned(t *testing.T) {
	s := newStepping(t, everything)
	other := s.signIn()
	_, in := s.linked()
	token := linkToken(s.Outbox.LastLink(mail))
	v, err := s.Engine.ViewLink(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := s.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce}); out != sallyport.LinkDenied || err != nil {
		t.Fatalf("got %q, %v", out, err)
	}
	wantRefused(t, "disowned", s, s.s.Handle, in, sallyport.ErrInvalidSession)
	s.wantSession("which asked", s.s, false)
	s.wantSession("another", other, true)
	if n := eventsOf(s.Kit, sallyport.EventSessionEnded); n != 1 {
		t.Errorf("got %d events of an ended session", n)
	}
	if v, err := s.Engine.ViewLink(t.Context(), token); err != nil || v.Outcome != sallyport.LinkDenied || !v.StepUp {
		t.Errorf("the page: got %+v, %v", v, err)
	}

	s = newStepping(t, everything)
	c := s.InProcess()
	h := c.WaitLink(c.Login("ada", s.p.Password), "Email")
	c.Deny(h.Link)
	h.Answer()
	s.wantSession("after a login was disowned", s.s, true)
}

// TestStepUpLinkUnanswered: a link that nobody answers is over, and another is sent later; two
// in a row withhold links where there is another way.
func TestStepUpLinkUnanswered(t *testing.T) {
	s := newStepping(t, everything)
	r, in := s.linked()
	s.Clock.Advance(90 * time.Second)
	wantOutcome(t, "in time", s.say(in), sallyport.FactorWanted, sallyport.ReasonLinkUnanswered)
	s.Clock.Advance(30 * time.Second)
	wantOutcome(t, "another", s.say(in), sallyport.Waiting, "")
	s.Clock.Advance(90 * time.Second)
	wantOutcome(t, "neither", s.say(in), sallyport.FactorWanted, sallyport.ReasonLinkUnanswered)
	s.Clock.Advance(30 * time.Second)
	wantOutcome(t, "withheld", s.say(in), sallyport.FactorWanted, sallyport.ReasonNotSent)
	if way(s.open(sallyport.Need{}), byLink).ID != "" {
		t.Error("a link is offered while they are withheld")
	}
	wantRefused(t, "the first, once another was opened", s, s.s.Handle, to(r, byApp, "000000"), sallyport.ErrUnknownRequest)
	if way(s.open(sallyport.Need{Methods: []mfa.Method{byLink}}), byLink).ID == "" {
		t.Error("no link is offered where nothing else meets the need")
	}
}

// TestStepUpBesideLogin: a step-up and a login of the account wait for their links side by
// side: neither ends the other's, and each number is its own.
func TestStepUpBesideLogin(t *testing.T) {
	s := newStepping(t, everything)
	const address = "192.0.2.7"
	login := hostLogin(t, s.Kit, sallyport.Login{Username: "ada", Password: s.p.Password, Address: address})
	in := sallyport.Login{RequestID: login.RequestID, OptionID: way(login, byLink).ID, Address: address}
	wantOutcome(t, "the login's link", hostLogin(t, s.Kit, in), sallyport.Waiting, "")
	r := s.open(sallyport.Need{Address: address})
	answer := to(r, byLink, "")
	answer.Address = address
	wantOutcome(t, "the step-up's link", s.say(answer), sallyport.Waiting, "")
	if out, err := s.approve(way(r, byLink).MatchNumber); out != sallyport.LinkApproved || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
	wantOutcome(t, "the login meanwhile", hostLogin(t, s.Kit, in), sallyport.Waiting, "")
	wantOutcome(t, "the step-up", s.say(answer), sallyport.Granted, "")
}

// stepUpCall is what came of a call that was held.
type stepUpCall struct {
	r   *sallyport.Result
	err error
}

// held calls WaitStepUp beside the test.
func (s *stepping) held(in sallyport.StepUpAnswer) <-chan stepUpCall {
	done := make(chan stepUpCall, 1)
	go func() {
		r, err := s.Engine.WaitStepUp(context.Background(), s.s.Handle, in)
		done <- stepUpCall{r, err}
	}()
	return done
}

// TestStepUpWait: a call is held until the link is answered, or the session ends; a second one
// at once is answered, and one without a link too.
func TestStepUpWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStepping(t, everything)
		r, in := s.linked()
		first := s.held(in)
		synctest.Wait()
		select {
		case got := <-first:
			t.Fatalf("got %v, %v, want the call held", got.r, got.err)
		default:
		}
		second := <-s.held(in)
		wantOutcome(t, "a second call", second.r, sallyport.Waiting, "")
		if out, err := s.approve(way(r, byLink).MatchNumber); out != sallyport.LinkApproved || err != nil {
			t.Fatalf("got %q, %v", out, err)
		}
		got := <-first
		wantOutcome(t, "approved", got.r, sallyport.Granted, "")
		s.s = got.r.Session
		s.Clock.Advance(time.Minute)
		r, in = s.linked()
		app := <-s.held(to(r, byApp, ""))
		wantOutcome(t, "an app", app.r, sallyport.Waiting, "")
		again := s.held(in)
		synctest.Wait()
		if err := s.Engine.SignOut(t.Context(), s.s.Handle); err != nil {
			t.Fatal(err)
		}
		if got := <-again; !errors.Is(got.err, sallyport.ErrInvalidSession) || got.r != nil {
			t.Errorf("signed out meanwhile: got %v, %v", got.r, got.err)
		}
		if got := <-s.held(in); !errors.Is(got.err, sallyport.ErrInvalidSession) {
			t.Errorf("signed out: got %v, %v", got.r, got.err)
		}
	})
}

// TestStepUpWaitOfTheDead: a call whose session has ended after its link was sent, and before
// it is held, is answered so at once, as [TestHeldCallOfTheDead] has it of accounts.
func TestStepUpWaitOfTheDead(t *testing.T) {
	for name, end := range map[string]func(s *stepping) error{
		"its own": func(s *stepping) error { return s.Engine.SignOut(t.Context(), s.s.Handle) },
		"everyone": func(s *stepping) error {
			return s.Engine.Admin(sallyport.Actor{Name: "op"}).EndAllSessions(t.Context())
		},
	} {
		for _, whileSent := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, while the link is sent %v", name, whileSent), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { waitOfTheDead(t, end, whileSent) })
			})
		}
	}
}

// waitOfTheDead ends the session of a step-up while its link is sent, or while the call is
// held, and wants the call to be answered.
func waitOfTheDead(t *testing.T, end func(*stepping) error, whileSent bool) {
	sender := &meanwhile{}
	s := newStepping(t, everything, sender.before())
	in := to(s.open(sallyport.Need{}), byLink, "")
	if whileSent {
		sender.do = func() error { return end(s) }
	}
	call := s.held(in)
	synctest.Wait()
	limit := time.Duration(1) // at once
	if !whileSent {
		if err := end(s); err != nil {
			t.Fatal(err)
		}
		limit = time.Minute // of the bubble: the poller has looked by then
	}
	select {
	case <-time.After(limit):
		t.Error("the call is held")
		s.Clock.Advance(90 * time.Second)
		<-call
	case got := <-call:
		if !errors.Is(got.err, sallyport.ErrInvalidSession) || got.r != nil {
			t.Errorf("got %v, %v", got.r, got.err)
		}
	}
}
