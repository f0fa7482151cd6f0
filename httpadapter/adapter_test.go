package httpadapter_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

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

// TestBasePaths serves below every end of the issuer's path, and is not made for
// a path that the issuer does not end in.
func TestBasePaths(t *testing.T) {
	const host = "http://127.0.0.1:5000"
	for _, tt := range []struct {
		issuer string
		good   []string
		bad    []string
	}{
		{host, []string{""}, []string{"/a"}},
		{host + "/auth/v1", []string{"", "/v1", "/auth/v1", "/AUTH/V1"}, []string{"/auth", "/auth/v2", "/x/auth/v1", "/h/v1", "/1"}},
		{host + "/A-z_0.9~/..a", []string{"/A-z_0.9~/..a", "/..a"}, []string{"/.a"}},
		{host + "/a%20b/c", []string{"", "/c"}, []string{"/a/c"}},
	} {
		h := newHarness(t, tt.issuer, httpadapter.Options{})
		for _, base := range tt.good {
			a := newAdapter(t, h.engine, httpadapter.Options{BasePath: base})
			serve(a, request("GET", base+"/connect/userinfo", "")).want(t, 401, "")
		}
		for _, base := range tt.bad {
			if _, err := httpadapter.New(h.engine, httpadapter.Options{BasePath: base}); err == nil || !strings.Contains(err.Error(), "Options.BasePath") {
				t.Errorf("%s below %s: got %v, want it refused", base, tt.issuer, err)
			}
		}
	}
}

// TestOptionsAreCopied changes the caller's list of networks afterwards.
func TestOptionsAreCopied(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	a := newAdapter(t, h.engine, httpadapter.Options{TrustedProxies: proxies, AnswerLinksAtOnce: true})
	proxies[0] = netip.MustParsePrefix("172.16.0.0/12")
	post := func(body string) *answer {
		r := request("POST", "/connect/token", body, "Content-Type", formType, "X-Forwarded-For", "198.51.100.1")
		r.RemoteAddr = "10.0.0.1:1"
		return serve(a, r)
	}
	resp := post(login("Username", "mail", "Password", pass)).refusal(t).VGResponse
	post(login("AuthenticationRequestId", resp.RequestID, "MFAAvailableId", option(t, resp, "Email", "Link")))
	if page := h.do(request("GET", path(t, h.outbox.last(t, "link").Link), "")); !strings.Contains(page.body, "<dd>address 198.51.100.1</dd>") {
		t.Errorf("got %s, want the address behind the proxy", page.body)
	}
}
