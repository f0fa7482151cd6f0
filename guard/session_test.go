package guard_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestParts: what a package of pages is made of.
func TestParts(t *testing.T) {
	s := newSite(t, guard.Options{StepUp: "/prove", ClientAddress: func(r *http.Request) string { return r.Header.Get("X-Client") }})
	o := s.guard.Options()
	if s.guard.Engine() != s.Engine || o.SignIn != "/sign-in" || o.StepUp != "/prove" || o.ClientAddress == nil {
		t.Errorf("got %p and %+v", s.guard.Engine(), o)
	}
	o.SignIn = "/elsewhere"
	if s.guard.Options().SignIn != "/sign-in" {
		t.Error("the options of the guard are others now")
	}
	if got := s.guard.Address(s.request("GET", "/", nil, "X-Client", "192.0.2.7")); got != "192.0.2.7" {
		t.Errorf("got the address %q, want what the host tells", got)
	}
	s = newSite(t, guard.Options{})
	for remote, want := range map[string]string{"192.0.2.1:4711": "192.0.2.1", "[2001:db8::1]:4711": "2001:db8::1", "": "", "pipe": ""} {
		r := s.request("GET", "/", nil, "X-Forwarded-For", "192.0.2.9")
		if r.RemoteAddr = remote; s.guard.Address(r) != want {
			t.Errorf("%q: got %q, want %q", remote, s.guard.Address(r), want)
		}
	}
}

// wantSession fails the test unless a request has a session of somebody; empty: of nobody.
func (s *site) wantSession(what string, r *http.Request, handle, name string) {
	s.t.Helper()
	got, a, err := s.guard.Session(r)
	if err != nil || got != handle || (a != nil) != (name != "") || a != nil && a.Name != name {
		s.t.Errorf("%s: got %.8q, %+v, %v, want that of %q", what, got, a, err, name)
	}
}

// TestSession: the session that a request brings, with its handle, in one reading. A token
// and a key are none, and neither is a cookie beside them, or two.
func TestSession(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	s := newSite(t, guard.Options{}, sallyporttest.WithStore(counting))
	in, other := s.login(sallyporttest.User{Name: "ada"}, false), s.login(sallyporttest.User{Name: "tom"}, false)
	token := s.InProcess().Login("ada", s.Person("ada").Password).Tokens.AccessToken
	counting.Reset()
	s.wantSession("a cookie", s.request("GET", "/", in), in.Handle, "ada")
	if n := counting.Counts().Loads; n != 1 {
		t.Errorf("got %d readings, want one", n)
	}
	s.wantSession("a form of this site", s.request("POST", "/", in, "Origin", origin), in.Handle, "ada")
	counting.Reset()
	s.wantSession("no cookie", s.request("GET", "/", nil), "", "")
	s.wantSession("nonsense", s.request("GET", "/", &sallyport.Session{Handle: "nonsense"}), "", "")
	s.wantSession("a token", s.request("GET", "/", nil, "Authorization", "Bearer "+token), "", "")
	s.wantSession("a token and a cookie", s.request("GET", "/", in, "Authorization", "Bearer "+token), "", "")
	two := s.request("GET", "/", in)
	two.AddCookie(&http.Cookie{Name: s.name, Value: other.Handle})
	s.wantSession("two cookies", two, "", "")
	for what, headers := range foreignHeaders {
		if h, a, err := s.guard.Session(s.request("POST", "/", in, headers...)); h != "" || a != nil || !errors.Is(err, guard.ErrForeign) {
			t.Errorf("%s: got %.8q, %v, %v, want %v", what, h, a, err, guard.ErrForeign)
		}
	}
	if n := counting.Counts().Loads; n != 0 {
		t.Errorf("got %d readings, want none where there is no session to look at", n)
	}
	if err := s.Engine.SignOut(t.Context(), in.Handle); err != nil {
		t.Fatal(err)
	}
	s.wantSession("one that has ended", s.request("GET", "/", in), "", "")
	s = newSite(t, guard.Options{WithoutCookies: true})
	s.wantSession("where no cookie is taken", s.request("GET", "/", s.login(sallyporttest.User{Name: "ada"}, false)), "", "")
}

// TestSessionBehindRequire: it is what Require has found, which costs no further reading, and
// has the handle that it has exchanged.
func TestSessionBehindRequire(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	s := newSite(t, guard.Options{}, sallyporttest.WithStore(counting))
	in, p := s.login(sallyporttest.User{Name: "ada"}, false), s.Person("ada")
	handle, name := "", "none"
	s.mux.Handle("/page", s.guard.Require(guard.Anonymous)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		h, a, err := s.guard.Session(r)
		if err != nil {
			t.Error(err)
		}
		if handle, name = h, ""; a != nil {
			name = a.Name
		}
	})))
	counting.Reset()
	s.want("a page", s.do("GET", "/page", in), 200)
	if n := counting.Counts().Loads; handle != in.Handle || name != "ada" || n != 1 {
		t.Errorf("got %.8q of %q with %d readings", handle, name, n)
	}
	c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: in.Handle, Password: p.Password, NewPassword: "another horse battery"})
	if err != nil || c.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", c, err)
	}
	s.wantSession("which is due, and not exchanged", s.request("GET", "/", in), in.Handle, "ada")
	got := s.want("the next page", s.do("GET", "/page", in), 200)
	if c := got.Cookies(); len(c) != 1 || handle != c[0].Value || handle == in.Handle || name != "ada" {
		t.Errorf("got %.8q of %q, want that of the cookie %v", handle, name, c)
	}
	s.want("nobody", s.do("GET", "/page", nil), 200)
	if handle != "" || name != "" {
		t.Errorf("got %.8q of %q, want nobody", handle, name)
	}
	token := s.InProcess().Login("ada", "another horse battery").Tokens.AccessToken
	s.want("a program", s.do("GET", "/page", nil, "Authorization", "Bearer "+token), 200)
	if handle != "" || name != "" {
		t.Errorf("got %.8q of %q, want no session", handle, name)
	}
}

