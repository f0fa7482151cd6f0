package sallyport_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

const serviceID = sallyporttest.ApplicationID + "_Service"

// newServiceKit has a Service that may act for itself and for users, beside the
// kit's clients, which may not act for themselves.
func newServiceKit(t *testing.T, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	return sallyporttest.New(t, append(opts, sallyporttest.WithDirectory(func(d *directory.File) {
		d.Clients = append(d.Clients, directory.Client{
			Application: sallyporttest.ApplicationName, Platform: string(token.Service),
			GrantTypes: []string{token.GrantClientCredentials, token.GrantVGAuthenticator, token.GrantRefreshToken},
			Scopes:     append(token.KnownScopes(), "orders.read"), Secrets: []directory.Secret{{Value: sallyporttest.ClientSecret}},
		})
	}))...)
}

// TestClientCredentials: a program gets a token of its own, which opens nothing of
// a user.
func TestClientCredentials(t *testing.T) {
	k := newServiceKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.StaticAudience = "https://api.example.com" }))
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		c = c.As(serviceID, sallyporttest.ClientSecret)
		a := c.ClientCredentials()
		if !a.Granted() || a.HTTP != 200 || a.Response != nil || a.Tokens.RefreshToken != "" || a.Tokens.Scope != "IdentityServerApi orders.read" ||
			a.Tokens.TokenType != "Bearer" || a.Tokens.ExpiresIn != 1800 {
			t.Fatalf("got %d, %s", a.HTTP, a.Body)
		}
		claims, err := base64.RawURLEncoding.DecodeString(strings.Split(a.Tokens.AccessToken, ".")[1])
		if err != nil || !strings.Contains(string(claims), `"aud":"https://api.example.com"`) {
			t.Errorf("got %s, %v, want the audience", claims, err)
		}
		for _, name := range []string{"sub", "vgToken", "vgUserId", "amr", "auth_time", "idp"} {
			if strings.Contains(string(claims), `"`+name+`"`) {
				t.Errorf("got %s, want no %s", claims, name)
			}
		}
		if m, err := k.Engine.VerifyClient(t.Context(), a.Tokens.AccessToken); err != nil || m.ClientID != serviceID ||
			m.Application != sallyporttest.ApplicationID || !slices.Equal(m.Scopes, []string{"IdentityServerApi", "orders.read"}) {
			t.Errorf("got %+v, %v", m, err)
		}
		if access, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken); !errors.Is(err, sallyport.ErrMachineToken) || errors.Is(err, sallyport.ErrInvalidToken) || access != nil {
			t.Errorf("as a user's: got %v, %v, want it told apart", access, err)
		}
		if u := c.UserInfo(a.Tokens.AccessToken); u.HTTP != 403 || string(u.Body) != `{"error":"insufficient_scope"}` {
			t.Errorf("userinfo: got %d, %s, want 403", u.HTTP, u.Body)
		}
		if r := c.Refresh(a.Tokens.AccessToken); r.OAuthError != "invalid_grant" {
			t.Errorf("as a refresh token: got %s", r)
		}
	})
}

// TestClientCredentialsScope: what tells of a user is not to be had, by no spelling.
func TestClientCredentialsScope(t *testing.T) {
	k := newServiceKit(t)
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		c = c.As(serviceID, sallyporttest.ClientSecret)
		for scope, want := range map[string]string{"orders.read": "orders.read", "IDENTITYSERVERAPI": "IdentityServerApi", "orders.read IdentityServerApi": "IdentityServerApi orders.read"} {
			if a := c.WithScope(scope).ClientCredentials(); !a.Granted() || a.Tokens.Scope != want {
				t.Errorf("%q: got %s, want %q", scope, a.Body, want)
			}
		}
		for _, scope := range append(slices.DeleteFunc(token.KnownScopes(), func(s string) bool { return s == token.ScopeAPI }), "OpenID", "vgtoken", "other", "orders.read openid") {
			c.WithScope(scope).ClientCredentials().WantOAuth(t, "invalid_scope")
		}
	})
	k.Apply(t, func(d *directory.File) { d.Clients[2].Scopes = []string{"openid", "VGRoles"} })
	k.InProcess().As(serviceID, sallyporttest.ClientSecret).ClientCredentials().WantOAuth(t, "invalid_scope")
}

