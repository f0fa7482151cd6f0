package guard_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// stepUpSite is a site with a page that proves a factor anew, and ada, who has signed in to it
// by the password alone.
type stepUpSite struct {
	*site
	p      *sallyporttest.Person
	in     *sallyport.Session
	result *sallyport.Result // of the last call of the page
	err    error
}

func newStepUpSite(t *testing.T, o guard.Options, opts ...sallyporttest.Option) *stepUpSite {
	t.Helper()
	s := &stepUpSite{site: newSite(t, o, opts...)}
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("option") == "" {
			s.result, s.err = s.guard.StepUp(w, r, sallyport.Need{})
		} else {
			s.result, s.err = s.guard.AnswerStepUp(w, r, sallyport.StepUpAnswer{RequestID: r.FormValue("request"), OptionID: r.FormValue("option"), Code: r.FormValue("code")})
		}
		if s.said != "" {
			w.Header().Set("Cache-Control", s.said)
		}
		switch {
		case errors.Is(s.err, guard.ErrForeign):
			w.WriteHeader(http.StatusForbidden)
		case s.err != nil:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	s.mux.Handle("/step-up", page)
	s.mux.Handle("/guarded-step-up", s.guard.Require()(page))
	s.in = s.login(sallyporttest.User{Name: "ada", TOTP: true, MFA: new(false)}, false)
	s.p = s.Person("ada")
	return s
}

// answer is the path of a right answer to the step-up that was opened last.
func (s *stepUpSite) answer(page string) string {
	s.t.Helper()
	if s.result == nil || len(s.result.Options) == 0 {
		s.t.Fatalf("got %v, %v, want a step-up", s.result, s.err)
	}
	return page + "?" + url.Values{"request": {s.result.RequestID}, "option": {s.result.Options[0].ID}, "code": {s.p.Authenticator.Fresh()}}.Encode()
}

// handleIn is the one handle that an answer sets.
func (s *stepUpSite) handleIn(got *http.Response) *sallyport.Session {
	s.t.Helper()
	c := got.Cookies()
	if len(c) != 1 || c[0].Name != s.name || c[0].Value == "" || got.Header.Get("Cache-Control") != "no-store" {
		s.t.Fatalf("got %v, %q, want one cookie", c, got.Header.Get("Cache-Control"))
	}
	return &sallyport.Session{Handle: c[0].Value}
}

// TestStepUp: a browser that asks for a page behind a factor is led to the page on which it is
// proven, and from there back; the new handle comes in the cookie.
func TestStepUp(t *testing.T) {
	s := newStepUpSite(t, guard.Options{})
	got := s.want("a page", s.do("GET", "/factor?a=b&c=%2F", s.in, "Accept", "text/html"), 303)
	if to := got.Header.Get("Location"); to != "/step-up?to="+url.QueryEscape("/factor?a=b&c=%2F") || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("led to %q, %q", to, got.Header.Get("Cache-Control"))
	}
	s.want("nobody is led to sign in", s.do("GET", "/factor", nil, "Accept", "text/html"), 303)
	if to := s.do("GET", "/factor", nil, "Accept", "text/html").Header.Get("Location"); !strings.HasPrefix(to, "/sign-in?to=") {
		t.Errorf("nobody is led to %q", to)
	}
	for _, headers := range [][]string{nil, {"Sec-Fetch-Mode", "cors", "Accept", "text/html"}} {
		got := s.want("a script", s.do("GET", "/factor", s.in, headers...), 401)
		if say := got.Header.Get("WWW-Authenticate"); say != `Bearer error="insufficient_user_authentication", max_age="300"` {
			t.Errorf("a script: got the challenge %q", say)
		}
	}
	s.want("a form", s.do("POST", "/factor", s.in, "Origin", origin, "Accept", "text/html"), 401)
	if got := s.want("opening", s.do("GET", "/step-up", s.in), 200); got.Header.Get("Cache-Control") != "no-store" || len(got.Cookies()) > 0 || s.err != nil {
		t.Errorf("opening: got %v, %v", got.Header, s.err)
	}
	next := s.handleIn(s.want("the answer", s.do("POST", s.answer("/step-up"), s.in, "Origin", origin), 200))
	s.want("the old one behind the factor", s.do("GET", "/factor", s.in), 401)
	if got := s.want("the old one elsewhere", s.do("GET", "/in", s.in), 200); len(got.Cookies()) > 0 {
		t.Errorf("the old one is exchanged: %v", got.Cookies())
	}
	s.want("the new one", s.do("GET", "/factor", next), 200)
	s.want("the old one, once the new one has come back", s.do("GET", "/in", s.in), 401)
	s.want("the new one then", s.do("GET", "/factor", next), 401)
}

