package weblogin_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
)

// TestGrace: who signs in by grace is told so once, with how often that still goes, and is led
// on from there.
func TestGrace(t *testing.T) {
	s := newSite(t, nil, policy(func(p *directory.Policy) { p.Password.MaxAge, p.Password.GraceLogons = 90*24*time.Hour, 2 }))
	s.Clock.Advance(91 * 24 * time.Hour)
	b := s.browser()
	p := s.enter(b, "/members", "bob").Want(t, 200, "Sign-ins that it is still good for: 1.")
	p.Follow("Go on without").Want(t, 200, "members of bob")
	b.Open("/sign-in?to=/members").Want(t, 200, "members of bob")
	p = s.enter(s.browser(), "/members", "bob").Want(t, 200, "This was the last sign-in with it: change it now.")
	p.Follow("Change the password").Want(t, 200, "Present password")
	p = s.enter(s.browser(), "/members", "bob").Want(t, 200, "Choose a new password", "too old")
	p.Form("new").Fill("password", password).Fill("new", "eleven green bottles").Fill("again", "eleven green bottles").Submit("Set the new password").
		Want(t, 200, "members of bob")
}

// TestFactorGrace: so is who goes without the second factor that is wanted.
func TestFactorGrace(t *testing.T) {
	s := newSite(t, nil, policy(func(p *directory.Policy) { p.MFA.GraceLogons = new(2) }))
	p := s.enter(s.browser(), "/members", "zoe").Want(t, 200, "Sign-ins that go without one: 1. Add one before.")
	p.Follow("Add a second factor").Want(t, 200, "Present password")
	s.enter(s.browser(), "/members", "zoe").Want(t, 200, "This was the last sign-in without one: add one now.")
	s.enter(s.browser(), "/members", "zoe").Want(t, 200, "Add one now")
}
