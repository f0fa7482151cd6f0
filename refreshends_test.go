package sallyport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// TestLastSecondOfALogin: access tokens end with whole seconds, and never after their login.
// In what is left of its last one no token can be given, which is no fault of ours; a second
// before there is one that lives as long.
func TestLastSecondOfALogin(t *testing.T) {
	const day = 24 * time.Hour
	for _, id := range []string{webAppID, serviceID} { // published, and of RFC 9068
		k := newProfilesKit(t)
		p := k.Person("paul")
		ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
			c = c.As(id, sallyporttest.ClientSecret).WithScope("openid offline_access")
			k.Clock.Advance(time.Second + 900*time.Millisecond - time.Duration(k.Clock.Now().Nanosecond()))
			a := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
			for _, step := range []time.Duration{14 * day, 14 * day, 2*day - 1500*time.Millisecond} {
				k.Clock.Advance(step)
				if a = c.Refresh(a.Tokens.RefreshToken); !a.Granted() {
					t.Fatalf("%s: got %d %s, %v", id, a.HTTP, a.Body, a.Err)
				}
			}
			if a.Tokens.ExpiresIn != 1 {
				t.Errorf("%s: a second before: got one for %d s", id, a.Tokens.ExpiresIn)
			}
			k.Clock.Advance(time.Second)
			if told := c.Introspect(a.Tokens.RefreshToken).Token; told.Active {
				t.Errorf("%s: the refresh token is told to be good until %d", id, told.Expires)
			}
			if a := c.Refresh(a.Tokens.RefreshToken); a.HTTP != 400 || a.OAuthError != "invalid_grant" {
				t.Errorf("%s: got %d %s, %v", id, a.HTTP, a.Body, a.Err)
			}
		})
	}
}

// TestAPIIsGone: a login that asked for an API ends, for now, with that API or with the
// client's right to it: the refresh asked for nothing that is wrong, so the grant is what is
// not good, and introspection says the same. Given back, it goes on.
func TestAPIIsGone(t *testing.T) {
	k := newProfilesKit(t)
	p := k.Person("paul")
	admin := setup(k)
	change := func(t *testing.T, drop string) {
		var scopes []string
		for _, s := range append(token.KnownScopes(), ownScopes...) {
			if s != drop {
				scopes = append(scopes, s)
			}
		}
		if _, err := admin.UpdateClient(t.Context(), serviceID, directory.ClientChange{Scopes: &scopes}); err != nil {
			t.Fatal(err)
		}
	}
	billing := directory.Resource{Name: "billing", Kind: "API", Audience: billingAPI, Claims: []string{"email"}}
	for name, way := range map[string]struct{ take, give func(t *testing.T) }{
		"the scope is taken from the client": {func(t *testing.T) { change(t, "billing") }, func(t *testing.T) { change(t, "") }},
		"the resource is deleted": {
			func(t *testing.T) {
				if err := admin.DeleteResource(t.Context(), "billing"); err != nil {
					t.Fatal(err)
				}
			},
			func(t *testing.T) {
				if err := admin.CreateResource(t.Context(), billing); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
				c = c.As(serviceID, sallyporttest.ClientSecret)
				login := c.WithScope("openid billing offline_access").WithResource(billingAPI).Login(p.Name, p.Password).Want(t, sallyport.Success)
				refresh := func(resource string) sallyporttest.Answer {
					return c.WithScope("").WithResource(resource).Refresh(login.Tokens.RefreshToken)
				}
				way.take(t)
				for _, resource := range []string{"", billingAPI} {
					if a := refresh(resource); a.HTTP != 400 || a.OAuthError != "invalid_grant" {
						t.Errorf("%q: got %d %s", resource, a.HTTP, a.Body)
					}
				}
				for kind, raw := range map[string]string{"refresh": login.Tokens.RefreshToken, "access": login.Tokens.AccessToken} {
					if c.Introspect(raw).Token.Active {
						t.Errorf("the %s token is told to be active", kind)
					}
				}
				way.give(t)
				if !c.Introspect(login.Tokens.RefreshToken).Token.Active || !refresh("").Granted() {
					t.Error("given back, it does not go on")
				}
			})
		})
	}
}

// TestUnsignableSaysWhose: whoever mends what no token can be made of has to know whose it is.
func TestUnsignableSaysWhose(t *testing.T) {
	k := newProfilesKit(t)
	p := k.AddUser(t, sallyporttest.User{Name: "6f209594-fc04-4e96-9f9f-7daf57b0fb12_native"})
	a := k.InProcess().WithScope("openid").Login(p.Name, p.Password)
	if a.Err == nil || !strings.Contains(a.Err.Error(), p.ID) || !strings.Contains(a.Err.Error(), sallyporttest.ClientID) {
		t.Errorf("got %v, want it to name the client and the account", a.Err)
	}
}
