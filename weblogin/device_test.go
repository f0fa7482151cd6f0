package weblogin_test

import (
	"strings"
	"testing"
	"time"
)

// TestRememberDevice: who wants it is not asked for the second factor again in this browser,
// others are, and sign-out changes nothing of it.
func TestRememberDevice(t *testing.T) {
	s := newSite(t, nil, remembering)
	b := s.browser()
	sign := func(name string) *page {
		s.Clock.Advance(time.Minute)
		return s.enter(b, "/members", name)
	}
	out := func() { b.Open("/sign-out").Form().Submit("Sign out").Want(t, 200, "You are signed out") }
	sign("tom").Form("code").Tick("remember").Fill("code", s.Person("tom").Authenticator.Code()).Submit("Go on").Want(t, 200, "members of tom")
	for range 3 {
		out()
		sign("tom").Want(t, 200, "members of tom")
	}
	out()
	p := s.choose(sign("ada").Want(t, 200, "Show that it is you"), "Send a link to")
	s.approve(p, "ada")
	p.Form("I have approved it").Tick("remember").Submit("I have approved it").Want(t, 200, "members of ada")
	for _, name := range []string{"tom", "ada", "tom"} {
		out()
		sign(name).Want(t, 200, "members of "+name)
	}
	s.enter(s.browser(), "/members", "tom").Want(t, 200, "Enter the code")
	b.Open("/account").Want(t, 200, "(this browser)").Form("Forget this device").Submit("Forget this device").Want(t, 200, "Your account")
	out()
	sign("tom").Want(t, 200, "Enter the code").Form("Begin again").Submit("Begin again")
	sign("ada").Want(t, 200, "members of ada")
	out()
	s.Clock.Advance(8 * 24 * time.Hour)
	sign("ada").Want(t, 200, "Show that it is you")
}

// TestNotRemembered: where the policy remembers nothing, nothing is offered.
func TestNotRemembered(t *testing.T) {
	s := newSite(t, nil)
	p := s.enter(s.browser(), "/members", "tom").Want(t, 200, "Enter the code")
	if strings.Contains(string(p.Body), `name="remember"`) {
		t.Errorf("got %v, want no box", p)
	}
}
