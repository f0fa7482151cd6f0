package weblogin_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// begin sends the form that asks for the password on the page of a change.
func begin(p *page) *page { return p.Form("password").Fill("password", password).Submit("Go on") }

// fresh types a code of somebody's authenticator that was not used before.
func (s *site) fresh(p *page, name string) *sallyporttest.Form {
	s.t.Helper()
	return p.Form("code").Fill("code", s.Person(name).Authenticator.Fresh())
}

// TestAccountEmail mails a link to a new address, once a factor was proven.
func TestAccountEmail(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("tom")
	p := b.Open("/account").Follow("Add an e-mail address").Want(t, 200, "For tom")
	p.Form().Submit("").Want(t, 400, "Enter an e-mail address first.", "Enter your present password first.")
	f := p.Form().Fill("email", "no address").Fill("password", password)
	if got := f.Submit("").Want(t, 400, "This is no e-mail address.").Form().Value("email"); got != "no address" {
		t.Errorf("got %q kept", got)
	}
	f.Fill("email", "tom@example.com").Fill("password", "wrong").Submit("").Want(t, 400, "This is not your present password.")
	p = s.doubleClick(f.Fill("password", password)).Want(t, 200, "Enter the code", "Before we mail a link to the new address")
	f.Fill("password", "").Submit("").Want(t, 400, "New e-mail address")
	b.Open("/account/email").Want(t, 200, "Enter the code")
	b.Open("/account/close").Want(t, 200, "I am sure")
	s.code(p, "000000").Want(t, 400, "That code is not right.")
	done := "We have mailed a link to the new address."
	code := s.fresh(p, "tom")
	s.doubleClick(code).Want(t, 200, "Your account", done)
	code.Submit("").Want(t, 200, "Your account", done)
	b.Open("/account/email").Want(t, 200, "New e-mail address")
	s.Clock.Advance(10 * time.Minute)
	code.Submit("").Want(t, 400, "Nothing was done: you sent a page from before.", "New e-mail address")
	b.Open(s.Outbox.Await("tom@example.com", "address").Link).Form().Submit("").Want(t, 200)
	b.Open("/account").Want(t, 200, "Password")
	s.in("tom").Open("/account").Want(t, 200, "tom@example.com", "Change the e-mail address")

	begin(s.in("bob").Open("/account/email")).Want(t, 400, "Enter an e-mail address first.")
	s.in("bob").Open("/account/email").Form().Fill("email", "bob@example.com").Fill("password", password).Submit("").Want(t, 200, "Your account", done)
}

// TestAccountAddFactor adds second factors: a first one, and one beside it.
func TestAccountAddFactor(t *testing.T) {
	s := newSite(t, nil)
	b, other := s.in("bob"), s.in("bob")
	p := begin(b.Open("/account").Follow("Add a second factor")).Want(t, 200, "Add your second factor on the page below.")
	p.Follow("I have added it: go on").Want(t, 200, "Add your second factor on the page below.")
	s.enrollApp(p).Want(t, 200, "Your second factor is added; every other session has ended.", "Authenticator app", "You have 10 left.")
	other.Open("/members").Want(t, 200, "Sign in")
}

// enrollApp adds an authenticator on the page that a link leads to, and comes back.
func (s *site) enrollApp(p *page) *page {
	s.t.Helper()
	p = p.Follow("Add one now").Follow("Authenticator app")
	p = p.Form("code").Fill("code", p.Authenticator().Code()).Submit("Confirm")
	if strings.Contains(p.Text, "I have saved them") {
		p = p.Follow("I have saved them")
	}
	return p.Follow("Go back to " + sallyporttest.ApplicationName)
}

// TestAccountAddBeside adds an authenticator beside one, which is proven after it.
func TestAccountAddBeside(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("tom")
	early := s.Person("tom").Authenticator.Fresh()
	s.Clock.Advance(30 * time.Second)
	p := begin(b.Open("/account").Follow("Add another second factor"))
	p = s.enrollApp(p).Want(t, 200, "Enter the code", "It is confirmed, and not active yet")
	p = s.code(p, early).Want(t, 400, "That code is right, but it is from before you began.")
	s.doubleClick(s.fresh(p, "tom")).Want(t, 200, "Your second factor is added", "Authenticator app 2")
	b.Open("/account/factors").Want(t, 200, "With a second factor nobody can sign in")
}

// TestAccountRemoveFactor removes a factor, and not the last one that is wanted.
func TestAccountRemoveFactor(t *testing.T) {
	s := newSite(t, nil)
	b, other := s.in("lee"), s.in("tom")
	remove := links(b.Open("/account"), removals)
	p := begin(b.Open(remove[1]).Want(t, 200, "For lee", "E-mail to", "We will no longer send codes there."))
	p = s.choose(p.Want(t, 200, "Show that it is you", "Before it is removed"), "Use a code from my authenticator app")
	s.doubleClick(s.fresh(p, "lee")).Want(t, 200, "The second factor is removed", "Text message to")
	for _, gone := range []*page{b.Open(remove[1]), other.Open(remove[0]), b.Open("/account/factors/remove")} {
		gone.Want(t, 200, "Your account has no such second factor any more.", "Back to your account")
	}
	own := links(other.Open("/account"), removals)[0]
	foreign := other.Open(own).Form("password").Fill("password", password)
	s.instead(foreign, "factor", b.Open(remove[0]).Form("password").Value("factor")).Want(t, 400, "Your account has no such second factor any more.")
}

