package weblogin_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestAccountReasons: whatever keeps a change from being made is said, with what to do next.
func TestAccountReasons(t *testing.T) {
	email := func(b *sallyporttest.Browser) *page {
		return b.Open("/account/email").Form().Fill("email", "new@example.com").Fill("password", password).Submit("")
	}
	at := func(path string) func(b *sallyporttest.Browser) *page {
		return func(b *sallyporttest.Browser) *page { return begin(b.Open(path)) }
	}
	for _, tt := range []struct {
		name, who string
		policy    func(*directory.Policy)
		before    func(s *site)
		do        func(b *sallyporttest.Browser) *page
		want      string
	}{
		{"last factor", "tom", func(p *directory.Policy) { p.MFA.Mode = new("Required") }, nil, func(b *sallyporttest.Browser) *page {
			return begin(b.Open(links(b.Open("/account"), removals)[0]))
		}, "Add another one first, then remove this one."},
		{"nothing to add", "tom", func(p *directory.Policy) { p.MFA.Enrollable = []string{} }, nil, at("/account/factors"), "Your account has all the second factors that it may have."},
		{"invitation wanted", "bob", func(p *directory.Policy) { p.MFA.FirstEnrollment = new("Invitation") }, nil, at("/account/factors"), "by invitation alone. Ask whoever runs this site for one."},
		{"no recovery codes", "ada", nil, nil, at("/account/recovery-codes"), "if you have none, add one first."},
		{"locked out", "bob", nil, func(s *site) { s.InProcess().WrongPasswords("bob", 10) }, email, "Too many wrong passwords were typed for your name"},
		{"guesses used up", "tom", nil, func(s *site) {
			for range 2 {
				a := s.InProcess().Login("tom", password)
				s.InProcess().WrongCodes(s.InProcess().Choose(a, "MicrosoftAuthenticator", "OTP"), 5)
			}
		}, email, "Too many wrong codes were typed for this account"},
		{"last try", "bob", nil, func(s *site) { s.InProcess().WrongPasswords("bob", 8) }, func(b *sallyporttest.Browser) *page {
			return b.Open("/account/factors").Form().Fill("password", "wrong").Submit("")
		}, "After one more wrong one your name is locked for a while."},
		{"factor wanted first", "bob", nil, func(s *site) {
			s.EditUser(s.t, "bob", func(u *directory.User) { u.MFA = new(true) })
		}, email, "Your account needs a second factor first."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, nil, policy(func(p *directory.Policy) {
				if tt.policy != nil {
					tt.policy(p)
				}
			}))
			b := s.in(tt.who)
			if tt.before != nil {
				tt.before(s)
			}
			tt.do(b).Want(t, 400, tt.want)
		})
	}
	s := newSite(t, nil, policy(func(p *directory.Policy) { p.MFA.FirstEnrollment = new("Invitation") }))
	b := s.in("bob")
	s.EditUser(t, "bob", func(u *directory.User) { u.MFA = new(true) })
	fill(b.Open("/account/password"), password, otherPassword, otherPassword).Submit("").Want(t, 400, "This cannot be done at the moment.")

	s = newSite(t, nil, policy(func(p *directory.Policy) { p.Password.MaxAge = 24 * time.Hour }))
	b = s.browser()
	s.instead(b.Open("/members").Form("password").Fill("name", "bob").Fill("password", password), "keep", "yes").Want(t, 200, "members of bob")
	s.Clock.Advance(25 * time.Hour)
	email(b).Want(t, 400, "Your password has to be changed first.")
}
