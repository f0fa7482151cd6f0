package webhooksender

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/peer"
)

// Config is how messages are posted. URL is required, and Key, Username or Header, so that
// the gateway knows whom a message comes from.
type Config struct {
	// URL is where messages are posted: https, or http to a loopback address. It holds no
	// password; what else it holds is in no error and no log.
	URL string

	// Key signs each message, see [Verify]; 24 to 64 bytes, or none. [ParseKey] reads one.
	Key []byte

	// Username and Password are sent by HTTP Basic (RFC 7617), both or neither.
	Username, Password string

	// Header is sent beside the headers of this package, such as an Authorization with a
	// token of the gateway. It is copied.
	Header http.Header

	// Body is what is posted: a JSON document in whose strings {{.To}}, {{.Text}} and the
	// other [Fields] stand, by the rules of text/template. They are filled in string by
	// string, so that no name or text changes the document. Members of objects that become
	// empty are left out. Empty means all fields, by their names in lower case.
	Body string

	// Form posts Body, which then is an object of strings, as
	// application/x-www-form-urlencoded in the place of JSON.
	Form bool

	// Accepted, if not nil, is asked about the body of an answer that is a success, in its
	// first 64 KiB: for gateways that say in it that they have refused.
	Accepted func(body []byte) bool

	// Idempotent says that the gateway sends what it gets twice under one Idempotency-Key
	// once. Then a message is also tried again where nobody knows whether it arrived;
	// without, only where it did not.
	Idempotent bool

	// Timeout bounds one message as a whole, all attempts together; 0 means 4 s. It must be
	// less than the five seconds that the engine gives a message.
	Timeout time.Duration

	// Connections is how many messages are posted at once at most, 1 to 64; 0 means 8.
	// Further ones wait.
	Connections int

	// RootCAs are the authorities of the gateway's certificate; nil means the system's.
	RootCAs *x509.CertPool

	// Now is the clock by which messages are dated; nil means time.Now.
	Now func() time.Time
}

// Bounds and defaults.
const (
	defaultTimeout     = 4 * time.Second
	engineTimeout      = 5 * time.Second
	defaultConnections = 8
	maxConnections     = 64
	minKey, maxKey     = 24, 64 // bytes, as Standard Webhooks has them
)

// own are the headers that this package sets.
var own = []string{"Host", "Content-Length", "Content-Type", "Transfer-Encoding", "User-Agent", "Idempotency-Key", headerID, headerTime, headerSignature}

// check returns all faults at once.
func (c *Config) check() (u *url.URL, err error) {
	var errs []error
	fault := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("webhooksender: Config."+format, args...))
	}
	if u, err = checkURL(c.URL); err != nil {
		fault("URL: %w", err)
	}
	if n := len(c.Key); n != 0 && (n < minKey || n > maxKey) {
		fault("Key has %d bytes, want %d to %d", n, minKey, maxKey)
	}
	if (c.Username == "") != (c.Password == "") {
		fault("Username and Password go together")
	}
	if strings.Contains(c.Username, ":") {
		fault("Username has a colon, which HTTP Basic cannot send")
	}
	if len(c.Key) == 0 && c.Username == "" && len(c.Header) == 0 {
		fault("Key, Username and Header are all missing: set one, so that the gateway knows whom a message comes from")
	}
	if err := c.checkHeader(); err != nil {
		fault("Header: %w", err)
	}
	if c.Timeout < 0 || c.Timeout >= engineTimeout {
		fault("Timeout is %s, want less than %s", c.Timeout, engineTimeout)
	}
	if c.Connections < 0 || c.Connections > maxConnections {
		fault("Connections is %d, want 1 to %d", c.Connections, maxConnections)
	}
	return u, errors.Join(errs...)
}

// checkURL says what is wrong without repeating the URL, which may hold a secret.
func checkURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("want https://HOST/PATH")
	case u.User != nil:
		return nil, errors.New("it holds a user or a password: use Username and Password")
	case u.Fragment != "":
		return nil, errors.New("it holds a fragment, which is sent to nobody")
	case u.Scheme == "https", u.Scheme == "http" && peer.IsLoopbackHost(u.Hostname()):
		return u, nil
	}
	return nil, errors.New("want https: only a gateway on this machine may be reached by http")
}

func (c *Config) checkHeader() error {
	for name, values := range c.Header {
		switch key := textproto.CanonicalMIMEHeaderKey(name); {
		case strings.Trim(name, tokens) != "" || name == "":
			return fmt.Errorf("%.64q is no name of a header", name)
		case slices.ContainsFunc(own, func(o string) bool { return textproto.CanonicalMIMEHeaderKey(o) == key }):
			return fmt.Errorf("%s is set by this package", key)
		case key == "Authorization" && c.Username != "":
			return errors.New("want Authorization or Username, not both")
		case slices.ContainsFunc(values, hasControl):
			return fmt.Errorf("%s: the value has a character that a header cannot have", key)
		}
	}
	return nil
}

// tokens are what the name of a header is made of (RFC 9110 section 5.6.2), as far as
// anybody uses them.
const tokens = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// ParseKey reads a key as gateways show it: whsec_ and base64, 24 to 64 bytes.
func ParseKey(text string) ([]byte, error) {
	rest, ok := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.Strict().DecodeString(rest)
	if !ok || err != nil || hasControl(rest) || len(key) < minKey || len(key) > maxKey {
		return nil, fmt.Errorf("webhooksender: key: want whsec_ and base64 of %d to %d bytes", minKey, maxKey)
	}
	return key, nil
}
