package guard_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const origin = "http://localhost:5000" // of the kit's issuer

// site is a web app of a host: a guard over a kit's engine, and a handler behind each
// condition, which answers with the name of whoever calls.
type site struct {
	*sallyporttest.Kit
	t     *testing.T
	guard *guard.Guard
	name  string // of the cookie
	mux   *http.ServeMux
	said  string // what the handler of /said says of caches
}

func newSite(t *testing.T, o guard.Options, opts ...sallyporttest.Option) *site {
	t.Helper()
	own := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Application = sallyporttest.ApplicationName })
	k := sallyporttest.New(t, append([]sallyporttest.Option{own}, opts...)...)
	g, err := guard.New(k.Engine, o)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Kit: k, t: t, guard: g, mux: http.NewServeMux()}
	s.name, _ = k.Engine.SessionCookie()
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := guard.From(r.Context()); a != nil {
			_, _ = w.Write([]byte("hello " + a.Name))
			return
		}
		_, _ = w.Write([]byte("hello nobody"))
	})
	for path, conditions := range map[string][]guard.Condition{
		"/in": nil, "/anybody": {guard.Anonymous}, "/audit": {guard.Role(sallyporttest.RoleName)}, "/manage": {guard.Role(sallyporttest.ManagerName)},
		"/read": {guard.Permission(sallyporttest.ReadPath)}, "/write": {guard.Permission(sallyporttest.WritePath)},
		"/scope": {guard.Scope("VGRoles")}, "/factor": {guard.Factor(5 * time.Minute)}, "/ever": {guard.Factor(0)},
		"/both": {guard.Role(sallyporttest.RoleName), guard.Factor(0)},
	} {
		s.mux.Handle(path, g.Require(conditions...)(hello))
	}
	s.mux.Handle("/cached", g.Require()(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write([]byte("page"))
	})))
	s.mux.Handle("/said", g.Require(guard.Anonymous)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if s.said != "" {
			w.Header().Set("Cache-Control", s.said)
		}
	})))
	s.mux.HandleFunc("/out", g.SignOut)
	return s
}

// login is a session of somebody, whose second factor is proven where they have one.
func (s *site) login(u sallyporttest.User, keep bool) *sallyport.Session {
	s.t.Helper()
	p := s.AddUser(s.t, u)
	r, err := s.Engine.Login(s.t.Context(), sallyport.Login{Username: p.Name, Password: p.Password, KeepSignedIn: keep})
	if err == nil && r.Outcome == sallyport.FactorWanted {
		r, err = s.Engine.Login(s.t.Context(), sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: p.Authenticator.Fresh()})
	}
	if err != nil || r.Session == nil {
		s.t.Fatalf("got %v, %v, want a session", r, err)
	}
	return r.Session
}

// do sends a request with these pairs of headers, and the cookie of a session unless it is
// nil.
func (s *site) do(method, path string, session *sallyport.Session, headers ...string) *http.Response {
	s.t.Helper()
	return s.send(s.request(method, path, session, headers...))
}

// request is what do sends.
func (s *site) request(method, path string, session *sallyport.Session, headers ...string) *http.Request {
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(""))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if session != nil {
		r.AddCookie(&http.Cookie{Name: s.name, Value: session.Handle})
	}
	return r
}

func (s *site) send(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	return w.Result()
}

// want holds an answer to a status.
func (s *site) want(what string, got *http.Response, status int) *http.Response {
	s.t.Helper()
	if got.StatusCode != status {
		s.t.Errorf("%s: got %d, want %d", what, got.StatusCode, status)
	}
	return got
}

// TestConditions: each condition lets pass who meets it, and nobody else; by cookie and by
// token.
func TestConditions(t *testing.T) {
	s := newSite(t, guard.Options{})
	auditor := s.login(sallyporttest.User{Name: "ada"}, false)
	manager := s.login(sallyporttest.User{Name: "max", Roles: []string{sallyporttest.ManagerName}}, false)
	factor := s.login(sallyporttest.User{Name: "fay", TOTP: true}, false)
	for path, want := range map[string][4]int{ // nobody, auditor, manager, with a factor
		"/in": {401, 200, 200, 200}, "/anybody": {200, 200, 200, 200}, "/audit": {401, 200, 403, 200}, "/manage": {401, 403, 200, 403},
		"/read": {401, 200, 200, 200}, "/write": {401, 403, 200, 403}, "/scope": {401, 200, 200, 200},
		"/factor": {401, 401, 401, 200}, "/ever": {401, 401, 401, 200}, "/both": {401, 401, 403, 200},
	} {
		for i, who := range []*sallyport.Session{nil, auditor, manager, factor} {
			s.want(path+" "+[]string{"nobody", "an auditor", "a manager", "with a factor"}[i], s.do("GET", path, who), want[i])
		}
	}
	s.Clock.Advance(5*time.Minute - time.Nanosecond)
	s.want("a factor of a moment less than five minutes ago", s.do("GET", "/factor", factor), 200)
	s.Clock.Advance(time.Nanosecond)
	s.want("of five minutes ago", s.do("GET", "/factor", factor), 401)
	s.want("of ever", s.do("GET", "/ever", factor), 200)
}

