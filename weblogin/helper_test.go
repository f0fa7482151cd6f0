package weblogin_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/weblogin"
)

// site is a host with the pages before it, and some people who have accounts.
type site struct {
	*sallyporttest.Kit
	t     *testing.T
	pages *weblogin.Pages
	app   http.Handler

	forger *forger

	forgets bool // see forgetful
}

const password = sallyporttest.Password

// newSite makes it; change may be nil.
func newSite(t *testing.T, change func(*weblogin.Options), opts ...sallyporttest.Option) *site {
	t.Helper()
	k := sallyporttest.New(t, append([]sallyporttest.Option{sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Application, c.SignUp = sallyporttest.ApplicationName, &sallyport.SignUp{Roles: []string{sallyporttest.RoleName}}
	})}, opts...)...)
	s := &site{Kit: k, t: t}
	k.AddUser(t, sallyporttest.User{Name: "bob"})
	k.AddUser(t, sallyporttest.User{Name: "ada", Email: "ada@example.com", EmailValidated: true})
	k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	k.AddUser(t, sallyporttest.User{Name: "lee", TOTP: true, Email: "lee@example.com", EmailValidated: true, Mobile: "+33612345678", MobileValidated: true})
	k.AddUser(t, sallyporttest.User{Name: "mia", MustChangePassword: true})
	k.AddUser(t, sallyporttest.User{Name: "zoe", MFA: new(true)})
	g, err := guard.New(k.Engine, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := weblogin.Options{Name: "Example", Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if change != nil {
		change(&o)
	}
	if s.pages, err = weblogin.New(g, o); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", g.Require(guard.Anonymous)(s.says("home")))
	mux.Handle("GET /members", g.Require(guard.Role(sallyporttest.RoleName))(s.says("members")))
	mux.Handle("GET /vault", g.Require(guard.Factor(5*60*1e9))(s.says("vault")))
	s.forger = &forger{app: s.pages.Wrap(mux)}
	s.app = s.forger
	return s
}

// says is a page of the host's that says its name, and who looks.
func (s *site) says(what string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := "nobody"
		if a := guard.From(r.Context()); a != nil {
			who = a.Name
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>%[1]s</title><p>%[1]s of %[2]s</p>", what, who)
	})
}

func (s *site) browser() *sallyporttest.Browser { return s.Browser(s.app) }

// enter types name and password on the page that a path leads to.
func (s *site) enter(b *sallyporttest.Browser, path, name string) *sallyporttest.Page {
	s.t.Helper()
	return b.Open(path).Want(s.t, 200, "Sign in", "Password").Form("password").Fill("name", name).Fill("password", password).Submit("Sign in")
}

// in is a browser in which somebody is signed in.
func (s *site) in(name string) *sallyporttest.Browser {
	s.t.Helper()
	b := s.browser()
	p := s.enter(b, "/members", name)
	if a := s.Person(name).Authenticator; a != nil {
		if s.Person(name).Email != "" {
			p = s.choose(p, "Use a code from my authenticator app")
		}
		p = s.code(p, a.Fresh())
	} else if s.Person(name).Email != "" {
		p = s.byMail(p, name)
	}
	p.Want(s.t, 200, "members of "+name)
	return b
}

// code types a code on the page that asks for one.
func (s *site) code(p *sallyporttest.Page, code string) *sallyporttest.Page {
	s.t.Helper()
	return p.Form("code").Fill("code", code).Submit("Go on")
}

// byMail goes on by a code that is mailed.
func (s *site) byMail(p *sallyporttest.Page, name string) *sallyporttest.Page {
	s.t.Helper()
	p = s.choose(p, "Send a code to")
	return s.code(p, s.Outbox.LastCode(s.Person(name).Email))
}

// page is what a browser shows.
type page = sallyporttest.Page

// approve answers the newest link to somebody, with the number that a page shows.
func (s *site) approve(shown *page, name string) {
	s.t.Helper()
	found := regexp.MustCompile(`class="number"[^>]*>([0-9]{2})<`).FindSubmatch(shown.Body)
	if found == nil {
		s.t.Fatalf("%v shows no number", shown)
	}
	p := s.browser().Open(s.Outbox.LastLink(s.Person(name).Email))
	p.Form().Fill("number", string(found[1])).Submit("It was me: approve").Want(s.t, 200, "Approved")
}

// choose takes the way whose button begins so.
func (s *site) choose(p *sallyporttest.Page, way string) *sallyporttest.Page {
	s.t.Helper()
	found := regexp.MustCompile(`>(` + regexp.QuoteMeta(way) + `[^\n]*)</button>`).FindSubmatch(p.Body)
	if found == nil {
		s.t.Fatalf("%v has no button %q", p, way)
	}
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(found[1]), "")
	return p.Form(text).Submit(text)
}

// policy changes the default policy of the directory.
func policy(change func(*directory.Policy)) sallyporttest.Option {
	return sallyporttest.WithDirectory(func(f *directory.File) { f.Policy = cmp.Or(f.Policy, new(directory.Policy)); change(f.Policy) })
}
