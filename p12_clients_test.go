package sallyport_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// clientKit is a kit with a user, a WebApp by which they have logged in, and a Service
// that has a token of its own.
type clientKit struct {
	*sallyporttest.Kit
	web, service         *sallyporttest.Client
	webID, serviceID     string
	webSecret, svcSecret string
	tokens, machine      sallyporttest.Answer
	user                 *sallyporttest.Person
}

func newClientKit(t *testing.T) *clientKit {
	t.Helper()
	k := &clientKit{Kit: sallyporttest.New(t)}
	k.user = k.AddUser(t, sallyporttest.User{Name: "marie"})
	k.EditUser(t, "marie", func(u *directory.User) { u.MFA = new(false) })
	make := func(n directory.NewClient) (string, string, *sallyporttest.Client) {
		n.Application = sallyporttest.ApplicationID
		c, secret, err := setup(k.Kit).CreateClient(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		return c.ID, secret, k.InProcess().As(c.ID, secret)
	}
	k.webID, k.webSecret, k.web = make(directory.NewClient{
		Platform: "WebApp", GrantTypes: []string{"VGAuthenticator", "refresh_token"}, Scopes: []string{"openid", "offline_access", "VGRoles", "orders"},
	})
	k.serviceID, k.svcSecret, k.service = make(directory.NewClient{
		Platform: "Service", GrantTypes: []string{"client_credentials"}, Scopes: []string{"IdentityServerApi", "orders"}, Introspect: true,
	})
	k.tokens = k.web.Login("marie", k.user.Password).Want(t, sallyport.Success)
	if k.machine = k.service.ClientCredentials(); !k.machine.Granted() {
		t.Fatal(k.machine)
	}
	return k
}

// change changes a client.
func (k *clientKit) change(t *testing.T, id string, by directory.ClientChange) {
	t.Helper()
	if _, err := setup(k.Kit).UpdateClient(t.Context(), id, by); err != nil {
		t.Fatal(err)
	}
}

// isActive reports what the Service is told of a token.
func (k *clientKit) isActive(t *testing.T, raw string) bool {
	t.Helper()
	info, err := k.Engine.Introspect(t.Context(), sallyport.Introspection{Caller: &sallyport.Caller{ClientID: k.serviceID, ClientSecret: k.svcSecret}, Token: raw})
	if err != nil {
		t.Fatal(err)
	}
	return info.Active
}

// TestP12ClientActsAtOnce: what is changed of a client acts at the very next call: at its
// logins, refreshes and tokens of its own, and at what others are told of its tokens.
func TestP12ClientActsAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		by             directory.ClientChange // of the WebApp
		login, refresh string                 // OAuth errors of a login and a refresh; empty: granted
		active         bool                   // its access token, as the Service is told
		scope          string                 // of a refresh that is granted
	}{
		"nothing":               {directory.ClientChange{Description: new("x")}, "", "", true, "offline_access openid orders VGRoles"},
		"disabled":              {directory.ClientChange{Disabled: new(true)}, "invalid_client", "invalid_client", false, ""},
		"no login":              {directory.ClientChange{GrantTypes: &[]string{"refresh_token"}}, "unauthorized_client", "", true, "offline_access openid orders VGRoles"},
		"no refresh":            {directory.ClientChange{GrantTypes: &[]string{"VGAuthenticator"}}, "", "unauthorized_client", true, ""},
		"a scope less":          {directory.ClientChange{Scopes: &[]string{"openid", "offline_access"}}, "", "", true, "offline_access openid"},
		"without going on":      {directory.ClientChange{Scopes: &[]string{"openid"}}, "", "invalid_grant", true, ""},
		"another module":        {directory.ClientChange{Modules: &[]string{"Passwordless"}}, "unauthorized_client", "invalid_grant", false, ""},
		"a life that is over":   {directory.ClientChange{RefreshLifetime: new(5 * time.Minute)}, "", "invalid_grant", false, ""},
		"an idle that is over":  {directory.ClientChange{RefreshIdle: new(5 * time.Minute)}, "", "invalid_grant", false, ""},
		"a life that is longer": {directory.ClientChange{RefreshLifetime: new(999 * time.Hour)}, "", "", true, "offline_access openid orders VGRoles"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newClientKit(t)
			k.Clock.Advance(10 * time.Minute)
			k.change(t, k.webID, tt.by)
			if got := k.isActive(t, k.tokens.Tokens.AccessToken); got != tt.active {
				t.Errorf("introspection: got active %v, want %v", got, tt.active)
			}
			if _, err := k.Engine.Verify(t.Context(), k.tokens.Tokens.AccessToken); (err == nil) != (tt.active || tt.by.Modules != nil) || err != nil && !errors.Is(err, sallyport.ErrInvalidToken) {
				t.Errorf("its access token: got %v", err) // modules are judged where a login goes on
			}
			if got := k.isActive(t, k.tokens.Tokens.RefreshToken); got != (tt.refresh == "") {
				t.Errorf("introspection of the refresh token: got active %v", got)
			}
			a := k.web.Refresh(k.tokens.Tokens.RefreshToken)
			if a.OAuthError != tt.refresh || tt.refresh == "" && a.Tokens.Scope != tt.scope {
				t.Errorf("refresh: got %s, want %q, %q", a, tt.refresh, tt.scope)
			}
			if a := k.web.Login("marie", k.user.Password); a.OAuthError != tt.login && !(tt.login == "" && a.Granted()) {
				t.Errorf("login: got %s, want %q", a, tt.login)
			}
		})
	}
}

