package guard_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// due is a session whose handle is to be exchanged at the next request, as after a change of
// its password.
func (s *site) due(name string) *sallyport.Session {
	s.t.Helper()
	in := s.login(sallyporttest.User{Name: name}, false)
	c, err := s.Engine.ChangePassword(s.t.Context(), sallyport.PasswordChange{Session: in.Handle, Password: s.Person(name).Password, NewPassword: "another horse battery"})
	if err != nil || c.Status != sallyport.PasswordChanged {
		s.t.Fatalf("got %+v, %v", c, err)
	}
	return in
}

// recovering answers for handlers that panic, as routers do.
func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// waysToAnswer are the ways in which handlers answer, each of which says that everybody may
// keep the answer.
var waysToAnswer = map[string]func(w http.ResponseWriter, r *http.Request){
	"says nothing": func(http.ResponseWriter, *http.Request) {},
	"a status":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
	"writes":       func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("page")) },
	"reads from":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, strings.NewReader("page")) },
	"serves content": func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "x.txt", sallyporttest.Start, strings.NewReader("page"))
	},
	"flushes": func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
	"flushes by its controller": func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
	},
	"says so again after a status": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.Header().Set("Cache-Control", "public")
		_, _ = w.Write([]byte("page"))
	},
	"hints early": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		_, _ = w.Write([]byte("page"))
	},
	"panics": func(http.ResponseWriter, *http.Request) { panic("on its way") },
}

// TestAttackCaches: an answer that brings a new handle leaves as no-store, however its
// handler answers and whatever it says to caches, over HTTP; no interim answer brings one.
// One that is for somebody alone says nothing else to any proxy.
func TestAttackCaches(t *testing.T) {
	s := newSite(t, guard.Options{})
	said := map[string]string{"Cache-Control": "public, max-age=3600", "CDN-Cache-Control": "max-age=3600", "Example-Cdn-Cache-Control": "max-age=60", "Surrogate-Control": "max-age=60", "X-Accel-Expires": "60"}
	for name, answer := range waysToAnswer {
		h := recovering(s.guard.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for header, value := range said {
				w.Header().Set(header, value)
			}
			answer(w, r)
		})))
		server := httptest.NewServer(h)
		in := s.due("ada " + name)
		for i, want := range []string{"no-store", "private, no-cache"} {
			r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
					if header.Get("Set-Cookie") != "" || header.Get("Link") == "" {
						t.Errorf("%s: the interim answer %d has %v", name, code, header)
					}
					return nil
				},
			}), "GET", server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.AddCookie(&http.Cookie{Name: s.name, Value: in.Handle})
			got, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got.Body.Close()
			if cookies := got.Cookies(); (len(cookies) == 1) != (i == 0) || got.Header.Get("Cache-Control") != want {
				t.Errorf("%s: got %v, %q, want %q", name, cookies, got.Header["Cache-Control"], want)
			} else if i == 0 {
				in = &sallyport.Session{Handle: cookies[0].Value}
			}
			for header := range said {
				if value := got.Header.Get(header); value != "" && header != "Cache-Control" {
					t.Errorf("%s: got %s %q", name, header, value)
				}
			}
		}
		server.Close()
	}
}

// TestAttackSignInCaches: the answer of a sign-in page leaves as no-store too, whatever it
// says after the sign-in; one without a cookie is the page's own.
func TestAttackSignInCaches(t *testing.T) {
	s := newSite(t, guard.Options{})
	for _, path := range []string{"/", "/page"} {
		h := s.guard.SameSite(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				if err := s.guard.SignIn(w, r, s.login(sallyporttest.User{Name: "ada"}, false)); err != nil {
					t.Error(err)
				}
			}
			w.Header().Set("Cache-Control", "public, max-age=60")
		}))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", path, nil))
		want := map[string]string{"/": "no-store", "/page": "public, max-age=60"}[path]
		if got := w.Result().Header; got.Get("Cache-Control") != want || got.Get("Vary") != "" || (got.Get("Set-Cookie") != "") != (path == "/") {
			t.Errorf("%s: got %v", path, got)
		}
	}
}

// TestHijack: a handler takes the connection through the guard, as WebSockets do; since what
// it answers brings no cookie, the handle is exchanged at the next request and not at this.
func TestHijack(t *testing.T) {
	s := newSite(t, guard.Options{})
	s.mux.Handle("/socket", s.guard.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello "+guard.From(r.Context()).Name)
	})))
	server := s.serve()
	in := s.due("ada")
	for range 2 {
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/socket", nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Origin": origin, "Cookie": s.name + "=" + in.Handle} {
			r.Header.Set(name, value)
		}
		got, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(got.Body).ReadString('\n')
		if got.Body.Close(); got.StatusCode != http.StatusSwitchingProtocols || line != "hello ada" {
			t.Errorf("got %d %q", got.StatusCode, line)
		}
		s.Clock.Advance(45 * time.Second) // longer than a handle that was exchanged stands in for its successor
	}
	if c := s.want("the next request", s.do("GET", "/in", in), 200).Cookies(); len(c) != 1 {
		t.Errorf("got %v, want a new handle", c)
	}
}
