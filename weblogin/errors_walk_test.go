package weblogin_test

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	passwords "github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// wrong is one way in which something is refused, through the engine itself.
type wrong struct {
	name   string
	reason string // of outcome.go, without Reason; empty: another error
	field  string // beside which it stands; empty: none
	says   string
	opts   []sallyporttest.Option
	user   *sallyporttest.User // whose name is eve
	do     func(s *site) *page
}

// typed is a sign-in with that password.
func (s *site) typed(name, password string) *page {
	s.t.Helper()
	return s.browser().Open("/sign-in").Form("password").Fill("name", name).Fill("password", password).Submit("Sign in")
}

// right is a sign-in of eve's with the right password.
func right(s *site) *page { return s.typed("eve", password) }

// misses signs in with that many wrong passwords.
func misses(n int) func(*site) *page {
	return func(s *site) (p *page) {
		for i := range n {
			p = s.typed("bob", fmt.Sprint("wrong ", i))
		}
		return p
	}
}

// badCodes types that many wrong codes in one sign-in.
func (s *site) badCodes(p *page, n int) *page {
	s.t.Helper()
	right := s.Person("tom").Authenticator.Code()
	for i := 0; i < n; i++ {
		code := fmt.Sprintf("%06d", i)
		if code == right {
			code = "999999"
		}
		p = s.code(p, code)
	}
	return p
}

// tries is a policy that locks after so many wrong passwords.
func tries(n int) []sallyporttest.Option {
	return []sallyporttest.Option{policy(func(p *directory.Policy) { p.Password.MaxBadLogons = new(n) })}
}

// required asks everybody for a second factor, and changes what more.
func required(change func(*directory.MFA)) []sallyporttest.Option {
	return []sallyporttest.Option{policy(func(p *directory.Policy) {
		p.MFA.Mode = new("Required")
		change(&p.MFA)
	})}
}

// changed sets another password for mia, who has to.
func changed(present, fresh string) func(*site) *page {
	return func(s *site) *page {
		return s.enter(s.browser(), "/members", "mia").Form("new").Fill("password", present).Fill("new", fresh).Fill("again", fresh).Submit("Set the new password")
	}
}

// stepping is a step-up of somebody's that has begun.
func (s *site) stepping(name string) *page {
	s.t.Helper()
	b := s.in(name)
	s.Clock.Advance(6 * time.Minute)
	return b.Open("/vault").Form("Go on").Submit("Go on")
}

// refuseLink says that a link was not asked for, and then goes on where it was.
func (s *site) refuseLink(p *page) *page {
	s.t.Helper()
	p = s.choose(p, "Send a link to")
	s.browser().Open(s.Outbox.LastLink("ada@example.com")).Form().Submit("This wasn’t me").Want(s.t, 200)
	return p.Form("I have approved it").Submit("I have approved it")
}

// otherNumber is one that the page of a step-up does not show.
func otherNumber(p *page) string {
	if strings.Contains(string(p.Body), `>00</p>`) {
		return "01"
	}
	return "00"
}

