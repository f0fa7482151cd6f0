package weblogin_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestSignInByEmail: where people sign in by an address, the pages ask for one.
func TestSignInByEmail(t *testing.T) {
	for by, label := range map[sallyport.SignInBy]string{
		sallyport.SignInByName: "User name", sallyport.SignInByEmail: "E-mail address", sallyport.SignInByNameOrEmail: "User name or e-mail address",
	} {
		s := newSite(t, nil, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignInBy = by }))
		for _, path := range []string{"/sign-in", "/forgot"} {
			s.browser().Open(path).Form(label).Fill("name", "x")
		}
	}
}
