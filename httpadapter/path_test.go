package httpadapter_test

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

func TestPaths(t *testing.T) {
	h := shared()
	tests := []struct {
		target string
		found  bool
	}{
		{"/connect/userinfo", true},
		{"/connect/userinfo/", true},
		{"/CONNECT/UserInfo/", true},
		{"/connect/userinfo?x=1", true},
		{"/api/mfaenrollment/ENROLLUSERTOMICROSOFTAUTHENTICATORBYIMAGE", true},
		{"/.Well-Known/openid-configuration/JWKS", true},
		{"/mfa/Link/x", true},
		{"/MFA/enroll/x/", true},
		{"/mfa/enroll/%2e%2e", true}, // names no request
		{"/", false},
		{"//", false},
		{"/connect", false},
		{"/connect/", false},
		{"/connect/userinfo//", false},
		{"//connect/userinfo", false},
		{"/connect//userinfo", false},
		{"/connect/%75serinfo", false},
		{"/connect/userinfo%2f", false},
		{"/connect%2fuserinfo", false},
		{"/connect/./userinfo", false},
		{"/connect/x/../userinfo", false},
		{"/connect/userinfo/x", false},
		{"/connect/userinfo;x", false},
		{"/connect\\userinfo", false},
		{"/mfa/enroll", false},
		{"/mfa/enroll/", false},
		{"/mfa/enroll/a/b", false},
		{"/mfa%2fenroll/x", false},
		{"/\u212aonnect/userinfo", false},
		{"/auth/connect/userinfo", false},
	}
	for _, tt := range tests {
		t.Run(tt.target, func(t *testing.T) {
			a := h.do(request("GET", tt.target, ""))
			found := a.body != `{"error":"not_found"}`
			if found != tt.found {
				t.Errorf("got %d %.80s, want found: %v", a.status, a.body, tt.found)
			}
			if !tt.found {
				a.want(t, 404, `{"error":"not_found"}`)
			}
			wantHeader(t, a, "Location", "")
		})
	}
}

// TestMounts serves the same request in each way that a host may mount us.
func TestMounts(t *testing.T) {
	h := shared()
	below := newAdapter(t, h.engine, httpadapter.Options{BasePath: "/Auth/v1"})
	strip := http.NewServeMux()
	strip.Handle("/auth/v1/", http.StripPrefix("/auth/v1", h.adapter))
	root, leaves := http.NewServeMux(), http.NewServeMux()
	h.adapter.Register(root)
	root.Handle("GET /{path...}", http.NotFoundHandler()) // the host's own
	below.Register(leaves)
	leaves.Handle("GET /", http.NotFoundHandler())
	tests := []struct {
		name    string
		handler http.Handler
		target  string
		want    int
	}{
		{"base path", below, "/auth/V1/connect/userinfo/", 401},
		{"base path, not below it", below, "/connect/userinfo", 404},
		{"base path, half", below, "/auth/v1x/connect/userinfo", 404},
		{"base path, escaped", below, "/%61uth/v1/connect/userinfo", 404},
		{"stripped", strip, "/auth/v1/Connect/userinfo", 401},
		{"stripped, percent", strip, "/auth/v1/connect/%75serinfo", 404},
		{"leaves at the root", root, "/connect/userinfo", 401},
		{"leaves at the root, page", root, "/mfa/link/" + strings.Repeat("a", 64), 404},
		{"leaves at the root, API", root, "/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByImage?requestid=" + appID, 404},
		{"leaves below", leaves, "/Auth/v1/connect/userinfo", 401},
		{"leaves below, HEAD", leaves, "/Auth/v1/mfa/enroll/x", 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			serve(tt.handler, request("GET", tt.target, "")).want(t, tt.want, "")
		})
	}
	serve(root, request("DELETE", "/connect/token", "")).want(t, 405, "")
}

