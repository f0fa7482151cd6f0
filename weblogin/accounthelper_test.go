package weblogin_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// forger changes what browsers send, as somebody does who makes up a form.
type forger struct {
	app         http.Handler
	name, value string // of the field that becomes another; an empty name: none
	twice       bool   // a form is sent twice with the same cookies, and the second answer is shown
	brought     string // the cookies of the last call
}

func (f *forger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.brought = r.Header.Get("Cookie")
	if r.Method == http.MethodPost && f.name != "" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			panic(err)
		}
		form.Set(f.name, f.value)
		text := form.Encode()
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
	if r.Method == http.MethodPost && f.twice {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		first, out := r.Clone(r.Context()), httptest.NewRecorder()
		first.Body, r.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
		f.app.ServeHTTP(out, first)
		for _, c := range out.Header().Values("Set-Cookie") {
			w.Header().Add("Set-Cookie", c)
		}
	}
	f.app.ServeHTTP(w, r)
}

// doubleClick sends a form by its only button twice at once, and returns the second answer.
func (s *site) doubleClick(f *sallyporttest.Form) *page {
	s.t.Helper()
	s.forger.twice = true
	defer func() { s.forger.twice = false }()
	return f.Submit("")
}

// instead sends a form by its only button, with another value in one of its fields.
func (s *site) instead(f *sallyporttest.Form, name, value string) *page {
	s.t.Helper()
	s.forger.name, s.forger.value = name, value
	defer func() { s.forger.name = "" }()
	return f.Submit("")
}

// remembering is a policy by which devices are remembered.
var remembering = policy(func(p *directory.Policy) { p.MFA.Session = new(24 * time.Hour) })

// remembered is a browser in which somebody with an authenticator is signed in, and which is
// remembered.
func (s *site) remembered(name string) *sallyporttest.Browser {
	s.t.Helper()
	b := s.browser()
	p := s.enter(b, "/members", name)
	if s.Person(name).Email != "" {
		p = s.choose(p, "Use a code from my authenticator app")
	}
	s.instead(p.Form("code").Fill("code", s.Person(name).Authenticator.Fresh()), "remember", "yes").Want(s.t, 200, "members of "+name)
	return b
}
