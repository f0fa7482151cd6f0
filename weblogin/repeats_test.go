package weblogin_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// repeated is a form that is sent more than once, or late.
type repeated struct {
	// begin opens the page that has it, in that browser.
	begin func(s *site, b *sallyporttest.Browser) *page
	// send fills it in and sends it.
	send func(s *site, p *page) *page
}

// onceMore sends the form of a button, as it was filled in.
func onceMore(button string) func(*site, *page) *page {
	return func(_ *site, p *page) *page { return p.Form(button).Submit(button) }
}

// anew is a browser in which somebody is signed in whose factor was proven too long ago.
func anew(s *site, b *sallyporttest.Browser, name string) {
	s.code(s.enter(b, "/members", name), s.Person(name).Authenticator.Code()).Want(s.t, 200, "members of "+name)
	s.Clock.Advance(6 * time.Minute)
}

// repeats are the forms of the table in docs/pages.md, by what stands in its first column.
var repeats = map[string]repeated{
	"sign-in: name and password": {
		func(s *site, b *sallyporttest.Browser) *page { return b.Open("/sign-in?to=/members") },
		func(_ *site, p *page) *page {
			return p.Form("password").Fill("name", "bob").Fill("password", password).Submit("Sign in")
		},
	},
	"sign-in: way": {
		func(s *site, b *sallyporttest.Browser) *page { return s.enter(b, "/members", "ada") },
		func(s *site, p *page) *page { return s.choose(p, "Send a code to") },
	},
	"sign-in: code": {
		func(s *site, b *sallyporttest.Browser) *page { return s.enter(b, "/members", "tom") },
		func(s *site, p *page) *page { return s.code(p, s.Person("tom").Authenticator.Code()) },
	},
	"sign-in: new password": {
		func(s *site, b *sallyporttest.Browser) *page { return s.enter(b, "/members", "mia") },
		func(_ *site, p *page) *page {
			return p.Form("new").Fill("password", password).Fill("new", "eleven green bottles").Fill("again", "eleven green bottles").Submit("Set the new password")
		},
	},
	"step-up: begin": {
		func(s *site, b *sallyporttest.Browser) *page { anew(s, b, "tom"); return b.Open("/vault") }, onceMore("Go on"),
	},
	"step-up: code": {
		func(s *site, b *sallyporttest.Browser) *page {
			anew(s, b, "tom")
			return b.Open("/vault").Form("Go on").Submit("Go on")
		},
		func(s *site, p *page) *page { return s.code(p, s.Person("tom").Authenticator.Code()) },
	},
	"sign out": {
		func(s *site, b *sallyporttest.Browser) *page {
			s.enter(b, "/members", "bob")
			return b.Open("/sign-out")
		}, onceMore("Sign out"),
	},
	"sign-up": {
		func(s *site, b *sallyporttest.Browser) *page { return b.Open("/sign-up") },
		func(s *site, p *page) *page { return s.signUp(p, "eve", "eve@example.com", "eleven green bottles") },
	},
	"forgotten password": {
		func(s *site, b *sallyporttest.Browser) *page { return b.Open("/forgot") },
		func(s *site, p *page) *page { return s.forgot(p, "ada") },
	},
	"account: language": {
		func(s *site, b *sallyporttest.Browser) *page {
			s.enter(b, "/members", "bob")
			return b.Open("/account")
		},
		func(_ *site, p *page) *page { return p.Form("language").Choose("language", "en").Submit("") },
	},
	"account: e-mail address": {
		func(s *site, b *sallyporttest.Browser) *page {
			s.enter(b, "/members", "bob")
			return b.Open("/account/email")
		},
		func(_ *site, p *page) *page {
			return p.Form("email").Fill("email", "bob@example.com").Fill("password", password).Submit("Go on")
		},
	},
	"account: sign out everywhere else": {
		func(s *site, b *sallyporttest.Browser) *page {
			s.in("bob")
			s.enter(b, "/members", "bob")
			return b.Open("/account")
		}, onceMore("Sign out everywhere else"),
	},
	"account: new password": {
		func(s *site, b *sallyporttest.Browser) *page {
			s.enter(b, "/members", "bob")
			s.Clock.Advance(time.Second) // the password is older than the page
			return b.Open("/account/password")
		},
		func(_ *site, p *page) *page {
			return p.Form("new").Fill("password", password).Fill("new", "eleven green bottles").Fill("again", "eleven green bottles").Submit("")
		},
	},
}

