package httpadapter_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

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
