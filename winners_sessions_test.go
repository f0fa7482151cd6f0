package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// sessionPrizes are those of [prizes] that have to do with sessions of the host's own, and
// with API keys.
var sessionPrizes = []prize{
	{"login of a browser, whose answer may be lost", raceLostLogin},
	{"session that is stepped up", raceStepUp},
	{"code that steps up one of several sessions", raceStepUps},
	{"session that is renewed", raceRenew},
	{"session that is ended while others renew it and step up", raceEnd},
	{"API key that is rotated", raceRotation},
}

// lostOne logs in, and answers the handle.
func lostOne(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
	r, err := e.Login(ctx, h.Logins[i%len(h.Logins)])
	switch {
	case err != nil:
		return "", err
	case r.Session == nil:
		return string(r.Reason), nil
	}
	return handleWord + r.Session.Handle, nil
}

// raceLostLogin has all callers complete one login of a browser, two of three of them from
// another: it is granted once, and each call of its own is given that one answer.
func raceLostLogin(t *testing.T, a arena, callers int) func(int) int {
	p := a.kit.AddUser(t, sallyporttest.User{Name: "ada", TOTP: true})
	b := &inBrowser{a.kit, t, p}
	return func(int) int {
		own := withBrowser(to3(b.first(), byApp, p.Authenticator.Fresh()))
		before := b.sessions()
		foreign, none := own, own
		foreign.Browser, none.Browser = otherBrowser, ""
		got := a.run(t, callers, heat{Call: "lost login", Logins: []sallyport.Login{own, foreign, none}})
		if list := got.errors(nil); list != nil {
			t.Errorf("got %q, want verdicts", list)
		}
		list := got.handles()
		if want := (callers + 2) / 3; len(list) == 1 && got[handleWord+list[0]] != want || got[string(sallyport.ReasonOver)] != callers-want {
			t.Errorf("got %v, want %d times one handle", got, want)
		}
		if n := b.sessions() - before; n != 1 {
			t.Errorf("got %d sessions, want 1", n)
		}
		return len(list)
	}
}

// to3 is call 3 of a login by a method.
func to3(r *sallyport.Result, m mfa.Method, code string) sallyport.Login {
	return sallyport.Login{RequestID: r.RequestID, OptionID: way(r, m).ID, Code: code}
}

// stepUpOne steps up, and answers the new handle.
func stepUpOne(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
	r, err := e.AnswerStepUp(ctx, h.Handles[i%len(h.Handles)], h.StepUps[i%len(h.StepUps)])
	switch {
	case err != nil:
		return "", err
	case r.Session == nil:
		return string(r.Reason), nil
	}
	return handleWord + r.Session.Handle, nil
}

// handleWord is what words begin with that are handles.
const handleWord = "handle "

func renewOne(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
	s, err := e.Renew(ctx, h.Handles[i%len(h.Handles)])
	if err != nil {
		return "", err
	}
	return handleWord + s.Handle, nil
}

// endBesideOthers signs out; every second caller renews, or steps up.
func endBesideOthers(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
	switch i % 4 {
	case 1:
		return renewOne(ctx, e, h, i)
	case 3:
		return stepUpOne(ctx, e, h, i)
	}
	return "signed out", e.SignOut(ctx, h.Handles[0])
}

func rotateOne(ctx context.Context, e *sallyport.Engine, h heat, _ int) (string, error) {
	k, err := e.Admin(sallyport.Actor{Name: "race"}).RotateKey(ctx, h.Account, h.KeyID, time.Hour)
	if err != nil {
		return "", err
	}
	return k.Text, nil
}

// handles are the different handles that a heat was answered with.
func (t tally) handles() (list []string) {
	for word := range t {
		if text, is := strings.CutPrefix(word, handleWord); is {
			list = append(list, text)
		}
	}
	return list
}

// newSteppingIn is somebody with so many sessions by the password alone, made anew in each
// round, and an open step-up in each.
func newSteppingIn(t *testing.T, a arena, n, sessions int) (*stepping, heat) {
	t.Helper()
	h := heat{Call: "step up"}
	var s *stepping
	for i := range sessions {
		if i == 0 {
			s = &stepping{newFactoringIn(t, a.kit, n, sallyporttest.User{TOTP: true, MFA: new(false)})}
		} else {
			s.s = s.signIn()
		}
		h.Handles, h.StepUps = append(h.Handles, s.s.Handle), append(h.StepUps, to(s.open(sallyport.Need{}), byApp, ""))
	}
	code := s.p.Authenticator.Fresh()
	for i := range h.StepUps {
		h.StepUps[i].Code = code
	}
	return s, h
}

