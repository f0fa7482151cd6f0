package bench

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// What every library under test is set up with.
const (
	issuer   = sallyporttest.Issuer
	clientID = sallyporttest.ClientID
	secret   = sallyporttest.ClientSecret
	userName = "tt29"
	userPass = sallyporttest.Password
	scopes   = "openid profile IdentityServerApi offline_access"
)

var credentials = "&client_id=" + clientID + "&client_secret=" + secret

// passwordForm is a call for tokens by name and password, under the name of the
// grant and of the fields as a library has them.
func passwordForm(grant, nameField, passwordField string) string {
	return "grant_type=" + grant + credentials + "&scope=" + url.QueryEscape(scopes) +
		"&" + nameField + "=" + userName + "&" + passwordField + "=" + url.QueryEscape(userPass)
}

func refreshForm(token string) string {
	return "grant_type=refresh_token" + credentials + "&refresh_token=" + url.QueryEscape(token)
}

// newKit is the engine with an unsealed store, hashes that cost little, and
// nobody listening: the same work as the other libraries do.
func newKit(tb testing.TB, s store.Store, change func(*sallyport.Config)) *sallyporttest.Kit {
	tb.Helper()
	return sallyporttest.New(tb, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
		c.Logger, c.OnEvent = nil, nil
		if change != nil {
			change(c)
		}
	}))
}

// realTime makes the engine read the real clock instead of the kit's.
func realTime(c *sallyport.Config) { c.Now = time.Now }

// ours is the engine at its token endpoint.
func ours(tb testing.TB, s store.Store) (library, *sallyporttest.Kit) {
	k := newKit(tb, s, realTime)
	k.AddUser(tb, sallyporttest.User{Name: userName})
	return library{
		name: "ours", path: "/connect/token", handler: k.Handler(),
		password: passwordForm("VGAuthenticator", "Username", "Password"),
		verify: func(tb testing.TB, token string) {
			if _, err := k.Engine.Verify(tb.Context(), token); err != nil {
				tb.Errorf("verifying our own token: %v", err)
			}
		},
	}, k
}

// library is a token endpoint under test.
type library struct {
	name     string
	path     string
	handler  http.Handler
	password string                            // form of a password login; empty: it has no such grant
	first    func(tb testing.TB) string        // the first refresh token, where there is no such grant
	verify   func(tb testing.TB, token string) // by the library's own means, where it is worth more than ours
}
