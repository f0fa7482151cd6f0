package sallyport_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP3PasswordAlone has a thief with the password alone go through every
// route that enrols: the next login must offer what it did before.
func TestP3PasswordAlone(t *testing.T) {
	yes := true
	for _, owner := range []sallyporttest.User{
		{Name: "mail", Email: mail, EmailValidated: true, MFA: &yes},
		{Name: "phone", Mobile: phone, MobileValidated: true, MFA: &yes},
		{Name: "app", TOTP: true, MFA: &yes},
		{Name: "recorded", Email: mail, MFA: &yes}, // nothing confirmed, an address on record
	} {
		t.Run(owner.Name, func(t *testing.T) {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, owner)
			before := c.Login(p.Name, p.Password)
			a := c.Login(p.Name, p.Password)
			if app, e := c.EnrollAuthenticator(a.RequestID); app == nil || e.IsActive {
				t.Errorf("authenticator: got %v, want it staged", e)
			}
			const evil = "thief@example.com"
			if e := c.SendVerification(a.RequestID, "Email", evil); e.HTTP == http.StatusOK {
				c.ConfirmVerification(a.RequestID, "Email", k.Outbox.LastCode(evil)).Want(t, false)
			} else if owner.Name != "recorded" {
				t.Errorf("e-mail: got %v, want a code sent", e)
			}
			const number = "+4915112345678"
			if e := c.SendVerification(a.RequestID, "SMS", number); e.HTTP == http.StatusOK {
				c.ConfirmVerification(a.RequestID, "SMS", k.Outbox.LastCode(number)).Want(t, false)
			}
			if r := c.Resume(a.RequestID, p.Name, p.Password); r.Granted() {
				t.Errorf("got tokens for a password and a staged factor")
			}
			after := c.Login(p.Name, p.Password)
			if got, want := fmt.Sprint(after.Status, after.Offered()), fmt.Sprint(before.Status, before.Offered()); got != want {
				t.Errorf("after: %s, want as before: %s", got, want)
			}
		})
	}
}

// TestP3StagedNeedsTheOwner: the staged factor becomes active with the code
// that was sent after the staging and names what it adds, not with an older
// one, and it dies with its request.
func TestP3StagedNeedsTheOwner(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	old := k.Outbox.LastCode(mail)
	_, e := c.EnrollAuthenticator(a.RequestID)
	e.Want(t, false)
	c.Answer(a, old).Want(t, wrong)
	a = c.Choose(a, "Email", "OTP").Want(t, waiting) // a first send: not held to 30 s
	if m := k.Outbox.Last(mail); !strings.Contains(m.Text, "MicrosoftAuthenticator") {
		t.Errorf("the message does not say what it adds: %q", m.Text)
	}
	c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	if got := strings.Join(c.Login(p.Name, p.Password).Offered(), ","); !strings.Contains(got, "MicrosoftAuthenticator OTP") {
		t.Errorf("got options %q, want the authenticator among them", got)
	}

	k2 := sallyporttest.New(t)
	c, p = k2.InProcess(), k2.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a = c.Login(p.Name, p.Password)
	c.EnrollAuthenticator(a.RequestID)
	k2.Clock.Advance(11 * time.Minute)
	a = c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 2 {
		t.Errorf("got options %q, want the two of before: the staging died with its request", got)
	}
}

// TestP3LinkBox: a link adds what is staged only where the box was ticked.
func TestP3LinkBox(t *testing.T) {
	for _, tick := range []bool{false, true} {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(p.Name, p.Password)
		c.EnrollAuthenticator(a.RequestID)
		h := c.WaitLink(a, "Email")
		c.Decide(h.Link, sallyport.LinkDecision{Approve: true, Add: tick})
		h.Answer().Want(t, sallyport.Success)
		if got := len(c.Login(p.Name, p.Password).Offered()) == 3; got != tick {
			t.Errorf("box ticked %v: authenticator added %v", tick, got)
		}
	}
}

// TestP3Undo: the owner is told of a new factor and removes it by the link in
// the notice, once; every session ends. A second click changes nothing.
func TestP3Undo(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password)
	c.EnrollAuthenticator(a.RequestID)
	a = c.Choose(a, "Email", "OTP")
	done := c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	notice := k.Outbox.Await(mail, "notice")
	link := notice.Link
	if !strings.Contains(notice.Text, link) || !strings.Contains(notice.Text, "72 hours") {
		t.Errorf("%q lacks the link, or how long it is good", notice.Text)
	}
	if v, err := k.Engine.ViewLink(t.Context(), linkToken(link)); err != nil || !v.Undo {
		t.Fatalf("got %+v, %v, want an undo link", v, err)
	}
	if d := c.Approve(link); d.HTTP != http.StatusOK {
		t.Fatalf("got %d, want it undone", d.HTTP)
	}
	if d := c.Approve(link); d.HTTP != http.StatusOK {
		t.Errorf("the second time: got %d, want to be told that it is done", d.HTTP)
	}
	if _, err := k.Engine.Verify(t.Context(), done.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("the session lives on: %v", err)
	}
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 2 {
		t.Errorf("got options %q, want the mail's two", got)
	}
}

// TestP3UndoTakesAllBack: the link of a notice removes everything that was added
// with it, and nothing else.
func TestP3UndoTakesAllBack(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	c.SendVerification(a.RequestID, "SMS", phone)
	c.ConfirmVerification(a.RequestID, "SMS", k.Outbox.LastCode(phone)).Want(t, false)
	_, e := c.EnrollAuthenticator(a.RequestID)
	e.Want(t, false)
	c.Answer(c.Choose(a, "Email", "OTP"), k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 5 {
		t.Fatalf("got options %q, want all five", got)
	}
	if d := c.Approve(k.Outbox.Await(mail, "notice").Link); d.HTTP != http.StatusOK {
		t.Fatalf("got %d, want it undone", d.HTTP)
	}
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 2 {
		t.Errorf("got options %q, want the mail's two", got)
	}
}
