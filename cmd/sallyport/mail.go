package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/sallyport-auth/sallyport/smtpsender"
)

// mailSettings are what `serve` was told about sending mails.
type mailSettings struct {
	url, from, replyTo string
	passwordFile, ca   string
	templates          string
}

// declare adds the flags to f.
func (s *mailSettings) declare(f *flags) {
	f.StringVar(&s.url, "smtp", "", "`URL` of the server that sends mails: smtp://USER@HOST:PORT with STARTTLS, smtps://… with TLS from the first byte, or smtp+plain://… on this machine alone (default none; ports 587, 465 and 25)")
	f.StringVar(&s.from, "smtp-from", "", "`address` that mails come from, such as \"Acme <no-reply@acme.example>\"; required with -smtp")
	f.StringVar(&s.replyTo, "smtp-reply-to", "", "`address` that answers go to (default none)")
	f.StringVar(&s.passwordFile, "smtp-password-file", "", "`file` with the password of USER")
	f.StringVar(&s.ca, "smtp-ca", "", "PEM `file` of the authorities of the server's certificate (default the system's)")
	f.StringVar(&s.templates, "smtp-templates", "", "`folder` of words of your own for mails, by language and application (default the words of this program)")
}

// used reports whether any of them was given.
func (s *mailSettings) used() bool {
	return s.url+s.from+s.replyTo+s.passwordFile+s.ca+s.templates != ""
}

// sender makes what sends mails; nil: nothing does.
func (s *mailSettings) sender(now func() time.Time) (*smtpsender.Sender, error) {
	if !s.used() {
		return nil, nil
	}
	if s.url == "" {
		return nil, errors.New("-smtp is required beside the other flags of its name")
	}
	c, err := s.server()
	if err != nil {
		return nil, fmt.Errorf("-smtp: %w", err)
	}
	c.From, c.ReplyTo, c.Now = s.from, s.replyTo, now
	if s.passwordFile != "" {
		if c.Password, err = passwordIn("-smtp-password-file", s.passwordFile, terminal{}); err != nil {
			return nil, err
		}
	}
	if s.ca != "" {
		if c.RootCAs, err = authorities(s.ca); err != nil {
			return nil, fmt.Errorf("-smtp-ca: %w", err)
		}
	}
	if s.templates != "" {
		c.Templates = os.DirFS(s.templates)
	}
	sender, err := smtpsender.New(*c)
	if err != nil {
		return nil, fmt.Errorf("-smtp: %w", err)
	}
	return sender, nil
}

var errMailURL = errors.New("want smtp://USER@HOST:PORT")

// server reads the URL. It is never repeated: somebody may have written a password into it.
func (s *mailSettings) server() (*smtpsender.Config, error) {
	u, err := url.Parse(s.url)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errMailURL
	}
	if _, has := u.User.Password(); has {
		return nil, errors.New("the URL holds a password, which others on this machine can read: use -smtp-password-file")
	}
	c := &smtpsender.Config{User: u.User.Username()}
	port := ""
	switch u.Scheme {
	case "smtp":
		c.TLS, port = smtpsender.STARTTLS, "587"
	case "smtps":
		c.TLS, port = smtpsender.ImplicitTLS, "465"
	case "smtp+plain":
		c.TLS, port = smtpsender.InsecurePlain, "25"
	default:
		return nil, errors.New("want smtp://, smtps:// or smtp+plain://")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	c.Addr = net.JoinHostPort(u.Hostname(), port)
	if _, _, err := net.SplitHostPort(c.Addr); err != nil { // a bracket alone
		return nil, errMailURL
	}
	return c, nil
}
