package sallyport_test

import (
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
