package sallyport_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// TestPagePaths: each page is a path or is refused by its name, and has one of its own where
// nothing is said.
func TestPagePaths(t *testing.T) {
	kind := reflect.TypeFor[sallyport.Pages]()
	for i := range kind.NumField() {
		for _, path := range []string{"x", "/", "/x/", "//x", "/a//b", "/a/../b", "/a?b", "/a#b", "/a b", "/ä", "/{x}", "https://evil.example/x"} {
			c := sallyport.Config{Store: memstore.New(), InsecurePlainStore: true, Issuer: sallyporttest.Issuer}
			reflect.ValueOf(&c.Pages).Elem().Field(i).SetString(path)
			if _, err := sallyport.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), "Pages."+kind.Field(i).Name+":") {
				t.Errorf("%q: got %v, want Pages.%s refused by name", path, err, kind.Field(i).Name)
			}
		}
	}
	seen, filled := map[string]bool{}, reflect.ValueOf(sallyporttest.New(t).Engine.Pages())
	for i := range kind.NumField() {
		path := filled.Field(i).String()
		if seen[path] || !strings.HasPrefix(path, "/") {
			t.Errorf("Pages.%s: got %q, want a path of its own", kind.Field(i).Name, path)
		}
		seen[path] = true
	}
}

// TestPagesElsewhere: an enrolment and a link lead to the pages where the host has them, and
// there they are served.
func TestPagesElsewhere(t *testing.T) {
	kit := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Pages.Enroll, c.Pages.Link = "/my/factor", "/l" }))
	ada := kit.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
	bob := kit.AddUser(t, sallyporttest.User{Name: "bob", MFA: new(true)})
	b := kit.Browser(kit.Handler())

	at := kit.InProcess().Login(bob.Name, bob.Password).Enrollment.EnrollmentURL
	if !strings.HasPrefix(at, sallyporttest.Issuer+"/my/factor/") {
		t.Fatalf("got an enrolment at %s", at)
	}
	b.Open(at).Want(t, http.StatusOK, "Set up a second factor")

	for _, c := range []*sallyporttest.Client{kit.InProcess(), kit.HTTP()} {
		held := c.WaitLink(c.Login(ada.Name, ada.Password), "Email")
		if !strings.HasPrefix(held.Link, sallyporttest.Issuer+"/l/") {
			t.Fatalf("got a link of %d bytes, want one below /l/", len(held.Link))
		}
		b.Open(held.Link).Want(t, http.StatusOK, "Is this you signing in?")
		c.Approve(held.Link)
		held.Answer().Want(t, sallyport.Success)
	}
	for _, old := range []string{"/mfa/enroll/", "/mfa/link/"} {
		b.Open(old+strings.Repeat("0", 64)).Want(t, http.StatusNotFound)
	}
}

// TestLongLinkPage: a page whose address makes a link too long for two text messages is
// warned of.
func TestLongLinkPage(t *testing.T) {
	for path, warned := range map[string]bool{"": false, "/l": false, "/" + strings.Repeat("l", 200): true} {
		kit := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Pages.Link = path }))
		if got := strings.Contains(kit.Logs(), "Pages.Link are so long"); got != warned {
			t.Errorf("a path of %d bytes: got a warning: %v, want %v", len(path), got, warned)
		}
	}
}
