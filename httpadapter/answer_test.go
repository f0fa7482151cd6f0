package httpadapter_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

func wantJSONHeaders(t *testing.T, a *answer) {
	t.Helper()
	wantHeader(t, a, "Content-Type", "application/json; charset=UTF-8")
	wantHeader(t, a, "Cache-Control", "no-store, no-cache, max-age=0")
	wantHeader(t, a, "Pragma", "no-cache")
	wantHeader(t, a, "X-Content-Type-Options", "nosniff")
	wantHeader(t, a, "Access-Control-Allow-Origin", "")
}

// TestP14AnswersIgnoreHeaders compares every answer under forged headers byte for
// byte.
func TestP14AnswersIgnoreHeaders(t *testing.T) {
	h := newHarness(t, "https://id.example.com/auth", httpadapter.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	get := func(target string, change func(*http.Request)) string {
		r := request("GET", target, "")
		change(r)
		a := h.do(r)
		return a.body + strings.Join(a.header["Location"], "")
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	forged := []func(*http.Request){
		func(r *http.Request) { r.Host = "evil.example" },
		func(r *http.Request) { r.Host = "id.example.com@evil.example" },
		set("X-Forwarded-Host", "evil.example"), set("X-Forwarded-Proto", "http"), set("X-Forwarded-Port", "1"), set("X-Forwarded-Prefix", "/evil"),
		set("X-Forwarded-Server", "evil.example"), set("Forwarded", "host=evil.example;proto=http"), set("X-Original-URL", "/evil"), set("X-Rewrite-URL", "/evil"),
		set("X-Host", "evil.example"), set("X-HTTP-Method-Override", "POST"), set("Origin", "null"), set("Origin", "https://evil.example"),
	}
	for _, target := range []string{"/.well-known/openid-configuration", "/.well-known/openid-configuration/jwks", "/connect/userinfo", permittedPath + "x", "/mfa/link/x", "/mfa/enroll/x"} {
		want := get(target, func(*http.Request) {})
		for i, f := range forged {
			if got := get(target, f); got != want {
				t.Errorf("%s, header %d: got %s, want %s", target, i, got, want)
			}
		}
	}
	r := request("POST", "/connect/token", login("Username", "bare", "Password", pass), "Content-Type", formType, "X-Forwarded-Host", "evil.example")
	r.Host = "evil.example"
	resp := h.do(r).refusal(t).VGResponse
	if got, want := resp.AuthenticationResponse.AuthenticationEnrollmentRequest.EnrollmentURL, "https://id.example.com/auth/mfa/enroll/"+resp.RequestID; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// formed has the form of an access token: {"alg":"RS256","kid":"x","typ":"at+jwt"} and nothing
// that anybody has signed.
const formed = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngiLCJ0eXAiOiJhdCtqd3QifQ.e30.AAAA"

// everywhere returns a request to each route that calls the engine.
func everywhere() []*http.Request {
	return []*http.Request{
		request("POST", "/connect/token", login("Username", "plain", "Password", pass), "Content-Type", formType),
		request("POST", "/connect/token", login("AuthenticationRequestId", appID, "MFAAvailableId", appID), "Content-Type", formType),
		request("POST", "/connect/token", form("grant_type", "refresh_token", "client_id", clientID, "client_secret", secret, "refresh_token", "x"), "Content-Type", formType),
		request("POST", "/connect/token", form("grant_type", "password", "client_id", clientID, "client_secret", secret, "username", "plain", "password", pass), "Content-Type", formType),
		request("POST", "/connect/token", form("grant_type", "client_credentials", "client_id", serviceID, "client_secret", secret), "Content-Type", formType),
		request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+formed),
		request("GET", rolesPath, "", "Authorization", "Bearer "+formed),
		request("GET", permittedPath+appID, "", "Authorization", "Bearer "+formed),
		request("GET", "/.well-known/openid-configuration/jwks", ""),
		request("GET", "/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByImage?requestId="+appID, ""),
		request("POST", "/api/MFAEnrollment/GetEnrollmentInformation?requestId="+appID, ""),
		request("POST", "/api/MFAEnrollment/CancelEnrollment", form("requestId", appID, "client_id", clientID, "client_secret", secret), "Content-Type", formType),
		request("GET", "/mfa/enroll/"+appID, ""),
		request("GET", "/mfa/link/"+strings.Repeat("a", 64), ""),
	}
}

func wantFault(t *testing.T, h *harness, r *http.Request, status int, document string) {
	t.Helper()
	a := h.do(r)
	if strings.HasPrefix(r.URL.Path, "/mfa/") {
		a.want(t, status, "")
		wantPageHeaders(t, a)
		return
	}
	a.want(t, status, document)
	wantJSONHeaders(t, a)
}

func TestBrokenStore(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range everywhere() {
		h.log.Reset()
		wantFault(t, h, r, 500, `{"error":"server_error"}`)
		log := h.log.String()
		if !strings.Contains(log, "a call failed") || strings.Contains(log, pass) || strings.Contains(log, appID) || strings.Contains(log, secret) {
			t.Errorf("%s: got log %q, want the fault and no secret", r.URL.Path, log)
		}
	}
}

func TestClosedEngine(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	if err := h.engine.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range everywhere() {
		wantFault(t, h, r, 503, `{"error":"temporarily_unavailable"}`)
	}
	if h.log.Len() > 0 {
		t.Errorf("got log %q, want nothing for a server that shuts down", h.log)
	}
}

func TestCanceledCall(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, r := range everywhere() {
		wantFault(t, h, r.WithContext(ctx), 503, `{"error":"temporarily_unavailable"}`)
	}
	if h.log.Len() > 0 {
		t.Errorf("got log %q, want nothing for callers who have gone", h.log)
	}
}

// TestBusy runs with a gate that lets no password hash through.
func TestBusy(t *testing.T) {
	e, err := sallyport.New(context.Background(), sallyport.Config{
		Store: memstore.New(), InsecurePlainStore: true, Issuer: "http://127.0.0.1:5000", Gate: &password.Gate{},
		PasswordParams: password.InsecureParamsForTests(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Apply(t.Context(), testDirectory(), directory.Options{}); err != nil {
		t.Fatal(err)
	}
	r := request("POST", "/connect/token", form("grant_type", "VGAuthenticator", "Username", "plain", "Password", pass), "Content-Type", formType, "Authorization", basic(clientID, secret))
	var log strings.Builder
	a := serve(newAdapter(t, e, httpadapter.Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}), r)
	a.want(t, 503, `{"error":"temporarily_unavailable"}`)
	wantHeader(t, a, "Retry-After", "2")
	wantHeader(t, a, "WWW-Authenticate", "")
	if log.Len() > 0 {
		t.Errorf("got log %q, want nothing", log.String())
	}
}

// wantNote compares the title of a page that holds only text.
func wantNote(t *testing.T, a *answer, title string) {
	t.Helper()
	if !strings.Contains(a.body, "<title>"+title+"</title>") || !strings.Contains(a.body, "<h1>"+title+"</h1>") {
		t.Errorf("got %d %s, want the page %q", a.status, a.body, title)
	}
}

// TestRefusalPages looks at the page of each status.
func TestRefusalPages(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	page := func(r *http.Request) *answer {
		a := h.do(r)
		wantPageHeaders(t, a)
		return a
	}
	dead := page(request("GET", "/mfa/link/x", ""))
	dead.want(t, 404, "")
	wantNote(t, dead, "This page is not available")
	if !strings.Contains(dead.body, "go back to where you signed in and sign in once more") {
		t.Errorf("got %s, want what to do next", dead.body)
	}
	for _, r := range []*http.Request{
		request("POST", "/mfa/link/x", "nonce=%", "Content-Type", formType),
		request("POST", "/mfa/link/x", "{}", "Content-Type", "application/json"),
		request("PUT", "/mfa/link/x", ""),
	} {
		wantNote(t, page(r), "This request cannot be served")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	busy := page(request("GET", "/mfa/link/"+strings.Repeat("a", 64), "").WithContext(ended))
	busy.want(t, 503, "")
	wantNote(t, busy, "Too busy just now")
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	broken := page(request("GET", "/mfa/link/"+strings.Repeat("a", 64), ""))
	broken.want(t, 500, "")
	wantNote(t, broken, "Something went wrong")
}

// TestEarlyEndsAreDebugMessages runs with a logger that keeps debug messages.
func TestEarlyEndsAreDebugMessages(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	var log strings.Builder
	a := newAdapter(t, h.engine, httpadapter.Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	keys := func() *answer { return serve(a, request("GET", "/.well-known/openid-configuration/jwks", "")) }
	keys().want(t, 200, "")
	serve(a, request("GET", "/connect/userinfo", "")).want(t, 401, "")
	serve(a, request("GET", "/mfa/link/x", "")).want(t, 404, "")
	if log.Len() > 0 {
		t.Errorf("got log %q, want nothing for what callers do", log.String())
	}
	if err := h.engine.Close(); err != nil {
		t.Fatal(err)
	}
	keys().want(t, 503, "")
	if got := log.String(); !strings.Contains(got, "level=DEBUG") || !strings.Contains(got, "route=/.well-known/openid-configuration/jwks") {
		t.Errorf("got log %q, want a debug message with the route", got)
	}
}

// TestNoLogger serves a fault without a logger.
func TestNoLogger(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	a := newAdapter(t, h.engine, httpadapter.Options{})
	serve(a, request("GET", "/.well-known/openid-configuration/jwks", "")).want(t, 500, `{"error":"server_error"}`)
}
