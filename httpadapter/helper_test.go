package httpadapter_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/wire"
)

const (
	appID     = "6f209594-fc04-4e96-9f9f-7daf57b0fb12"
	clientID  = appID + "_Native"
	secret    = "a secret of the client; 100%"
	secret2   = "another+secret%41" // of which form-decoding makes another one
	pass      = "Sesame; open+1%"
	nasty     = `"><svg/onload=alert(1)>`
	spaOrigin = "https://app.example.com"      // the SPA's
	webOrigin = "https://web.example.com:8443" // the WebApp's
	formType  = "application/x-www-form-urlencoded"
)

// harness is an engine with a directory behind an adapter.
type harness struct {
	engine  *sallyport.Engine
	adapter *httpadapter.Adapter
	store   *memstore.Store
	outbox  *outbox
	clock   *clock
	log     *strings.Builder // the adapter's
}

var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// firstRecords are what an engine writes that is made on an empty store at start: to
// make its signing key takes longer than most tests.
var firstRecords = sync.OnceValues(func() (list []store.Write, err error) {
	s := memstore.New()
	e, err := sallyport.New(context.Background(), sallyport.Config{
		Store: s, InsecurePlainStore: true, Issuer: "http://127.0.0.1", Now: func() time.Time { return start },
	})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	for r, err := range s.Scan(context.Background(), "", "") {
		if err != nil {
			return nil, err
		}
		list = append(list, store.Write{Key: r.Key, Value: r.Value, Expires: r.Expires})
	}
	return list, nil
})

