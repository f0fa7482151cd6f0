package guard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// The two ways by mail, as the page shows them.
const (
	byCode = "Email OTP ***@e******.com"
	byLink = "Email Link ***@e******.com"
)

// newWebApp is the web app of the example, over a kit.
func newWebApp(t *testing.T) (*sallyporttest.Kit, http.Handler) {
	t.Helper()
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Application = sallyporttest.ApplicationName }))
	app, err := webApp(k.Engine)
	if err != nil {
		t.Fatal(err)
	}
	return k, app
}

// TestWebApp walks the web app of the example: to the sign-in page and back, with a wrong
// password, a code by mail, once wrong, a page by role, and out again.
func TestWebApp(t *testing.T) {
	k, app := newWebApp(t)
	k.AddUser(t, sallyporttest.User{Name: "max", Email: "max@example.com", EmailValidated: true, Roles: []string{sallyporttest.ManagerName}})
	k.AddUser(t, sallyporttest.User{Name: "ada"})
	max, ada := k.Browser(app), k.Browser(app)
	p := max.Open("/admin?year=2026").Want(t, 200, "Password")
	p = p.Form().Fill("name", "max").Fill("password", "not it").Submit("Go on").Want(t, 200, "wrong password")
	p = p.Form().Fill("name", "max").Fill("password", sallyporttest.Password).Submit("Go on").Want(t, 200, "FactorWanted")
	code := k.Outbox.Code("max@example.com", func() {
		p = p.Form().Choose("option", byCode).Submit("Go on").Want(t, 200, "Waiting")
	})
	p = p.Form().Choose("option", byCode).Fill("code", strings.Repeat("0", len(code))).Submit("Go on").Want(t, 200, "wrong code")
	p = p.Form().Choose("option", byCode).Fill("code", code).Submit("Go on").Want(t, 200, "The books")
	p = max.Open("/").Want(t, 200, "Hello max")
	p.Form().Submit("Sign out").Want(t, 200, "Password")
	max.Open("/admin").Want(t, 200, "Password")
	ada.Open("/").Form().Fill("name", "ada").Fill("password", sallyporttest.Password).Submit("Go on").Want(t, 200, "Hello ada")
	ada.Open("/admin").Want(t, 403, "You may not do this.")
}

// TestWebAppLink: a link that was mailed lets in once it is approved, and asking before that
// sends no other.
func TestWebAppLink(t *testing.T) {
	k, app := newWebApp(t)
	k.AddUser(t, sallyporttest.User{Name: "max", Email: "max@example.com", EmailValidated: true})
	p := k.Browser(app).Open("/").Form().Fill("name", "max").Fill("password", sallyporttest.Password).Submit("Go on")
	number := string(regexp.MustCompile(`Email Link \S+ (\d\d)`).FindSubmatch(p.Body)[1])
	link := byLink + " " + number
	p = p.Form().Choose("option", link).Submit("Go on").Want(t, 200, "Waiting")
	p = p.Form().Choose("option", link).Submit("Go on").Want(t, 200, "Waiting")
	if n := len(k.Outbox.Messages()); n != 1 {
		t.Errorf("got %d messages, want 1", n)
	}
	k.Browser(app).Open(k.Outbox.LastLink("max@example.com")).Form().Fill("number", number).Submit("It was me: approve").Want(t, 200)
	p.Form().Choose("option", link).Submit("Go on").Want(t, 200, "Hello max")
}

// TestWebAppEnrollment: who must have a second factor and has none adds one, and signs in by it.
func TestWebAppEnrollment(t *testing.T) {
	k, app := newWebApp(t)
	k.AddUser(t, sallyporttest.User{Name: "max", MFA: new(true)})
	b := k.Browser(app)
	enter := func() *sallyporttest.Page {
		return b.Open("/").Form().Fill("name", "max").Fill("password", sallyporttest.Password).Submit("Go on")
	}
	p := enter().Want(t, 200, "EnrollmentWanted").Follow("Add a second factor").Follow("Authenticator app")
	phone := p.Authenticator()
	p.Form("code").Fill("code", phone.Fresh()).Submit("Confirm").Want(t, 200, "recovery codes")
	p = enter().Want(t, 200, "FactorWanted")
	p.Form().Choose("option", "MicrosoftAuthenticator OTP Microsoft Authenticator").Fill("code", phone.Fresh()).Submit("Go on").Want(t, 200, "Hello max")
}

