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