// TestClientCredentialsRefuses: who has not the grant gets no token, whatever else
// they have.
func TestClientCredentialsRefuses(t *testing.T) {
	k := newServiceKit(t)
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		c.ClientCredentials().WantOAuth(t, "unauthorized_client")
		c.As(sallyporttest.PublicClientID, "").ClientCredentials().WantOAuth(t, "unauthorized_client")
		c.As(serviceID, "wrong").ClientCredentials().WantOAuth(t, "invalid_client")
		c.As(serviceID, "").ClientCredentials().WantOAuth(t, "invalid_client")
		c.As("nobody", sallyporttest.ClientSecret).ClientCredentials().WantOAuth(t, "invalid_client")
	})
	if _, err := k.Engine.ClientCredentials(t.Context(), sallyport.ClientCredentials{}); !errors.Is(err, sallyport.ErrNoCaller) {
		t.Errorf("without a client: got %v, want %v", err, sallyport.ErrNoCaller)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	caller := &sallyport.Caller{ClientID: serviceID, ClientSecret: sallyporttest.ClientSecret}
	if tokens, err := k.Engine.ClientCredentials(ctx, sallyport.ClientCredentials{Caller: caller}); !errors.Is(err, context.Canceled) || tokens != nil {
		t.Errorf("a caller who has gone: got %v, %v", tokens, err)
	}
	for range 20 {
		k.Engine.ClientCredentials(t.Context(), sallyport.ClientCredentials{Caller: &sallyport.Caller{ClientID: serviceID, ClientSecret: "wrong"}, Address: "192.0.2.1"})
	}
	if _, err := k.Engine.ClientCredentials(t.Context(), sallyport.ClientCredentials{Caller: caller, Address: "192.0.2.1"}); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("after 20 wrong secrets: got %v, want busy", err)
	}
}

// TestMachineTokenDies: what is taken from the client acts at the next call.
func TestMachineTokenDies(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, k *sallyporttest.Kit)
		want   error
	}{
		{"nothing", func(*testing.T, *sallyporttest.Kit) {}, nil},
		{"before its end", func(_ *testing.T, k *sallyporttest.Kit) { k.Clock.Advance(30*time.Minute - 1) }, nil},
		{"at its end", func(_ *testing.T, k *sallyporttest.Kit) { k.Clock.Advance(30 * time.Minute) }, sallyport.ErrExpiredToken},
		{"the grant is taken away", func(t *testing.T, k *sallyporttest.Kit) {
			k.Apply(t, func(d *directory.File) { d.Clients[2].GrantTypes = []string{token.GrantVGAuthenticator} })
		}, sallyport.ErrInvalidToken},
		{"it is made public", func(t *testing.T, k *sallyporttest.Kit) {
			k.Apply(t, func(d *directory.File) {
				s := &d.Clients[2]
				s.Public, s.Secrets, s.GrantTypes, s.CredentialsVersion = true, nil, []string{token.GrantVGAuthenticator}, 2
			})
		}, sallyport.ErrInvalidToken},
		{"it is deleted", func(t *testing.T, k *sallyporttest.Kit) {
			d := sallyporttest.Directory()
			if _, err := k.Engine.Apply(t.Context(), d, directory.Options{Prune: true}); err != nil {
				t.Fatal(err)
			}
		}, sallyport.ErrInvalidToken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newServiceKit(t)
			a := k.InProcess().As(serviceID, sallyporttest.ClientSecret).ClientCredentials()
			tt.change(t, k)
			if _, err := k.Engine.VerifyClient(t.Context(), a.Tokens.AccessToken); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			user := tt.want
			if user == nil {
				user = sallyport.ErrMachineToken
			}
			if _, err := k.Engine.UserInfo(t.Context(), a.Tokens.AccessToken); !errors.Is(err, user) {
				t.Errorf("userinfo: got %v, want %v", err, user)
			}
		})
	}
	k := newServiceKit(t)
	a := k.InProcess().As(serviceID, sallyporttest.ClientSecret).ClientCredentials()
	k.Apply(t, func(d *directory.File) { d.Clients[2].Scopes = []string{"orders.read"} })
	if m, err := k.Engine.VerifyClient(t.Context(), a.Tokens.AccessToken); err != nil || !slices.Equal(m.Scopes, []string{"orders.read"}) {
		t.Errorf("a scope is taken away: got %+v, %v, want the other", m, err)
	}
}

// TestVerifyClientOfAUser: the token of a user is none of a program, also of one
// that may act for itself, and one of another issuer is none at all.
func TestVerifyClientOfAUser(t *testing.T) {
	k := newServiceKit(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	service := k.InProcess().As(serviceID, sallyporttest.ClientSecret)
	a := service.Login(p.Name, p.Password).Want(t, sallyport.Success)
	if m, err := k.Engine.VerifyClient(t.Context(), a.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) || m != nil {
		t.Errorf("got %v, %v, want it refused", m, err)
	}
	other := newServiceKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = "http://localhost:5001" }))
	foreign := other.InProcess().As(serviceID, sallyporttest.ClientSecret).ClientCredentials()
	for _, raw := range []string{foreign.Tokens.AccessToken, "", "a.b.c"} {
		if _, err := k.Engine.VerifyClient(t.Context(), raw); !errors.Is(err, sallyport.ErrInvalidToken) {
			t.Errorf("got %v, want it refused", err)
		}
	}
}

