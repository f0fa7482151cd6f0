package weblogin_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// signUp fills in the page of the sign-up.
func (s *site) signUp(p *sallyporttest.Page, name, email, password string) *sallyporttest.Page {
	s.t.Helper()
	return p.Form("email").Fill("name", name).Fill("email", email).Fill("password", password).Submit("Make my account")
}

// spied notes the cookies that are set.
func (s *site) spied() *[]*http.Cookie {
	var list []*http.Cookie
	next := s.app
	s.app = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		list = append(list, (&http.Response{Header: w.Header()}).Cookies()...)
	})
	return &list
}

func TestSignUp(t *testing.T) {
	s := newSite(t, nil)
	cookies := s.spied()
	b := s.browser()
	p := b.Open("/sign-in?to=/members").Follow("I have no account yet").Want(t, 200, "Make an account")
	key := s.Outbox.Key("eve@example.com", func() {
		p = s.signUp(p, "eve", "eve@example.com", "seven green whales").Want(t, 200, "Look into your mail", "eve@example.com", "within a day")
	})
	if strings.Contains(p.URL, "eve") || !strings.HasSuffix(p.URL, "/sign-up") {
		t.Errorf("got the address %s, want none that tells what was typed", p.URL)
	}
	b.Open("/sign-up").Want(t, 200, "Look into your mail")
	s.browser().Open("/sign-up").Want(t, 200, "Make an account")
	i := slices.IndexFunc(*cookies, func(c *http.Cookie) bool { return c.Name == "sallyport_signup" })
	if i < 0 {
		t.Fatalf("got the cookies %v, want sallyport_signup", *cookies)
	}
	c := (*cookies)[i]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 24*60*60 {
		t.Errorf("got %v", c)
	}
	out, err := s.Engine.VerifyEmail(t.Context(), sallyport.Verification{Key: key, Secret: c.Value})
	if err != nil || out.Status != sallyport.RegistrationCreated {
		t.Fatalf("got %+v, %v, want an account by the password that was typed", out, err)
	}
	b.Open("/members").Want(t, 200, "Sign in").Form("password").Fill("name", "eve").Fill("password", "seven green whales").Submit("Sign in").
		Want(t, 200, "members of eve")
}

// TestSignUpAgain: another mail, with what was typed but for the password.
func TestSignUpAgain(t *testing.T) {
	s := newSite(t, nil)
	p := s.signUp(s.browser().Open("/sign-up"), " eve ", "Eve@example.com", "seven green whales").Want(t, 200, "Look into your mail")
	p = p.Form("Send it again, or to another address").Submit("")
	f := p.Want(t, 200, "Make an account").Form("email")
	if f.Value("name") != "eve" || f.Value("email") != "Eve@example.com" || f.Value("password") != "" {
		t.Errorf("got %v", f)
	}
	f.Fill("email", "eve@example.org").Fill("password", "seven green whales").Submit("").Want(t, 200, "eve@example.org")
}

// TestSignUpTellsNothing: what the page says does not tell who has an account.
func TestSignUpTellsNothing(t *testing.T) {
	s := newSite(t, nil)
	cookies := s.spied()
	var seen []string
	for _, who := range [][2]string{{"eve", "new@example.com"}, {"bob", "new@example.com"}, {"eve", "ada@example.com"}} {
		*cookies = nil
		p := s.signUp(s.browser().Open("/sign-up"), who[0], who[1], "seven green whales").Want(t, 200, "Look into your mail")
		text := regexp.MustCompile(`value="[0-9a-f]{32}"`).ReplaceAllString(strings.ReplaceAll(string(p.Body), who[1], "ADDRESS"), "")
		for _, c := range *cookies {
			text += c.Name + c.Path
		}
		seen = append(seen, text)
	}
	if seen[0] != seen[1] || seen[1] != seen[2] {
		t.Error("got pages or cookies that differ")
	}
}

func TestSignUpFaults(t *testing.T) {
	s := newSite(t, nil)
	p := s.signUp(s.browser().Open("/sign-up"), "e", "eve", "").Want(t, 400,
		"This name cannot be used: it has 1 characters, want 3 to 32. Choose another one.",
		"This is no address to which mail can be sent.", "The password is missing.")
	f := p.Form("email")
	if f.Value("name") != "e" || f.Value("email") != "eve" {
		t.Errorf("got %v, want what was typed", f)
	}
	p = s.signUp(p, " ", " ", "").Want(t, 400, "The name is missing.", "The e-mail address is missing.")
	p = s.signUp(p, "eve", "eve@example.com", "short").Want(t, 400, "This password cannot be used.", "Use at least 8 characters.")
	if got := p.Form("email").Value("password"); got != "" {
		t.Errorf("got the password %q back", got)
	}
	if strings.Contains(string(p.Body), `value="short"`) {
		t.Error("the page has the password that was typed")
	}
	s.signUp(p, "eve", "eve@example.com", "eve@example.com").Want(t, 400, "Leave out names and addresses of yours")
	if s.Outbox.Count() != 0 {
		t.Errorf("got %v, want no mail", s.Outbox.Messages())
	}
}

// TestSignUpBusy: what cannot be taken now says when it can, and keeps what was typed.
func TestSignUpBusy(t *testing.T) {
	s := newSite(t, nil)
	busy := bare(t, s.Node(sallyporttest.WithBusyGate()))
	p := s.signUp(busy.browser().Open("/sign-up"), "eve", "eve@example.com", "seven green whales").Want(t, 503, "Try again in a minute")
	if p.Form("email").Value("email") != "eve@example.com" || p.Header.Get("Retry-After") == "" {
		t.Errorf("got %v, %v", p, p.Header)
	}
}

// TestSignUpBounds: ten sign-ups an hour come from one network address.
func TestSignUpBounds(t *testing.T) {
	s := newSite(t, nil)
	next := s.app
	s.app = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "203.0.113.9:49152"
		next.ServeHTTP(w, r)
	})
	p := s.browser().Open("/sign-up")
	for i := range 11 {
		want := 200
		if i == 10 {
			want = 503
		}
		p = s.signUp(p, "eve"+string(rune('a'+i)), "eve@example.com", "seven green whales").Want(t, want)
		if want == 200 {
			p = p.Form("Send it again, or to another address").Submit("")
		}
	}
	s.Clock.Advance(time.Hour)
	s.signUp(p, "eve", "eve@example.com", "seven green whales").Want(t, 200, "Look into your mail")
}

// TestSignUpSignedIn: who is signed in makes no other account, and no page says otherwise.
func TestSignUpSignedIn(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	p := b.Open("/sign-up")
	s.enter(b, "/members", "bob").Want(t, 200, "members of bob")
	b.Open("/sign-up").Want(t, 200, "You are signed in as bob.")
	s.signUp(p, "eve", "eve@example.com", "seven green whales").Want(t, 400, "Nothing was done: you are signed in already.")
}

// TestSignUpIsNotThere: no page where nobody can sign up.
func TestSignUpIsNotThere(t *testing.T) {
	s := newSite(t, nil, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp = nil }))
	b := s.browser()
	b.Open("/sign-up").Want(t, 404)
	if p := b.Open("/sign-in"); strings.Contains(p.Text, "no account yet") {
		t.Errorf("got %v, want no link to a page that is not there", p)
	}
}