func TestMethods(t *testing.T) {
	h := shared()
	plain := regexp.MustCompile(`\{[^}]*\}`)
	allowed := map[string][]string{}
	for _, r := range h.adapter.Routes() {
		target := plain.ReplaceAllString(r.Path, "x")
		allowed[target] = append(allowed[target], r.Method)
		if r.Doc == "" || !strings.HasSuffix(r.Doc, ".") || r.Pattern != r.Method+" "+r.Path {
			t.Errorf("got %+v, want a sentence and a pattern", r)
		}
	}
	if len(allowed) != 15 {
		t.Errorf("got %d paths, want 15: %v", len(allowed), allowed)
	}
	for target, list := range allowed {
		if slices.Contains(list, "GET") {
			list = append(list, "HEAD")
		}
		slices.Sort(list)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"} {
			a := h.do(request(method, target, ""))
			if ok := slices.Contains(list, method); ok == (a.status == 405) {
				t.Errorf("%s %s: got %d, want allowed: %v", method, target, a.status, ok)
			}
			if a.status == 405 {
				wantHeader(t, a, "Allow", strings.Join(list, ", "))
			}
		}
	}
}

func TestHost(t *testing.T) {
	here := shared()
	public := newHarness(t, "https://id.example.com", httpadapter.Options{})
	tests := []struct {
		host string
		ok   bool
	}{
		{"127.0.0.1:5000", true}, {"127.0.0.1", true}, {"127.0.0.1:1", true}, {"localhost", true}, {"LocalHost:80", true}, {"[::1]", true}, {"[::1]:5000", true},
		{"", false}, {"evil.example", false}, {"evil.example:5000", false}, {"localhost.evil.example", false}, {"127.0.0.1.evil.example", false},
		{"localhost:5000:1", false}, {"localhost:x", false}, {"::1", false}, {"[::1", false}, {"[::1]x", false}, {"127.0.0.2", false},
		{"localhost@evil.example", false}, {"0.0.0.0", false}, {"2130706433", false}, {" localhost", false},
	}
	for _, tt := range tests {
		t.Run(tt.host, func(t *testing.T) {
			for _, route := range here.adapter.Routes() {
				r := request(route.Method, route.Path, "")
				r.Host = tt.host
				if a := here.do(r); (a.status != 421) != tt.ok {
					t.Errorf("%s: got %d, want served: %v", route.Pattern, a.status, tt.ok)
				}
			}
			r := request("GET", "/connect/userinfo", "")
			r.Host = tt.host
			public.do(r).want(t, 401, "")
		})
	}
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
	for _, target := range []string{"/.well-known/openid-configuration", "/.well-known/openid-configuration/jwks", "/connect/userinfo", "/mfa/link/x", "/mfa/enroll/x"} {
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

func TestDiscovery(t *testing.T) {
	h := shared()
	a := h.do(request("GET", "/.well-known/openid-configuration", ""))
	a.want(t, 200, "")
	wantJSONHeaders(t, a)
	doc := jsonObject(t, a.body)
	if doc["issuer"] != "http://127.0.0.1:5000" || doc["jwks_uri"] != "http://127.0.0.1:5000/.well-known/openid-configuration/jwks" {
		t.Errorf("got %s", a.body)
	}
	keys := h.do(request("GET", "/.well-known/openid-configuration/jwks", ""))
	keys.want(t, 200, "")
	if list, _ := jsonObject(t, keys.body)["keys"].([]any); len(list) == 0 || strings.Contains(keys.body, `"d"`) {
		t.Errorf("got %s, want public keys", keys.body)
	}
}

func TestNewRefuses(t *testing.T) {
	e := shared().engine
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct {
		name string
		opts httpadapter.Options
		want string
	}{
		{"slash at the end", httpadapter.Options{BasePath: "/auth/"}, "BasePath"},
		{"a slash alone", httpadapter.Options{BasePath: "/"}, "BasePath"},
		{"no slash", httpadapter.Options{BasePath: "auth"}, "BasePath"},
		{"empty segment", httpadapter.Options{BasePath: "/a//b"}, "BasePath"},
		{"wildcard", httpadapter.Options{BasePath: "/{tenant}"}, "BasePath"},
		{"percent", httpadapter.Options{BasePath: "/a%20b"}, "BasePath"},
		{"dots", httpadapter.Options{BasePath: "/a/.."}, "BasePath"},
		{"bad network", httpadapter.Options{TrustedProxies: []netip.Prefix{{}}}, "TrustedProxies"},
		{"two sources of addresses", httpadapter.Options{TrustedProxies: proxies, ClientAddress: func(*http.Request) string { return "" }}, "exclude"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := httpadapter.New(e, tt.opts); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	_, err := httpadapter.New(nil, httpadapter.Options{BasePath: "x"})
	if err == nil || !strings.Contains(err.Error(), "engine") || !strings.Contains(err.Error(), "BasePath") {
		t.Errorf("got %v, want both faults", err)
	}
}

// TestAddresses reads the address of a login where users see it: on the page
// of a link.
func TestAddresses(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}
	own := func(r *http.Request) string { return r.Header.Get("X-Real") }
	tests := []struct {
		name, peer string
		opts       httpadapter.Options
		header     []string
		want       string
	}{
		{"direct", "203.0.113.7:1234", httpadapter.Options{}, nil, "203.0.113.7"},
		{"direct, IPv6", "[2001:db8::7]:1234", httpadapter.Options{}, nil, "2001:db8::7"},
		{"mapped", "[::ffff:203.0.113.7]:1234", httpadapter.Options{}, nil, "203.0.113.7"},
		{"a zone", "[fe80::1%eth0]:1", httpadapter.Options{}, nil, "fe80::1"},
		{"no proxy is trusted", "203.0.113.7:1", httpadapter.Options{}, []string{"198.51.100.1"}, "203.0.113.7"},
		{"an untrusted peer", "203.0.113.7:1", httpadapter.Options{TrustedProxies: proxies}, []string{"198.51.100.1"}, "203.0.113.7"},
		{"a trusted peer", "10.0.0.1:1", httpadapter.Options{TrustedProxies: proxies}, []string{"198.51.100.1"}, "198.51.100.1"},
		{"forged on the left", "10.0.0.1:1", httpadapter.Options{TrustedProxies: proxies}, []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:1", httpadapter.Options{TrustedProxies: proxies}, []string{"1.2.3.4, 198.51.100.1, 2001:db8:ffff::1"}, "198.51.100.1"},
		{"two headers", "10.0.0.1:1", httpadapter.Options{TrustedProxies: proxies}, []string{"198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		{"with a port", "10.0.0.1:1", httpadapter.Options{TrustedProxies: proxies}, []string{"198.51.100.1:99"}, "198.51.100.1"},
		{"junk", "10.0.0.1:1", httpadapter.Options{TrustedProxies: proxies}, []string{"1.2.3.4, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"absent", "10.0.0.1:1", httpadapter.Options{TrustedProxies: proxies}, nil, "10.0.0.1"},
		{"all trusted", "10.0.0.1:1", httpadapter.Options{TrustedProxies: proxies}, []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a socket", "@", httpadapter.Options{TrustedProxies: proxies}, []string{"198.51.100.1"}, ""},
		{"the host's own", "203.0.113.7:1", httpadapter.Options{ClientAddress: own}, []string{"1.2.3.4"}, "192.0.2.9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h.clock.advance(30 * time.Minute) // budgets refill
			tt.opts.AnswerLinksAtOnce = true
			a := newAdapter(t, h.engine, tt.opts)
			r := request("POST", "/connect/token", login("Username", "mail", "Password", pass), "Content-Type", formType, "X-Real", "192.0.2.9")
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.header
			resp := serve(a, r).refusal(t).VGResponse
			serve(a, request("POST", "/connect/token", login("AuthenticationRequestId", resp.RequestID, "MFAAvailableId", option(t, resp, "Email", "Link")), "Content-Type", formType))
			page := h.do(request("GET", path(t, h.outbox.last(t, "link").Link), ""))
			want := "<dd>address " + tt.want + "</dd>"
			if tt.want == "" {
				want = "<dd>an unknown address</dd>"
			}
			if !strings.Contains(page.body, want) {
				t.Errorf("got %s, want %s", page.body, want)
			}
		})
	}
}
