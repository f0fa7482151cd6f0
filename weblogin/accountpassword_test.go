package weblogin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const otherPassword = "eleven green bottles"

// fill fills in the form of a new password.
func fill(p *page, present, fresh, again string) *sallyporttest.Form {
	return p.Form("new").Fill("password", present).Fill("new", fresh).Fill("again", again)
}

// TestAccountPassword changes a password: the session goes on, all others end, and the same
// form once more is no wrong password.
func TestAccountPassword(t *testing.T) {
	s := newSite(t, nil)
	b, other := s.in("bob"), s.in("bob")
	old := b.Open("/account").Follow("Change the password").Want(t, 200, "Change the password", "For bob")
	fill(old, "", "", "").Submit("").Want(t, 400, "Enter your present password first.", "Enter a new password first.")
	fill(old, password, otherPassword, "x").Submit("").Want(t, 400, "This is not the same password.")
	fill(old, "wrong", otherPassword, otherPassword).Submit("").Want(t, 400, "This is not your present password.")
	p := fill(old, password, "short", "short").Submit("").Want(t, 400, "This password cannot be used. Use at least 8 characters.")
	if p.Form("new").Value("new") != "" || p.Form("new").Value("username") != "bob" {
		t.Errorf("got %v", p.Form("new"))
	}
	second := b.Open("/account/password")
	s.Clock.Advance(time.Minute) // so that it is changed later than it was
	done := "Your password is changed; every other session has ended."
	fill(old, password, otherPassword, otherPassword).Submit("").Want(t, 200, "Your account", done)
	for _, again := range []*page{old, second} {
		fill(again, password, otherPassword, otherPassword).Submit("").Want(t, 200, "Your account", "was not changed once more")
	}
	other.Open("/members").Want(t, 200, "Sign in")
	fill(b.Open("/account/password"), otherPassword, password+"s", password+"s").Submit("").Want(t, 200, done)
	s.browser().Open("/sign-in").Form("password").Fill("name", "bob").Fill("password", otherPassword).Submit("Sign in").Want(t, 400, "Name or password is wrong.")
	b.Open("/sign-out").Form().Submit("Sign out")
	fill(second, "x", "y", "y").Submit("").Want(t, 401, "You are signed out")
}

// TestAccountPasswordGuesses: five wrong ones end the session, and the page says so.
func TestAccountPasswordGuesses(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("bob")
	p := b.Open("/account/password")
	for i := range 4 {
		fill(p, "wrong"+strings.Repeat("x", i), otherPassword, otherPassword).Submit("").Want(t, 400, "This is not your present password.")
	}
	fill(p, "wrong still", otherPassword, otherPassword).Submit("").Want(t, 401, "You are signed out", "too many wrong passwords or codes were typed in it")
	b.Open("/account").Want(t, 200, "Sign in", "Password")
}

// TestAccountPasswordByFactor: in a session that has proven no second factor the new password
// waits for one.
func TestAccountPasswordByFactor(t *testing.T) {
	s := newSite(t, nil, remembering)
	b := s.remembered("tom")
	b.Open("/sign-out").Form().Submit("Sign out")
	s.enter(b, "/members", "tom").Want(t, 200, "members of tom")
	p := fill(b.Open("/account/password"), password, otherPassword, otherPassword).Submit("").Want(t, 200, "One more step", "is not yours yet")
	b.Open("/account/password").Want(t, 200, "One more step")
	s.enter(s.browser(), "/members", "tom").Want(t, 200, "Enter the code") // with the old one
	p = p.Follow("Go on").Want(t, 200, "Enter the code")
	s.code(p, s.Person("tom").Authenticator.Fresh()).Want(t, 200, "Your account", "Your password is changed; every other session has ended.")
	b.Open("/account/password").Want(t, 200, "For tom", "New password")
}