// ways are the columns of the table: how a form is sent once more, or late.
var ways = map[string]func(s *site, b *sallyporttest.Browser, f repeated) *page{
	"double click": func(s *site, b *sallyporttest.Browser, f repeated) *page {
		shown := f.begin(s, b)
		s.forger.twice = true // with the cookies of before the first
		return f.send(s, shown)
	},
	"twice": func(s *site, b *sallyporttest.Browser, f repeated) *page {
		shown := f.begin(s, b)
		f.send(s, shown)
		return f.send(s, shown)
	},
	"second tab": func(s *site, b *sallyporttest.Browser, f repeated) *page {
		shown := f.begin(s, b)
		other := b.Open(shown.URL)
		f.send(s, shown)
		return f.send(s, other)
	},
	"back": func(s *site, b *sallyporttest.Browser, f repeated) *page {
		shown := f.begin(s, b)
		f.send(s, shown)
		b.Open("/")
		s.Clock.Advance(time.Minute)
		return f.send(s, shown)
	},
	"signed out": func(s *site, b *sallyporttest.Browser, f repeated) *page {
		shown := f.begin(s, b)
		signOutIn(s, b)
		return f.send(s, shown)
	},
	"restarted": func(s *site, b *sallyporttest.Browser, f repeated) *page {
		shown := f.begin(s, b)
		s.forgets = true
		b.Open("/sign-in") // by another tab
		s.forgets = false
		return f.send(s, shown)
	},
}

// signOutIn signs out in another tab: somebody who has signed in there, if nobody had.
func signOutIn(s *site, b *sallyporttest.Browser) {
	p := b.Open("/sign-in")
	if strings.Contains(p.Text, "Begin again") {
		p = p.Form("Begin again").Submit("Begin again")
	}
	if strings.Contains(p.Text, "Password") {
		s.enter(b, "/members", "bob")
	}
	b.Open("/sign-out").Form("Sign out").Submit("Sign out").Want(s.t, 200, "You are signed out")
}

// forgetful serves a browser that has lost what it keeps as long as it runs, while it forgets.
func (s *site) forgetful() {
	next := s.app
	s.app = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookies := r.Cookies(); s.forgets {
			r.Header.Del("Cookie")
			for _, c := range cookies {
				if !strings.HasSuffix(c.Name, "-browser") {
					r.AddCookie(c)
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// outcome names what a form came to, where it leads to that page when it is sent once.
func outcome(p, once *page) string {
	switch {
	case p.Status == once.Status && p.Title == once.Title && p.URL == once.URL:
		return "same"
	case p.Status == 400 && strings.Contains(p.Text, "Nothing was done: you sent a page from before."):
		return "nothing"
	case p.Status == 401 && strings.Contains(p.Text, "Nothing was done: your session has ended"):
		return "signed out"
	}
	return p.String()
}

// repeatsTable is the table of docs/pages.md: outcomes by form and way.
func repeatsTable(t *testing.T) map[string]map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../docs/pages.md")
	if err != nil {
		t.Fatal(err)
	}
	var head []string
	table := map[string]map[string]string{}
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case len(cells) < 2:
			head = nil
		case cells[0] == "form":
			head = cells
		case head == nil || strings.HasPrefix(cells[0], "---"):
		default:
			table[cells[0]] = map[string]string{}
			for i, cell := range cells[1:] {
				table[cells[0]][head[i+1]] = cell
			}
		}
	}
	return table
}

// TestRepeats walks the table of docs/pages.md: each form, sent in each way.
func TestRepeats(t *testing.T) {
	table := repeatsTable(t)
	if len(table) != len(repeats) {
		t.Errorf("docs/pages.md has %d forms, want the %d of this test", len(table), len(repeats))
	}
	for name, f := range repeats {
		once := func() *page { s := newSite(t, nil); return f.send(s, f.begin(s, s.browser())) }()
		for way, do := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				s := newSite(t, nil)
				s.forgetful()
				if got, want := outcome(do(s, s.browser(), f), once), table[name][way]; got != want {
					t.Errorf("got %q, docs/pages.md says %q", got, want)
				}
			})
		}
	}
}
