package sallyport_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// upToCode logs marie in up to the code that was mailed.
func upToCode(t *testing.T, k *sallyporttest.Kit) (a sallyporttest.Answer, in sallyport.Login) {
	t.Helper()
	a = k.InProcess().Choose(k.InProcess().Login("marie", sallyporttest.Password), "Email", "OTP").Want(t, waiting)
	return a, login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "OTP")})
}

// TestOverAnswersAlike: a request that has granted is answered like one that never was,
// whatever the call brings: nobody is named, and no password is looked at.
func TestOverAnswersAlike(t *testing.T) {
	k := sallyporttest.New(t)
	k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a, in := upToCode(t, k)
	in.Code = k.Outbox.LastCode(mail)
	c := k.InProcess()
	c.Call(in).Want(t, sallyport.Success)
	for name, in := range map[string]sallyport.Login{
		"an option":        {OptionID: in.OptionID},
		"a code":           {OptionID: in.OptionID, Code: "000000"},
		"a right password": {Username: "marie", Password: sallyporttest.Password},
		"a wrong password": {Username: "marie", Password: "not it"},
		"both":             {OptionID: in.OptionID, Code: "000000", Password: "not it"},
	} {
		in.RequestID = a.RequestID
		got := c.Call(login(in)).Want(t, dead)
		if id := got.Response.AuthenticationResponse.Identity; id != nil {
			t.Errorf("%s: got %v, want nobody named", name, id)
		}
	}
	misses(t, c, "marie", 9, lastBad) // none was charged
}

// TestOverRepeatsItsLastMiss: the miss that ended a request is answered alike when it is
// sent again, with the name.
func TestOverRepeatsItsLastMiss(t *testing.T) {
	k := sallyporttest.New(t)
	k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	_, in := upToCode(t, k)
	for i := range 5 {
		in.Code = fmt.Sprint("00000", i)
		k.InProcess().Call(in).Want(t, wrong)
	}
	if got := k.InProcess().Call(in).Want(t, wrong); got.Response.AuthenticationResponse.Identity == nil {
		t.Error("the repeat names nobody")
	}
	in.Code = "000009"
	k.InProcess().Call(in).Want(t, dead)
}

// TestRefusedChangeNamesItsOwner: a login that stages a password names its owner once it
// was refused, as any other does.
func TestRefusedChangeNamesItsOwner(t *testing.T) {
	k := sallyporttest.New(t)
	k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	id := stagedPassword(t, k, "marie")
	a := k.InProcess().Resume(id, "marie", fresh).Want(t, wanted)
	in := sendLink(t, k, a)
	k.InProcess().Deny(k.Outbox.LastLink(mail))
	if got := k.InProcess().Call(in).Want(t, sallyport.Failure|sallyport.ProcessCanceled); got.Response.AuthenticationResponse.Identity == nil {
		t.Error("the refused login names nobody")
	}
}

// stagedPassword stages another password in a login of its own, whose id it returns.
func stagedPassword(t *testing.T, k *sallyporttest.Kit, name string) string {
	t.Helper()
	r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{
		Caller:   &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret},
		Username: name, Password: sallyporttest.Password, NewPassword: fresh,
	})
	if err != nil || r.Status != sallyport.PasswordChanged || r.RequestID == "" {
		t.Fatalf("got %+v, %v, want a staged password", r, err)
	}
	return r.RequestID
}

// TestResumeExhausted: a password that goes on with a request is told that no guesses are
// left, as at call 1.
func TestResumeExhausted(t *testing.T) {
	k := sallyporttest.New(t)
	k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	c := k.InProcess()
	a := c.Login("marie", sallyporttest.Password).Want(t, wanted)
	for range 2 {
		b, _ := upToCode(t, k)
		c.WrongCodes(b, 5).Want(t, wrong)
	}
	c.Login("marie", sallyporttest.Password).Want(t, exhausted)
	if got := c.Resume(a.RequestID, "marie", sallyporttest.Password).Want(t, exhausted); len(got.Options) > 0 {
		t.Errorf("got options %q, want none", got.Offered())
	}
}

// TestPasswordOnAFactorClearsTheDay: a password that is set on a proven factor brings the
// guesses of the day back, which a login does not.
func TestPasswordOnAFactorClearsTheDay(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	left := func() (n int) {
		list, err := setup(k).Budgets(t.Context(), sallyport.BudgetsOf{Account: p.ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range list {
			if b.Name == "guesses-day" && b.Of == "behind a right password" {
				n = b.Left
			}
		}
		return n
	}
	c := k.InProcess()
	a, in := upToCode(t, k)
	c.WrongCodes(a, 2).Want(t, wrong)
	in.Code = k.Outbox.LastCode(mail)
	c.Call(in).Want(t, sallyport.Success)
	if n := left(); n != 28 {
		t.Errorf("after a login: got %d, want 28", n)
	}
	k.Clock.Advance(time.Minute)
	a = c.Resume(stagedPassword(t, k, "marie"), "marie", fresh).Want(t, wanted)
	c.Answer(c.Choose(a, "Email", "OTP"), k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	if n := left(); n != 30 {
		t.Errorf("after another password: got %d, want 30", n)
	}
}

// TestGuessInTheMomentOfALogin: a wrong code is charged also where the clock has not gone
// on since a complete login.
func TestGuessInTheMomentOfALogin(t *testing.T) {
	k := sallyporttest.New(t)
	k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	c := k.InProcess()
	var others []sallyporttest.Answer
	for range 3 {
		others = append(others, c.Login("marie", sallyporttest.Password).Want(t, wanted))
	}
	_, in := upToCode(t, k)
	in.Code = k.Outbox.LastCode(mail)
	c.Call(in).Want(t, sallyport.Success)
	for i, a := range others[:2] {
		for n := range 5 {
			in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, mfa.Email.String(), "OTP"), Code: fmt.Sprint("0000", i, n)})
			c.Call(in).Want(t, wrong)
		}
	}
	a := others[2]
	c.Call(login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, mfa.Email.String(), "OTP"), Code: "000099"})).Want(t, exhausted)
}

// TestLateLinkStaysOver: a link that was told to be over when somebody answered it cannot
// be approved once the clock was set back.
func TestLateLinkStaysOver(t *testing.T) {
	k := sallyporttest.New(t)
	k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	c := k.InProcess()
	in := sendLink(t, k, c.Login("marie", sallyporttest.Password).Want(t, wanted))
	token := linkToken(k.Outbox.LastLink(mail))
	approve := func() sallyport.LinkOutcome {
		t.Helper()
		v, err := k.Engine.ViewLink(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		out, err := k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	k.Clock.Advance(90 * time.Second)
	if out := approve(); out != sallyport.LinkOver {
		t.Fatalf("at its end: got %q, want %q", out, sallyport.LinkOver)
	}
	k.Clock.Set(k.Clock.Now().Add(-6 * time.Second))
	if out := approve(); out != sallyport.LinkOver {
		t.Errorf("after a step back: got %q, want %q", out, sallyport.LinkOver)
	}
	c.Call(in).Want(t, dead)
}
