package form_test

import (
	"errors"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/form"
)

func TestScan(t *testing.T) {
	pairs := func(list ...form.Pair) []form.Pair { return list }
	for _, tt := range []struct {
		name, raw string
		want      []form.Pair
		status    int
		field     string
	}{
		{"fields", "a=1&b=x+y%2B&&c", pairs(form.Pair{Name: "a", Value: "1"}, form.Pair{Name: "b", Value: "x y+"}, form.Pair{Name: "c"}), 0, ""},
		{"raw semicolon", "a=1;b=2", nil, 400, "a"},
		{"bad percent code", "a=%zz", nil, 400, "a"},
		{"bad UTF-8", "a=%ff", nil, 400, "a"},
		{"NUL", "a=%00", nil, 400, "a"},
		{"a bad name", "a%ff=1", nil, 400, "body"},
		{"64 fields", strings.Repeat("a&", 64), slices.Repeat(pairs(form.Pair{Name: "a"}), 64), 0, ""},
		{"65 fields", strings.Repeat("a&", 65), nil, 413, "body"},
		{"a long value", "a=" + strings.Repeat("x", 1025), nil, 413, "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := form.Scan(tt.raw)
			e, refused := errors.AsType[*form.Refusal](err)
			if refused != (tt.status != 0) || refused && (e.Status != tt.status || e.Field != tt.field) || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v, want %v, %d %s", got, err, tt.want, tt.status, tt.field)
			}
		})
	}
}

// TestUnread: a field that is known and of no meaning is refused nowhere, and nobody gets it.
func TestUnread(t *testing.T) {
	v := form.Vocabulary{Exact: []string{"id"}, Folded: form.Names("Name", "Email"), Unread: []string{"Email"}}
	sent := func(names ...string) (list []form.Pair) {
		for _, n := range names {
			list = append(list, form.Pair{Name: n, Value: "x"})
		}
		return list
	}
	for _, strict := range []bool{true, false} {
		got, err := v.Gather(sent("id", "NAME", "email"), strict)
		if err != nil || len(got) != 2 || got["id"] != "x" || got["Name"] != "x" {
			t.Errorf("strict %v: got %v, %v, want id and Name alone", strict, got, err)
		}
		if _, err := v.Gather(sent("email", "EMAIL"), strict); err == nil {
			t.Errorf("strict %v: a field that stands twice was let pass", strict)
		}
	}
	if _, err := v.Gather(sent("other"), true); err == nil {
		t.Error("a field that is not known was let pass in JSON")
	}
}

func TestAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct{ name, peer, forwarded, want string }{
		{"the peer", "192.0.2.1:99", "", "192.0.2.1"},
		{"a stranger who says another", "192.0.2.1:99", "203.0.113.5", "192.0.2.1"},
		{"a proxy", "10.0.0.1:99", "203.0.113.5", "203.0.113.5"},
		{"two proxies", "10.0.0.1:99", "198.51.100.7, 203.0.113.5, 10.0.0.2", "203.0.113.5"},
		{"nonsense", "10.0.0.1:99", "203.0.113.5, x", "10.0.0.1"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.1]:99", "", "192.0.2.1"},
		{"no address", "pipe", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			if tt.forwarded != "" {
				r.Header.Set("X-Forwarded-For", tt.forwarded)
			}
			if got := form.Address(r, trusted); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestIsLocalHost(t *testing.T) {
	for _, tt := range []struct {
		header string
		want   bool
	}{
		{"demo.test", true}, {"DEMO.test:5000", true}, {"127.0.0.1:80", true}, {"localhost", true}, {"[::1]:5000", true},
		{"evil.example", false}, {"localhost.evil.example", false}, {"", false}, {"[::1", false}, {"localhost:x", false},
	} {
		if got := form.IsLocalHost(tt.header, "demo.test"); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.header, got, tt.want)
		}
	}
}

func TestLastSegment(t *testing.T) {
	for path, want := range map[string]string{"/mfa/link/abc": "abc", "/mfa/link/abc/": "abc", "/mfa/link/a%2Fb": "a%2Fb", "/": ""} {
		if got := form.LastSegment(httptest.NewRequest("GET", path, nil)); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}
