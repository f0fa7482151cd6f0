package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// world is the app over an engine with a clock that tests turn, and its people.
type world struct {
	*sallyporttest.Kit
	t         *testing.T
	app       http.Handler
	passwords map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	mails := &outbox{}
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		own := config(c.Store, c.Keys, c.Issuer, mails)
		c.Label, c.Application, c.Email, c.SMS = own.Label, own.Application, own.Email, own.SMS
	}))
	w := &world{Kit: k, t: t, passwords: map[string]string{}}
	people, err := makePeople(t.Context(), k.Engine)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		w.passwords[p.name] = p.password
	}
	if w.app, err = newSite(k.Engine, mails); err != nil {
		t.Fatal(err)
	}
	return w
}

// browser is another person's.
func (w *world) browser() *sallyporttest.Browser { return w.Browser(w.app) }

// enter types name and password on the page that a path leads to.
func (w *world) enter(b *sallyporttest.Browser, path, name string) *sallyporttest.Page {
	w.t.Helper()
	return b.Open(path).Want(w.t, 200, "Sign in", "Password").Form("password").
		Fill("name", name).Fill("password", w.passwords[name]).Submit("Sign in")
}

// ways by mail, as the buttons say.
const (
	codeToAda = "Send a code to ***@e******.com"
	linkToAda = "Send a link to ***@e******.com"
)

// newest is what the newest mail says: the first of what the pattern finds on the page of the
// mails.
func (w *world) newest(pattern string) string {
	w.t.Helper()
	found := regexp.MustCompile(pattern).FindSubmatch(w.browser().Open(outboxPath).Want(w.t, 200, "Mails").Body)
	if found == nil {
		w.t.Fatalf("no mail has %s", pattern)
	}
	return string(found[1])
}

func (w *world) code() string { return w.newest(`<code>([0-9]+)</code>`) }
func (w *world) link() string { return w.newest(`<a href="([^"]*/mfa/link/[^"]*)"`) }

// byCode goes on by the newest code.
func (w *world) byCode(p *sallyporttest.Page) *sallyporttest.Page {
	w.t.Helper()
	p = p.Form(codeToAda).Submit(codeToAda).Want(w.t, 200, "The code that went to")
	return p.Form("code").Fill("code", w.code()).Submit("Go on")
}

// in is a browser in which somebody is signed in who has a mailbox.
func (w *world) in(name string) *sallyporttest.Browser {
	w.t.Helper()
	b := w.browser()
	w.byCode(w.enter(b, "/members", name)).Want(w.t, 200, "Hello "+name)
	return b
}

// raw sends one request as it stands, and returns its answer. Pairs are names and values of
// headers.
func (w *world) raw(method, path, body string, pairs ...string) *http.Response {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, w.Engine.Issuer()+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:49152"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "Host" {
			r.Host = pairs[i+1]
		}
		r.Header.Set(pairs[i], pairs[i+1])
	}
	got := httptest.NewRecorder()
	w.app.ServeHTTP(got, r)
	return got.Result()
}

// cookie signs somebody in who needs no second factor, and returns their cookie.
func (w *world) cookie(name string, pairs ...string) *http.Cookie {
	w.t.Helper()
	form := url.Values{"name": {name}, "password": {w.passwords[name]}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	got := w.raw("POST", "/sign-in", form.Encode())
	if got.StatusCode != 303 || len(got.Cookies()) != 1 {
		w.t.Fatalf("got %d with %d cookies", got.StatusCode, len(got.Cookies()))
	}
	return got.Cookies()[0]
}

// numberOn is the number that a page shows for a link.
func numberOn(t *testing.T, p *sallyporttest.Page) string {
	t.Helper()
	found := regexp.MustCompile(`<strong>([0-9]+)</strong>`).FindSubmatch(p.Body)
	if found == nil {
		t.Fatalf("%v shows no number", p)
	}
	return string(found[1])
}

func textOf(t *testing.T, r *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
