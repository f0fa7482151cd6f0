package weblogin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestSignOutByTheHostsForm: a form on a page of the host's, as docs/web-app.md has it, has
// nothing to prove but that it is of this site. The link beside it leads to the account.
func TestSignOutByTheHostsForm(t *testing.T) {
	page, err := os.ReadFile("../docs/web-app.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "```html\n")
	lines, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatal("docs/web-app.md has no block of HTML")
	}
	s := newSite(t, nil)
	app := s.app
	s.app = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/host" {
			app.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><title>host</title>"+lines)
	})
	b := s.in("bob")
	send := func(pairs ...string) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), "POST", s.Engine.Issuer()+"/sign-out", strings.NewReader(""))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
		got := httptest.NewRecorder()
		s.app.ServeHTTP(got, r)
		return got.Result()
	}
	for _, from := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
		if got := send(from...); got.StatusCode != 403 || len(got.Cookies()) > 0 {
			t.Errorf("%v: got %d with %d cookies, want 403", from, got.StatusCode, len(got.Cookies()))
		}
	}
	b.Open("/members").Want(t, 200, "members of bob")
	b.Open("/host").Follow("Your account").Want(t, 200, "Second factors")
	for range 2 { // the second ends nothing, and leads to the same page
		p := b.Open("/host").Form("Sign out").Submit("Sign out")
		p.Want(t, 200, "You are signed out")
	}
	b.Open("/members").Want(t, 200, "Sign in")
	if got := send("Sec-Fetch-Site", "same-origin"); got.StatusCode != 303 || got.Header.Get("Location") != "/sign-out" {
		t.Errorf("without a session: got %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
}