// newHarness makes one; the issuer says where it is mounted. All have the same keys.
func newHarness(t testing.TB, issuer string, opts httpadapter.Options) *harness {
	t.Helper()
	h := &harness{store: memstore.New(), outbox: &outbox{news: make(chan struct{}, 1)}, clock: &clock{now: start}}
	first, err := firstRecords()
	if err == nil {
		err = h.store.Commit(context.Background(), store.Change{ID: 1, Writes: first})
	}
	if err != nil {
		t.Fatal(err)
	}
	e, err := sallyport.New(context.Background(), sallyport.Config{
		Store: h.store, InsecurePlainStore: true, Issuer: issuer, Label: "Example", Email: h.outbox, SMS: h.outbox,
		Now: h.clock.Now, PasswordParams: password.InsecureParamsForTests(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if _, err := e.Apply(context.Background(), testDirectory(), directory.Options{}); err != nil {
		t.Fatal(err)
	}
	h.engine = e
	h.log = &strings.Builder{}
	opts.Logger = slog.New(slog.NewTextHandler(h.log, nil))
	h.adapter = newAdapter(t, e, opts)
	return h
}

func newAdapter(t testing.TB, e *sallyport.Engine, opts httpadapter.Options) *httpadapter.Adapter {
	t.Helper()
	a, err := httpadapter.New(e, opts)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// testDirectory returns a directory with a user for each way to log in.
func testDirectory() directory.File {
	yes := true
	user := func(name string, change func(*directory.User)) directory.User {
		u := directory.User{Name: name, Password: pass, Roles: []directory.Grant{{Application: appID, Role: "Clerk"}}}
		if change != nil {
			change(&u)
		}
		return u
	}
	client := func(platform string, public, number bool) directory.Client {
		c := directory.Client{
			Application: appID, Platform: platform, GrantTypes: []string{"VGAuthenticator", "refresh_token"}, Public: public, LinkNumber: number,
			Scopes: []string{"openid", "offline_access", "VGToken", "VGProfile"},
		}
		switch platform {
		case "SPA":
			c.CORSOrigins = []string{spaOrigin, "http://127.0.0.1:5173"}
		case "WebApp":
			c.CORSOrigins = []string{webOrigin}
		}
		if !public {
			c.Secrets = []directory.Secret{{Value: secret}, {Value: secret2}}
		}
		return c
	}
	service := client("Service", false, false)
	service.GrantTypes = []string{"password", "client_credentials", "refresh_token"}
	service.Scopes = append(service.Scopes, "IdentityServerApi", "orders")
	return directory.File{
		Applications: []directory.Application{{ID: appID, Name: "App " + nasty, Roles: []directory.Role{{Name: "Clerk"}}}},
		Clients:      []directory.Client{client("Native", false, false), client("WebApp", false, true), client("SPA", true, false), service},
		Users: []directory.User{
			user("plain", nil),
			user("mail", func(u *directory.User) { u.Email, u.EmailValidated = "margaret.jones@gmail.com", &yes }),
			user("phone", func(u *directory.User) { u.Mobile, u.MobileValidated = "+33612345678", &yes }),
			user("bare", func(u *directory.User) { u.MFA = &yes }),
			user("record", func(u *directory.User) { u.MFA, u.Email = &yes, "recorded@example.org" }),
			user("both", func(u *directory.User) {
				u.MFA, u.Email, u.Mobile = &yes, "both@example.org", "+33612345670"
			}),
			user("half", func(u *directory.User) {
				u.Email, u.EmailValidated, u.Mobile = "half@example.org", &yes, "+33612345679"
			}),
			user(nasty, func(u *directory.User) { u.MFA = &yes }),
			user(nasty+"mail", func(u *directory.User) { u.Email, u.EmailValidated = "nasty@example.org", &yes }),
		},
	}
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// outbox keeps what was sent.
type outbox struct {
	mu   sync.Mutex
	list []sallyport.Message
	fail error         // what Send returns
	news chan struct{} // holds something after each message
}

func (o *outbox) Send(_ context.Context, m sallyport.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	o.list = append(o.list, m)
	select {
	case o.news <- struct{}{}:
	default: // a message that came before has set it already
	}
	return nil
}

// await waits for a message that fits. Notices need it: they are sent after the
// answer.
func (o *outbox) await(t *testing.T, fits func(sallyport.Message) bool) sallyport.Message {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		o.mu.Lock()
		i := slices.IndexFunc(o.list, fits)
		if i >= 0 {
			defer o.mu.Unlock()
			return o.list[i]
		}
		o.mu.Unlock()
		select {
		case <-o.news:
		case <-late:
			t.Fatal("the message never came")
		}
	}
}

// last returns the newest message of a kind.
func (o *outbox) last(t *testing.T, kind string) sallyport.Message {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.list) - 1; i >= 0; i-- {
		if o.list[i].Kind == kind {
			return o.list[i]
		}
	}
	t.Fatalf("no message of kind %q among %d", kind, len(o.list))
	return sallyport.Message{}
}

// breakDown makes every later message fail.
func (o *outbox) breakDown() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = errors.New("the provider is down")
}

func (o *outbox) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.list)
}

// request makes a request; header holds pairs of name and value.
func request(method, target, body string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:5000"
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// do serves one request and returns what came out.
func (h *harness) do(r *http.Request) *answer { return serve(h.adapter, r) }

func serve(handler http.Handler, r *http.Request) *answer {
	w := &recorder{ResponseRecorder: httptest.NewRecorder()}
	handler.ServeHTTP(w, r)
	return &answer{status: w.status, header: w.Result().Header, body: w.Body.String()}
}

// recorder keeps the status that a handler writes first, 0 if it writes none. A
// [httptest.ResponseRecorder] makes 200 of none and passes over one below 200.
type recorder struct {
	*httptest.ResponseRecorder
	status int
}

// WriteHeader keeps the first status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseRecorder.WriteHeader(status)
}

// answer is a response that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

func read(t *testing.T, resp *http.Response, err error) *answer {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{resp.StatusCode, resp.Header, string(b)}
}

// form encodes pairs of name and value, in order.
func form(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	return strings.Join(parts, "&")
}

// login returns the body of a token call.
func login(pairs ...string) string {
	return form(append([]string{"grant_type", "VGAuthenticator", "client_id", clientID, "client_secret", secret}, pairs...)...)
}