// raceStepUp has all callers answer one step-up by one code: it is granted once, and each is
// given that one answer. The handle of before has nothing of it.
func raceStepUp(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		s, h := newSteppingIn(t, a, n, 1)
		got := a.run(t, callers, h)
		list := got.handles()
		if len(list) != 1 || got[handleWord+list[0]] != callers {
			t.Errorf("got %d handles of %d answers %v", len(list), callers, got.errors(nil))
			return len(list)
		}
		if before := s.access(h.Handles[0]); !slices.Equal(before.Methods, []string{"pwd"}) {
			t.Errorf("the handle of before has proven %q", before.Methods)
		}
		if a := s.access(list[0]); !slices.Equal(a.Methods, []string{"pwd", "otp"}) {
			t.Errorf("the new one has proven %q", a.Methods)
		}
		return len(list)
	}
}

// raceStepUps has all callers step up eight sessions of an account by one code.
func raceStepUps(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		_, h := newSteppingIn(t, a, n, 8)
		got := a.run(t, callers, h)
		for _, e := range got.errors(nil) {
			if !strings.HasSuffix(e, sallyport.ErrInvalidSession.Error()) { // five wrong ones end a session
				t.Errorf("got %q, want verdicts", e)
			}
		}
		return len(got.handles())
	}
}

// raceRenew has all callers exchange one handle: it has one successor.
func raceRenew(t *testing.T, a arena, callers int) func(int) int {
	handle := ""
	return func(n int) int {
		if n == 0 {
			handle = newFactoringIn(t, a.kit, n, sallyporttest.User{}).s.Handle
		}
		m, word := successors(t, a.run(t, callers, heat{Call: "renew", Handles: []string{handle}}))
		handle = strings.TrimPrefix(word, handleWord)
		looked(t, a.kit, handle)
		return m
	}
}

// raceEnd has half of the callers sign out, while the others renew the session and step up in
// it: nothing of it is alive afterwards, whatever they were given.
func raceEnd(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		_, h := newSteppingIn(t, a, n, 1)
		h.Call = "end beside others"
		got := a.run(t, callers, h)
		for _, e := range got.errors(nil) {
			if !strings.HasSuffix(e, sallyport.ErrInvalidSession.Error()) && !strings.HasSuffix(e, sallyport.ErrUnknownRequest.Error()) {
				t.Errorf("got %q, want verdicts", e)
			}
		}
		for _, handle := range append(got.handles(), h.Handles[0]) {
			if _, err := a.kit.Engine.Session(t.Context(), handle); !errors.Is(err, sallyport.ErrInvalidSession) {
				t.Errorf("a handle of the session that was ended: got %v", err)
				return 0
			}
		}
		if got["signed out"] == 0 {
			return 0
		}
		return 1
	}
}

// raceRotation has all callers rotate one API key: of all its secrets two are good, the last
// and the one before.
func raceRotation(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		p := a.kit.AddUser(t, sallyporttest.User{Name: fmt.Sprint("ada", n)})
		key, err := setup(a.kit).CreateKey(t.Context(), p.ID, sallyport.NewKey{Scopes: []string{"x"}})
		if err != nil {
			t.Fatal(err)
		}
		got := a.run(t, callers, heat{Call: "rotate", Account: p.ID, KeyID: key.ID})
		if list := got.errors(nil); list != nil {
			t.Errorf("got %q, want a key each", list)
		}
		good := 0
		for text := range got {
			switch _, err := a.kit.Engine.Key(t.Context(), sallyport.KeyCall{Key: text}); {
			case err == nil:
				good++
			case !errors.Is(err, sallyport.ErrInvalidKey):
				t.Error(err)
			}
		}
		if len(got) != callers || good != 2 {
			t.Errorf("of %d secrets %d are good, want the last two", len(got), good)
			return 0
		}
		return 1
	}
}