// TestBearer: tokens are judged by the same conditions, and told what they lack.
func TestBearer(t *testing.T) {
	s := newSite(t, guard.Options{})
	p := s.AddUser(t, sallyporttest.User{Name: "ada"})
	all := s.InProcess().Login("ada", p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	few := s.InProcess().WithScope("openid").Login("ada", p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	for _, tt := range []struct {
		path, token string
		status      int
		say         string
	}{
		{"/in", "Bearer " + all, 200, ""},
		{"/in", "bearer " + all, 200, ""},
		{"/audit", "Bearer " + few, 200, ""},
		{"/manage", "Bearer " + all, 403, ""},
		{"/scope", "Bearer " + all, 200, ""},
		{"/scope", "Bearer " + few, 403, `Bearer error="insufficient_scope", scope="VGRoles"`},
		{"/factor", "Bearer " + all, 401, `Bearer error="insufficient_user_authentication", max_age="300"`},
		{"/ever", "Bearer " + all, 401, `Bearer error="insufficient_user_authentication"`},
		{"/in", "Bearer " + all + "x", 401, `Bearer error="invalid_token"`},
		{"/in", "Bearer", 401, `Bearer error="invalid_token"`},
		{"/in", "Basic YTpi", 401, `Bearer error="invalid_token"`},
		{"/anybody", "Bearer nonsense", 200, ""},
	} {
		got := s.want(tt.path+" "+tt.token[:6], s.do("GET", tt.path, nil, "Authorization", tt.token), tt.status)
		if say := got.Header.Get("WWW-Authenticate"); say != tt.say {
			t.Errorf("%s: got the challenge %q, want %q", tt.path, say, tt.say)
		}
	}
	s.want("a POST with a token from anywhere", s.do("POST", "/in", nil, "Authorization", "Bearer "+all, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"), 200)
	cookie := s.login(sallyporttest.User{Name: "eve"}, false)
	s.want("a header that is no token beside a good cookie", s.do("GET", "/in", cookie, "Authorization", "Basic YTpi"), 401)
	s.want("two headers", s.do("GET", "/in", nil, "Authorization", "Bearer "+all, "Authorization", "Bearer "+all), 401)
	s.want("a handle as a token", s.do("GET", "/in", nil, "Authorization", "Bearer "+cookie.Handle), 401)
	s.want("a token as a cookie", s.do("GET", "/in", &sallyport.Session{Handle: all}), 401)
}

// TestCookie: what the cookie is, that two of its name are none, and that one of another
// engine is nobody's.
func TestCookie(t *testing.T) {
	s := newSite(t, guard.Options{})
	for _, keep := range []bool{false, true} {
		in := s.login(sallyporttest.User{Name: map[bool]string{false: "ada", true: "kay"}[keep]}, keep)
		w := httptest.NewRecorder()
		if err := s.guard.SignIn(w, httptest.NewRequest("POST", "/sign-in", nil), in); err != nil {
			t.Fatal(err)
		}
		c := w.Result().Cookies()[0]
		if c.Name != s.name || c.Value != in.Handle || c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || len(c.Name) != len("sp-")+8 {
			t.Errorf("got %+v", c)
		}
		if want := map[bool]int{false: 0, true: 30 * 24 * 3600}[keep]; c.MaxAge != want || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("kept %v: got max age %d, want %d; %q", keep, c.MaxAge, want, w.Header().Get("Cache-Control"))
		}
	}
	in := s.login(sallyporttest.User{Name: "eve"}, false)
	two := httptest.NewRequest("GET", "/in", nil)
	two.AddCookie(&http.Cookie{Name: s.name, Value: in.Handle})
	two.AddCookie(&http.Cookie{Name: s.name, Value: in.Handle})
	s.want("two cookies", s.send(two), 401)
	secure := newSite(t, guard.Options{}, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = "https://id.example.com" }), strong())
	if name, only := secure.Engine.SessionCookie(); !only || !strings.HasPrefix(name, "__Host-sp-") || name == "__Host-"+s.name {
		t.Errorf("got %q, %v", name, only)
	}
	w := httptest.NewRecorder()
	if err := secure.guard.SignIn(w, httptest.NewRequest("POST", "/sign-in", nil), secure.login(sallyporttest.User{Name: "ada"}, false)); err != nil || !w.Result().Cookies()[0].Secure {
		t.Errorf("with https: got %+v, %v", w.Result().Cookies(), err)
	}
	s.want("a session of another engine", s.do("GET", "/in", secure.login(sallyporttest.User{Name: "tom"}, false)), 401)
}

// strong gives the kit's clients secrets that an issuer in the open wants.
func strong() sallyporttest.Option {
	return sallyporttest.WithDirectory(func(d *directory.File) {
		d.Clients[0].Secrets[0].Value = "a secret of more than sixteen characters"
	})
}

// TestSignIn: a session that the browser brought, whoever made it, ends with the login.
func TestSignIn(t *testing.T) {
	s := newSite(t, guard.Options{})
	planted := s.login(sallyporttest.User{Name: "mallory"}, false)
	in := s.login(sallyporttest.User{Name: "ada"}, false)
	r := httptest.NewRequest("POST", "/sign-in", nil)
	r.Header.Set("Origin", origin)
	r.AddCookie(&http.Cookie{Name: s.name, Value: planted.Handle})
	if err := s.guard.SignIn(httptest.NewRecorder(), r, in); err != nil {
		t.Fatal(err)
	}
	s.want("the one that was there", s.do("GET", "/in", planted), 401)
	s.want("the new one", s.do("GET", "/in", in), 200)
}

// TestSignOut: a POST from this site ends the session and its cookie; a link, a picture and
// another site's form do not.
func TestSignOut(t *testing.T) {
	s := newSite(t, guard.Options{})
	in := s.login(sallyporttest.User{Name: "ada"}, false)
	s.want("a link", s.do("GET", "/out", in), 405)
	s.want("another site", s.do("POST", "/out", in, "Origin", "https://evil.example"), 403)
	s.want("still in", s.do("GET", "/in", in), 200)
	got := s.want("a form", s.do("POST", "/out", in, "Origin", origin), 303)
	h := got.Header
	if c := got.Cookies(); len(c) != 1 || c[0].Name != s.name || c[0].MaxAge >= 0 || c[0].Value != "" || h.Get("Location") != "/sign-in" || h.Get("Clear-Site-Data") != `"cache"` || h.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v", h)
	}
	s.want("out", s.do("GET", "/in", in), 401)
	s.want("once more", s.do("POST", "/out", in, "Origin", origin), 303)
	s.want("without a session", s.do("POST", "/out", nil), 303)
}

