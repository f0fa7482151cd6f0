package main

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// TestRoles: nobody sees the public page alone; a member those of members, and is told that
// the others are not theirs.
func TestRoles(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.Open("/").Want(t, 200, "Everybody may read this", "Nobody is signed in")
	for _, path := range []string{"/members", "/admin", "/vault", "/account"} {
		b.Open(path).Want(t, 200, "Sign in", "Password")
	}
	w.enter(b, "/members?a=b", "bob").Want(t, 200, "Hello bob. Only members")
	b.Open("/").Want(t, 200, "Hello bob. Your roles: member.")
	b.Open("/admin").Want(t, 403, "Not for you", "bob lacks the role")
	b.Open("/account").Form("Sign out").Submit("Sign out").Want(t, 200, "Sign in", "Password")
	b.Open("/members").Want(t, 200, "Password")
}

// TestCode: a wrong password, a code by mail, a wrong one, the right one, and back to the page
// that was asked for.
func TestCode(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	p := b.Open("/admin").Form("password").Fill("name", "max").Fill("password", "not it").Submit("Sign in").Want(t, 200, "Name or password is wrong.")
	if got := p.Form("password").Value("name"); got != "max" {
		t.Errorf("the name is forgotten: got %q", got)
	}
	p = p.Form("password").Fill("password", w.passwords["max"]).Submit("Sign in").Want(t, 200, "How do you want to prove that it is you?")
	p = p.Form(codeToAda).Submit(codeToAda)
	p = p.Form("code").Fill("code", "000000").Submit("Go on").Want(t, 200, "That code is wrong.")
	p.Form("code").Fill("code", w.code()).Submit("Go on").Want(t, 200, "Hello max. Only admins")
	b.Open("/members").Want(t, 200, "Hello max")
}

// TestLink: a link by mail, asked for before it is approved and after.
func TestLink(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	p := w.enter(b, "/members", "ada").Form(linkToAda).Submit(linkToAda).Want(t, 200, "A mail with a link went to")
	p = p.Form("I have approved it").Submit("I have approved it").Want(t, 200, "A mail with a link went to")
	telephone := w.browser()
	telephone.Open(w.link()).Form().Submit("It was me: approve").Want(t, 200)
	p.Form("I have approved it").Submit("I have approved it").Want(t, 200, "Hello ada. Only members")
	telephone.Open("/members").Want(t, 200, "Password")
}

// TestLinkRefused: "this wasn't me" ends the login; a link that nobody opens lets another way
// be taken.
func TestLinkRefused(t *testing.T) {
	w := newWorld(t)
	p := w.enter(w.browser(), "/members", "ada").Form(linkToAda).Submit(linkToAda)
	w.Clock.Advance(2 * time.Minute)
	p = p.Form("I have approved it").Submit("I have approved it").Want(t, 200, "Nobody opened the link in time", "How do you want")
	p = p.Form(linkToAda).Submit(linkToAda).Want(t, 200, "A mail with a link went to")
	w.browser().Open(w.link()).Form().Submit("This wasn’t me").Want(t, 200)
	p.Form("I have approved it").Submit("I have approved it").Want(t, 200, "The link was refused.", "Password")
}

// TestEnrollment: an admin without a second factor adds one inside the login, and gets in by
// no other way.
func TestEnrollment(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	p := w.enter(b, "/admin", "zoe").Want(t, 200, "You need a second factor to go on.")
	b.Open("/admin").Want(t, 200, "Password")
	app := p.Follow("on this page")
	if len(app.Body) == 0 || app.Status != 200 {
		t.Fatalf("got %v", app)
	}
	if _, is := app.Header["Content-Security-Policy"]; !is {
		t.Error("the page of the engine comes without its policy")
	}
	add := app.Follow("Authenticator app")
	phone := add.Authenticator()
	add.Form("code").Fill("code", phone.Fresh()).Submit("Confirm").Want(t, 200, "recovery codes")
	p.Form("password").Fill("password", w.passwords["zoe"]).Submit("Sign in").Want(t, 200, "Hello zoe. Only admins")
	p = w.enter(w.browser(), "/admin", "zoe").Form("Use the code of my authenticator").Submit("Use the code of my authenticator").Want(t, 200, "The code of your authenticator")
	p.Form("code").Fill("code", phone.Fresh()).Submit("Go on").Want(t, 200, "Hello zoe. Only admins")
}