// TestP12ClientComesBack: a client that is switched on again goes on where it was, for
// nothing was ended; one that is made anew under the same id does not.
func TestP12ClientComesBack(t *testing.T) {
	k := newClientKit(t)
	k.change(t, k.webID, directory.ClientChange{Disabled: new(true)})
	k.web.Refresh(k.tokens.Tokens.RefreshToken).WantOAuth(t, "invalid_client")
	k.change(t, k.webID, directory.ClientChange{Disabled: new(false)})
	a := k.web.Refresh(k.tokens.Tokens.RefreshToken)
	if !a.Granted() {
		t.Fatalf("got %s, want it granted again", a)
	}
	admin := setup(k.Kit)
	if err := admin.DeleteClient(t.Context(), k.webID); err != nil {
		t.Fatal(err)
	}
	_, secret, err := admin.CreateClient(t.Context(), aWebApp())
	if err != nil {
		t.Fatal(err)
	}
	k.InProcess().As(k.webID, secret).Refresh(a.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
	if k.isActive(t, a.Tokens.AccessToken) {
		t.Error("the token of the client that was deleted is active")
	}
}

// TestP12MachineActsAtOnce: the same of a program that acts for itself, whose token is
// looked at with its client.
func TestP12MachineActsAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		by    directory.ClientChange
		error string // of another token
		good  bool   // the one there is
	}{
		"disabled": {directory.ClientChange{Disabled: new(true)}, "invalid_client", false},
		"no grant": {directory.ClientChange{GrantTypes: &[]string{"VGAuthenticator"}, Introspect: new(false)}, "unauthorized_client", false},
		"no scope": {directory.ClientChange{Scopes: &[]string{"openid"}}, "invalid_scope", true},
	} {
		t.Run(name, func(t *testing.T) {
			k := newClientKit(t)
			k.change(t, k.serviceID, tt.by)
			k.service.ClientCredentials().WantOAuth(t, tt.error)
			m, err := k.Engine.VerifyClient(t.Context(), k.machine.Tokens.AccessToken)
			if (err == nil) != tt.good || err != nil && !errors.Is(err, sallyport.ErrInvalidToken) || m != nil && len(m.Scopes) > 0 {
				t.Errorf("got %+v, %v", m, err)
			}
		})
	}
}

