package sallyporttest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// setting is a handler that sets, below /set/, the cookies of its list, one a call,
// and tells everywhere which it was sent.
func setting(list ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/set/") && len(list) > 0 {
			w.Header().Add("Set-Cookie", list[0])
			list = list[1:]
		}
		fmt.Fprint(w, r.Header.Get("Cookie"))
	})
}

// TestCookies: which cookie goes where, and when it ends by the kit's clock.
func TestCookies(t *testing.T) {
	start := sallyporttest.Start
	at := func(d time.Duration) string { return "; Expires=" + start.Add(d).Format(http.TimeFormat) }
	for _, tt := range []struct {
		name string
		opts []sallyporttest.Option
		set  []string
		wait time.Duration
		ask  string
		want string
	}{
		{"plain", nil, []string{"a=1; Path=/"}, 0, "/x", "a=1"},
		{"quoted", nil, []string{`a="1 2"; Path=/`}, 0, "/x", `a="1 2"`},
		{"inside the folder", nil, []string{"a=1"}, 0, "/set/deeper", "a=1"},
		{"outside the folder", nil, []string{"a=1"}, 0, "/settle", ""},
		{"its path", nil, []string{"a=1; Path=/in"}, 0, "/in/x", "a=1"},
		{"outside its path", nil, []string{"a=1; Path=/in"}, 0, "/inner", ""},
		{"replaced", nil, []string{"a=1; Path=/", "a=2; Path=/"}, 0, "/x", "a=2"},
		{"deleted", nil, []string{"a=1; Path=/", "a=; Path=/; Max-Age=0"}, 0, "/x", ""},
		{"deleted by the past", nil, []string{"a=1; Path=/", "a=; Path=/" + at(-time.Hour)}, 0, "/x", ""},
		{"deleted at another path", nil, []string{"a=1; Path=/", "a=; Path=/in; Max-Age=0"}, 0, "/x", "a=1"},
		{"of this machine, Secure", nil, []string{"a=1; Path=/; Secure"}, 0, "/x", "a=1"},
		{"__Host- of this machine", nil, []string{"__Host-a=1; Path=/; Secure"}, 0, "/x", "__Host-a=1"},
		{"Secure with TLS", []sallyporttest.Option{secure, noClients}, []string{"a=1; Path=/; Secure; HttpOnly; SameSite=Strict"}, 0, "/x", "a=1"},
		{"of the domain", []sallyporttest.Option{secure, noClients}, []string{"a=1; Path=/; Domain=Example.com"}, 0, "/x", "a=1"},
		{"of the very host", []sallyporttest.Option{secure, noClients}, []string{"a=1; Path=/; Domain=id.example.com"}, 0, "/x", "a=1"},
		{"before its age", nil, []string{"a=1; Path=/; Max-Age=60"}, time.Minute - 1, "/x", "a=1"},
		{"of age", nil, []string{"a=1; Path=/; Max-Age=60"}, time.Minute, "/x", ""},
		{"before it expires", nil, []string{"a=1; Path=/" + at(time.Minute)}, time.Minute - 1, "/x", "a=1"},
		{"expired", nil, []string{"a=1; Path=/" + at(time.Minute)}, time.Minute, "/x", ""},
		{"age before expiry", nil, []string{"a=1; Path=/; Max-Age=120" + at(time.Minute)}, time.Minute, "/x", "a=1"},
		{"of age in its folder", nil, []string{"a=1; Max-Age=60"}, time.Minute, "/set/x", ""},
		{"given another life", nil, []string{"a=1; Path=/; Max-Age=60", "a=2; Path=/"}, time.Hour, "/x", "a=2"},
		{"given a longer life", nil, []string{"a=1; Max-Age=60", "a=2; Path=/set; Max-Age=120"}, time.Minute, "/set/x", "a=2"},
		{"for months", nil, []string{"a=1; Path=/; Max-Age=31536000"}, 364 * 24 * time.Hour, "/x", "a=1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kit := sallyporttest.New(t, tt.opts...)
			b := kit.Browser(setting(tt.set...))
			for range tt.set {
				b.Open("/set/it")
			}
			kit.Clock.Advance(tt.wait)
			equal(t, "sent", b.Open(tt.ask).Text, tt.want)
			equal(t, "sent by another browser", kit.Browser(setting()).Open(tt.ask).Text, "")
		})
	}
}

// TestCookiesRefused: a cookie that no browser keeps fails the test, and is not kept.
func TestCookiesRefused(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"__Host-a=1; Secure", "wants Secure, Path=/ and no Domain"},
		{"__host-a=1; Path=/", "wants Secure, Path=/ and no Domain"},
		{"__Host-a=1; Path=/; Secure; Domain=id.example.com", "wants Secure, Path=/ and no Domain"},
		{"__Secure-a=1; Path=/", "wants Secure"},
		{"a=1; Path=/; SameSite=None", "SameSite=None wants Secure"},
		{"a=1; Path=/; Domain=example.org", "its Domain is another's"},
		{"a=1; Path=/; Domain=my.id.example.com", "its Domain is another's"},
	} {
		p := &probe{TB: t}
		b := sallyporttest.New(p, secure, noClients).Browser(setting(tt.set))
		b.Open("/set/it")
		equal(t, tt.set+": sent", b.Open("/set/it").Text, "")
		if got := strings.Join(p.complaints, "\n"); !strings.Contains(got, tt.want) || !strings.Contains(got, "of /set/it") {
			t.Errorf("%s: got complaints %q, want %q and the page among them", tt.set, got, tt.want)
		}
	}
}
