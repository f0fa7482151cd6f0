package sallyport_test

import (
	"encoding/base64"
	"errors"
	"fmt"
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

// aWebApp is a client that may log users in.
func aWebApp() directory.NewClient {
	return directory.NewClient{
		Application: sallyporttest.ApplicationID, Platform: "WebApp", GrantTypes: []string{token.GrantVGAuthenticator, token.GrantRefreshToken},
		Scopes: []string{"openid", "offline_access"}, CORSOrigins: []string{"https://shop.example.com"},
	}
}

// letThrough reports whether a client authenticates, by what a wrong password is answered.
func letThrough(t *testing.T, k *sallyporttest.Kit, id, secret string) bool {
	t.Helper()
	k.Clock.Advance(time.Minute) // wrong secrets are counted by the minute
	_, err := k.Engine.Login(t.Context(), sallyport.Login{Caller: &sallyport.Caller{ClientID: id, ClientSecret: secret}, Username: "nobody", Password: "x"})
	protocol, refused := errors.AsType[*sallyport.ProtocolError](err)
	if err != nil && (!refused || protocol.Code != sallyport.InvalidClient) {
		t.Fatalf("got %v, want a verdict on the client", err)
	}
	return err == nil
}

// TestClients: a client is made, found, listed, changed and deleted at run time, and
// acts so at its next call.
func TestClients(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	c, secret, err := admin.CreateClient(t.Context(), aWebApp())
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := base64.RawURLEncoding.DecodeString(secret); err != nil || len(raw) != 32 {
		t.Errorf("got secret %q, want 32 bytes in base64url", secret)
	}
	if c.ID != sallyporttest.ApplicationID+"_WebApp" || len(c.Secrets) != 1 || c.Disabled || c.AccessTokenLifetime != token.DefaultAccessLife {
		t.Errorf("got %+v", c)
	}
	if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventClientsChanged || ev.Client != c.ID || ev.Actor != "setup" || strings.Contains(fmt.Sprint(ev), secret) {
		t.Errorf("got event %+v", ev)
	}
	if !letThrough(t, k, c.ID, secret) || letThrough(t, k, c.ID, secret+"x") || letThrough(t, k, c.ID, "") {
		t.Error("want the client let through by its secret alone")
	}
	if v, err := k.Engine.JudgeOrigin(t.Context(), sallyport.OriginCall{Origin: "https://shop.example.com"}); err != nil || !v.Readable {
		t.Errorf("got %+v, %v, want its origin listed", v, err)
	}
	if all := listOf(t, admin.Clients(t.Context())); len(all) != 3 || all[2].ID != c.ID {
		t.Errorf("got %+v, want it the last of three", all)
	}
	c, err = admin.UpdateClient(t.Context(), strings.ToUpper(c.ID), directory.ClientChange{CORSOrigins: &[]string{}, LinkNumber: new(true)})
	if err != nil || !c.LinkNumber || len(c.CORSOrigins) != 0 || !slices.Equal(c.GrantTypes, aWebApp().GrantTypes) {
		t.Errorf("got %+v, %v, want two fields changed", c, err)
	}
	if v, err := k.Engine.JudgeOrigin(t.Context(), sallyport.OriginCall{Origin: "https://shop.example.com"}); err != nil || v.Readable {
		t.Errorf("got %+v, %v, want its origin listed no more", v, err)
	}
	found, err := admin.Client(t.Context(), c.ID)
	if err != nil || fmt.Sprint(found) != fmt.Sprint(c) {
		t.Errorf("got %+v, %v, want %+v", found, err, c)
	}
	for _, off := range []bool{true, false} {
		if c, err = admin.UpdateClient(t.Context(), c.ID, directory.ClientChange{Disabled: &off}); err != nil || c.Disabled != off || letThrough(t, k, c.ID, secret) == off {
			t.Errorf("disabled %v: got %+v, %v", off, c, err)
		}
	}
	if err := admin.DeleteApplication(t.Context(), c.Application); !errors.Is(err, directory.ErrApplicationInUse) {
		t.Errorf("its application: got %v, want it in use", err)
	}
	if err := admin.DeleteClient(t.Context(), c.ID); err != nil || letThrough(t, k, c.ID, secret) {
		t.Errorf("deleted: got %v, want it let through no more", err)
	}
	if _, err := admin.Client(t.Context(), c.ID); !errors.Is(err, directory.ErrNoClient) {
		t.Errorf("got %v, want it gone", err)
	}
}

// TestClientEveryField: each field is changed by itself and no other with it.
func TestClientEveryField(t *testing.T) {
	minute, never := time.Minute, time.Duration(-1)
	for name, tt := range map[string]struct {
		by   directory.ClientChange
		want func(*directory.ClientInfo)
	}{
		"nothing":                          {directory.ClientChange{}, func(*directory.ClientInfo) {}},
		"grantTypes":                       {directory.ClientChange{GrantTypes: &[]string{token.GrantClientCredentials}}, func(c *directory.ClientInfo) { c.GrantTypes = []string{token.GrantClientCredentials} }},
		"scopes":                           {directory.ClientChange{Scopes: &[]string{"VGRoles"}}, func(c *directory.ClientInfo) { c.Scopes = []string{"VGRoles"} }},
		"speaksForUsers":                   {directory.ClientChange{SpeaksForUsers: new(true)}, func(c *directory.ClientInfo) { c.SpeaksForUsers = true }},
		"resume":                           {directory.ClientChange{Resume: new(true)}, func(c *directory.ClientInfo) { c.Resume = true }},
		"introspect":                       {directory.ClientChange{Introspect: new(true)}, func(c *directory.ClientInfo) { c.Introspect = true }},
		"linkNumber":                       {directory.ClientChange{LinkNumber: new(true)}, func(c *directory.ClientInfo) { c.LinkNumber = true }},
		"holdLinks":                        {directory.ClientChange{HoldLinks: &minute}, func(c *directory.ClientInfo) { c.HoldLinks = &minute }},
		"holdLinks, none":                  {directory.ClientChange{HoldLinks: &never}, func(c *directory.ClientInfo) { c.HoldLinks = nil }},
		"enrollmentReturnURIs":             {directory.ClientChange{EnrollmentReturnURIs: &[]string{"https://a.example.com/x"}}, func(c *directory.ClientInfo) { c.EnrollmentReturnURIs = []string{"https://a.example.com/x"} }},
		"corsOrigins":                      {directory.ClientChange{CORSOrigins: &[]string{"https://b.example.com"}}, func(c *directory.ClientInfo) { c.CORSOrigins = []string{"https://b.example.com"} }},
		"accessTokenLifetime":              {directory.ClientChange{AccessTokenLifetime: &minute}, func(c *directory.ClientInfo) { c.AccessTokenLifetime = minute }},
		"accessTokenLifetime, the default": {directory.ClientChange{AccessTokenLifetime: &never}, func(*directory.ClientInfo) {}},
		"description":                      {directory.ClientChange{Description: new("of the shop")}, func(c *directory.ClientInfo) { c.Description = "of the shop" }},
		"redirectURIs":                     {directory.ClientChange{RedirectURIs: &[]string{"https://a.example.com/cb"}}, func(c *directory.ClientInfo) { c.RedirectURIs = []string{"https://a.example.com/cb"} }},
		"postLogoutRedirectURIs":           {directory.ClientChange{PostLogoutRedirectURIs: &[]string{"https://a.example.com/"}}, func(c *directory.ClientInfo) { c.PostLogoutRedirectURIs = []string{"https://a.example.com/"} }},
		"refreshLifetime":                  {directory.ClientChange{RefreshLifetime: &minute}, func(c *directory.ClientInfo) { c.RefreshLifetime, c.RefreshIdle = minute, minute }},
		"refreshIdle":                      {directory.ClientChange{RefreshIdle: &minute}, func(c *directory.ClientInfo) { c.RefreshIdle = minute }},
		"refreshIdle, the default":         {directory.ClientChange{RefreshIdle: &never}, func(*directory.ClientInfo) {}},
		"tokenProfile":                     {directory.ClientChange{TokenProfile: new("RFC9068")}, func(c *directory.ClientInfo) { c.TokenProfile = "RFC9068" }},
		"userInfo":                         {directory.ClientChange{UserInfo: new("JSON")}, func(c *directory.ClientInfo) { c.UserInfo = "JSON" }},
		"disabled":                         {directory.ClientChange{Disabled: new(true)}, func(c *directory.ClientInfo) { c.Disabled = true }},
	} {
		t.Run(name, func(t *testing.T) {
			k := hosted(t)
			n := aWebApp()
			n.HoldLinks = new(2 * time.Minute)
			want, _, err := setup(k).CreateClient(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			tt.want(want)
			got, err := setup(k).UpdateClient(t.Context(), want.ID, tt.by)
			again, err2 := setup(k).Client(t.Context(), want.ID)
			show := func(c *directory.ClientInfo) string {
				v := *c
				v.HoldLinks = nil
				if c.HoldLinks != nil {
					return fmt.Sprintf("%+v %v", v, *c.HoldLinks)
				}
				return fmt.Sprintf("%+v", v)
			}
			if err := errors.Join(err, err2); err != nil || show(got) != show(want) || show(again) != show(want) {
				t.Errorf("got %s, %v\nwant %s", show(again), err, show(want))
			}
			field, _, _ := strings.Cut(name, ",")
			if fields := strings.Join(tt.by.Fields(), " "); fields != field && name != "nothing" {
				t.Errorf("got fields %q, want %q", fields, field)
			}
		})
	}
}

// TestClientsRefused: what the file refuses is refused, by the name of the field.
func TestClientsRefused(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	with := func(edit func(*directory.NewClient)) error {
		n := aWebApp()
		edit(&n)
		_, secret, err := admin.CreateClient(t.Context(), n)
		if secret != "" {
			t.Error("got a secret with an error")
		}
		return err
	}
	c := sallyporttest.PublicClientID
	change := func(by directory.ClientChange) error { return errOf(admin.UpdateClient(t.Context(), c, by)) }
	for _, tt := range []struct {
		name string
		err  error
		is   error
		want string
	}{
		{"no application", with(func(n *directory.NewClient) { n.Application = "" }), directory.ErrNoApplication, ""},
		{"another application", with(func(n *directory.NewClient) { n.Application = "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11" }), directory.ErrNoApplication, ""},
		{"an application by its name", with(func(n *directory.NewClient) { n.Application = sallyporttest.ApplicationName }), directory.ErrNoApplication, ""},
		{"no platform", with(func(n *directory.NewClient) { n.Platform = "" }), nil, "client.platform: "},
		{"a taken platform", with(func(n *directory.NewClient) { n.Platform = "Native" }), directory.ErrClientTaken, ""},
		{"no grant", with(func(n *directory.NewClient) { n.GrantTypes = nil }), nil, "client.grantTypes: missing"},
		{"a grant", with(func(n *directory.NewClient) { n.GrantTypes = []string{"authorization_code"} }), nil, "client.grantTypes[0]: "},
		{"a scope", with(func(n *directory.NewClient) { n.Scopes = []string{"a b"} }), nil, "client.scopes[0]: "},
		{"an origin", with(func(n *directory.NewClient) { n.CORSOrigins = []string{"null"} }), nil, "client.corsOrigins[0]: "},
		{"a page", with(func(n *directory.NewClient) { n.EnrollmentReturnURIs = []string{"javascript:x"} }), nil, "client.enrollmentReturnURIs[0]: "},
		{"a life", with(func(n *directory.NewClient) { n.AccessTokenLifetime = time.Second }), nil, "client.accessTokenLifetime: "},
		{"a hold", with(func(n *directory.NewClient) { n.HoldLinks = new(time.Hour) }), nil, "client.holdLinks: "},
		{"a refresh life", with(func(n *directory.NewClient) { n.RefreshLifetime = time.Second }), nil, "client.refreshLifetime: "},
		{"an idle life", with(func(n *directory.NewClient) { n.RefreshIdle = 367 * 24 * time.Hour }), nil, "client.refreshIdle: "},
		{"a profile", with(func(n *directory.NewClient) { n.TokenProfile = "JWT" }), nil, "client.tokenProfile: "},
		{"an algorithm", with(func(n *directory.NewClient) { n.TokenAlgorithm = "ES256" }), nil, "client.tokenAlgorithm: "},
		{"a form of userinfo", with(func(n *directory.NewClient) { n.UserInfo = "XML" }), nil, "client.userInfo: "},
		{"a redirect", with(func(n *directory.NewClient) { n.RedirectURIs = []string{"app.example:/"} }), nil, "client.redirectURIs[0]: "},
		{"a redirect after a sign-out", with(func(n *directory.NewClient) { n.PostLogoutRedirectURIs = []string{"http://a.example"} }), nil, "client.postLogoutRedirectURIs[0]: "},
		{"its description", with(func(n *directory.NewClient) { n.Description = "\n" }), nil, "client.description: "},
		{"a refresh life, at a change", change(directory.ClientChange{RefreshLifetime: new(time.Duration(0))}), nil, "client.refreshLifetime: "},
		{"an algorithm, at a change", change(directory.ClientChange{TokenAlgorithm: new("ES256")}), nil, "client.tokenAlgorithm: "},
		{"a public one that speaks", with(func(n *directory.NewClient) { n.Public, n.SpeaksForUsers = true, true }), nil, "client.speaksForUsers: "},
		{"a public one that looks at tokens", with(func(n *directory.NewClient) { n.Public, n.Introspect = true, true }), nil, "client.introspect: "},
		{"a description", with(func(n *directory.NewClient) { n.Secret.Description = "\n" }), nil, "client.secrets[0].description: "},
		{"changed to resume", change(directory.ClientChange{Resume: new(true)}), nil, "client.resume: "},
		{"changed to look at tokens", change(directory.ClientChange{Introspect: new(true)}), nil, "client.introspect: "},
		{"changed to act for itself", change(directory.ClientChange{GrantTypes: &[]string{token.GrantClientCredentials}}), nil, "client.grantTypes[0]: "},
		{"a life, at a change", change(directory.ClientChange{AccessTokenLifetime: new(time.Duration(0))}), nil, "client.accessTokenLifetime: "},
		{"nobody", errOf(admin.UpdateClient(t.Context(), "x", directory.ClientChange{})), directory.ErrNoClient, ""},
		{"the host", admin.DeleteClient(t.Context(), "host"), directory.ErrNoClient, ""},
		{"no such platform of it", admin.DeleteClient(t.Context(), sallyporttest.ApplicationID+"_Service"), directory.ErrNoClient, ""},
	} {
		if tt.err == nil || tt.is != nil && !errors.Is(tt.err, tt.is) || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %v, %q", tt.name, tt.err, tt.is, tt.want)
		}
	}
}

// TestClientSecrets: several are good at once, each until it ends or is taken away;
// the last that is good stays.
func TestClientSecrets(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	c, first, err := admin.CreateClient(t.Context(), aWebApp())
	if err != nil {
		t.Fatal(err)
	}
	end := k.Clock.Now().Add(time.Hour)
	info, second, err := admin.AddSecret(t.Context(), c.ID, directory.NewSecret{Description: "of the autumn", Expires: end})
	if err != nil || info.Description != "of the autumn" || !info.Expires.Equal(end) || second == first {
		t.Fatalf("got %+v, %v", info, err)
	}
	good := func(want ...bool) {
		t.Helper()
		for i, secret := range []string{first, second} {
			if letThrough(t, k, c.ID, secret) != want[i] {
				t.Errorf("secret %d: want it good: %v", i+1, want[i])
			}
		}
	}
	good(true, true)
	if err := admin.EndSecret(t.Context(), c.ID, c.Secrets[0].ID); err != nil {
		t.Fatal(err)
	}
	good(false, true)
	if err := admin.EndSecret(t.Context(), c.ID, info.ID); !errors.Is(err, directory.ErrLastSecret) {
		t.Errorf("the last: got %v, want it to stay", err)
	}
	if err := admin.EndSecret(t.Context(), c.ID, c.Secrets[0].ID); !errors.Is(err, directory.ErrNoSecret) {
		t.Errorf("one that is gone: got %v", err)
	}
	k.Clock.Set(end)
	if letThrough(t, k, c.ID, second) {
		t.Error("it is good after its end")
	}
	for want, n := range map[string]directory.NewSecret{"secret.expires: is past": {Expires: end}, "secret.description: ": {Description: "\n"}} {
		if _, _, err := admin.AddSecret(t.Context(), c.ID, n); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	for range 10 { // the one that has ended makes room
		if _, _, err := admin.AddSecret(t.Context(), c.ID, directory.NewSecret{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := admin.AddSecret(t.Context(), c.ID, directory.NewSecret{}); !errors.Is(err, directory.ErrSecrets) {
		t.Errorf("an eleventh: got %v, want it refused", err)
	}
	if _, _, err := admin.AddSecret(t.Context(), sallyporttest.PublicClientID, directory.NewSecret{}); !errors.Is(err, directory.ErrSecrets) {
		t.Errorf("of a public client: got %v, want it refused", err)
	}
}

// TestP11ClientSecretUnread: a secret that was made rests as a digest alone.
func TestP11ClientSecretUnread(t *testing.T) {
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	_, secret, err := setup(k).CreateClient(t.Context(), aWebApp())
	if err != nil {
		t.Fatal(err)
	}
	var list []store.Record
	for r, err := range k.Store.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if list = append(list, r); strings.Contains(string(r.Value), secret) || strings.Contains(r.Key, secret) {
			t.Errorf("the secret rests in %s", r.Key)
		}
	}
	if len(list) == 0 {
		t.Error("got no records")
	}
}
