package sallyport_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// relay is what the library of a mail service can do.
type relay interface {
	Deliver(ctx context.Context, from, to, subject, text, html string) error
}

// mailer sends the engine's mails by such a library.
type mailer struct {
	relay relay
	from  string
}

var _ sallyport.Sender = mailer{}

// Send gives one mail to the service. What the service says is left out of the error, since
// the engine logs that, and a service may repeat what it was sent.
func (s mailer) Send(ctx context.Context, m sallyport.Message) error {
	if m.Channel != mfa.Email {
		return errors.New("mailer: sends mails alone")
	}
	if err := s.relay.Deliver(ctx, s.from, m.To, m.Subject, m.Text, m.HTML); err != nil {
		return errors.New("mailer: the service did not take it")
	}
	return nil
}

// inTurn asks the second where the first has not taken a message within two seconds.
type inTurn struct{ first, second sallyport.Sender }

func (s inTurn) Send(ctx context.Context, m sallyport.Message) error {
	soon, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if s.first.Send(soon, m) == nil {
		return nil
	}
	return s.second.Send(ctx, m)
}

// mailService is a mail service in a test: it fails as it is told to, and keeps the texts.
type mailService struct {
	err   error
	texts []string
}

func (s *mailService) Deliver(_ context.Context, _, _, _, text, _ string) error {
	s.texts = append(s.texts, text)
	return s.err
}

func TestMailer(t *testing.T) {
	away := &mailService{err: errors.New("the service is away")}
	kit := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Email = inTurn{mailer{away, "no-reply@acme.example"}, c.Email}
	}))
	kit.AddUser(t, sallyporttest.User{Name: "marie", Email: "marie@example.com", EmailValidated: true})
	c := kit.InProcess()
	a := c.Choose(c.Login("marie", sallyporttest.Password), "Email", "OTP").Want(t, sallyport.Failure|sallyport.MFAWaitingUserAction)
	c.Answer(a, kit.Outbox.LastCode("marie@example.com")).Want(t, sallyport.Success)
	if len(away.texts) != 1 {
		t.Errorf("the first was asked %d times, want once", len(away.texts))
	}
}

// TestMailerAlone: a service that does not take a mail is told to whoever asked for it, and
// none of its words are.
func TestMailerAlone(t *testing.T) {
	away := &mailService{err: errors.New("cannot deliver: Your code is 123456")}
	kit := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Email = mailer{away, "no-reply@acme.example"}
		c.SMS = c.Email
	}))
	kit.AddUser(t, sallyporttest.User{Name: "marie", Email: "marie@example.com", EmailValidated: true, Mobile: "+4915112345678", MobileValidated: true})
	c := kit.InProcess()
	for _, over := range []string{"Email", "SMS"} {
		c.Choose(c.Login("marie", sallyporttest.Password), over, "OTP").Want(t, sallyport.Failure|sallyport.MFAFailedSendingRequest)
	}
	if logs := kit.Logs(); len(away.texts) != 1 || !strings.Contains(logs, "the service did not take it") || strings.Contains(logs, "123456") {
		t.Errorf("the service was given %d mails, want 1; logged %s", len(away.texts), logs)
	}
}
