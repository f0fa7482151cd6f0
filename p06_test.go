package sallyport_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP6Expiry looks one nanosecond before and at the end of everything that
// ends, and sets the clock back afterwards: what was seen dead stays dead.
func TestP6Expiry(t *testing.T) {
	for _, s := range []struct {
		name string
		life time.Duration
		late sallyport.Status
		make func(*testing.T, *sallyporttest.Kit, *sallyporttest.Client) (try func(*sallyporttest.Client) sallyporttest.Answer)
	}{
		{"code", time.Minute, wrong, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) func(*sallyporttest.Client) sallyporttest.Answer {
			a := c.Choose(c.Login("marie", sallyporttest.Password), "Email", "OTP").Want(t, waiting)
			code := k.Outbox.LastCode(mail)
			return func(c *sallyporttest.Client) sallyporttest.Answer { return c.Answer(a, code) }
		}},
		{"link", 90 * time.Second, dead, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) func(*sallyporttest.Client) sallyporttest.Answer {
			in := sendLink(t, k, c.Login("marie", sallyporttest.Password))
			link := k.Outbox.LastLink(mail)
			return func(c *sallyporttest.Client) sallyporttest.Answer {
				c.Approve(link)
				return c.Call(in)
			}
		}},
		{"request", 10 * time.Minute, dead, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) func(*sallyporttest.Client) sallyporttest.Answer {
			p := k.Person("tom")
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			return func(c *sallyporttest.Client) sallyporttest.Answer {
				return c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Code())
			}
		}},
	} {
		t.Run(s.name, func(t *testing.T) {
			setUp := func() (*sallyporttest.Kit, func(*sallyporttest.Client) sallyporttest.Answer) {
				k := sallyporttest.New(t)
				k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
				k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
				return k, s.make(t, k, k.InProcess())
			}
			k, try := setUp()
			k.Clock.Advance(s.life - 1)
			try(k.InProcess()).Want(t, sallyport.Success)

			k, try = setUp()
			start := k.Clock.Now()
			k.Clock.Advance(s.life)
			try(k.InProcess()).Want(t, s.late)
			k.Clock.Set(start)
			late := k.Node().InProcess() // a node whose clock has never been later
			if a := try(late); a.Granted() {
				t.Errorf("a clock that was set back revived it")
			}
		})
	}
}