// TestLeadsToSignIn: a browser that asks for a page is led to the sign-in page, and told
// where to come back to; scripts and forms are told 401.
func TestLeadsToSignIn(t *testing.T) {
	s := newSite(t, guard.Options{SignIn: "/enter"})
	for _, tt := range []struct {
		name, method string
		headers      []string
		leads        bool
	}{
		{"a page", "GET", []string{"Accept", "text/html,*/*"}, true},
		{"a page, by what browsers say now", "GET", []string{"Sec-Fetch-Mode", "navigate"}, true},
		{"a script", "GET", []string{"Sec-Fetch-Mode", "cors", "Accept", "text/html"}, false},
		{"a program", "GET", nil, false},
		{"a form", "POST", []string{"Accept", "text/html", "Sec-Fetch-Mode", "navigate"}, false},
	} {
		got := s.do(tt.method, "/in?a=b&c=%2F", nil, tt.headers...)
		if !tt.leads {
			s.want(tt.name, got, 401)
			continue
		}
		s.want(tt.name, got, 303)
		u, err := url.Parse(got.Header.Get("Location"))
		if err != nil || u.Path != "/enter" || u.Query().Get("to") != "/in?a=b&c=%2F" {
			t.Errorf("%s: led to %q", tt.name, got.Header.Get("Location"))
		}
	}
}

// TestLeadsBackBelowPrefix: the way back is the path that the browser knows, also where the
// app is mounted below a prefix.
func TestLeadsBackBelowPrefix(t *testing.T) {
	s := newSite(t, guard.Options{})
	r := httptest.NewRequest("GET", "/app/in?a=b", nil)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	http.StripPrefix("/app", s.mux).ServeHTTP(w, r)
	if got := w.Header().Get("Location"); got != "/sign-in?to="+url.QueryEscape("/app/in?a=b") {
		t.Errorf("led to %q", got)
	}
}

