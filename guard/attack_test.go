package guard_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// enter is a sign-in page of a host: the form's name and password, and no more.
func (s *site) enter(w http.ResponseWriter, r *http.Request) {
	p := s.Person(r.FormValue("user"))
	out, err := s.Engine.Login(r.Context(), sallyport.Login{Username: p.Name, Password: p.Password})
	if err != nil || out.Session == nil {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	switch err := s.guard.SignIn(w, r, out.Session); {
	case errors.Is(err, guard.ErrForeign):
		w.WriteHeader(http.StatusForbidden)
	case err != nil:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// browser is one with its cookies, which keeps to what RFC 6265 says of them.
type browser struct {
	t   *testing.T
	jar http.CookieJar
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, jar}
}

// serve serves a site on a free port until the test ends.
func (s *site) serve() *httptest.Server {
	s.mux.HandleFunc("/enter", s.enter)
	server := httptest.NewServer(s.mux)
	s.t.Cleanup(server.Close)
	return server
}

// do sends a request with these pairs of headers, and returns status and body.
func (b *browser) do(method, where string, headers ...string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, where, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	c := http.Client{Jar: b.jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return got.StatusCode, string(body)
}

// want holds what a GET answers.
func (b *browser) want(what, where string, status int, body string) {
	b.t.Helper()
	if code, text := b.do("GET", where); code != status || body != "" && text != body {
		b.t.Errorf("%s: got %d %q, want %d %q", what, code, text, status, body)
	}
}

// cookie returns what the browser has of that name for a page; empty: none.
func (b *browser) cookie(where, name string) string {
	u, _ := url.Parse(where)
	for _, c := range b.jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) plant(where, name, value string) {
	u, _ := url.Parse(where)
	b.jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// TestAttackFixation: whatever handle a browser was given before a login is another one
// after it, and is worth nothing to whoever put it there.
func TestAttackFixation(t *testing.T) {
	s := newSite(t, guard.Options{})
	server := s.serve()
	s.AddUser(t, sallyporttest.User{Name: "ada"})
	before := s.login(sallyporttest.User{Name: "mallory"}, false).Handle
	for name, planted := range map[string]string{"of the thief": before, "nonsense": "nonsense", "none": ""} {
		b := newBrowser(t)
		if planted != "" {
			b.plant(server.URL, s.name, planted)
		}
		if code, _ := b.do("POST", server.URL+"/enter?user=ada", "Origin", origin); code != 200 {
			t.Fatalf("%s: the login is answered %d", name, code)
		}
		if got := b.cookie(server.URL, s.name); got == "" || got == planted {
			t.Errorf("%s: the browser has the handle %.20q", name, got)
		}
		b.want(name+": the browser", server.URL+"/in", 200, "hello ada")
		thief := newBrowser(t)
		thief.plant(server.URL, s.name, planted)
		thief.want(name+": the thief", server.URL+"/in", 401, "")
	}
	own := s.login(sallyporttest.User{Name: "own"}, false).Handle // left over on a shared machine
	b := newBrowser(t)
	b.plant(server.URL, s.name, own)
	b.do("POST", server.URL+"/enter?user=ada", "Sec-Fetch-Site", "same-origin")
	s.want("the session of whoever was there before", s.do("GET", "/in", &sallyport.Session{Handle: own}), 401)
}

// TestAttackTwoCookies: with two cookies of the name nobody is signed in; a sign-in and a
// sign-out end the sessions of both, so that no planted one keeps the other alive.
func TestAttackTwoCookies(t *testing.T) {
	for _, path := range []string{"/enter?user=ada", "/out"} {
		s := newSite(t, guard.Options{})
		s.serve()
		s.AddUser(t, sallyporttest.User{Name: "ada"})
		var brought []*sallyport.Session
		for _, name := range []string{"mallory", "tom", "eve", "own", "last"} {
			brought = append(brought, s.login(sallyporttest.User{Name: name}, false))
		}
		r := httptest.NewRequest("POST", path, nil)
		r.Header.Set("Origin", origin)
		for i, in := range brought {
			r.AddCookie(&http.Cookie{Name: s.name, Value: in.Handle})
			if i == 1 {
				s.want("two", s.send(r), map[bool]int{true: 303, false: 200}[path == "/out"])
			}
		}
		for _, in := range brought[:2] {
			s.want(path+": one of the two", s.do("GET", "/in", in), 401)
		}
		s.want("five", s.send(r), map[bool]int{true: 303, false: 200}[path == "/out"])
		s.want(path+": the fourth", s.do("GET", "/in", brought[3]), 401)
		s.want(path+": beyond four", s.do("GET", "/in", brought[4]), 200)
	}
}

// foreignHeaders are what browsers send with requests of other sites, and what says nothing.
var foreignHeaders = map[string][]string{
	"cross-site": {"Sec-Fetch-Site", "cross-site"}, "a sibling": {"Sec-Fetch-Site", "same-site"}, "another origin": {"Origin", "https://evil.example"},
	"no origin": {"Origin", "null"}, "both": {"Sec-Fetch-Site", "cross-site", "Origin", origin}, "another port": {"Origin", "http://localhost:5001"},
}

// TestAttackLoginCSRF: no other site signs its visitors in, as whomever, with or without
// what they have: the cookie stays, what is behind it lives, and the session that the login
// granted has ended.
func TestAttackLoginCSRF(t *testing.T) {
	s := newSite(t, guard.Options{})
	server := s.serve()
	mallory := s.AddUser(t, sallyporttest.User{Name: "mallory"})
	ada := s.login(sallyporttest.User{Name: "ada"}, false).Handle
	attack := func(name, method string, cookie string, headers []string, admitted bool) {
		t.Helper()
		b := newBrowser(t)
		if cookie != "" {
			b.plant(server.URL, s.name, cookie)
		}
		code, _ := b.do(method, server.URL+"/enter?user=mallory", headers...)
		got := b.cookie(server.URL, s.name)
		if (code == 200) != admitted || code != 200 && code != 403 || (got == cookie) == admitted {
			t.Errorf("%s %s: got %d, the cookie is another: %v", method, name, code, got != cookie)
		}
		open, err := s.Engine.Admin(sallyport.Actor{Name: "setup"}).Sessions(t.Context(), mallory.ID)
		if err != nil || (len(open) == 1) != admitted || len(open) > 1 {
			t.Errorf("%s %s: %d sessions are open, %v", method, name, len(open), err)
		}
		for _, o := range open {
			if err := s.Engine.Admin(sallyport.Actor{Name: "setup"}).EndSession(t.Context(), mallory.ID, o.ID); err != nil {
				t.Error(err)
			}
		}
	}
	for name, headers := range foreignHeaders {
		for _, method := range []string{"POST", "GET", "PUT"} {
			attack(name, method, "", headers, false)
			attack(name+", with a cookie", method, ada, headers, false)
		}
	}
	attack("which says nothing, with a cookie", "POST", ada, nil, false)
	s.want("whoever was signed in", s.do("GET", "/in", &sallyport.Session{Handle: ada}), 200)
	attack("which says nothing, without a cookie", "POST", "", nil, true)
	attack("of this site", "POST", "", []string{"Origin", origin}, true)
}

// TestAttackSignOutCSRF: no other site signs its visitors out, nor takes their cookie: not
// by a form that browsers send without a SameSite=Lax cookie either.
func TestAttackSignOutCSRF(t *testing.T) {
	s := newSite(t, guard.Options{})
	in := s.login(sallyporttest.User{Name: "ada"}, false)
	for name, headers := range foreignHeaders {
		for _, session := range []*sallyport.Session{nil, in} {
			got := s.want(name, s.do("POST", "/out", session, headers...), 403)
			if got.Header.Get("Set-Cookie")+got.Header.Get("Clear-Site-Data") != "" {
				t.Errorf("%s: got %v", name, got.Header)
			}
		}
	}
	s.want("which says nothing", s.do("POST", "/out", in), 403)
	s.want("still in", s.do("GET", "/in", in), 200)
}

// TestAttackOtherEngines: engines at other ports of one host, or with another prefix in one
// store, share the browser's cookies and nothing else: no name, no handle, no harm.
func TestAttackOtherEngines(t *testing.T) {
	keys := sealed.NewKeys()
	with := func(prefix string) sallyporttest.Option {
		return sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.Prefix = keys, prefix })
	}
	one := newSite(t, guard.Options{}, with("a"))
	for name, other := range map[string]*site{
		"another store":  newSite(t, guard.Options{}),
		"another prefix": newSite(t, guard.Options{}, sallyporttest.WithStore(one.Store), with("b")),
	} {
		first, second := httptest.NewServer(one.mux), httptest.NewServer(other.mux)
		mine, theirs := one.login(sallyporttest.User{Name: name + " ada"}, false), other.login(sallyporttest.User{Name: name + " tom"}, false)
		if one.name == other.name {
			t.Fatalf("%s: both cookies are called %s", name, one.name)
		}
		b := newBrowser(t)
		b.plant(first.URL, one.name, mine.Handle)
		b.plant(second.URL, other.name, theirs.Handle) // the same host: cookies take no notice of ports
		b.want(name+": one", first.URL+"/in", 200, "hello "+name+" ada")
		b.want(name+": the other", second.URL+"/in", 200, "hello "+name+" tom")
		b.plant(first.URL, one.name, theirs.Handle)
		b.want(name+": the other's handle", first.URL+"/in", 401, "")
		b.plant(first.URL, other.name, mine.Handle)
		b.want(name+": the one's handle at the other", second.URL+"/in", 401, "")
		b.do("POST", first.URL+"/out", "Origin", origin)
		b.plant(first.URL, other.name, theirs.Handle)
		b.want(name+": signed out of one", second.URL+"/in", 200, "")
		one.want(name+": whose session was never brought", one.do("GET", "/in", mine), 200)
		first.Close()
		second.Close()
	}
}

// TestAttackTokenBesideCookie: where a token came, it alone says who calls, whatever cookie
// the browser added.
func TestAttackTokenBesideCookie(t *testing.T) {
	s := newSite(t, guard.Options{})
	p := s.AddUser(t, sallyporttest.User{Name: "ada"})
	token := s.InProcess().Login("ada", p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	cookie := s.login(sallyporttest.User{Name: "eve"}, false)
	for _, tt := range []struct {
		method, header string
		status         int
		body           string
	}{
		{"GET", "Bearer " + token, 200, "hello ada"},
		{"POST", "Bearer " + token, 200, "hello ada"},
		{"POST", "Bearer " + cookie.Handle, 401, ""},
		{"GET", "Bearer " + token[1:], 401, ""},
		{"GET", "Bearer ", 401, ""},
		{"GET", "", 401, ""},
		{"GET", "Negotiate x", 401, ""},
	} {
		got := s.want(tt.method+" "+tt.header, s.do(tt.method, "/in", cookie, "Authorization", tt.header, "Sec-Fetch-Site", "cross-site"), tt.status)
		if body, _ := io.ReadAll(got.Body); tt.body != "" && string(body) != tt.body || strings.Contains(string(body), "eve") {
			t.Errorf("%s %.12s: got %q, want %q", tt.method, tt.header, body, tt.body)
		}
	}
}