// endSite is a site with a page that ends the session and answers by itself.
func endSite(t *testing.T, opts ...sallyporttest.Option) *site {
	t.Helper()
	s := newSite(t, guard.Options{}, opts...)
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch err := s.guard.EndSession(w, r); {
		case errors.Is(err, guard.ErrForeign):
			w.WriteHeader(http.StatusForbidden)
		case err != nil:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			_, _ = w.Write([]byte("bye"))
		}
	})
	s.mux.Handle("/bye", page)
	s.mux.Handle("/guarded-bye", s.guard.Require()(page))
	return s
}

// TestEndSession: a page ends the session that a browser brings, with its cookie, and then
// answers as it likes.
func TestEndSession(t *testing.T) {
	s := endSite(t)
	for _, path := range []string{"/bye", "/guarded-bye"} {
		in, other := s.login(sallyporttest.User{Name: "ada" + path}, false), s.login(sallyporttest.User{Name: "tom" + path}, false)
		r := s.request("POST", path, in, "Origin", origin)
		if path == "/bye" {
			r.AddCookie(&http.Cookie{Name: s.name, Value: other.Handle}) // planted by somebody
		}
		got := s.want(path, s.send(r), 200)
		wantGone(t, path, s, got)
		s.want("out", s.do("GET", "/in", in), 401)
		if path == "/bye" {
			s.want("the planted one", s.do("GET", "/in", other), 401)
		}
	}
	wantGone(t, "without a session", s, s.want("without a session", s.do("POST", "/bye", nil), 200))
}

// wantGone fails the test unless an answer ends the cookie, and sets no other.
func wantGone(t *testing.T, what string, s *site, got *http.Response) {
	t.Helper()
	h := got.Header
	if c := got.Cookies(); len(c) != 1 || c[0].Name != s.name || c[0].Value != "" || c[0].MaxAge >= 0 || c[0].Path != "/" || !c[0].HttpOnly ||
		h.Get("Location") != "" || h.Get("Clear-Site-Data") != `"cache"` || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: got %v, want the cookie to end", what, h)
	}
}

// TestEndSessionExchanged: where the handle is exchanged in the same request the session ends
// all the same, and its new handle is not set.
func TestEndSessionExchanged(t *testing.T) {
	s := endSite(t)
	in, p := s.login(sallyporttest.User{Name: "ada"}, false), s.Person("ada")
	c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: in.Handle, Password: p.Password, NewPassword: "another horse battery"})
	if err != nil || c.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", c, err)
	}
	next, err := s.Engine.Renew(t.Context(), in.Handle) // what the request gets again
	if err != nil {
		t.Fatal(err)
	}
	wantGone(t, "exchanged", s, s.want("exchanged", s.do("POST", "/guarded-bye", in, "Origin", origin), 200))
	s.want("the successor", s.do("GET", "/in", next), 401)
}

// TestEndSessionRefused: what another site sends ends nothing, by whatever method, and leaves
// the cookie; nor does a store that fails.
func TestEndSessionRefused(t *testing.T) {
	faulty := storetest.NewFaulty(memstore.New())
	s := endSite(t, sallyporttest.WithStore(faulty))
	in := s.login(sallyporttest.User{Name: "ada"}, false)
	for what, headers := range foreignHeaders {
		for _, method := range []string{"POST", "GET"} {
			for _, session := range []*sallyport.Session{nil, in} {
				wantKept(t, what, s.want(what, s.do(method, "/bye", session, headers...), 403))
			}
		}
	}
	wantKept(t, "which says nothing", s.want("which says nothing", s.do("POST", "/bye", in), 403))
	s.want("still in", s.do("GET", "/in", in), 200)
	faulty.Reset()
	faulty.At(storetest.Commit, 1, storetest.Fail(errors.New("the disk is gone")))
	wantKept(t, "the store fails", s.want("the store fails", s.do("POST", "/bye", in, "Origin", origin), 503))
	s.want("still in, after a fault", s.do("GET", "/in", in), 200)
}

func wantKept(t *testing.T, what string, got *http.Response) {
	t.Helper()
	if set := strings.Join(slices.Concat(got.Header.Values("Set-Cookie"), got.Header.Values("Clear-Site-Data")), ""); set != "" {
		t.Errorf("%s: got %q, want the cookie as it was", what, set)
	}
}
