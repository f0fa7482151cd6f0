package smtpsender

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/mail"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/peer"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// TLS is how the connection to the server is encrypted.
type TLS int

// The ways. The zero value is STARTTLS.
const (
	// STARTTLS begins in clear and demands encryption before anything else. A server that
	// does not offer it gets nothing.
	STARTTLS TLS = iota
	// ImplicitTLS encrypts from the first byte (RFC 8314), usually on port 465.
	ImplicitTLS
	// InsecurePlain encrypts nothing. It is for a server on this machine: [New] refuses it
	// with any other address than a loopback one.
	InsecurePlain
)

// Config is how mails are sent. Addr and From are required.
type Config struct {
	// Addr is the server, such as mail.example.com:587. Its certificate has to be for that
	// name.
	Addr string

	TLS TLS

	// RootCAs are the authorities of the server's certificate; nil means the system's.
	RootCAs *x509.CertPool

	// User and Password are given to the server, both or neither. Over TLS that is by PLAIN,
	// LOGIN or CRAM-MD5, as the server offers in this order; without TLS by CRAM-MD5 alone,
	// which shows the password to nobody who listens.
	User, Password string

	// Hello is the name of this machine to the server; empty means localhost.
	Hello string

	// From is the sender, with or without a name: Acme <no-reply@acme.example>. ReplyTo is
	// likewise, and may be empty.
	From, ReplyTo string

	// Timeout bounds one mail as a whole, from the wait for a connection on; 0 means 4 s. It
	// must be less than the five seconds that the engine gives a message, so that the engine
	// learns why one failed.
	Timeout time.Duration

	// Connections is how many mails are sent at once at most, 1 to 64; 0 means 8. Further
	// ones wait.
	Connections int

	// IdleEnd is how long a connection is kept for the next mail; 0 means 30 s, and less than
	// 0 that each mail has one of its own.
	IdleEnd time.Duration

	// Templates are words of your own in the place of those that messages come with, by
	// language and application; nil means none. See [Fields] for what they are made of, and
	// [New] refuses one that is not sound. The names of files are
	//
	//	LANGUAGE/TOPIC.txt               LANGUAGE/TOPIC.html
	//	LANGUAGE/APPLICATION/TOPIC.txt   LANGUAGE/APPLICATION/TOPIC.html
	//
	// such as de/sign-in-code.txt or pt-br/Shop/reset.html, where LANGUAGE is in lower case
	// and TOPIC one of package message, or default, for all that have no file of their own.
	// A .txt begins with a line "Subject: …" and an empty one. The .html may be missing: then
	// the mail is text alone.
	Templates fs.FS

	// Now is the clock by which mails are dated; nil means time.Now.
	Now func() time.Time
}

// Bounds and defaults.
const (
	defaultTimeout     = 4 * time.Second
	engineTimeout      = 5 * time.Second
	defaultConnections = 8
	maxConnections     = 64
	defaultIdle        = 30 * time.Second
)

// check returns all faults at once, and the parts of what has a form.
func (c *Config) check() (host string, from, replyTo *mail.Address, err error) {
	var errs []error
	fault := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("smtpsender: Config."+format, args...))
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil || host == "" || port == "" {
		fault("Addr: want HOST:PORT, such as mail.example.com:587")
	}
	if c.TLS < STARTTLS || c.TLS > InsecurePlain {
		fault("TLS is %d, want STARTTLS, ImplicitTLS or InsecurePlain", c.TLS)
	}
	if c.TLS == InsecurePlain && !peer.IsLoopbackHost(host) {
		fault("TLS: InsecurePlain is for a server on this machine alone")
	}
	if (c.User == "") != (c.Password == "") {
		fault("User and Password go together")
	}
	if strings.ContainsAny(c.User+c.Password, "\x00\r\n") {
		fault("User or Password has a line end")
	}
	if strings.Trim(c.Hello, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]") != "" {
		fault("Hello: want the name of a machine")
	}
	if from, err = sender(c.From); err != nil {
		fault("From: %w", err)
	}
	if c.ReplyTo != "" {
		if replyTo, err = sender(c.ReplyTo); err != nil {
			fault("ReplyTo: %w", err)
		}
	}
	if c.Timeout < 0 || c.Timeout >= engineTimeout {
		fault("Timeout is %s, want less than %s", c.Timeout, engineTimeout)
	}
	if c.Connections < 0 || c.Connections > maxConnections {
		fault("Connections is %d, want 1 to %d", c.Connections, maxConnections)
	}
	return host, from, replyTo, errors.Join(errs...)
}

// sender reads an address of ours, with its name.
func sender(s string) (*mail.Address, error) {
	a, err := mail.ParseAddress(s)
	if err != nil || !typed.CheckEmail(a.Address) {
		return nil, errors.New("want one address, such as Acme <no-reply@acme.example>")
	}
	if a.Name = headerText(a.Name); len(a.Name) > 128 {
		return nil, errors.New("the name has over 128 bytes")
	}
	return a, nil
}