// TestVault: what is dear wants a second factor of the last five minutes, by code or by link,
// for looking and for taking.
func TestVault(t *testing.T) {
	w := newWorld(t)
	b := w.in("ada")
	p := b.Open("/vault").Want(t, 200, "There are 100 gold coins")
	p = p.Form("Take one").Submit("Take one").Want(t, 200, "There are 99 gold coins")
	w.Clock.Advance(6 * time.Minute)
	p.Form("Take one").Submit("Take one").Want(t, 401)
	p = b.Open("/vault").Want(t, 200, "Is it you?", "What comes next is dear").Form("Go on").Submit("Go on")
	p = p.Form(codeToAda).Submit(codeToAda)
	p = p.Form("code").Fill("code", "000000").Submit("Go on").Want(t, 200, "Is it you?", "That code is wrong.")
	p.Form("code").Fill("code", w.code()).Submit("Go on").Want(t, 200, "There are 99 gold coins")
	b.Open("/members").Want(t, 200, "Hello ada")
	w.Clock.Advance(6 * time.Minute)
	p = b.Open("/vault").Form("Go on").Submit("Go on")
	p = p.Form(linkToAda).Submit(linkToAda).Want(t, 200, "it asks for the number")
	number := numberOn(t, p)
	w.browser().Open(w.link()).Form().Fill("number", number).Submit("It was me: approve").Want(t, 200)
	p.Form("I have approved it").Submit("I have approved it").Want(t, 200, "There are 99 gold coins")
}

// TestVaultWithoutFactor: who has no second factor is told where to add one, adds it, and
// proves it.
func TestVaultWithoutFactor(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	w.enter(b, "/members", "bob").Want(t, 200, "Hello bob")
	b.Open("/vault").Form("Go on").Submit("Go on").Want(t, 200, "Add one on the page of your account.")
	p := b.Open("/vault").Form("Go on").Submit("Go on").Follow("Your account").Want(t, 200, "None. Whoever has your password gets in.").Form("password").Fill("password", "not it").Submit("Add a second factor").
		Want(t, 200, "Name or password is wrong.")
	p = p.Form("password").Fill("password", w.passwords["bob"]).Submit("Add a second factor").Want(t, 200, "Go back to your account")
	add := p.Follow("on this page").Follow("Authenticator app")
	phone := add.Authenticator()
	add.Form("code").Fill("code", phone.Fresh()).Submit("Confirm").Want(t, 200, "recovery codes")
	b.Open("/account").Want(t, 200, "Authenticator")
	p = b.Open("/vault").Want(t, 200, "Is it you?").Form("Go on").Submit("Go on")
	p = p.Form("Use the code of my authenticator").Submit("Use the code of my authenticator")
	p.Form("code").Fill("code", phone.Fresh()).Submit("Go on").Want(t, 200, "There are 100 gold coins")
}

// TestAnotherFactor: beside a factor another is added once the first was proven, and that ends
// the other sessions.
func TestAnotherFactor(t *testing.T) {
	w := newWorld(t)
	other, b := w.in("ada"), w.in("ada")
	p := b.Open("/account").Form("password").Fill("password", w.passwords["ada"]).Submit("Add a second factor").Want(t, 200, "2. Prove one that you have already.")
	p.Form(codeToAda).Submit(codeToAda).Want(t, 200, "Add the new one first")
	add := p.Follow("on this page").Follow("Authenticator app")
	add.Form("code").Fill("code", add.Authenticator().Fresh()).Submit("Confirm").Want(t, 200)
	b.Open("/account").Want(t, 200, "Second factors")
	w.Clock.Advance(31 * time.Second)
	p = p.Form(codeToAda).Submit(codeToAda).Want(t, 200, "The code that went to")
	p.Form("code").Fill("code", w.code()).Submit("Go on").Want(t, 200, "Your account", "Authenticator")
	other.Open("/members").Want(t, 200, "Password")
	b.Open("/members").Want(t, 200, "Hello ada")
}

// TestSignOutEverywhere: all browsers are out, and the one that asked too.
func TestSignOutEverywhere(t *testing.T) {
	w := newWorld(t)
	other, b := w.browser(), w.browser()
	w.enter(other, "/members", "bob")
	w.enter(b, "/members", "bob")
	b.Open("/account").Want(t, 200, "(here)").Form("Sign out everywhere").Submit("Sign out everywhere").Want(t, 200, "Sign in", "Password")
	b.Open("/members").Want(t, 200, "Password")
	other.Open("/members").Want(t, 200, "Password")
}

// TestKeepMeSignedIn: without the tick the session ends unused within the hour, and its cookie
// with the browser; with it both live on.
func TestKeepMeSignedIn(t *testing.T) {
	w := newWorld(t)
	short, long := w.cookie("bob"), w.cookie("bob", "keep", "yes")
	if short.MaxAge != 0 || long.MaxAge != int(token.KeptLife/time.Second) {
		t.Errorf("got cookies that live %d and %d", short.MaxAge, long.MaxAge)
	}
	w.Clock.Advance(token.HandleIdle)
	for cookie, status := range map[string]int{short.String(): 401, long.String(): 200} {
		if got := w.raw("GET", "/members", "", "Cookie", cookie); got.StatusCode != status {
			t.Errorf("got %d, want %d", got.StatusCode, status)
		}
	}
	b := w.browser()
	b.Open("/sign-in").Form("password").Fill("name", "bob").Fill("password", w.passwords["bob"]).Tick("keep").Submit("Sign in").Want(t, 200, "Hello bob")
	w.Clock.Advance(2 * token.HandleIdle)
	b.Open("/members").Want(t, 200, "Hello bob")
}