func (h *harness) token(body string) *answer {
	r := request("POST", "/connect/token", body, "Content-Type", formType)
	if strings.Contains(body, "_SPA") {
		r.Header.Set("Origin", spaOrigin) // as the browser of its pages does
	}
	return h.do(r)
}

// first makes call 1.
func (h *harness) first(t *testing.T, user string) *wire.Response {
	t.Helper()
	return h.token(login("Username", user, "Password", pass)).refusal(t).VGResponse
}

func (a *answer) refusal(t *testing.T) *wire.TokenError {
	t.Helper()
	_, e, err := wire.DecodeTokenAnswer([]byte(a.body))
	if err != nil || e == nil || e.VGResponse == nil {
		t.Fatalf("got %d %s (%v), want a refusal with VGResponse", a.status, a.body, err)
	}
	return e
}

func (a *answer) success(t *testing.T) *wire.TokenSuccess {
	t.Helper()
	s, _, err := wire.DecodeTokenAnswer([]byte(a.body))
	if err != nil || s == nil || a.status != http.StatusOK {
		t.Fatalf("got %d %s (%v), want tokens", a.status, a.body, err)
	}
	return s
}

func (a *answer) enrollment(t *testing.T) wire.EnrollmentResult {
	t.Helper()
	var r wire.EnrollmentResult
	if err := wire.Decode([]byte(a.body), &r); err != nil {
		t.Fatalf("got %d %s: %v", a.status, a.body, err)
	}
	return r
}

// want compares the status and, if it is not empty, the whole body.
func (a *answer) want(t *testing.T, status int, body string) {
	t.Helper()
	if a.status != status {
		t.Errorf("got status %d, want %d: %.300s", a.status, status, a.body)
	}
	if body != "" && a.body != body {
		t.Errorf("got body %.300s, want %s", a.body, body)
	}
}

// wantStatus compares the status of a refusal.
func wantStatus(t *testing.T, a *answer, want sallyport.Status) {
	t.Helper()
	if got := a.refusal(t).VGResponse.AuthenticationState.Status; a.status != http.StatusBadRequest || got != int64(want) {
		t.Errorf("got %d with status %v, want 400 with %v", a.status, sallyport.Status(got), want)
	}
}

func wantHeader(t *testing.T, a *answer, name, want string) {
	t.Helper()
	if got := strings.Join(a.header[http.CanonicalHeaderKey(name)], " | "); got != want {
		t.Errorf("%s: got %q, want %q", name, got, want)
	}
}

// option finds the id of a way to prove the second factor.
func option(t *testing.T, r *wire.Response, transport, mode string) string {
	t.Helper()
	for _, o := range r.AuthenticationResponse.MFAAvailables {
		if o.TransportModeDisplay == transport && o.AuthenticationModeDisplay == mode {
			return o.ID
		}
	}
	t.Fatalf("no option %s %s in %+v", transport, mode, r.AuthenticationResponse.MFAAvailables)
	return ""
}

var nonceField = regexp.MustCompile(`name="nonce" value="([^"]+)"`)

// nonce reads it from a page.
func nonce(t *testing.T, a *answer) string {
	t.Helper()
	m := nonceField.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("no nonce in %d %s", a.status, a.body)
	}
	return m[1]
}

// path returns the part of an address that the adapter sees.
func path(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// shared is one harness for tests that change nothing; making one costs an
// RSA key.
var shared = sync.OnceValue(func() *harness {
	return newHarness(forever{}, "http://127.0.0.1:5000", httpadapter.Options{})
})

// forever is a testing.TB for what several tests share.
type forever struct{ testing.TB }

func (forever) Helper()           {}
func (forever) Cleanup(func())    {}
func (forever) Fatal(args ...any) { panic(args) }

// jsonObject reads a document of strings.
func jsonObject(t *testing.T, body string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return m
}
