package weblogin_test

import (
	"testing"
)

func TestSignInByPassword(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	s.enter(b, "/members", "bob").Want(t, 200, "members of bob")
	b.Open("/sign-in").Want(t, 200, "You are signed in as bob.")
	b.Open("/sign-out").Want(t, 200, "Sign out?").Form().Submit("Sign out").Want(t, 200, "You are signed out")
	b.Open("/members").Want(t, 200, "Sign in")
}

func TestSignInByCode(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	p := s.enter(b, "/members", "tom").Want(t, 200, "Enter the code", "six digits")
	p = s.code(p, "000000").Want(t, 400, "That code is not right.")
	s.code(p, s.Person("tom").Authenticator.Code()).Want(t, 200, "members of tom")
	s.in("ada")
	s.in("lee")
}
