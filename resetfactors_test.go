package sallyport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestResetFactors: all factors are gone and the sessions with them; the next login
// enrolls anew, an address on record first, which is told of it all.
func TestResetFactors(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess()
	p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	before := c.Answer(c.Choose(a, "MicrosoftAuthenticator", "OTP"), p.Authenticator.Fresh()).Want(t, sallyport.Success).Tokens
	open := c.Login(p.Name, p.Password).Want(t, wanted)
	if err := setup(k).ResetFactors(t.Context(), strings.ToUpper(p.ID)); err != nil {
		t.Fatal(err)
	}
	if m := k.Outbox.Await(mail, "notice"); !strings.HasPrefix(m.Subject, "Your sign-in factors were removed") {
		t.Errorf("got %+v, want the owner told", m)
	}
	if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventFactorsReset || ev.Account != p.ID || ev.Actor != "setup" {
		t.Errorf("got event %+v", ev)
	}
	if u, err := setup(k).User(t.Context(), p.ID); err != nil || u.Authenticator || u.EmailFactor || u.Email != mail {
		t.Errorf("got %+v, %v, want the address on record and no factor", u, err)
	}
	if _, err := k.Engine.Verify(t.Context(), before.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("the session from before: got %v, want it ended", err)
	}
	c.AnswerWith(open, "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, dead)
	const enroll = sallyport.Failure | sallyport.MFAEnrollmentRequired | sallyport.UserAccountMissingMobilePhone
	again := c.Login(p.Name, p.Password).Want(t, enroll)
	_, e := c.EnrollAuthenticator(again.RequestID)
	e.Want(t, false) // who has the password alone gets nothing active
	c.Resume(again.RequestID, p.Name, p.Password).Want(t, enroll)
	if _, err := k.Engine.SendVerification(t.Context(), pending(again), mfa.Email, mail); err != nil {
		t.Fatal(err)
	}
	res, err := k.Engine.ConfirmVerification(t.Context(), pending(again), mfa.Email, k.Outbox.LastCode(mail))
	if err != nil || !res.Active {
		t.Fatalf("got %+v, %v, want the address proven and both active", res, err)
	}
	c.Resume(again.RequestID, p.Name, p.Password).Want(t, sallyport.Success)
	c.Login(p.Name, p.Password).Want(t, wanted)
}

// TestResetFactorsOnce: after a reset the password alone enrolls once. A factor that was
// added so and taken away by its link leaves an account that nobody enrolls into until
// the next reset; a link from before a reset takes nothing of that.
func TestResetFactorsOnce(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess()
	p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	reset := func() {
		t.Helper()
		if err := setup(k).ResetFactors(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	login := func(want mfa.Obstacle) sallyporttest.Answer {
		t.Helper()
		r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
		if err != nil || r.Obstacle != want || (r.Enrollment != nil) != (want == "") {
			t.Fatalf("got %v, %v, enrollment %v, want the obstacle %q", r, err, r.Enrollment, want)
		}
		return c.Login(p.Name, p.Password)
	}
	reset()
	first := login("")
	second := login("") // another request that waits
	_, e := c.EnrollAuthenticator(first.RequestID)
	e.Want(t, true)
	if _, err := k.Engine.BeginTOTP(t.Context(), pending(second)); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("another request from before: got %v, want it ended", err)
	}
	c.Resume(first.RequestID, p.Name, p.Password).Want(t, sallyport.Success)
	c.Login(p.Name, p.Password).Want(t, wanted)
	third := c.Login(p.Name, p.Password)
	_, e = c.EnrollAuthenticator(third.RequestID)
	e.Want(t, false) // it has one now
}

// TestResetFactorsUndone: as above, by the owner's link.
func TestResetFactorsUndone(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMS = nil }))
	c := k.InProcess()
	p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
	enroll := func(a sallyporttest.Answer) string {
		t.Helper()
		_, e := c.EnrollAuthenticator(a.RequestID)
		e.Want(t, false)
		if _, err := k.Engine.SendVerification(t.Context(), pending(a), mfa.Email, mail); err != nil {
			t.Fatal(err)
		}
		if res, err := k.Engine.ConfirmVerification(t.Context(), pending(a), mfa.Email, k.Outbox.LastCode(mail)); err != nil || !res.Active {
			t.Fatalf("got %+v, %v", res, err)
		}
		for {
			if m := k.Outbox.Await(mail, "notice"); m.Link != "" {
				return linkToken(m.Link)
			}
		}
	}
	undo := func(token string) {
		t.Helper()
		v, err := k.Engine.ViewLink(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true}); err != nil || out != sallyport.LinkUndone {
			t.Fatalf("got %v, %v", out, err)
		}
	}
	reset := func() {
		t.Helper()
		if err := setup(k).ResetFactors(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	reset()
	link := enroll(c.Login(p.Name, p.Password))
	undo(link)
	r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
	if err != nil || r.Obstacle != mfa.FactorLost || r.Enrollment != nil || r.Outcome != sallyport.Denied {
		t.Errorf("after the link: got %+v, %v, want nothing to be enrolled", r, err)
	}
	reset()
	_, e := c.EnrollAuthenticator(c.Login(p.Name, p.Password).RequestID)
	e.Want(t, true) // the link has taken the address too
}

// TestResetFactorsOfNone: an account that never had a factor wants none after it, and
// its sessions end all the same.
func TestResetFactorsOfNone(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	in := sallyport.Login{Username: "ada", Password: "correct horse battery"}
	s := hostLogin(t, k, in).Session
	if err := setup(k).ResetFactors(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Engine.Session(t.Context(), s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("got %v, want it ended", err)
	}
	wantOutcome(t, "the next login", hostLogin(t, k, in), sallyport.Granted, "")
	if err := setup(k).ResetFactors(t.Context(), "nobody"); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("of nobody: got %v", err)
	}
}

// TestResetFactorsBesideTheFile: the old file brings no factor back.
func TestResetFactorsBesideTheFile(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
	if err := setup(k).ResetFactors(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	kept(t, restarted(t, k), "user", "tom", "emailValidated", "totp")
	if u, err := setup(k).User(t.Context(), p.ID); err != nil || u.Authenticator || u.EmailFactor {
		t.Errorf("got %+v, %v, want no factor", u, err)
	}
}
