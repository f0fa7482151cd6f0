package weblogin_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// forgot asks for the mail by which a password is set anew.
func (s *site) forgot(p *sallyporttest.Page, name string) *sallyporttest.Page {
	s.t.Helper()
	return p.Form("name").Fill("name", name).Submit("Send me the mail")
}

func TestForgot(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	p := b.Open("/sign-in").Follow("I forgot my password").Want(t, 200, "Forgotten password")
	key := s.Outbox.Key("ada@example.com", func() {
		p = s.forgot(p, " Ada ").Want(t, 200, "Look into your mail", "If there is an account for Ada", "within half an hour")
	})
	if strings.Contains(strings.ToLower(p.URL), "ada") {
		t.Errorf("got the address %s, want none that tells what was typed", p.URL)
	}
	b.Open("/account/reset/"+key).Want(t, 200, "Set a new password").
		Form("password").Fill("password", "seven green whales").Fill("again", "seven green whales").Submit("Set the password").
		Want(t, 200, "Your new password is set")
	b.Open("/forgot").Form("Send it again, or for another name").Submit("").Want(t, 200, "Forgotten password")
}

// TestForgotTellsNothing: what the page says does not tell who has an account.
func TestForgotTellsNothing(t *testing.T) {
	s := newSite(t, nil)
	var seen []string
	for _, name := range []string{"ada", "bob", "nobody"} {
		p := s.forgot(s.browser().Open("/forgot"), name).Want(t, 200, "Look into your mail")
		text := strings.ReplaceAll(string(p.Body), `no">`+name+"<", "NAME")
		seen = append(seen, regexp.MustCompile(`value="[0-9a-f]{32}"`).ReplaceAllString(text, ""))
	}
	if seen[0] != seen[1] || seen[1] != seen[2] {
		t.Error("got pages that differ")
	}
}

func TestForgotFaults(t *testing.T) {
	s := newSite(t, nil)
	p := s.forgot(s.browser().Open("/forgot"), " ").Want(t, 400, "The name is missing.")
	s.forgot(p, strings.Repeat("a", 1000)).Want(t, 200, "Look into your mail")
}

// nobody are the users of a host that sets no passwords.
type nobody struct{}

func (nobody) ByName(context.Context, string) (*sallyport.Account, error) { return nil, nil }
func (nobody) ByID(context.Context, string) (*sallyport.Account, error)   { return nil, nil }

// TestForgotElsewhere: where the host sets no passwords, the page says so.
func TestForgotElsewhere(t *testing.T) {
	s := bare(t, sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Accounts, c.Application = nobody{}, sallyporttest.ApplicationName })))
	s.forgot(s.browser().Open("/forgot"), "ada").Want(t, 400, "passwords are not set on this site")
}
