package guard_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// newStepUpPage is a site whose page /pay wants a second factor of the last five minutes, which
// is proven anew at /step-up.
func newStepUpPage(t *testing.T, need sallyport.Need) *site {
	s := newSite(t, guard.Options{})
	s.mux.Handle("GET /pay", s.guard.Require(guard.Factor(5*time.Minute))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "paid by "+guard.From(r.Context()).Name)
	})))
	show := func(w http.ResponseWriter, r *http.Request, result *sallyport.Result) {
		w.Header().Set("Content-Type", "text/html")
		if result == nil {
			result = &sallyport.Result{Outcome: sallyport.FactorWanted, Reason: "nothing sent"}
		}
		fmt.Fprintf(w, "<p>%s, %s</p>", result.Outcome, result.Reason)
		stepUpForm(w, r, result)
	}
	s.mux.Handle("/sign-in", s.guard.SignInPage(show))
	s.mux.Handle("/step-up", s.guard.StepUpPage(need, show))
	return s
}

// TestStepUpPage walks it: a browser is led there, chooses, types a wrong and the right code,
// and comes back; before and after that the page begins and is over.
func TestStepUpPage(t *testing.T) {
	s := newStepUpPage(t, sallyport.Need{})
	in := s.login(sallyporttest.User{Name: "ada", Email: "ada@example.com", EmailValidated: true, MFA: new(false)}, false)
	send := func(form url.Values, session *sallyport.Session) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/step-up?to=/pay%3Fa%3Db", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: s.name, Value: session.Handle})
		return s.send(r)
	}
	led := s.want("a page", s.do("GET", "/pay?a=b", in, "Accept", "text/html"), 303).Header.Get("Location")
	if led != "/step-up?to="+url.QueryEscape("/pay?a=b") {
		t.Errorf("led to %q", led)
	}
	page := s.want("the page of the step-up", s.do("GET", led, in, "Accept", "text/html"), 200)
	wantText(t, page, "nothing sent")
	text := wantText(t, send(nil, in), "FactorWanted, <")
	form := url.Values{}
	for _, f := range fields.FindAllStringSubmatch(text, -1) {
		form.Set(f[1], f[2]) // the last option is a code
	}
	code := s.Outbox.Code("ada@example.com", func() { wantText(t, send(form, in), "Waiting, <") })
	form.Set("code", strings.Repeat("0", len(code)))
	wantText(t, send(form, in), "FactorWanted, wrong code", "type=radio")
	form.Set("code", code)
	got := s.want("the right code", send(form, in), 303)
	if to := got.Header.Get("Location"); to != "/pay?a=b" || got.Header.Get("Cache-Control") != "no-store" || len(got.Cookies()) != 1 {
		t.Fatalf("led to %q with %v", to, got.Header)
	}
	next := &sallyport.Session{Handle: got.Cookies()[0].Value}
	s.want("the page", s.do("GET", "/pay", next), 200)
	form.Set("code", "another")
	wantText(t, send(form, next), "Denied, over")
}

// TestStepUpPageRefuses: who is not signed in, what comes from another site, and what is no
// form; nothing is begun or sent.
func TestStepUpPageRefuses(t *testing.T) {
	s := newStepUpPage(t, sallyport.Need{Methods: []mfa.Method{{Transport: mfa.Email, Mode: mfa.OTP}}})
	in := s.login(sallyporttest.User{Name: "ada", Email: "ada@example.com", EmailValidated: true, MFA: new(false)}, false)
	p := s.AddUser(t, sallyporttest.User{Name: "tom"})
	token := "Bearer " + s.InProcess().Login("tom", p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	for _, tt := range []struct {
		name, method string
		session      *sallyport.Session
		headers      []string
		status       int
	}{
		{"nobody who looks", "GET", nil, []string{"Accept", "text/html"}, 303},
		{"nobody who sends", "POST", nil, []string{"Sec-Fetch-Site", "same-origin"}, 401},
		{"a token that looks", "GET", nil, []string{"Authorization", token}, 200},
		{"a token that sends", "POST", nil, []string{"Authorization", token}, 303},
		{"another site", "POST", in, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a sibling", "POST", in, []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"what says nothing", "POST", in, nil, 403},
		{"another method", "PUT", in, []string{"Sec-Fetch-Site", "same-origin"}, 405},
	} {
		got := s.want(tt.name, s.do(tt.method, "/step-up?to=/pay", tt.session, tt.headers...), tt.status)
		if to := got.Header.Get("Location"); tt.status == 303 && to != "/sign-in?to="+url.QueryEscape("/step-up?to=/pay") {
			t.Errorf("%s: led to %q", tt.name, to)
		}
		if len(got.Cookies()) > 0 {
			t.Errorf("%s: got a cookie", tt.name)
		}
	}
	if n := s.Outbox.Count(); n != 0 {
		t.Errorf("got %d messages, want none", n)
	}
	text := wantText(t, s.do("POST", "/step-up?method=any&option=", in, "Sec-Fetch-Site", "same-origin"), "FactorWanted, <")
	if n := strings.Count(text, "type=radio"); n != 1 {
		t.Errorf("got %d ways, want the one that is needed", n)
	}
}

// TestHandleFrom: a page has the handle of who calls by a cookie, and of nobody else; after
// an exchange the new one.
func TestHandleFrom(t *testing.T) {
	s := newSite(t, guard.Options{})
	s.mux.Handle("GET /handle", s.guard.Require(guard.Anonymous)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "handle "+guard.HandleFrom(r.Context()))
	})))
	in := s.login(sallyporttest.User{Name: "ada"}, false)
	p := s.Person("ada")
	token := "Bearer " + s.InProcess().Login("ada", p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	wantText(t, s.do("GET", "/handle", in), "handle "+in.Handle)
	wantText(t, s.do("GET", "/handle", nil), "handle \n")
	wantText(t, s.do("GET", "/handle", nil, "Authorization", token), "handle \n")
	wantText(t, s.do("GET", "/handle", in, "Authorization", token), "handle \n")
	wantText(t, s.do("GET", "/handle", &sallyport.Session{Handle: "nonsense"}), "handle \n")
	c, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: in.Handle, Password: p.Password, NewPassword: "another horse battery"})
	if err != nil || c.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", c, err)
	}
	got := s.do("GET", "/handle", in)
	wantText(t, got, "handle "+got.Cookies()[0].Value)
}

// wantText fails the test unless an answer holds all parts, and returns it with an end of
// line.
func wantText(t *testing.T, got *http.Response, parts ...string) string {
	t.Helper()
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw) + "\n"
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("got %d %q, want %q", got.StatusCode, text, part)
		}
	}
	return text
}