// TestP12ResourceActsAtOnce: a scope that becomes a resource of persons is none for a
// machine from the next call on, and one again when the resource is gone.
func TestP12ResourceActsAtOnce(t *testing.T) {
	k := newClientKit(t)
	admin := setup(k.Kit)
	ask := k.service.WithScope("orders")
	for range 2 {
		if a := ask.ClientCredentials(); !a.Granted() {
			t.Fatalf("got %s", a)
		}
		if err := admin.CreateResource(t.Context(), directory.Resource{Name: "Orders", Kind: "Identity", Claims: []string{"vgEmail"}}); err != nil {
			t.Fatal(err)
		}
		ask.ClientCredentials().WantOAuth(t, "invalid_scope")
		if a := k.service.ClientCredentials(); a.Tokens.Scope != token.ScopeAPI {
			t.Errorf("got %s, want the other scope alone", a)
		}
		if err := admin.DeleteResource(t.Context(), "orders"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestP12ResourceOfAnother: a scope that becomes a resource of another application is none
// of the client's from the next call on: at logins, refreshes, tokens of its own, and what
// others are told of those there are.
func TestP12ResourceOfAnother(t *testing.T) {
	k := newClientKit(t)
	admin := setup(k.Kit)
	other, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "Other"})
	if err != nil {
		t.Fatal(err)
	}
	access, err := k.Engine.Verify(t.Context(), k.tokens.Tokens.AccessToken)
	if err != nil || !slices.Contains(access.Scopes, "orders") {
		t.Fatalf("got %+v, %v", access, err)
	}
	if err := admin.CreateResource(t.Context(), directory.Resource{Name: "ORDERS", Kind: "API", Audience: "urn:orders", Application: other.ID}); err != nil {
		t.Fatal(err)
	}
	k.service.WithScope("orders").ClientCredentials().WantOAuth(t, "invalid_scope")
	if m, err := k.Engine.VerifyClient(t.Context(), k.machine.Tokens.AccessToken); err != nil || slices.Contains(m.Scopes, "orders") {
		t.Errorf("the token of a program: got %+v, %v", m, err)
	}
	if access, err = k.Engine.Verify(t.Context(), k.tokens.Tokens.AccessToken); err != nil || slices.Contains(access.Scopes, "orders") {
		t.Errorf("the token there is: got %+v, %v", access, err)
	}
	info, err := k.Engine.Introspect(t.Context(), sallyport.Introspection{Caller: &sallyport.Caller{ClientID: k.serviceID, ClientSecret: k.svcSecret}, Token: k.tokens.Tokens.AccessToken})
	if err != nil || info.Scope != "offline_access openid VGRoles" {
		t.Errorf("introspection: got %+v, %v", info, err)
	}
	if a := k.web.Refresh(k.tokens.Tokens.RefreshToken); !a.Granted() || a.Tokens.Scope != "offline_access openid VGRoles" {
		t.Errorf("refresh: got %s", a)
	}
	if a := k.web.WithScope("openid orders").Login("marie", k.user.Password); a.OAuthError != "invalid_scope" {
		t.Errorf("login: got %s", a)
	}
	if _, err := admin.UpdateClient(t.Context(), k.webID, directory.ClientChange{LinkNumber: new(true)}); err != nil {
		t.Errorf("another field of the client: got %v", err)
	}
	_, err = admin.UpdateClient(t.Context(), k.webID, directory.ClientChange{Scopes: &[]string{"openid", "orders"}})
	if err == nil || !strings.Contains(err.Error(), `client.scopes[1]: "orders" belongs to another application`) {
		t.Errorf("its scopes anew: got %v", err)
	}
	if err := admin.DeleteResource(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	if a := k.service.WithScope("orders").ClientCredentials(); !a.Granted() {
		t.Errorf("the resource is gone: got %s", a)
	}
}

// TestP12SPALife: a login of a SPA ends after a day, whatever its record says.
func TestP12SPALife(t *testing.T) {
	k := sallyporttest.New(t)
	u := k.AddUser(t, sallyporttest.User{Name: "marie"})
	k.EditUser(t, "marie", func(u *directory.User) { u.MFA = new(false) })
	c, err := setup(k).UpdateClient(t.Context(), sallyporttest.PublicClientID, directory.ClientChange{RefreshLifetime: new(720 * time.Hour)})
	if err != nil || c.RefreshLifetime != 24*time.Hour || c.RefreshIdle != 24*time.Hour {
		t.Fatalf("got %+v, %v", c, err)
	}
	spa := k.InProcess().As(c.ID, "")
	a := spa.Login("marie", u.Password).Want(t, sallyport.Success)
	k.Clock.Advance(24*time.Hour - time.Minute)
	if a = spa.Refresh(a.Tokens.RefreshToken); !a.Granted() || a.Tokens.ExpiresIn != 60 {
		t.Fatalf("got %s, %d s, want a token for the last minute", a, a.Tokens.ExpiresIn)
	}
	k.Clock.Advance(time.Minute)
	spa.Refresh(a.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
}
