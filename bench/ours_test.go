package bench

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
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

// passwordForm is a call for tokens by name and password, as rivals read it.
func passwordForm() string {
	return "grant_type=password" + credentials + "&scope=" + url.QueryEscape(scopes) +
		"&username=" + userName + "&password=" + url.QueryEscape(userPass)
}

// loginForm is the same as ours reads it, for anybody.
func loginForm(name string) string {
	return "grant_type=VGAuthenticator" + credentials + "&scope=" + url.QueryEscape(scopes) +
		"&Username=" + name + "&Password=" + url.QueryEscape(userPass)
}

func refreshForm(token string) string {
	return "grant_type=refresh_token" + credentials + "&refresh_token=" + url.QueryEscape(token)
}

// memory is a fresh store in memory.
func memory(tb testing.TB) store.Store {
	s := memstore.New()
	tb.Cleanup(func() { s.Close() })
	return s
}

// newKit is the engine with hashes that cost little and nobody listening.
// Without a seal it does the same work as the other libraries.
func newKit(tb testing.TB, s store.Store, seal bool, change func(*sallyport.Config)) *sallyporttest.Kit {
	tb.Helper()
	return sallyporttest.New(tb, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		if !seal {
			c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
		}
		c.Logger, c.OnEvent = nil, nil
		if change != nil {
			change(c)
		}
	}))
}

// realTime makes the engine read the real clock instead of the kit's.
func realTime(c *sallyport.Config) { c.Now = time.Now }

// ours is the engine at its token endpoint, in memory.
func ours(tb testing.TB, seal bool) library {
	k := newKit(tb, memory(tb), seal, realTime)
	k.AddUser(tb, sallyporttest.User{Name: userName})
	name := "ours"
	if seal {
		name = "sealed"
	}
	return library{
		name: name, path: "/connect/token", handler: k.Handler(),
		password: loginForm(userName),
		verify: func(tb testing.TB, token string) {
			if _, err := k.Engine.Verify(tb.Context(), token); err != nil {
				tb.Errorf("verifying our own token: %v", err)
			}
		},
	}
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
