package sallyport_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestMessages: a message says what it is for, carries its code or link, and tells
// how long that is good.
func TestMessages(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	for _, tt := range []struct {
		name, to, kind string
		send           func()
		want           []string
	}{
		{"code", mail, "otp", func() { c.Choose(a, "Email", "OTP").Want(t, waiting) }, []string{"sign in", "60 seconds"}},
		{"link", mail, "link", func() { sendLink(t, k, a) }, []string{"approve", "90 seconds"}},
		{"code to a new number", phone, "enrolment", func() { c.SendVerification(a.RequestID, "SMS", phone) }, []string{"confirm this number", "60 s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.send()
			m := k.Outbox.Last(tt.to)
			if m.Kind != tt.kind || m.To != tt.to || m.User != p.Name || m.Subject == "" || m.Lifetime == 0 {
				t.Errorf("got kind %q to %q for %q, subject %q, good for %s", m.Kind, m.To, m.User, m.Subject, m.Lifetime)
			}
			for _, text := range append(tt.want, m.Code, m.Link) {
				if !strings.Contains(m.Text, text) {
					t.Errorf("%q lacks %q", m.Text, text)
				}
			}
			if strings.Contains(m.Text, "Attention") {
				t.Errorf("%q warns of a factor that is not being added", m.Text)
			}
			if (m.Code == "") == (m.Link == "") {
				t.Error("want a code or a link, and not both")
			}
		})
	}
}

// TestResumeTellsWhoItIs: the password with the id of a request tells who it is,
// as call 1 does; the id alone does not.
func TestResumeTellsWhoItIs(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	r, err := k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: a.RequestID, Username: p.Name, Password: p.Password}))
	if err != nil || r.Identity == nil || r.Identity.Name != p.Name {
		t.Errorf("with the password: got %v, %v, want the name", r, err)
	}
	if r, err = k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: a.RequestID})); err != nil || r.Identity != nil {
		t.Errorf("with the id alone: got %v, %v, want no name", r, err)
	}
}

// hung is a sender whose server never answers.
type hung struct{ took chan time.Duration }

func (h hung) Send(ctx context.Context, _ sallyport.Message) error {
	began := time.Now()
	<-ctx.Done()
	h.took <- time.Since(began)
	return ctx.Err()
}

// TestNoticeOverAHungSender: a notice has five seconds, behind the answer.
func TestNoticeOverAHungSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hung{make(chan time.Duration, 1)}
		k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Email = h }))
		p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, TOTP: true})
		c := k.InProcess()
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		for i := range 5 {
			c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", fmt.Sprint("abcde", i))
		}
		if took := <-h.took; took != 5*time.Second {
			t.Errorf("took %s, want 5 s", took)
		}
	})
}
