package bench

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/alexedwards/scs/boltstore"
	"github.com/alexedwards/scs/v2"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	ourbolt "github.com/sallyport-auth/sallyport/store/boltstore"
)

// signedIn is how many people have a session.
const signedIn = 1000

// BenchmarkGuard is a request for a page that only a role may see, by the cookie of one of
// a thousand sessions in a bbolt file: one at a time, and by 64 clients at once. Ours reads
// session and account anew, so that a role taken away or an account disabled acts at once;
// scs reads what the host put into the session. "idle" is scs with a time after which an
// unused session ends, which ours always has.
func BenchmarkGuard(b *testing.B) {
	for _, l := range []struct {
		name string
		open func(testing.TB) cookies
	}{
		{"ours", func(tb testing.TB) cookies { return ourCookies(tb, false) }},
		{"sealed", func(tb testing.TB) cookies { return ourCookies(tb, true) }},
		{"scs", func(tb testing.TB) cookies { return scsCookies(tb, 0) }},
		{"scs idle", func(tb testing.TB) cookies { return scsCookies(tb, time.Hour) }},
	} {
		c := l.open(b)
		for _, n := range []int{1, clients} {
			b.Run(fmt.Sprintf("%s/clients=%d", l.name, n), func(b *testing.B) { c.bench(b, n) })
		}
	}
}

// cookies are a page behind sessions, and those.
type cookies struct {
	page    http.Handler
	headers []string // of a cookie
}

func (c cookies) bench(b *testing.B, n int) {
	list := make([]*caller, n)
	for i := range list {
		list[i] = newCaller(b, c.page, "/reports")
	}
	b.ReportAllocs()
	b.ResetTimer()
	spread(n, b.N, func(client, i int) bool {
		l, who := list[client], (i*7919)%signedIn
		l.header["Cookie"] = c.headers[who : who+1]
		got := l.do(&http.Request{Method: http.MethodGet, Header: l.header, Body: http.NoBody})
		if got != http.StatusOK || l.answer.String() != person(who) {
			b.Errorf("got %d %q, want %q", got, l.answer.String(), person(who))
			return false
		}
		return true
	})
}

// ourStore is a bbolt file of ours.
func ourStore(tb testing.TB) store.Store {
	tb.Helper()
	s, err := ourbolt.Open(filepath.Join(tb.TempDir(), "ours.db"), ourbolt.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// ourEngine is an engine whose own application is that of the kit's roles.
func ourEngine(tb testing.TB, s store.Store, seal bool) *sallyporttest.Kit {
	tb.Helper()
	return newKit(tb, s, seal, func(c *sallyport.Config) {
		realTime(c)
		c.Application = sallyporttest.ApplicationName
	})
}

func ourCookies(tb testing.TB, seal bool) cookies {
	k := ourEngine(tb, ourStore(tb), seal)
	populate(tb, k, 0, signedIn, nil)
	g, err := guard.New(k.Engine, guard.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	name, _ := k.Engine.SessionCookie()
	c := cookies{headers: make([]string, signedIn), page: g.Require(guard.Role(sallyporttest.RoleName))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, guard.From(r.Context()).Name)
	}))}
	spread(clients, signedIn, func(_, i int) bool {
		r, err := k.Engine.Login(tb.Context(), sallyport.Login{Username: person(i), Password: userPass})
		if err != nil || r.Session == nil {
			tb.Errorf("got %v, %v, want a session", r, err)
			return false
		}
		c.headers[i] = name + "=" + r.Session.Handle
		return true
	})
	return c
}

func newSCS(tb testing.TB, idle time.Duration) *scs.SessionManager {
	tb.Helper()
	m := scs.New()
	m.Store, m.IdleTimeout = boltstore.NewWithCleanupInterval(plainBolt(tb), 0), idle
	return m
}

func scsCookies(tb testing.TB, idle time.Duration) cookies {
	m := newSCS(tb, idle)
	c := cookies{headers: make([]string, signedIn), page: m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.GetString(r.Context(), "role") != sallyporttest.RoleName {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, m.GetString(r.Context(), "user"))
	}))}
	for i := range c.headers {
		c.headers[i] = m.Cookie.Name + "=" + scsSession(tb, m, map[string]any{"user": person(i), "role": sallyporttest.RoleName})
	}
	return c
}

// scsSession puts a session of scs into its store and returns its token.
func scsSession(tb testing.TB, m *scs.SessionManager, values map[string]any) string {
	tb.Helper()
	ctx, err := m.Load(tb.Context(), "")
	if err != nil {
		tb.Fatal(err)
	}
	for key, value := range values {
		m.Put(ctx, key, value)
	}
	token, _, err := m.Commit(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}
