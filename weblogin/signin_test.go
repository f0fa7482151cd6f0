package weblogin_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/weblogin"
)

// TestSignInByPassword signs somebody in and out whose password is enough.
func TestSignInByPassword(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	p := b.Open("/members").Want(t, 200, "Sign in").Form("password")
	p = p.Fill("name", " bob ").Fill("password", "wrong").Submit("Sign in").Want(t, 400, "Name or password is wrong.").Form("password")
	if got := p.Value("name"); got != " bob " || p.Value("password") != "" {
		t.Errorf("got %q and %q kept, want the name alone", got, p.Value("password"))
	}
	p.Submit("Sign in").Want(t, 400, "Enter your password first.")
	p.Fill("password", password).Submit("Sign in").Want(t, 200, "members of bob")
	b.Open("/sign-in?to=/members").Want(t, 200, "members of bob")
	b.Open("/sign-in").Want(t, 200, "You are signed in as bob.")
	b.Open("/sign-out").Want(t, 200, "Sign out?").Form().Submit("Sign out").Want(t, 200, "You are signed out")
	b.Open("/members").Want(t, 200, "Sign in")
}

// TestSignInByCode signs people in by an authenticator, a mailed code and one of several ways.
func TestSignInByCode(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	p := s.enter(b, "/members", "tom").Want(t, 200, "Enter the code", "six digits")
	p = s.code(p, "").Want(t, 400, "Enter the code first.")
	p = s.code(p, "000000").Want(t, 400, "That code is not right.")
	s.code(p, s.Person("tom").Authenticator.Code()).Want(t, 200, "members of tom")

	p = s.enter(s.browser(), "/members", "ada").Want(t, 200, "Show that it is you")
	p = s.choose(p, "Send a code to").Want(t, 200, "We have sent a code to ***@e******.com.")
	s.Clock.Advance(31 * time.Second)
	p = p.Form("Send another code").Submit("Send another code").Want(t, 200, "We have sent a code to")
	p = p.Form("Choose another way").Submit("Choose another way").Want(t, 200, "How do you want to show that it is you?")
	s.byMail(p, "ada").Want(t, 200, "members of ada")
	s.in("lee")
}

// TestSignInByLink waits for the answer to a link: the page goes on by its button.
func TestSignInByLink(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	p := s.choose(s.enter(b, "/members", "ada"), "Send a link to").Want(t, 200, "Open the link that we have sent", "It asks for this number:")
	p = p.Form("I have approved it").Submit("I have approved it").Want(t, 400, "has not been answered yet")
	s.approve(p, "ada")
	p = b.Open("/sign-in?to=/members").Want(t, 200, "The link was answered.")
	p.Form("Go on").Submit("Go on").Want(t, 200, "members of ada")

	// Another way was chosen meanwhile: the answer counts all the same.
	b = s.browser()
	p = s.choose(s.enter(b, "/members", "ada"), "Send a link to")
	link := p
	s.choose(p.Form("Choose another way").Submit("Choose another way"), "Send a code to").Want(t, 200, "We have sent a code to")
	s.approve(link, "ada")
	p = b.Open("/sign-in?to=/members").Want(t, 200, "The link was answered.")
	p.Form("Go on").Submit("Go on").Want(t, 200, "members of ada")

	// The link is over: to go on sends no other one.
	p = s.choose(s.enter(s.browser(), "/members", "ada"), "Send a link to")
	before := s.Outbox.Count()
	s.Clock.Advance(5 * time.Minute)
	p.Form("I have approved it").Submit("I have approved it").Want(t, 200, "No link that went to ***@e******.com is good at the moment.")
	if n := s.Outbox.Count(); n != before {
		t.Errorf("got %d messages, want none sent anew", n-before)
	}

	b = s.browser()
	p = s.choose(s.enter(b, "/members", "ada"), "Send a link to")
	s.browser().Open(s.Outbox.LastLink("ada@example.com")).Form().Submit("This wasn’t me").Want(t, 200, "Stopped")
	p.Form("I have approved it").Submit("I have approved it").Want(t, 400, "This sign-in was stopped")
	b.Open("/sign-in").Want(t, 200, "Password")
}

