package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/webhooksender"
)

// textSettings are what `serve` was told about sending text messages.
type textSettings struct {
	url, keyFile       string
	user, passwordFile string
	body, ca           string
	form, idempotent   bool
	prefixes           string
	perDay             int
}

// declare adds the flags to f.
func (s *textSettings) declare(f *flags) {
	f.StringVar(&s.url, "sms-webhook", "", "`URL` that text messages are posted to: https, or http on this machine (default none)")
	f.StringVar(&s.keyFile, "webhook-key-file", "", "`file` with the key that signs them: whsec_ and base64")
	f.StringVar(&s.user, "webhook-user", "", "`name` to give to the gateway by HTTP Basic")
	f.StringVar(&s.passwordFile, "webhook-password-file", "", "`file` with its password")
	f.StringVar(&s.body, "webhook-body", "", "`file` with the JSON document to post, in whose strings {{.To}}, {{.Text}} and so on stand (default all there is)")
	f.BoolVar(&s.form, "webhook-form", false, "post the document, an object of strings, as a form")
	f.BoolVar(&s.idempotent, "webhook-idempotent", false, "the gateway sends what it gets twice under one Idempotency-Key once: try again also where it may have arrived")
	f.StringVar(&s.ca, "webhook-ca", "", "PEM `file` of the authorities of the gateway's certificate (default the system's)")
	f.StringVar(&s.prefixes, "sms-prefixes", "", "how the numbers begin that text messages go to (`+49,+33`; default all, of which the log warns)")
	f.IntVar(&s.perDay, "sms-per-day", 0, "most text messages in 24 hours, on all nodes together; 0 is no bound, of which the log warns")
}

// used reports whether any of them was given that says how to send.
func (s *textSettings) used() bool {
	return s.url+s.keyFile+s.user+s.passwordFile+s.body+s.ca != "" || s.form || s.idempotent
}

// bound puts into a configuration where text messages may go, and how many.
func (s *textSettings) bound(c *sallyport.Config) {
	if s.prefixes != "" {
		c.SMSPrefixes = strings.Split(strings.ReplaceAll(s.prefixes, " ", ""), ",")
	}
	c.SMSPerDay = s.perDay
}

// sender makes what posts text messages; nil: nothing does.
func (s *textSettings) sender(now func() time.Time) (*webhooksender.Sender, error) {
	if !s.used() {
		return nil, nil
	}
	if s.url == "" {
		return nil, errors.New("-sms-webhook is required beside the flags that begin with -webhook")
	}
	c := webhooksender.Config{URL: s.url, Username: s.user, Form: s.form, Idempotent: s.idempotent, Now: now}
	if err := s.readFiles(&c); err != nil {
		return nil, err
	}
	sender, err := webhooksender.New(c)
	if err != nil {
		return nil, fmt.Errorf("-sms-webhook: %w", err)
	}
	return sender, nil
}

func (s *textSettings) readFiles(c *webhooksender.Config) (err error) {
	if s.keyFile != "" {
		text, err := passwordIn("-webhook-key-file", s.keyFile, terminal{})
		if err != nil {
			return err
		}
		if c.Key, err = webhooksender.ParseKey(text); err != nil {
			return fmt.Errorf("-webhook-key-file: %w", err)
		}
	}
	if s.passwordFile != "" {
		if c.Password, err = passwordIn("-webhook-password-file", s.passwordFile, terminal{}); err != nil {
			return err
		}
	}
	if s.ca != "" {
		if c.RootCAs, err = authorities(s.ca); err != nil {
			return fmt.Errorf("-webhook-ca: %w", err)
		}
	}
	if s.body != "" {
		raw, err := readFile(s.body, maxConfig)
		if err != nil {
			return fmt.Errorf("-webhook-body: %w", err)
		}
		if c.Body = strings.TrimSpace(string(raw)); c.Body == "" {
			return fmt.Errorf("-webhook-body: %s is empty", s.body)
		}
	}
	return nil
}
