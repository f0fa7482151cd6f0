package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestP8StepUpFaults breaks every call on the store while a session is stepped up by a mailed
// code, and by a link.
func TestP8StepUpFaults(t *testing.T) {
	beside(t)
	for name, link := range map[string]bool{"step-up by a code": false, "step-up by a link": true} {
		for _, bad := range faults() {
			t.Run(name+" "+bad.name, func(t *testing.T) {
				n := 1
				for hit := true; hit; n++ {
					synctest.Test(t, func(t *testing.T) { hit = steppingOverFault(t, link, bad, n) })
				}
				proof.Note(t, "faults", name, bad.name, n-2)
			})
		}
	}
}

// steppingOverFault: whatever broke, the session has the new proof whole, under the new handle
// alone, or not at all; who was told of it has it, and whoever lost the answer gets it by the
// same call or, where nothing was granted, by another one.
func steppingOverFault(t *testing.T, link bool, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	user := sallyporttest.User{Email: mail, EmailValidated: true, MFA: new(false)}
	s := &stepping{newFactoring(t, user, sallyporttest.WithStore(f))}
	before := s.access(s.s.Handle)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, s.Clock}))
	r, in, err := s.walk(ctx, link)
	hit = f.Calls(bad.op) >= n
	f.Reset()
	synctest.Wait()
	told := err == nil && r.Session != nil
	if !told && (!hit || bad.harmless) || told && hit && bad.denies {
		t.Errorf("fault %d: got %v, %v", n, r, err)
	}
	if a, err := s.Engine.Session(t.Context(), s.s.Handle); err != nil || len(a.Methods) != 1 || !a.AuthTime.Equal(before.AuthTime) {
		t.Errorf("fault %d: the handle of before stands for %+v, %v", n, a, err)
	}
	landed := eventsOf(s.Kit, sallyport.EventSteppedUp)
	if told && landed != 1 {
		t.Errorf("fault %d: told, and %d events", n, landed)
	}
	again, err := s.Engine.AnswerStepUp(t.Context(), s.s.Handle, in)
	for err != nil || again.Session == nil {
		if in.OptionID != "" && hit && told {
			t.Errorf("fault %d: a lost answer is not given again: %v, %v", n, again, err)
		}
		s.Clock.Advance(resendAfter)
		if again, _, err = s.walk(t.Context(), link); err != nil || again.Session == nil {
			t.Fatalf("fault %d, on a sound store: got %v, %v", n, again, err)
		}
	}
	if told && again.Session.Handle != r.Session.Handle {
		t.Errorf("fault %d: two handles of one step-up", n)
	}
	if a := s.access(again.Session.Handle); len(a.Methods) != 2 {
		t.Errorf("fault %d: got %+v", n, a)
	}
	return hit
}

// resendAfter is past the life of a code and of a link, and when another is sent.
const resendAfter = 2 * 60 * 1e9

// walk steps up; it ends at the first call that has an error, or another answer than on a
// sound store.
func (s *stepping) walk(ctx context.Context, link bool) (r *sallyport.Result, in sallyport.StepUpAnswer, err error) {
	open, err := s.Engine.StepUp(ctx, s.s.Handle, sallyport.Need{})
	if err != nil {
		return nil, in, err
	}
	by := byEmail
	if link {
		by = byLink
	}
	in = to(open, by, "")
	if r, err = s.Engine.AnswerStepUp(ctx, s.s.Handle, in); err != nil || r.Outcome != sallyport.Waiting {
		return r, in, err
	}
	if !link {
		in.Code = s.Outbox.LastCode(mail)
	} else {
		token := linkToken(s.Outbox.LastLink(mail))
		v, err := s.Engine.ViewLink(ctx, token)
		if err != nil {
			return nil, in, err
		}
		if _, err := s.Engine.DecideLink(ctx, token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true, Number: way(open, by).MatchNumber}); err != nil {
			return nil, in, err
		}
	}
	r, err = s.Engine.AnswerStepUp(ctx, s.s.Handle, in)
	return r, in, err
}

// TestP8StepUpCounts: however the store breaks, no wrong code of a step-up goes uncounted: the
// session ends by the fifth at the latest that was answered.
func TestP8StepUpCounts(t *testing.T) {
	beside(t)
	for _, bad := range faults() {
		t.Run(bad.name, func(t *testing.T) {
			for n, hit := 1, true; hit; n++ {
				synctest.Test(t, func(t *testing.T) { hit = guessingOverFault(t, bad, n) })
			}
		})
	}
}

func guessingOverFault(t *testing.T, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	s := &stepping{newFactoring(t, sallyporttest.User{TOTP: true, MFA: new(false)}, sallyporttest.WithStore(f))}
	r := s.open(sallyport.Need{})
	f.Reset()
	heard, lost := 0, 0
	for i := range 7 {
		ctx, cancel := context.WithCancel(t.Context())
		if f.Calls(bad.op) < n {
			f.At(bad.op, n, bad.make(broken{ctx, cancel, s.Clock}))
		}
		got, err := s.Engine.AnswerStepUp(ctx, s.s.Handle, to(r, byApp, fmt.Sprint("guess ", i)))
		cancel()
		switch {
		case errors.Is(err, sallyport.ErrInvalidSession):
		case err != nil:
			lost++
		case got.Reason == sallyport.ReasonWrongCode:
			heard++
		}
	}
	hit = f.Calls(bad.op) >= n
	f.Reset()
	if heard > 5 || heard < 5-lost || lost > 1 || bad.harmless && lost > 0 {
		t.Errorf("fault %d: %d were answered as wrong and %d got an error", n, heard, lost)
	}
	s.wantSession("after seven guesses", s.s, false)
	return hit
}

// TestP4StepUpGuesses: of wrong codes at once, five a session are answered as wrong; over
// sessions and logins together, ten an hour.
func TestP4StepUpGuesses(t *testing.T) {
	s := newStepping(t, sallyporttest.User{TOTP: true, MFA: new(false)})
	var handles []string
	var requests []*sallyport.Result
	for range 4 {
		s.s = s.signIn()
		handles, requests = append(handles, s.s.Handle), append(requests, s.open(sallyport.Need{}))
	}
	guess := func(session, i int) bool {
		r, err := s.Engine.AnswerStepUp(t.Context(), handles[session], to(requests[session], byApp, fmt.Sprintf("%06d", i)))
		if err != nil && !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Error(err)
		}
		return err == nil && r.Reason == sallyport.ReasonWrongCode
	}
	all := 0
	for session := range handles {
		var wg sync.WaitGroup
		wrong := make(chan bool, 64)
		for i := range cap(wrong) {
			wg.Go(func() { wrong <- guess(session, 64*session+i) })
		}
		wg.Wait()
		close(wrong)
		n := 0
		for w := range wrong {
			if w {
				n++
			}
		}
		if n > 5 {
			t.Errorf("session %d: %d were answered as wrong", session, n)
		}
		all += n
	}
	if all != 10 {
		t.Errorf("%d were answered as wrong in all, want ten", all)
	}
	wantOutcome(t, "in a session that is left", s.say(to(requests[3], byApp, s.p.Authenticator.Fresh())), sallyport.Denied, sallyport.ReasonGuessesUsedUp)
}
