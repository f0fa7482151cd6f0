package sallyport_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP1StepsOnlyRise tries the codes of three neighbouring steps in all 27
// orders: what is accepted must rise strictly.
func TestP1StepsOnlyRise(t *testing.T) {
	beside(t)
	for n := range 27 {
		order := []int{n % 3, n / 3 % 3, n / 9}
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
			last := -1
			for _, step := range order {
				a := c.Login(p.Name, p.Password).Want(t, wanted)
				code := p.Authenticator.CodeAt(k.Clock.Now().Add(time.Duration(step-1) * 30 * time.Second))
				a = c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", code)
				if want := step > last; a.Granted() != want {
					t.Fatalf("step %d after %d: granted %v, want %v", step, last, a.Granted(), want)
				}
				last = max(last, step)
			}
		})
	}
}

func TestP1RecoveryCodeOnce(t *testing.T) {
	k := sallyporttest.New(t)
	yes := true
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	a := c.Login(p.Name, p.Password)
	_, e := c.EnrollAuthenticator(a.RequestID)
	for _, code := range e.RecoveryCodes[:2] {
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "MicrosoftAuthenticator", "OTP"), Code: code})
		if got := grants(t, k, 16, in); got != 1 {
			t.Errorf("got %d winners, want 1", got)
		}
		a = c.Login(p.Name, p.Password).Want(t, wanted)
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", code).Want(t, wrong)
	}
}