// TestCaches: an answer behind the guard is kept by nobody else, and not at all where it
// sets a cookie or is behind a factor.
func TestCaches(t *testing.T) {
	s := newSite(t, guard.Options{})
	in := s.login(sallyporttest.User{Name: "ada", TOTP: true}, false)
	for path, want := range map[string]string{"/in": "private, no-cache", "/factor": "no-store", "/cached": "private, no-cache", "/anybody": "private, no-cache"} {
		if got := s.do("GET", path, in).Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	for said, want := range map[string]string{
		"": "private, no-cache", "public": "private, no-cache", "max-age=60": "private, no-cache", "private, max-age=60": "private, max-age=60", "no-store": "no-store",
		"public, private": "private, no-cache", "Private": "Private", `x="private"`: "private, no-cache",
		`private="Set-Cookie", max-age=60`: "private, no-cache", `x="a,private,b"`: "private, no-cache", "max-age=60, No-Store": "max-age=60, No-Store",
	} {
		s.said = said
		if got := s.do("GET", "/said", in).Header.Get("Cache-Control"); got != want {
			t.Errorf("the handler says %q: got %q, want %q", said, got, want)
		}
		if got := s.do("GET", "/said", nil).Header; got.Get("Cache-Control") != said || got.Get("Vary") != "Cookie, Authorization" {
			t.Errorf("to nobody, the handler says %q: got %v", said, got)
		}
	}
	p := s.Person("ada")
	c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: in.Handle, Password: p.Password, NewPassword: "another horse battery"})
	if err != nil || c.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", c, err)
	}
	got := s.want("the next request", s.do("GET", "/cached", in), 200)
	cookies := got.Cookies()
	if len(cookies) != 1 || cookies[0].Value == in.Handle || got.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("after a change: got %v, %q", cookies, got.Header.Get("Cache-Control"))
	}
	next := &sallyport.Session{Handle: cookies[0].Value}
	if again := s.do("GET", "/in", in).Cookies(); len(again) != 1 || again[0].Value != cookies[0].Value {
		t.Errorf("the lost answer is not given again: %v", again)
	}
	s.want("the new one", s.do("GET", "/in", next), 200)
	s.want("the old one, once the new one has come back", s.do("GET", "/in", in), 401)
}

// TestFails: where the store fails nobody passes, and nobody is taken for signed out.
func TestFails(t *testing.T) {
	s := newSite(t, guard.Options{})
	in := s.login(sallyporttest.User{Name: "ada"}, false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, path := range []string{"/in", "/anybody"} {
		r := httptest.NewRequestWithContext(ctx, "GET", path, nil)
		r.Header.Set("Accept", "text/html")
		r.AddCookie(&http.Cookie{Name: s.name, Value: in.Handle})
		if got := s.want(path, s.send(r), 503); got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: without Retry-After", path)
		}
	}
}

// TestOptions: what makes no sense is refused.
func TestOptions(t *testing.T) {
	k := sallyporttest.New(t)
	for _, o := range []guard.Options{{WithoutCookies: true, WithoutTokens: true}, {SignIn: "https://evil.example"}, {SignIn: "//evil.example"}, {SignIn: "sign-in"}} {
		if g, err := guard.New(k.Engine, o); err == nil {
			t.Errorf("%+v: got %v", o, g)
		}
	}
	if _, err := guard.New(nil, guard.Options{}); err == nil {
		t.Error("took no engine")
	}
	s := newSite(t, guard.Options{WithoutCookies: true})
	s.want("a cookie where none are taken", s.do("GET", "/in", s.login(sallyporttest.User{Name: "ada"}, false)), 401)
	s = newSite(t, guard.Options{WithoutTokens: true})
	token := s.InProcess().Login("ada", s.AddUser(t, sallyporttest.User{Name: "ada"}).Password).Tokens.AccessToken
	s.want("a token where none are taken", s.do("GET", "/in", nil, "Authorization", "Bearer "+token), 401)
	s = newSite(t, guard.Options{Forbidden: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("sorry " + guard.From(r.Context()).Name))
	})})
	if got := s.want("a page of the host's own", s.do("GET", "/manage", s.login(sallyporttest.User{Name: "ada"}, false)), 403); got.Header.Get("Cache-Control") == "" {
		t.Error("it may be cached")
	}
}

// TestP12RenewUnderRequests: of fifty requests at once that bring the handle of before a
// change each is answered, and each is given the same new one, which is good.
func TestP12RenewUnderRequests(t *testing.T) {
	s := newSite(t, guard.Options{})
	in := s.login(sallyporttest.User{Name: "ada"}, false)
	p := s.Person("ada")
	if c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: in.Handle, Password: p.Password, NewPassword: "another horse battery"}); err != nil || c.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", c, err)
	}
	answers := make(chan *http.Response, 50)
	for range cap(answers) {
		go func() { answers <- s.do("GET", "/in", in) }()
	}
	next := ""
	for range cap(answers) {
		got := s.want("a request", <-answers, 200)
		c := got.Cookies()
		if len(c) != 1 || next != "" && c[0].Value != next {
			t.Fatalf("got %v, want the cookie %.20s", c, next)
		}
		next = c[0].Value
	}
	s.want("the new one", s.do("GET", "/in", &sallyport.Session{Handle: next}), 200)
}