// TestSignInWithEnrollment adds a second factor on the way, and is not asked for the password
// again.
func TestSignInWithEnrollment(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	p := s.enter(b, "/members", "zoe").Want(t, 200, "Add a second factor").Follow("Add one now")
	p = p.Follow("Authenticator app")
	p = p.Form("code").Fill("code", p.Authenticator().Code()).Submit("Confirm").Want(t, 200, "Save your recovery codes")
	codes := regexp.MustCompile(`<code>([^<]+)</code>`).FindAllSubmatch(p.Body, -1)
	p = p.Follow("I have saved them").Follow("Go back to "+sallyporttest.ApplicationName).Want(t, 200, "Your second factor is added")
	p.Form("Go on").Submit("Go on").Want(t, 200, "members of zoe")

	p = s.enter(s.browser(), "/members", "zoe").Want(t, 200, "Enter the code").Follow("I cannot use the app: use a recovery code").Want(t, 200, "Recovery code")
	p = s.code(p, "no code of mine").Want(t, 400, "That code is not right.")
	s.code(p, strings.ToLower(string(codes[3][1]))).Want(t, 200, "members of zoe")
}

// TestSignInWithForcedChange sets another password on the way.
func TestSignInWithForcedChange(t *testing.T) {
	s := newSite(t, nil)
	p := s.enter(s.browser(), "/members", "mia").Want(t, 200, "Choose a new password")
	change := func(present, fresh, again string) *page {
		return p.Form("new").Fill("password", present).Fill("new", fresh).Fill("again", again).Submit("Set the new password")
	}
	change("", "", "").Want(t, 400, "Enter your present password first.", "Enter a new password first.")
	change("wrong", "a new one for mia", "a new one for mia").Want(t, 400, "This is not your present password.")
	change(password, "a new one for mia", "another").Want(t, 400, "This is not the same password.")
	change(password, "short", "short").Want(t, 400, "Use at least 8 characters.")
	change(password, "eleven green bottles", "eleven green bottles").Want(t, 200, "members of mia")
}

// TestNameFirst asks for the name, and then for the password.
func TestNameFirst(t *testing.T) {
	s := newSite(t, func(o *weblogin.Options) { o.NameFirst = true })
	b := s.browser()
	p := b.Open("/members").Want(t, 200, "User name")
	p = p.Form().Submit("Go on").Want(t, 400, "Enter your name first.")
	p = p.Form().Fill("name", "bob").Submit("Go on").Want(t, 200, "For bob", "Password")
	p = p.Form("Use another name").Submit("Use another name").Want(t, 200, "User name")
	p = p.Form().Fill("name", "nobody").Submit("Go on").Want(t, 200, "For nobody")
	p = p.Form("password").Fill("password", password).Submit("Sign in").Want(t, 400, "Name or password is wrong.", "For nobody")
	p = p.Form("Use another name").Submit("Use another name")
	p.Form().Fill("name", "bob").Submit("Go on").Form("password").Fill("password", password).Submit("Sign in").Want(t, 200, "members of bob")
}

// TestStepUp proves a second factor anew before something dear.
func TestStepUp(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("ada")
	b.Open("/vault").Want(t, 200, "vault of ada")
	s.Clock.Advance(6 * time.Minute)
	p := b.Open("/vault").Want(t, 200, "Is it still you?").Form("Go on").Submit("Go on").Want(t, 200, "Show that it is you")
	s.byMail(p, "ada").Want(t, 200, "vault of ada")
	s.Clock.Advance(6 * time.Minute)
	p = s.choose(b.Open("/vault").Form("Go on").Submit("Go on"), "Send a link to").Want(t, 200, "It asks for this number:")
	s.approve(p, "ada")
	p.Form("I have approved it").Submit("I have approved it").Want(t, 200, "vault of ada")
	b = s.in("bob")
	b.Open("/vault").Want(t, 200, "Is it still you?").Form("Go on").Submit("Go on").Want(t, 400, "Your account has no second factor that counts here.")
}
