package bench

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
)

// heldStore holds up one commit, from when it is armed.
type heldStore struct {
	store.Store
	armed            atomic.Bool
	entered, release chan struct{}
}

// Commit waits, where it is the one that is held.
func (s *heldStore) Commit(ctx context.Context, c store.Change) error {
	if s.armed.CompareAndSwap(true, false) {
		close(s.entered)
		<-s.release
	}
	return s.Store.Commit(ctx, c)
}

// TestParallelWrites: that a session is used is written by a request while another one signs
// out, or changes what the session may do. What the other one did stands, whoever writes
// last.
func TestParallelWrites(t *testing.T) {
	s := &heldStore{Store: ourStore(t), entered: make(chan struct{}), release: make(chan struct{})}
	k := newKit(t, s, false, nil)
	g, err := guard.New(k.Engine, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	page := g.Require()(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	get := func(handle string) (int, bool) {
		c := newCaller(t, page, "/")
		name, _ := k.Engine.SessionCookie()
		c.header.Set("Cookie", name+"="+handle)
		status := c.do(&http.Request{Method: http.MethodGet, Header: c.header, Body: http.NoBody})
		return status, c.given.Get("Set-Cookie") != ""
	}
	for _, tt := range []struct {
		name    string
		do      func(p *sallyporttest.Person, handle string) error
		status  int
		renewed bool // the cookie, because of what the session may do since
	}{
		{"sign-out", func(_ *sallyporttest.Person, handle string) error { return k.Engine.SignOut(t.Context(), handle) }, http.StatusUnauthorized, false},
		{"another password", func(p *sallyporttest.Person, handle string) error {
			c, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: handle, Password: p.Password, NewPassword: "donkeys and mules"})
			if err == nil && c.Status != sallyport.PasswordChanged {
				err = errRefused
			}
			return err
		}, http.StatusOK, true},
	} {
		p := k.AddUser(t, sallyporttest.User{Name: tt.name})
		r, err := k.Engine.Login(t.Context(), sallyport.Login{Username: p.Name, Password: p.Password})
		if err != nil || r.Session == nil {
			t.Fatalf("got %v, %v, want a session", r, err)
		}
		k.Clock.Advance(6 * time.Minute) // so that its use is to be written
		s.entered, s.release = make(chan struct{}), make(chan struct{})
		s.armed.Store(true)
		done := make(chan struct{})
		go func() {
			defer close(done)
			if status, _ := get(r.Session.Handle); status != http.StatusOK {
				t.Errorf("%s: the request before it: got %d", tt.name, status)
			}
		}()
		<-s.entered
		if err := tt.do(p, r.Session.Handle); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		close(s.release)
		<-done
		if status, renewed := get(r.Session.Handle); status != tt.status || renewed != tt.renewed {
			t.Errorf("%s: got %d, renewed %v, want %d, %v", tt.name, status, renewed, tt.status, tt.renewed)
		}
	}
}

// TestParallelWritesSCS is what README.md says of scs: a session is written whole, and the
// last one wins. A request that was under way brings a session back that was signed out,
// and a role that was taken away.
func TestParallelWritesSCS(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(m *scs.SessionManager, ctx context.Context) error
	}{
		{"sign-out", func(m *scs.SessionManager, ctx context.Context) error { return m.Destroy(ctx) }},
		{"a role that is taken away", func(m *scs.SessionManager, ctx context.Context) error { m.Remove(ctx, "role"); return nil }},
	} {
		m := newSCS(t, time.Hour)
		token := scsSession(t, m, map[string]any{"user": "ada", "role": "boss"})
		serve := func(within func(ctx context.Context)) {
			c := newCaller(t, m.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { within(r.Context()) })), "/")
			c.header.Set("Cookie", m.Cookie.Name+"="+token)
			c.do(&http.Request{Method: http.MethodGet, Header: c.header, Body: http.NoBody})
		}
		serve(func(context.Context) { // a request that changes nothing
			serve(func(ctx context.Context) {
				if err := tt.do(m, ctx); err != nil {
					t.Errorf("%s: %v", tt.name, err)
				}
			})
			serve(func(ctx context.Context) {
				if got := m.GetString(ctx, "role"); got != "" {
					t.Errorf("%s: at once after it: got %q", tt.name, got)
				}
			})
		})
		serve(func(ctx context.Context) {
			if got := m.GetString(ctx, "role"); got != "boss" {
				t.Errorf("%s: got %q: it is not lost any more, and README.md is wrong", tt.name, got)
			}
		})
	}
}
