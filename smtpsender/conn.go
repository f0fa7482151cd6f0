package smtpsender

import (
	"context"
	"crypto/tls"
	"net"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// maxAnswers is how many bytes a server may send for one mail, handshakes included: one
// that sends without end is cut off.
const maxAnswers = 256 << 10

// bounded is a connection from which no more is read than is left.
type bounded struct {
	net.Conn
	left int
}

// Read is used by one goroutine at a time.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// conn is a connection on which the server has greeted, encryption is on and the user is
// known, as the configuration wants.
type conn struct {
	raw    *bounded
	client *smtp.Client // reads nothing by itself
	timer  interface{ Stop() bool }
}

// within runs one exchange with the server, which ends with the context at the latest:
// the connection is closed under it. What was bounded for one mail is so again.
func (c *conn) within(ctx context.Context, fn func() error) error {
	c.raw.left = maxAnswers
	if deadline, ok := ctx.Deadline(); ok {
		if err := c.raw.SetDeadline(deadline); err != nil {
			return err
		}
	}
	stop := context.AfterFunc(ctx, func() { c.raw.Close() })
	defer stop()
	return fn()
}

// close ends the connection without a word, so that it never waits. The server may have
// one that was promised QUIT; it gets none.
func (c *conn) close() { c.raw.Close() }

// isAlive reports whether the server still answers.
func (c *conn) isAlive(ctx context.Context) bool {
	return c.within(ctx, c.client.Noop) == nil
}

// dial makes a connection.
func (s *Sender) dial(ctx context.Context) (*conn, error) {
	d := net.Dialer{}
	raw, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, failed(ctx, "connecting", err)
	}
	c := &conn{raw: &bounded{Conn: raw}}
	var step string
	err = c.within(ctx, func() (err error) {
		step, err = s.begin(ctx, c)
		return err
	})
	if err != nil {
		c.close()
		return nil, failed(ctx, step, err)
	}
	return c, nil
}

// begin brings a new connection to where mails can be sent, and says at which step it
// failed.
func (s *Sender) begin(ctx context.Context, c *conn) (step string, err error) {
	var over net.Conn = c.raw
	if s.mode == ImplicitTLS {
		t := tls.Client(c.raw, s.tls)
		if err := t.HandshakeContext(ctx); err != nil {
			return "TLS", err
		}
		over = t
	}
	if c.client, err = smtp.NewClient(over, s.host); err != nil {
		return "greeting", err
	}
	if err := c.client.Hello(s.hello); err != nil {
		return "EHLO", err
	}
	if s.mode == STARTTLS {
		if err := s.startTLS(c.client); err != nil {
			return "STARTTLS", err
		}
	}
	return "signing in", s.signIn(c.client)
}

// startTLS encrypts the connection. What the server had said before, be it from somebody
// between, is forgotten: it introduces itself anew, and what it sent in clear behind its
// answer is not read again.
func (s *Sender) startTLS(c *smtp.Client) error {
	if offered, _ := c.Extension("STARTTLS"); !offered {
		return errNoTLS
	}
	if err := c.StartTLS(s.tls.Clone()); err != nil {
		return err
	}
	if state, ok := c.TLSConnectionState(); !ok || !state.HandshakeComplete {
		return errNoTLS
	}
	return nil
}

// signIn gives user and password by the best way that the server offers. Without TLS no
// way is taken on which the password can be read.
func (s *Sender) signIn(c *smtp.Client) error {
	if s.user == "" {
		return nil
	}
	_, offered := c.Extension("AUTH")
	has := func(way string) bool {
		for _, one := range strings.Fields(offered) {
			if strings.EqualFold(one, way) {
				return true
			}
		}
		return false
	}
	_, encrypted := c.TLSConnectionState()
	switch {
	case encrypted && has("PLAIN"):
		return c.Auth(smtp.PlainAuth("", s.user, s.pass, s.host, false))
	case encrypted && has("LOGIN"):
		return c.Auth(smtp.LoginAuth(s.user, s.pass, s.host, false))
	case has("CRAM-MD5"):
		return c.Auth(smtp.CRAMMD5Auth(s.user, s.pass))
	}
	return errNoAuth
}

// send sends a mail to one recipient. With the answer to its end the mail is the server's:
// nothing that comes after makes a failure of that.
func (c *conn) send(ctx context.Context, m *letter) error {
	var step string
	err := c.within(ctx, func() (err error) {
		step, err = c.transact(m)
		return err
	})
	if err != nil {
		return failed(ctx, step, err)
	}
	return nil
}

func (c *conn) transact(m *letter) (step string, err error) {
	if offered, _ := c.client.Extension("SMTPUTF8"); m.utf8 && !offered {
		return "MAIL", errNoUTF8
	}
	c.client.SkipSMTPUTF8(!m.utf8)
	if err := c.client.Mail("<" + m.from + ">"); err != nil {
		return "MAIL", err
	}
	if err := c.client.Rcpt("<" + m.to + ">"); err != nil {
		return "RCPT", err
	}
	w, err := c.client.Data()
	if err != nil {
		return "DATA", err
	}
	if _, err := m.msg.WriteTo(w); err != nil {
		return "sending the text", err
	}
	return "sending the text", w.Close()
}
