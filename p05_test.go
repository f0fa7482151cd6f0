package sallyport_test

import (
	"sync/atomic"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP5Bound swaps account, client, request, option and code, one at a time.
func TestP5Bound(t *testing.T) {
	k := sallyporttest.New(t)
	marie := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	peter := k.AddUser(t, sallyporttest.User{Name: "peter", Email: "peter@example.com", EmailValidated: true})
	c := k.InProcess()
	a := c.Choose(c.Login(marie.Name, marie.Password), "Email", "OTP").Want(t, waiting)
	b := c.Choose(c.Login(peter.Name, peter.Password), "Email", "OTP").Want(t, waiting)
	codeA, codeB := k.Outbox.LastCode(mail), k.Outbox.LastCode(peter.Email)
	optA, optB := option(t, a, "Email", "OTP"), option(t, b, "Email", "OTP")
	for _, s := range []struct {
		name string
		in   sallyport.Login
		want sallyport.Status
	}{
		{"another's code", login(sallyport.Login{RequestID: a.RequestID, OptionID: optA, Code: codeB}), wrong},
		{"another's option", login(sallyport.Login{RequestID: a.RequestID, OptionID: optB, Code: codeB}), dead},
		{"another's request", login(sallyport.Login{RequestID: b.RequestID, OptionID: optA, Code: codeA}), dead},
		{"the link's option", login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link"), Code: codeA}), wrong},
		{"another name", login(sallyport.Login{RequestID: a.RequestID, OptionID: optA, Code: codeA, Username: "peter"}), dead},
		{"another client", sallyport.Login{Caller: &sallyport.Caller{ClientID: sallyporttest.PublicClientID}, RequestID: a.RequestID, OptionID: optA, Code: codeA}, dead},
		{"another's password", login(sallyport.Login{RequestID: a.RequestID, OptionID: optA, Code: codeA, Password: "peter's"}), mismatch},
	} {
		r, err := k.Engine.Login(t.Context(), s.in)
		if err != nil || r.Status != s.want || r.Tokens != nil {
			t.Errorf("%s: got %v, %v, want %s", s.name, r, err, s.want)
		}
	}
	c.Answer(a, codeA).Want(t, sallyport.Success)
	c.Answer(b, codeB).Want(t, sallyport.Success)
}

// TestP5PasswordWithAForeignRequest: the id of another client's request is as good
// as unknown, and a password beside it is neither looked at nor charged.
func TestP5PasswordWithAForeignRequest(t *testing.T) {
	var charged atomic.Int64
	k := sallyporttest.New(t, charges(&charged))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	other := c.As(sallyporttest.PublicClientID, "")
	for _, pw := range []string{"wrong", p.Password} {
		if got := other.Resume(a.RequestID, p.Name, pw).Want(t, dead); got.Response.AuthenticationResponse.Identity != nil {
			t.Errorf("with %q: told who it is", pw)
		}
	}
	if charged.Load() != 0 {
		t.Errorf("charged %d times", charged.Load())
	}
}