// TestStepUpOrigin: what another site sends opens nothing and answers nothing; a token, two
// cookies and none are no session.
func TestStepUpOrigin(t *testing.T) {
	s := newStepUpSite(t, guard.Options{})
	s.do("GET", "/step-up", s.in)
	answer := s.answer("/step-up")
	for _, headers := range [][]string{nil, {"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "null"}} {
		s.want("another site", s.do("POST", answer, s.in, headers...), 403)
		s.want("another site, opening", s.do("POST", "/step-up", s.in, headers...), 403)
	}
	s.want("no cookie", s.do("POST", answer, nil, "Origin", origin), 404)
	if !errors.Is(s.err, sallyport.ErrInvalidSession) {
		t.Errorf("no cookie: got %v", s.err)
	}
	s.want("a token", s.do("POST", answer, s.in, "Origin", origin, "Authorization", "Bearer x"), 404)
	s.want("its own page", s.do("POST", answer, s.in, "Origin", origin), 200)
	without := newStepUpSite(t, guard.Options{WithoutCookies: true})
	without.want("where no cookies are taken", without.do("GET", "/step-up", without.in), 404)
}

// TestStepUpBehindRequire: a page behind the guard steps up in the request in which its handle
// is exchanged, and the answer sets one cookie.
func TestStepUpBehindRequire(t *testing.T) {
	s := newStepUpSite(t, guard.Options{})
	s.do("GET", "/guarded-step-up", s.in)
	answer := s.answer("/guarded-step-up")
	if c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: s.in.Handle, Password: s.p.Password, NewPassword: "another horse battery"}); err != nil || c.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", c, err)
	}
	s.want("a request of before the change", s.do("POST", answer, s.in, "Origin", origin), 404)
	s = newStepUpSite(t, guard.Options{})
	s.do("GET", "/in", s.in)
	if c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: s.in.Handle, Password: s.p.Password, NewPassword: "another horse battery"}); err != nil || c.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", c, err)
	}
	renewed := s.handleIn(s.want("opening, in the request that exchanges", s.do("GET", "/guarded-step-up", s.in), 200))
	if s.err != nil {
		t.Fatal(s.err)
	}
	next := s.handleIn(s.want("the answer", s.do("POST", s.answer("/guarded-step-up"), renewed, "Origin", origin), 200))
	s.want("the new one", s.do("GET", "/factor", next), 200)

	s = newStepUpSite(t, guard.Options{})
	s.said = "public"
	if got := s.do("GET", "/guarded-step-up", s.in).Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the page says public: got %q", got)
	}

	s = newStepUpSite(t, guard.Options{}) // both in one answer: the handle is due and the page answers
	s.do("GET", "/step-up", s.in)
	request, option := s.result.RequestID, s.result.Options[0].ID
	w := httptest.NewRecorder()
	s.guard.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 2 {
			s.result, s.err = s.guard.AnswerStepUp(w, r, sallyport.StepUpAnswer{RequestID: request, OptionID: option, Code: s.p.Authenticator.CodeAt(s.Clock.Now())})
		}
	})).ServeHTTP(w, s.request("POST", "/", s.in, "Origin", origin))
	if s.err != nil {
		t.Fatal(s.err)
	}
	s.want("two answers in one", s.do("GET", "/factor", s.handleIn(w.Result())), 200)
}

