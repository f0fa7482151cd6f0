package weblogin_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/guard"
	passwords "github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/weblogin"
)

// exampleEngine is an engine in memory with one user, who signs in by a password alone.
func exampleEngine() (*sallyport.Engine, func()) {
	ctx, s := context.Background(), memstore.New()
	engine, err := sallyport.New(ctx, sallyport.Config{
		Store: s, Keys: sealed.NewKeys(), Issuer: "http://localhost:5000", PasswordParams: passwords.InsecureParamsForTests(),
	})
	if err != nil {
		panic(err)
	}
	ada := directory.User{Name: "ada", Password: "correct horse battery", MFA: new(false)}
	if _, err := engine.Apply(ctx, directory.File{Users: []directory.User{ada}}, directory.Options{}); err != nil {
		panic(err)
	}
	return engine, func() { _ = engine.Close(); _ = s.Close() }
}

// hello is the page of an app.
func hello(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><title>Hello %s</title>", html.EscapeString(guard.From(r.Context()).Name))
}

// exampleBrowser is what a person sees an app with.
type exampleBrowser struct {
	client   *http.Client
	site     *httptest.Server
	language string
	at, page string // the last page
}

func openExample(app http.Handler) *exampleBrowser {
	jar, _ := cookiejar.New(nil)
	return &exampleBrowser{client: &http.Client{Jar: jar}, site: httptest.NewServer(app)}
}

func (b *exampleBrowser) close() { b.site.Close() }

func (b *exampleBrowser) get(path string) string { return b.do(http.MethodGet, path, "") }

// send sends the form of the page, with these fields filled in.
func (b *exampleBrowser) send(pairs ...string) string {
	form := url.Values{}
	for _, f := range regexp.MustCompile(`type="hidden" name="([a-z]+)" value="([^"]*)"`).FindAllStringSubmatch(b.page, -1) {
		form.Set(f[1], html.UnescapeString(f[2]))
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, b.at, form.Encode())
}

// do returns where the answer has led, and the title of the page there.
func (b *exampleBrowser) do(method, path, form string) string {
	r, err := http.NewRequest(method, b.site.URL+path, strings.NewReader(form))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", b.language)
	if method == http.MethodPost {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	got, err := b.client.Do(r)
	if err != nil {
		panic(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		panic(err)
	}
	b.at, b.page = got.Request.URL.RequestURI(), string(body)
	title := regexp.MustCompile(`<title>(.*?)</title>`).FindStringSubmatch(b.page)
	if title == nil {
		return got.Status
	}
	return got.Request.URL.Path + ": " + html.UnescapeString(title[1])
}

// TestExampleLines holds the code of a host in the examples to the length that docs/pages.md
// promises.
func TestExampleLines(t *testing.T) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "example_test.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	for _, d := range f.Decls {
		n := set.Position(d.End()).Line - set.Position(d.Pos()).Line + 1
		switch d := d.(type) {
		case *ast.FuncDecl:
			lines[d.Name.Name] = n
		case *ast.GenDecl:
			if v, ok := d.Specs[0].(*ast.ValueSpec); ok {
				lines[v.Names[0].Name] = n
			}
		}
	}
	for _, name := range []string{"withPages", "ownLook"} {
		if lines[name] == 0 || lines[name] > 15 {
			t.Errorf("%s has %d lines, want at most 15", name, lines[name])
		}
	}
}

// TestOwnLook: what the host of the example replaces is what its people see.
func TestOwnLook(t *testing.T) {
	s := newSite(t, func(o *weblogin.Options) { *o = ownLook })
	b := s.browser()
	p := b.Open("/members")
	if body := string(p.Body); p.Title != "Come in – Salt & Co." || !strings.Contains(body, "--deed: #7c2d12;") || !strings.Contains(body, "--deed: #fdba74;") {
		t.Errorf("got %v, want the host's own look", p)
	}
	p.Form("password").Fill("name", "bob").Fill("password", password).Submit("Come in").Want(t, 200, "members of bob")
	p = b.Open("/sign-out").Want(t, 200, "You are signed in as bob.")
	if strings.Contains(p.Text, "Stay signed in") {
		t.Errorf("got %v, want the host's own template", p)
	}
	p.Form().Submit("Sign out").Want(t, 200, "You are signed out")
}

// faults counts what a test would fail for.
type faults struct {
	testing.TB
	said []string
}

func (f *faults) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}
func (f *faults) Helper() {}

// TestMissing: the test of a host lists what its languages lack.
func TestMissing(t *testing.T) {
	g, err := guard.New(sallyporttest.New(t).Engine, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := weblogin.New(g, ownLook)
	if err != nil {
		t.Fatal(err)
	}
	f := &faults{TB: t}
	wantEveryText(f, pages)
	i := slices.IndexFunc(f.said, func(line string) bool { return strings.HasPrefix(line, "nl lacks ") })
	if i < 0 || !strings.Contains(f.said[i], `"Sign out"`) || strings.Contains(f.said[i], `"Sign in"`) {
		t.Errorf("got %.300q, want the texts that Dutch lacks", f.said)
	}
}