// removals are the addresses that lead to the removal of a factor.
const removals = `/account/factors/remove\?factor=[^"]*`

// links are the addresses on a page that look so.
func links(p *page, like string) (list []string) {
	return regexp.MustCompile(like).FindAllString(string(p.Body), -1)
}

// TestAccountRecoveryCodes makes new recovery codes, which are shown for a minute to the
// browser that made them, and are in no cookie and no address.
func TestAccountRecoveryCodes(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("tom")
	p := begin(b.Open("/account").Follow("Make new recovery codes").Want(t, 200, "The codes that you have now stop working"))
	f := s.fresh(p.Want(t, 200, "Before you are shown new recovery codes"), "tom")
	p = s.doubleClick(f).Want(t, 200, "Save your recovery codes", "The old ones work no more.")
	codes := links(p, `<code>[^<]+</code>`)
	if len(codes) != 10 || strings.Contains(p.URL, codes[0]) || strings.Contains(strings.Join(p.Header.Values("Set-Cookie"), " "), codes[0]) {
		t.Fatalf("got %q at %s with %v", codes, p.URL, p.Header)
	}
	for _, again := range []*page{b.Open("/account/recovery-codes"), f.Submit("")} {
		if got := links(again.Want(t, 200, "Save your recovery codes"), `<code>[^<]+</code>`); !slices.Equal(got, codes) {
			t.Errorf("got %q, want %q", got, codes)
		}
	}
	p.Follow("I have saved them").Want(t, 200, "You have 10 left.")
	s.Clock.Advance(time.Minute - 1)
	b.Open("/account/recovery-codes").Want(t, 200, "Save your recovery codes")
	f.Submit("")
	s.Clock.Advance(time.Minute - 1) // the cookie lives on, the codes do not
	b.Open("/account/recovery-codes").Want(t, 200, "cannot be shown again").Form().Submit("").Want(t, 200, "The codes that you have now")
}

// TestAccountClose closes accounts for good, once the box is ticked and a factor proven.
func TestAccountClose(t *testing.T) {
	s := newSite(t, nil)
	b, other := s.in("tom"), s.in("tom")
	p := b.Open("/account").Follow("Close my account for good")
	begin(p).Want(t, 400, "Tick the box first")
	if p = p.Form().Tick("sure").Fill("password", "").Submit("").Want(t, 400, "Enter your present password first."); !strings.Contains(string(p.Body), " checked") {
		t.Error("the box has lost its tick")
	}
	p = begin(p).Want(t, 200, "Before your account is closed for good")
	f := s.fresh(p, "tom")
	f.Submit("").Want(t, 200, "Your account is closed", "You are signed out everywhere")
	f.Submit("").Want(t, 200, "Your account is closed")
	if name, _ := s.Engine.SessionCookie(); !strings.Contains(s.forger.brought, name) || strings.Contains(s.forger.brought, name+"=") {
		t.Errorf("got the cookies %q, want no session", s.forger.brought)
	}
	other.Open("/members").Want(t, 200, "Sign in")
	s.Clock.Advance(time.Minute)
	b.Open("/account/close").Want(t, 200, "Password")
	f.Submit("").Want(t, 401, "You are signed out")

	p = s.in("bob").Open("/account/close")
	s.doubleClick(p.Form().Tick("sure").Fill("password", password)).Want(t, 401, "You are signed out")
	s.enter(s.browser(), "/members", "bob").Want(t, 400, "Name or password is wrong.")
}

// TestAccountGuesses: five wrong codes end the session, and the page says so. So does a form
// that is sent after the session has ended in another tab.
func TestAccountGuesses(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("tom")
	p := begin(b.Open("/account/recovery-codes"))
	for _, code := range []string{"000000", "000001", "000002", "000003"} {
		p = s.code(p, code).Want(t, 400, "That code is not right.")
	}
	s.code(p, "000004").Want(t, 401, "You are signed out", "too many wrong passwords or codes were typed in it")
	b.Open("/account").Want(t, 200, "Sign in", "Password")

	b = s.in("lee")
	p = begin(b.Open("/account/recovery-codes"))
	b.Open("/sign-out").Form().Submit("Sign out")
	s.instead(p.Form("Begin again"), "action", "choose").Want(t, 401, "You are signed out")
}

// TestAccountForged: an option of somebody else's, a nonce of another page and a request that
// is none do nothing.
func TestAccountForged(t *testing.T) {
	s := newSite(t, nil)
	b, other := s.in("tom"), s.in("lee")
	p := begin(b.Open("/account/recovery-codes"))
	foreign := regexp.MustCompile(`name="option" value="([^"]+)"`).FindSubmatch(begin(other.Open("/account/recovery-codes")).Body)
	if foreign == nil {
		t.Fatal("no option")
	}
	s.instead(s.fresh(p, "tom"), "option", string(foreign[1])).Want(t, 400, "There is a problem.")
	p = begin(b.Open("/account/factors"))
	s.instead(p.Form("Begin again"), "nonce", b.Open("/account").Form("languages").Value("nonce")).Want(t, 400, "Nothing was done: you sent a page from before.")
	p = begin(b.Open("/account/recovery-codes"))
	s.instead(s.fresh(p, "tom"), "of", "x").Want(t, 400, "Nothing was done: you sent a page from before.", "Enter the code")
	p.Form("Begin again").Submit("").Want(t, 200, "The codes that you have now stop working")
}
