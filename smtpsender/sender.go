// Package smtpsender sends the mails of an engine over SMTP: it is a [sallyport.Sender]
// for Config.Email.
//
// The connection is encrypted, and the server known by its certificate, unless it is on
// this machine. A mail has one recipient, text and HTML, and no header that anybody but
// the configuration chose. Each has its time, in which the server answers or the mail has
// failed: the engine then withdraws the code, and sending again is the user's choice. No
// error holds a word of the mail or of the server.
package smtpsender

import (
	"context"
	"crypto/tls"
	"errors"
	"net/mail"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
)

// Sender sends mails. Make one with [New]; all methods may be called from any number of
// goroutines.
type Sender struct {
	addr, host string
	mode       TLS
	tls        *tls.Config
	user, pass string
	hello      string
	from       *mail.Address
	replyTo    *mail.Address // nil: none
	timeout    time.Duration
	templates  templates
	now        func() time.Time
	slots      chan struct{}
	idle       idle
}

var _ sallyport.Sender = (*Sender)(nil)

// New returns a sender, and all faults of the configuration at once. It connects to
// nobody. It keeps nothing of the Config but what it copies, and reads Templates now.
func New(c Config) (*Sender, error) {
	host, from, replyTo, err := c.check()
	t, err2 := readTemplates(c.Templates)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	s := &Sender{
		addr: c.Addr, host: host, mode: c.TLS, user: c.User, pass: c.Password, hello: c.Hello, from: from, replyTo: replyTo,
		tls:     &tls.Config{ServerName: host, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12},
		timeout: c.Timeout, templates: t, now: c.Now,
	}
	if s.hello == "" {
		s.hello = "localhost"
	}
	if s.timeout == 0 {
		s.timeout = defaultTimeout
	}
	if s.now == nil {
		s.now = time.Now
	}
	if c.Connections == 0 {
		c.Connections = defaultConnections
	}
	if c.IdleEnd == 0 {
		c.IdleEnd = defaultIdle
	}
	s.slots, s.idle.end = make(chan struct{}, c.Connections), c.IdleEnd
	return s, nil
}

// Send sends one mail, and returns nil once the server has taken it. An error is an
// [*Error].
func (s *Sender) Send(ctx context.Context, m sallyport.Message) error {
	if m.Channel != mfa.Email {
		return &Error{Step: "reading the message", Cause: errNoMail}
	}
	letter, err := s.compose(&m)
	if err != nil {
		return &Error{Step: "writing the mail", Cause: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return failed(ctx, "waiting for a connection", ctx.Err())
	}
	defer func() { <-s.slots }()
	c, err := s.connection(ctx)
	if err != nil {
		return err
	}
	if err := c.send(ctx, letter); err != nil {
		c.close()
		return err
	}
	s.idle.put(c)
	return nil
}

// connection is one that was kept and still answers, or a new one. One that was closed
// meanwhile has cost nothing: no mail was begun on it.
func (s *Sender) connection(ctx context.Context) (*conn, error) {
	for {
		c := s.idle.take()
		if c == nil {
			return s.dial(ctx)
		}
		if c.isAlive(ctx) {
			return c, nil
		}
		c.close()
	}
}

// Close ends the connections that are kept. Mails under way go on, and those that come
// later have connections of their own.
func (s *Sender) Close() error {
	s.idle.close()
	return nil
}
