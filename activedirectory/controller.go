package activedirectory

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/peer"
)

// controller is one domain controller, and how it is reached.
type controller struct {
	host    string // its certificate is good for it
	address string
	secure  security
}

type security int

const (
	byLDAPS security = iota
	byStartTLS
	plain
)

// parseController reads "ldaps://host:port" and "ldap://host:port". What else stands in
// the URL is refused and not repeated: it may be a password.
func parseController(text string, insecurePlain bool) (c controller, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || *u != (url.URL{Scheme: u.Scheme, Host: u.Host}) {
		return c, errors.New("want ldaps://host or ldap://host, perhaps with a port, and nothing else")
	}
	port := "636"
	switch ascii.Fold(u.Scheme) {
	case "ldaps":
	case "ldap":
		c.secure, port = byStartTLS, "389"
	default:
		return c, fmt.Errorf("want ldaps:// or ldap://, not %.20q", u.Scheme)
	}
	c.host = u.Hostname()
	if u.Port() != "" {
		port = u.Port()
	}
	if c.host == "" {
		return c, errors.New("no host")
	}
	c.address = net.JoinHostPort(c.host, port)
	if insecurePlain && c.secure == byStartTLS {
		if !peer.IsLoopbackHost(c.host) {
			return c, fmt.Errorf("InsecurePlain is for loopback addresses alone, which %.64q is not", c.host)
		}
		c.secure = plain
	}
	return c, nil
}

// maxAnswers bounds what a controller may say on one connection, in bytes. A user in a
// thousand groups takes 60 KiB.
const maxAnswers = 512 << 10

// dial opens a connection on which passwords may be sent, by deadline.
func (s *settings) dial(ctx context.Context, c controller, deadline time.Time) (_ net.Conn, err error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "tcp", c.address)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	defer func() {
		if err != nil {
			_ = raw.Close() // the first error says what was wrong
		}
	}()
	if err := raw.SetDeadline(deadline); err != nil {
		return nil, err
	}
	bounded := &boundedConn{Conn: raw, left: maxAnswers}
	switch c.secure {
	case plain:
		if a, ok := raw.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			return nil, errors.New("InsecurePlain is for loopback addresses alone, and the name leads elsewhere")
		}
		return bounded, nil
	case byStartTLS:
		stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
		err := startTLS(bounded)
		stop()
		if err != nil {
			return nil, err
		}
	}
	t := tls.Client(bounded, &tls.Config{ServerName: c.host, RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12})
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return t, nil
}

// boundedConn is a connection from which only so much can be read.
type boundedConn struct {
	net.Conn
	left int
}

var errTooMuch = errors.New("the answers are longer than this would read")

func (c *boundedConn) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}
