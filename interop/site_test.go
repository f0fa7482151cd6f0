package interop_test

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/interop/internal/contract"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/wire"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode) // a variable of gin's package
	os.Exit(m.Run())
}

// What calls of the token endpoint are answered with when all is well.
const (
	wanted  = sallyport.Failure | sallyport.MFAAuthenticationRequired
	waiting = sallyport.Failure | sallyport.MFAWaitingUserAction
	wrong   = sallyport.Failure | sallyport.SecureCodeDoesNotMatch
)

// site is an engine that is served at its issuer, so that the addresses in its
// answers and messages can be followed as they stand.
type site struct {
	kit    *sallyporttest.Kit
	base   string // the issuer
	http   *http.Client
	client string // client_id
	secret string
	conns  *listener
}

// open serves a new engine as m says.
func open(t *testing.T, m mount, opts ...sallyporttest.Option) *site {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{
		base: "http://" + ln.Addr().String() + m.prefix, client: sallyporttest.ClientID, secret: sallyporttest.ClientSecret,
		http: newBrowser(t), conns: &listener{Listener: ln},
	}
	atIssuer := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = s.base })
	s.kit = sallyporttest.New(t, append([]sallyporttest.Option{atIssuer}, opts...)...)
	options := httpadapter.Options{}
	if m.kept {
		options.BasePath = m.prefix
	}
	a, err := httpadapter.New(s.kit.Engine, options)
	if err != nil {
		t.Fatal(err)
	}
	if m.router == "net/http" && !m.leaves { // elsewhere the same would be looked at for longer
		s.http.Transport = contract.Of(t, a, s.base).Transport(t, s.http.Transport)
	}
	m.serve(t, s.conns, a)
	return s
}

// newBrowser is a client with cookies of its own that follows no redirect:
// nothing redirects.
func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// listener notes how long its connections may be written to.
type listener struct {
	net.Listener
	latest atomic.Int64 // the furthest deadline, in Unix seconds
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{c, l}, nil
}

type conn struct {
	net.Conn
	l *listener
}

// SetWriteDeadline notes t and passes it on.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if s := t.Unix(); !t.IsZero() && s > c.l.latest.Load() {
		c.l.latest.Store(s)
	}
	return c.Conn.SetWriteDeadline(t)
}

// answer is a response that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request with the client c.
func do(t *testing.T, c *http.Client, r *http.Request) answer {
	t.Helper()
	resp, err := c.Do(r)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// request makes one; header is pairs of name and value.
func request(t *testing.T, method, address, body string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

const formType = "application/x-www-form-urlencoded"

// form encodes pairs of name and value.
func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// get fetches a path below the issuer.
func (s *site) get(t *testing.T, path string, header ...string) answer {
	t.Helper()
	return do(t, s.http, request(t, http.MethodGet, s.base+path, "", header...))
}

// post sends a form to a path below the issuer.
func (s *site) post(t *testing.T, path string, pairs ...string) answer {
	t.Helper()
	return do(t, s.http, request(t, http.MethodPost, s.base+path, form(pairs...), "Content-Type", formType))
}

// token is a call of the VGAuthenticator grant.
func (s *site) token(t *testing.T, pairs ...string) reply {
	t.Helper()
	return readReply(t, s.post(t, "/connect/token", append([]string{
		"grant_type", "VGAuthenticator", "client_id", s.client, "client_secret", s.secret,
	}, pairs...)...).body)
}

// login is call 1.
func (s *site) login(t *testing.T, who *sallyporttest.Person) reply {
	t.Helper()
	return s.token(t, "Username", who.Name, "Password", who.Password)
}

// reply is a body of the token endpoint. One of the two is set, unless the
// test has failed.
type reply struct {
	tokens  *wire.TokenSuccess
	refusal *wire.TokenError
}

func readReply(t *testing.T, body string) reply {
	t.Helper()
	tokens, refusal, err := wire.DecodeTokenAnswer([]byte(body))
	if err != nil {
		t.Errorf("reading a token answer of %d bytes: %v", len(body), err)
	}
	return reply{tokens, refusal}
}

// response is the VGResponse; empty if there is none.
func (r reply) response() *wire.Response {
	switch {
	case r.tokens != nil && r.tokens.VGResponse != nil:
		return r.tokens.VGResponse
	case r.refusal != nil && r.refusal.VGResponse != nil:
		return r.refusal.VGResponse
	}
	return &wire.Response{}
}

// want fails the test at once unless the status is s.
func (r reply) want(t *testing.T, s sallyport.Status) reply {
	t.Helper()
	got := sallyport.Status(r.response().AuthenticationState.Status)
	if got != s || (r.tokens != nil) != s.Has(sallyport.Success) {
		t.Fatalf("got %s (%d), want %s (%d)", got, got, s, s)
	}
	return r
}

// option finds the id of an offered option by what is displayed.
func (r reply) option(t *testing.T, transport, mode string) string {
	t.Helper()
	for _, o := range r.response().AuthenticationResponse.MFAAvailables {
		if o.TransportModeDisplay == transport && o.AuthenticationModeDisplay == mode {
			return o.ID
		}
	}
	t.Fatalf("got no option %s %s among %d", transport, mode, len(r.response().AuthenticationResponse.MFAAvailables))
	return ""
}

// equal fails the test if got is not want.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
