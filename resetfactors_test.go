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

// TestResetFactors: all factors are gone and the sessions with them; by an invitation the
// owner enrolls anew, an address on record first, which is told of it all.
func TestResetFactors(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess()
	p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	before := c.Answer(c.Choose(a, "MicrosoftAuthenticator", "OTP"), p.Authenticator.Fresh()).Want(t, sallyport.Success).Tokens
	open := c.Login(p.Name, p.Password).Want(t, wanted)
	i, err := setup(k).ResetFactors(t.Context(), strings.ToUpper(p.ID), sallyport.InviteReturned)
	if err != nil {
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
	wantUninvited(t, "the password alone", c.Login(p.Name, p.Password))
	again := c.Call(login(sallyport.Login{Username: p.Name, Password: p.Password, Invitation: i.Key})).Want(t, enroll)
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

// TestResetFactorsOnce: each time that an account is without a factor the next one takes
// an invitation: after a reset, and after the owner's link has removed a new one.
func TestResetFactorsOnce(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMS = nil }))
	c := k.InProcess()
	p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
	uninvited := func(what string) {
		t.Helper()
		r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
		if err != nil || r.Obstacle != mfa.FactorLost || r.Enrollment != nil || r.Reason != sallyport.ReasonInvitationWanted || r.Status != enrolFirst {
			t.Errorf("%s: got %+v, %v, want an invitation wanted", what, r, err)
		}
	}
	resetFactors(t, k, p.ID)
	uninvited("after a reset")
	a := c.Call(login(sallyport.Login{Username: p.Name, Password: p.Password, Invitation: invite(t, k, p.ID)}))
	_, e := c.EnrollAuthenticator(a.RequestID)
	e.Want(t, false)
	c.SendVerification(a.RequestID, "Email", mail).Want(t, false)
	c.ConfirmVerification(a.RequestID, "Email", k.Outbox.LastCode(mail)).Want(t, true)
	var token string
	for token == "" {
		if m := k.Outbox.Await(mail, "notice"); m.Link != "" {
			token = linkToken(m.Link)
		}
	}
	v, err := k.Engine.ViewLink(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true}); err != nil || out != sallyport.LinkUndone {
		t.Fatalf("got %v, %v", out, err)
	}
	uninvited("after the link")
	resetFactors(t, k, p.ID)
	uninvited("after another reset")
	_, e = c.EnrollAuthenticator(c.Call(login(sallyport.Login{Username: p.Name, Password: p.Password, Invitation: invite(t, k, p.ID)})).RequestID)
	e.Want(t, true) // the link has taken the address too
}

// TestResetFactorsOfNone: an account that never had a factor wants none after it, and
// its sessions end all the same.
func TestResetFactorsOfNone(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	in := sallyport.Login{Username: "ada", Password: "correct horse battery"}
	s := hostLogin(t, k, in).Session
	resetFactors(t, k, u.ID)
	if _, err := k.Engine.Session(t.Context(), s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("got %v, want it ended", err)
	}
	wantOutcome(t, "the next login", hostLogin(t, k, in), sallyport.Granted, "")
	if _, err := setup(k).ResetFactors(t.Context(), "nobody", sallyport.NoInvitation); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("of nobody: got %v", err)
	}
}

// TestResetFactorsBesideTheFile: the old file brings no factor back.
func TestResetFactorsBesideTheFile(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
	resetFactors(t, k, p.ID)
	kept(t, restarted(t, k), "user", "tom", "emailValidated", "totp")
	if u, err := setup(k).User(t.Context(), p.ID); err != nil || u.Authenticator || u.EmailFactor {
		t.Errorf("got %+v, %v, want no factor", u, err)
	}
}
