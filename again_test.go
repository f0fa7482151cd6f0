package sallyport_test

import (
	"fmt"
	"testing"

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
