package sallyport_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestNotices: owners are told what piles up at their accounts, in words that
// name the site and hold no link.
func TestNotices(t *testing.T) {
	for _, tt := range []struct {
		name, subject string
		pileUp        func(c *sallyporttest.Client, p *sallyporttest.Person)
	}{
		{"open requests", "Many sign-ins", func(c *sallyporttest.Client, p *sallyporttest.Person) {
			for range 21 {
				c.Login(p.Name, p.Password).Want(t, wanted)
			}
		}},
		{"stagings", "Sign-in factors wait", func(c *sallyporttest.Client, p *sallyporttest.Person) {
			for range 3 {
				_, e := c.EnrollAuthenticator(c.Login(p.Name, p.Password).RequestID)
				e.Want(t, false)
			}
		}},
		{"guesses", "Too many wrong sign-in codes", func(c *sallyporttest.Client, p *sallyporttest.Person) {
			for range 3 {
				a := c.Login(p.Name, p.Password)
				for _, code := range []string{"1", "2", "3", "4"} {
					c.Answer(c.Choose(a, "MicrosoftAuthenticator", "OTP"), code)
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
			tt.pileUp(c, p)
			m := k.Outbox.Await(mail, "notice")
			if !strings.HasPrefix(m.Subject, tt.subject) || m.Text == "" || m.Link != "" || m.Code != "" || m.User != "tom" {
				t.Errorf("got %+v, want %q", m, tt.subject)
			}
		})
	}
}