// TestStepUpKept: a session that outlives the browser does so by its new cookie, and no longer.
func TestStepUpKept(t *testing.T) {
	s := newStepUpSite(t, guard.Options{})
	r, err := s.Engine.Login(t.Context(), sallyport.Login{Username: "ada", Password: s.p.Password, KeepSignedIn: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(24 * time.Hour)
	s.do("GET", "/step-up", r.Session)
	got := s.do("POST", s.answer("/step-up"), r.Session, "Origin", origin)
	s.handleIn(got)
	if age := got.Cookies()[0].MaxAge; age != int(r.Session.Expires.Sub(s.Clock.Now())/time.Second) || age > 29*24*3600 {
		t.Errorf("got the age %d", age)
	}
}

// TestStepUpAddress: the address that the host tells of a browser is shown on the page of a
// link, and bounds what one address has sent to a number.
func TestStepUpAddress(t *testing.T) {
	address := "203.0.113.9"
	s := newStepUpSite(t, guard.Options{ClientAddress: func(*http.Request) string { return address }})
	const mobile = "+4915112345678"
	s.in = s.login(sallyporttest.User{Name: "max", Mobile: mobile, MobileValidated: true, MFA: new(false)}, false)
	choose := func(option int) sallyport.Reason {
		t.Helper()
		s.do("GET", "/step-up", s.in)
		form := url.Values{"request": {s.result.RequestID}, "option": {s.result.Options[option].ID}}
		s.want("choosing", s.do("POST", "/step-up?"+form.Encode(), s.in, "Origin", origin), 200)
		return s.result.Reason
	}
	choose(0)
	_, token, _ := strings.Cut(s.Outbox.LastLink(mobile), "/mfa/link/")
	if v, err := s.Engine.ViewLink(t.Context(), token); err != nil || v.From != address {
		t.Errorf("the page of the link: got %+v, %v", v, err)
	}
	for i := range 4 {
		if why := choose(1); why != sallyport.NoReason {
			t.Fatalf("message %d: got %q", i+2, why)
		}
	}
	s.Clock.Advance(12 * time.Minute) // one more of the account's hour
	if why := choose(1); why != sallyport.ReasonNotSent {
		t.Errorf("the sixth from one address: got %q", why)
	}
	address = "203.0.113.10"
	s.Clock.Advance(12 * time.Minute)
	if why := choose(1); why != sallyport.NoReason {
		t.Errorf("from another address: got %q", why)
	}
}

// TestStepUpOptions: the path of the page is checked as that of the sign-in is, and used.
func TestStepUpOptions(t *testing.T) {
	s := newStepUpSite(t, guard.Options{StepUp: "/prove"})
	if to := s.do("GET", "/factor", s.in, "Accept", "text/html").Header.Get("Location"); to != "/prove?to=%2Ffactor" {
		t.Errorf("led to %q", to)
	}
	for _, path := range []string{"https://evil.example", "//evil.example", "prove", `/\evil.example`} {
		if g, err := guard.New(s.Engine, guard.Options{StepUp: path}); err == nil {
			t.Errorf("%q: got %v", path, g)
		}
	}
}

// TestStepUpCost: opening reads once and writes once, and so does the answer.
func TestStepUpCost(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	s := newStepUpSite(t, guard.Options{}, sallyporttest.WithStore(counting))
	counting.Reset()
	s.want("opening", s.do("GET", "/step-up", s.in), 200)
	if c := counting.Counts(); c.Loads != 1 || c.Commits != 1 {
		t.Errorf("opening: got %d readings and %d commits", c.Loads, c.Commits)
	}
	path := s.answer("/step-up")
	counting.Reset()
	s.want("the answer", s.do("POST", path, s.in, "Origin", origin), 200)
	if c := counting.Counts(); c.Loads != 1 || c.Commits != 1 {
		t.Errorf("the answer: got %d readings and %d commits", c.Loads, c.Commits)
	}
}

// TestStepUpBetween: a request whose handle was due to be exchanged, and was stepped up before
// it was, is answered as who it is, and neither signs out nor sets a cookie.
func TestStepUpBetween(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	s := newStepUpSite(t, guard.Options{}, sallyporttest.WithStore(f))
	if c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: s.in.Handle, Password: s.p.Password, NewPassword: "another horse battery"}); err != nil || c.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", c, err)
	}
	s.do("GET", "/step-up", s.in)
	step, entered, release := s.answer("/step-up"), make(chan struct{}, 1), make(chan struct{})
	f.Reset()
	f.At(storetest.Load, 2, storetest.Delay(entered, release)) // the first looks at the session, the second exchanges its handle
	between := make(chan *http.Response, 1)
	go func() { between <- s.do("GET", "/in", s.in) }()
	<-entered
	next := s.handleIn(s.want("the step-up", s.do("POST", step, s.in, "Origin", origin), 200))
	close(release)
	if got := s.want("the request", <-between, 200); len(got.Cookies()) > 0 {
		t.Errorf("the request sets %v", got.Cookies())
	}
	s.want("the new one", s.do("GET", "/factor", next), 200)
}

// TestP12StepUpUnderRequests: of fifty requests at once across a step-up each is answered, none
// is given the new handle, and those that come back with the old one have nothing behind the
// factor; also where their handle was due to be exchanged when they began.
func TestP12StepUpUnderRequests(t *testing.T) {
	for _, due := range []bool{false, true} {
		s := newStepUpSite(t, guard.Options{})
		if due {
			if c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: s.in.Handle, Password: s.p.Password, NewPassword: "another horse battery"}); err != nil || c.Status != sallyport.PasswordChanged {
				t.Fatalf("got %+v, %v", c, err)
			}
		}
		s.do("GET", "/step-up", s.in)
		step := s.answer("/step-up")
		answers, behind := make(chan *http.Response, 50), make(chan *http.Response, 50)
		stepped := make(chan *http.Response, 1)
		for i := range cap(answers) {
			go func() {
				answers <- s.do("GET", "/in", s.in)
				behind <- s.do("GET", "/factor", s.in)
			}()
			if i == 25 {
				go func() { stepped <- s.do("POST", step, s.in, "Origin", origin) }()
			}
		}
		for range cap(answers) {
			s.want("a request", <-answers, 200)
			s.want("one behind the factor", <-behind, 401)
		}
		got := <-stepped
		if due && got.StatusCode == 404 { // the handle was exchanged before: the page asks again
			continue
		}
		next := s.handleIn(s.want("the step-up", got, 200))
		s.want("the new one", s.do("GET", "/factor", next), 200)
	}
}
