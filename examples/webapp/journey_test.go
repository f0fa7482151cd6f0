package main

import (
	"testing"
	"time"
)

// TestRoles: nobody sees the public page alone; a member those of members, and is told that
// the others are not theirs.
func TestRoles(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.Open("/").Want(t, 200, "Everybody may read this", "Nobody is signed in", "make an account")
	for _, path := range []string{"/members", "/admin", "/vault", "/admin/users/1"} {
		b.Open(path).Want(t, 200, "Sign in", "Password")
	}
	w.enter(b, "/members?a=b", "bob").Want(t, 200, "Hello bob. Only members", "Signed in as bob")
	b.Open("/").Want(t, 200, "Hello bob. Your roles: member.")
	b.Open("/admin").Want(t, 403, "Not for you", "bob lacks the role")
	b.Open("/members").Form("Sign out").Submit("Sign out").Want(t, 200, "You are signed out")
	b.Open("/members").Want(t, 200, "Password")
	b.Open("/").Follow("Sign in").Want(t, 200, "Password")
}

// TestFactors: a code and a link by mail, and a first factor inside the sign-in, each leads to
// the page that was asked for.
func TestFactors(t *testing.T) {
	w := newWorld(t)
	w.byCode(w.enter(w.browser(), "/admin", "max")).Want(t, 200, "Hello max. Only admins")
	p := w.enter(w.browser(), "/members", "ada").Form(linkToAda).Submit(linkToAda).Want(t, 200, "We have sent a link to")
	w.approve(p)
	p.Form("I have approved it").Submit("I have approved it").Want(t, 200, "Hello ada. Only members")

	b := w.browser()
	app := w.enter(b, "/admin", "zoe").Want(t, 200, "Add a second factor").Follow("Add one now").Follow("Authenticator app")
	phone := app.Authenticator()
	app.Form("code").Fill("code", phone.Fresh()).Submit("Confirm").Want(t, 200, "recovery codes", "Each of these")
	b.Open("/admin").Form("Go on").Submit("Go on").Want(t, 200, "Hello zoe. Only admins")
}

// TestVault: what is dear wants a second factor of the last five minutes, for looking and for
// taking.
func TestVault(t *testing.T) {
	w := newWorld(t)
	b := w.in("ada")
	p := b.Open("/vault").Want(t, 200, "There are 100 gold coins")
	p = p.Form("Take one").Submit("Take one").Want(t, 200, "There are 99 gold coins")
	w.Clock.Advance(6 * time.Minute)
	p = p.Form("Take one").Submit("Take one").Want(t, 403, "Nothing was done")
	w.stepUp(p.Follow("Prove it now")).Want(t, 200, "There are 99 gold coins")
	w.Clock.Advance(6 * time.Minute)
	w.stepUp(b.Open("/vault")).Want(t, 200, "There are 99 gold coins")

	bob := w.in("bob")
	bob.Open("/vault").Form("Go on").Submit("Go on").Want(t, 400, "Your account has no second factor that counts here.")
}

// TestOutboxShows: mails and text messages, with their codes and links.
func TestOutboxShows(t *testing.T) {
	w := newWorld(t)
	w.enter(w.browser(), "/members", "ada").Form(codeToAda).Submit(codeToAda)
	w.browser().Open(outboxPath).Want(t, 200, "Mails and text messages", "to ada@example.com", w.code())
}

// TestSignUp: whoever makes an account is a member, and has the pages of it.
func TestSignUp(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	p := b.Open("/").Follow("make an account").Form("email").Fill("name", "eve").Fill("email", "eve@example.com").Fill("password", "seven green whales")
	p.Submit("Make my account").Want(t, 200, "eve@example.com")
	w.Outbox.Await("eve@example.com", "sign-up")
	b.Open(w.newest(`<a href="([^"]*/account/verify/[^"]*)"`)).Form("name").Submit("Make my account").Want(t, 200)
	w.passwords["eve"] = "seven green whales"
	w.enter(b, "/members", "eve").Want(t, 200, "Hello eve. Only members").Follow("Your account").Want(t, 200, "eve@example.com", "Sign out everywhere")
	w.browser().Open("/sign-in").Follow("I forgot my password").Want(t, 200)
}