// TestSignInPage: what no login can be made of, what comes from another site, and a store
// that fails; none of them is shown the page, and none sets a cookie.
func TestSignInPage(t *testing.T) {
	k, app := newWebApp(t)
	k.AddUser(t, sallyporttest.User{Name: "ada"})
	good := url.Values{"name": {"ada"}, "password": {sallyporttest.Password}}.Encode()
	for _, tt := range []struct {
		name, method, body string
		header             [2]string
		status             int
		to                 string
	}{
		{"right", "POST", good, [2]string{"Sec-Fetch-Site", "same-origin"}, 303, "/in"},
		{"right, of no browser", "POST", good, [2]string{}, 303, "/in"},
		{"of another site", "POST", good, [2]string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		{"of a sibling", "POST", good, [2]string{"Sec-Fetch-Site", "same-site"}, 403, ""},
		{"of another origin", "POST", good, [2]string{"Origin", "https://evil.example"}, 403, ""},
		{"nothing typed", "POST", "", [2]string{}, 400, ""},
		{"a code without a request", "POST", "code=123456", [2]string{}, 400, ""},
		{"no form", "POST", "%zz", [2]string{}, 400, ""},
		{"too long a form", "POST", good + "&x=" + strings.Repeat("x", 16<<10), [2]string{}, 400, ""},
		{"in the query", "POST", "", [2]string{}, 400, ""},
		{"another method", "PUT", good, [2]string{}, 405, ""},
	} {
		target := "/sign-in?to=/in"
		if tt.name == "in the query" {
			target = "/sign-in?" + good
		}
		r := httptest.NewRequestWithContext(t.Context(), tt.method, target, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if tt.header[0] != "" {
			r.Header.Set(tt.header[0], tt.header[1])
		}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		got := w.Result()
		if got.StatusCode != tt.status || got.Header.Get("Location") != tt.to || len(got.Cookies()) != map[bool]int{true: 1}[tt.status == 303] || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d to %q with %d cookies, caches %q; want %d to %q", tt.name, got.StatusCode, got.Header.Get("Location"), len(got.Cookies()), got.Header.Get("Cache-Control"), tt.status, tt.to)
		}
	}
}

// TestSignInPageFails: an engine that is busy is told, and signs nobody in; the way back is
// a path of this site.
func TestSignInPageFails(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithBusyGate())
	app, err := webApp(k.Engine)
	if err != nil {
		t.Fatal(err)
	}
	send := func(app http.Handler, target string) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), "POST", target, strings.NewReader(url.Values{"name": {"ada"}, "password": {sallyporttest.Password}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		return w.Result()
	}
	if got := send(app, "/sign-in"); got.StatusCode != 503 || got.Header.Get("Retry-After") == "" || len(got.Cookies()) > 0 {
		t.Errorf("got %d %v", got.StatusCode, got.Header)
	}
	k, app = newWebApp(t)
	k.AddUser(t, sallyporttest.User{Name: "ada"})
	for to, want := range map[string]string{"/a?b=c": "/a?b=c", "https://evil.example/": "/", "//evil.example": "/", "/\\evil.example": "/", "": "/"} {
		if got := send(app, "/sign-in?to="+url.QueryEscape(to)).Header.Get("Location"); got != want {
			t.Errorf("to %q: led to %q, want %q", to, got, want)
		}
	}
}

// TestFortyLines holds the web app of the example to the length that README.md promises:
// what is imported for it and what it does, without its pages.
func TestFortyLines(t *testing.T) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, "example_test.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	lines := func(n ast.Node) int { return files.Position(n.End()).Line - files.Position(n.Pos()).Line + 1 }
	total, seen := 0, map[string]bool{}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				total += lines(d)
				continue
			}
			for _, s := range d.Specs {
				seen[s.(*ast.ValueSpec).Names[0].Name] = true
			}
		case *ast.FuncDecl:
			if seen[d.Name.Name] = true; d.Name.Name != "Example" { // which walks it
				total += lines(d)
			}
		}
	}
	if total > 40 || total < 10 || len(seen) != 3 || !seen["webApp"] || !seen["pages"] {
		t.Errorf("got %d lines, want at most 40, in webApp beside pages and Example; got %v", total, seen)
	}
}