// published is a list of passwords that has this one.
func published(t *testing.T, password string) []sallyporttest.Option {
	t.Helper()
	path := filepath.Join(t.TempDir(), "published")
	to, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = passwords.BuildBreachFilter(to, func(yield func([sha1.Size]byte, error) bool) { yield(sha1.Sum([]byte(password)), nil) })
	if err := errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
	f, err := passwords.OpenBreachFilter(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return []sallyporttest.Option{sallyporttest.WithConfig(func(c *sallyport.Config) { c.Breached = f })}
}

// wrongSignIns are refused for a reason.
func wrongSignIns() []wrong {
	at := func(start, end time.Duration) *sallyporttest.User {
		return &sallyporttest.User{Edit: func(u *directory.User) {
			if start != 0 {
				u.Start = sallyporttest.Start.Add(start)
			}
			if end != 0 {
				u.End = sallyporttest.Start.Add(end)
			}
		}}
	}
	return []wrong{
		{name: "wrong password", reason: "WrongPassword", field: "password", says: "Name or password is wrong.", do: misses(1)},
		{name: "unknown user", reason: "UnknownUser", field: "name", says: "There is no account of this name.", opts: []sallyporttest.Option{
			sallyporttest.WithConfig(func(c *sallyport.Config) { c.DiscloseUnknownUsers = true }),
		}, do: func(s *site) *page { return s.typed("nobody", password) }},
		{name: "last try", reason: "LastTry", field: "password", says: "After one more wrong password", opts: tries(3), do: misses(2)},
		{name: "locked out", reason: "LockedOut", says: "Too many wrong passwords", opts: tries(3), do: misses(4)},
		{name: "not approved", reason: "NotApproved", says: "waits for approval", user: &sallyporttest.User{NotApproved: true}, do: right},
		{name: "disabled", reason: "Disabled", says: "is disabled", user: &sallyporttest.User{Disabled: true}, do: right},
		{name: "locked", reason: "Locked", says: "is locked", user: &sallyporttest.User{Locked: true}, do: right},
		{name: "not yet valid", reason: "NotYetValid", says: "is not yet valid", user: at(time.Hour, 0), do: right},
		{name: "expired", reason: "Expired", says: "has expired", user: at(0, -time.Hour), do: right},
		{name: "no role", reason: "NoRole", says: "may not use this site", opts: []sallyporttest.Option{
			sallyporttest.WithConfig(func(c *sallyport.Config) { c.RequireRole = true }),
		}, user: &sallyporttest.User{Roles: []string{}}, do: right},
		{name: "no factor", reason: "NoFactor", says: "A second factor is needed", opts: required(func(m *directory.MFA) { m.Enrollable = []string{} }), user: &sallyporttest.User{}, do: right},
		{name: "invitation", reason: "InvitationWanted", says: "by invitation alone", opts: required(func(m *directory.MFA) { m.FirstEnrollment = new("Invitation") }), user: &sallyporttest.User{}, do: right},
		{name: "disowned", reason: "Disowned", says: "This sign-in was stopped", do: func(s *site) *page { return s.refuseLink(s.enter(s.browser(), "/members", "ada")) }},
		{name: "too many wrong codes", reason: "WrongCode", says: "Too many wrong codes were typed, so that this sign-in is over", do: func(s *site) *page {
			return s.badCodes(s.enter(s.browser(), "/members", "tom"), 5)
		}},
		{name: "over", reason: "Over", says: "This sign-in is over", do: func(s *site) *page {
			p := s.enter(s.browser(), "/members", "tom")
			s.EditUser(s.t, "tom", func(u *directory.User) { u.Disabled = true })
			return s.code(p, "123123")
		}},
		{name: "guesses used up", reason: "GuessesUsedUp", says: "Too many wrong codes were typed for this account", do: func(s *site) (p *page) {
			for range 40 {
				if p = s.typed("tom", password); p.Status >= 400 {
					return p
				}
				for i := 0; i < 5 && p.Status < 500 && strings.Contains(p.Text, "Enter the code"); i++ {
					s.Clock.Advance(11 * time.Second)
					p = s.code(p, fmt.Sprintf("%06d", 100+i))
				}
			}
			return p
		}},
	}
}

// wrongFactors are refused while a sign-in goes on, or a step-up.
func wrongFactors() []wrong {
	return []wrong{
		{name: "no code", field: "code", says: "Something is missing. Enter the code first.", do: func(s *site) *page { return s.code(s.enter(s.browser(), "/members", "tom"), "") }},
		{name: "wrong code", reason: "WrongCode", field: "code", says: "That code is not right.", do: func(s *site) *page { return s.badCodes(s.enter(s.browser(), "/members", "tom"), 1) }},
		{name: "not sent", reason: "NotSent", says: "could not be sent", do: func(s *site) *page {
			s.Outbox.FailNext(errors.New("down"))
			return s.choose(s.enter(s.browser(), "/members", "ada"), "Send a code to")
		}},
		{name: "link not yet answered", says: "has not been answered yet", do: func(s *site) *page {
			return s.choose(s.enter(s.browser(), "/members", "ada"), "Send a link to").Form("I have approved it").Submit("I have approved it")
		}},
		{name: "link unanswered", reason: "LinkUnanswered", says: "was not answered in time", do: func(s *site) *page {
			p := s.choose(s.enter(s.browser(), "/members", "ada"), "Send a link to")
			s.Clock.Advance(100 * time.Second)
			return s.instead(p.Form("I have approved it"), "ends", "") // as if it ended while the call was under way
		}},
		{name: "step-up without a factor", reason: "EnrollmentWanted", says: "no second factor that counts here", do: func(s *site) *page { return s.in("bob").Open("/vault").Form("Go on").Submit("Go on") }},
		{name: "step-up disowned", reason: "Disowned", says: "This was stopped", do: func(s *site) *page {
			p := s.choose(s.stepping("ada"), "Send a link to")
			s.browser().Open(s.Outbox.LastLink("ada@example.com")).Form().Fill("number", otherNumber(p)).Submit("It was me: approve").Want(s.t, 200, "That was not the number")
			return p.Form("I have approved it").Submit("I have approved it")
		}},
		{name: "step-up, too many wrong codes", reason: "WrongCode", says: "so that this proof is over", do: func(s *site) *page { return s.badCodes(s.stepping("tom"), 5) }},
		{name: "another page's form", says: "you sent a page from before", do: func(s *site) *page {
			b := s.browser()
			p := s.enter(b, "/members", "tom")
			b.Open("/members").Form("Begin again").Submit("")
			return s.code(p, "123123")
		}},
	}
}

// wrongForms are refused for what was typed in a form of name and password, of a new password,
// of the sign-up and of the forgotten password.
func wrongForms(t *testing.T) []wrong {
	signUp := func(name, email, password string) func(*site) *page {
		return func(s *site) *page { return s.signUp(s.browser().Open("/sign-up"), name, email, password) }
	}
	const stolen = "eleven green bottles"
	return []wrong{
		{name: "no name", field: "name", says: "Enter your name first.", do: func(s *site) *page { return s.typed("", "") }},
		{name: "no password", field: "password", says: "Enter your password first.", do: func(s *site) *page { return s.typed("bob", "") }},
		{name: "no present password", field: "password", says: "Enter your present password first.", do: changed("", "x")},
		{name: "no new password", field: "new", says: "Enter a new password first.", do: changed(password, "")},
		{name: "not the present password", field: "password", says: "This is not your present password.", do: changed("wrong", stolen)},
		{name: "not the present one, last try", field: "password", says: "After one more wrong one", opts: tries(2), do: changed("wrong", stolen)},
		{name: "locked out at a change", says: "Too many wrong passwords", opts: tries(1), do: changed("wrong", stolen)},
		{name: "short", field: "new", says: "Use at least 8 characters.", do: changed(password, "short")},
		{name: "context", field: "new", says: "Leave out names and addresses of yours", do: changed(password, "sallydemo PB_Salesdemo 1")},
		{name: "history", field: "new", says: "this is the old one", do: changed(password, password)},
		{name: "common", field: "new", says: "among the passwords that are tried first", do: changed(password, "password1")},
		{name: "published", field: "new", says: "it has been published", opts: published(t, stolen), do: changed(password, stolen)},
		{name: "control characters", field: "new", says: "This password cannot be used.", do: changed(password, "eleven\x01green bottles")},
		{name: "of the host's own pattern", field: "new", says: "Use a fish.", opts: []sallyporttest.Option{policy(func(p *directory.Policy) {
			p.Password.Pattern, p.Password.Message = "fish", "Use a fish."
		})}, do: changed(password, stolen)},
		{name: "sign-up, no name", field: "name", says: "The name is missing.", do: signUp("", "eve@example.com", stolen)},
		{name: "sign-up, short name", field: "name", says: "want 3 to 32", do: signUp("e", "eve@example.com", stolen)},
		{name: "sign-up, reserved name", field: "name", says: "is reserved", do: signUp("admin", "eve@example.com", stolen)},
		{name: "sign-up, foreign letters", field: "name", says: "want letters a to z", do: signUp("èva", "eve@example.com", stolen)},
		{name: "sign-up, another's address", field: "name", says: "holds an @", do: signUp("eve@example.org", "eve@example.com", stolen)},
		{name: "sign-up, no address", field: "email", says: "The e-mail address is missing.", do: signUp("eve", "", stolen)},
		{name: "sign-up, no such address", field: "email", says: "This is no address", do: signUp("eve", "eve@", stolen)},
		{name: "sign-up, no password", field: "password", says: "The password is missing.", do: signUp("eve", "eve@example.com", "")},
		{name: "sign-up, short", field: "password", says: "Use at least 8 characters.", do: signUp("eve", "eve@example.com", "short")},
		{name: "sign-up, published", field: "password", says: "it has been published", opts: published(t, stolen), do: signUp("eve", "eve@example.com", stolen)},
		{name: "sign-up, too much", says: "Try again in a minute", do: func(s *site) *page {
			return s.signUp(bare(s.t, s.Node(sallyporttest.WithBusyGate())).browser().Open("/sign-up"), "eve", "eve@example.com", stolen)
		}},
		{name: "forgot, no name", field: "name", says: "The name is missing.", do: func(s *site) *page { return s.forgot(s.browser().Open("/forgot"), "") }},
	}
}

// notProvoked are the reasons of the tables that TestErrors does not provoke, and why: how they
// read is for TestFaultsSayWhatToDo.
var notProvoked = map[string]string{
	"ReasonElsewhere":       "of a module of the host's own that refuses a password, or of the account",
	"ReasonTooEarly":        "of a factor that is added",
	"ReasonMustChange":      "of a change of the account, as are all that follow",
	"ReasonPasswordExpired": "likewise", "ReasonPasswordWeak": "likewise", "ReasonLastFactor": "likewise",
	"ReasonUnknownFactor": "likewise", "ReasonNothingToAdd": "likewise", "ReasonNoRecovery": "likewise",
}

// TestErrors provokes each error through the engine, and reads the page.
func TestErrors(t *testing.T) {
	provoked := map[string]bool{}
	for _, w := range slices.Concat(wrongSignIns(), wrongFactors(), wrongForms(t)) {
		t.Run(w.name, func(t *testing.T) {
			s := newSite(t, nil, w.opts...)
			if w.user != nil {
				w.user.Name = "eve"
				s.AddUser(t, *w.user)
			}
			p := w.do(s)
			wantFault(t, p, w.field)
			if got := shownFault(p, w.field); !strings.Contains(got, w.says) {
				t.Errorf("got %q, want %q in it", got, w.says)
			}
		})
		provoked["Reason"+w.reason] = true
	}
	for name := range notProvoked {
		provoked[name] = true
	}
	if list := missingFrom(slices.Collect(maps.Keys(tabled(t))), provoked); len(list) > 0 {
		t.Errorf("nothing provokes %q; do so here, or say why not", list)
	}
}

// TestStatuses: what cannot be served at all says so on a page, in words.
func TestStatuses(t *testing.T) {
	s := newSite(t, nil)
	busy := bare(t, s.Node(sallyporttest.WithBusyGate()))
	for what, p := range map[string]*page{
		"busy":           busy.typed("bob", password),
		"signed out":     signedOutElsewhere(s),
		"a link of none": s.browser().Open("/account/reset/" + strings.Repeat("0a", 32)),
	} {
		if p.Status < 400 || p.Title == "" {
			t.Errorf("%s: got %v, want a refusal", what, p)
		}
		wantSentences(t, what, p.Title+". "+p.Text)
	}
}

// signedOutElsewhere is the answer to a form of a page whose session has ended since.
func signedOutElsewhere(s *site) *page {
	b := s.in("tom")
	s.Clock.Advance(6 * time.Minute)
	p := b.Open("/vault")
	b.Open("/sign-out").Form().Submit("Sign out")
	return p.Form("Go on").Submit("Go on")
}