// TestMachineTokensAreToldNotStored: a program that asks for tokens fills no store.
func TestMachineTokensAreToldNotStored(t *testing.T) {
	k := newServiceKit(t)
	service := k.InProcess().As(serviceID, sallyporttest.ClientSecret)
	before := len(everyKey(t, k))
	service.ClientCredentials()
	if got := len(everyKey(t, k)); got != before {
		t.Errorf("got %d records, want the %d of before", got, before)
	}
	events := k.Events()
	if last := events[len(events)-1]; last.Kind != sallyport.EventMachineToken || last.Client != serviceID || last.Account != "" {
		t.Errorf("got %+v, want it told", last)
	}
}

func everyKey(t *testing.T, k *sallyporttest.Kit) (keys []string) {
	t.Helper()
	for r, err := range k.Store.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, r.Key)
	}
	return keys
}

// TestMachineTokenOfWhatKeepsNoSecret: whatever the record of a client says, only a
// WebApp or Service acts for itself.
func TestMachineTokenOfWhatKeepsNoSecret(t *testing.T) {
	for _, platform := range []token.Platform{token.WebApp, token.Service, token.Native, token.SPA} {
		k := newServiceKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
		service := k.InProcess().As(serviceID, sallyporttest.ClientSecret)
		before := service.ClientCredentials()
		db := store.NewDB(k.Store, "")
		for it, err := range token.Clients.Scan(t.Context(), db, k.Clock.Now(), "", "") {
			if err != nil {
				t.Fatal(err)
			}
			if it.Value.ID != serviceID {
				continue
			}
			it.Value.Platform = platform
			if err := db.Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
				return token.Clients.Put(tx, it.ID, it.Value, time.Time{})
			}); err != nil {
				t.Fatal(err)
			}
		}
		good := platform == token.WebApp || platform == token.Service
		if a := service.ClientCredentials(); a.Granted() != good || !good && a.OAuthError != "unauthorized_client" {
			t.Errorf("%s: got %s, want a token: %v", platform, a, good)
		}
		if _, err := k.Engine.VerifyClient(t.Context(), before.Tokens.AccessToken); (err == nil) != good {
			t.Errorf("%s: got %v for a token of before, want it good: %v", platform, err, good)
		}
	}
}

// TestP6MachineAnew: the token of a client that was deleted is dead for ever, also where
// one of the same id is made.
func TestP6MachineAnew(t *testing.T) {
	k := newServiceKit(t)
	admin := k.Engine.Admin(job)
	tokenOf := func(secret string) string {
		return k.InProcess().As(serviceID, secret).ClientCredentials().Tokens.AccessToken
	}
	old := tokenOf(sallyporttest.ClientSecret)
	if err := admin.DeleteClient(t.Context(), serviceID); err != nil {
		t.Fatal(err)
	}
	_, secret, err := admin.CreateClient(t.Context(), directory.NewClient{
		Application: sallyporttest.ApplicationID, Platform: string(token.Service), GrantTypes: []string{token.GrantClientCredentials}, Scopes: []string{"orders.read"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if _, err := k.Engine.VerifyClient(t.Context(), tokenOf(secret)); err != nil {
			t.Errorf("the new client's, %d: got %v, want it good", i, err)
		}
		if _, err := k.Engine.VerifyClient(t.Context(), old); !errors.Is(err, sallyport.ErrInvalidToken) {
			t.Errorf("the deleted client's, %d: got %v, want it dead", i, err)
		}
		if _, err := admin.UpdateClient(t.Context(), serviceID, directory.ClientChange{AccessTokenLifetime: new(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
}

// bearer says whose a token is, as docs/clients.md does it.
func bearer(ctx context.Context, engine *sallyport.Engine, token string) (string, error) {
	access, err := engine.Verify(ctx, token)
	if errors.Is(err, sallyport.ErrMachineToken) { // good, and no user's
		machine, err := engine.VerifyClient(ctx, token)
		if err != nil {
			return "", err
		}
		return "the program " + machine.ClientID, nil
	}
	if err != nil {
		return "", err
	}
	return "the user " + access.Name, nil
}

// TestBearer holds the lines of docs/clients.md to what they promise.
func TestBearer(t *testing.T) {
	k := newServiceKit(t)
	ada := k.AddUser(t, sallyporttest.User{Name: "ada"})
	program := k.InProcess().As(serviceID, sallyporttest.ClientSecret).ClientCredentials().Tokens.AccessToken
	user := k.InProcess().Login(ada.Name, ada.Password).Want(t, sallyport.Success).Tokens.AccessToken
	for token, want := range map[string]string{program: "the program " + serviceID, user: "the user ada"} {
		if got, err := bearer(t.Context(), k.Engine, token); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if got, err := bearer(t.Context(), k.Engine, program+"x"); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("a spoilt token: got %q, %v", got, err)
	}
}
