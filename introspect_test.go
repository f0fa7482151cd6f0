package sallyport_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/token"
)

const webAppID = sallyporttest.ApplicationID + "_WebApp"

// newTokensKit has a client of each platform, of which those with a secret may act for
// themselves where their platform may.
func newTokensKit(t *testing.T, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	k := sallyporttest.New(t, append(opts, sallyporttest.WithDirectory(func(d *directory.File) {
		for _, platform := range []token.Platform{token.WebApp, token.Service} {
			d.Clients = append(d.Clients, directory.Client{
				Application: sallyporttest.ApplicationName, Platform: string(platform),
				GrantTypes: []string{token.GrantClientCredentials, token.GrantVGAuthenticator, token.GrantRefreshToken},
				Scopes:     append(token.KnownScopes(), "orders.read"), Secrets: []directory.Secret{{Value: sallyporttest.ClientSecret}},
			})
		}
	}))...)
	k.AddUser(t, sallyporttest.User{Name: "paul"})
	return k
}

// mark has the Service look at the tokens of all clients.
func mark(t *testing.T, k *sallyporttest.Kit) {
	t.Helper()
	k.Apply(t, func(d *directory.File) { d.Clients[3].Introspect = true })
}

// as are the clients of such a kit.
var as = []struct{ id, secret string }{
	{sallyporttest.ClientID, sallyporttest.ClientSecret}, {sallyporttest.PublicClientID, ""},
	{webAppID, sallyporttest.ClientSecret}, {serviceID, sallyporttest.ClientSecret},
}

// aToken is one that exists, with whose it is.
type aToken struct{ what, owner, raw string }

// everyToken are live tokens of every kind of every client.
func everyToken(t *testing.T, k *sallyporttest.Kit) (list []aToken) {
	t.Helper()
	p := k.Person("paul")
	for _, x := range as {
		c := k.InProcess().As(x.id, x.secret)
		a := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
		list = append(list, aToken{"access", x.id, a.Tokens.AccessToken}, aToken{"refresh", x.id, a.Tokens.RefreshToken})
		if x.id == webAppID || x.id == serviceID {
			list = append(list, aToken{"machine", x.id, c.ClientCredentials().Tokens.AccessToken})
		}
	}
	return list
}

// TestIntrospectWhose: who is told of which tokens, over both transports.
func TestIntrospectWhose(t *testing.T) {
	for _, marked := range []bool{false, true} {
		k := newTokensKit(t)
		if marked {
			mark(t, k)
		}
		tokens := everyToken(t, k)
		ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
			for _, x := range as {
				for _, tok := range tokens {
					want := (x.id == webAppID || x.id == serviceID) && x.id == tok.owner || marked && x.id == serviceID
					a := c.As(x.id, x.secret).Introspect(tok.raw)
					if a.HTTP != 200 || a.Token.Active != want || !want && string(a.Body) != `{"active":false}` {
						t.Errorf("marked %v: %s asks of the %s token of %s: got %d %s, want it told: %v", marked, x.id, tok.what, tok.owner, a.HTTP, a.Body, want)
					}
				}
			}
		})
	}
}

// TestIntrospectDocument holds the members to what the tokens say, and their order.
func TestIntrospectDocument(t *testing.T) {
	k := newTokensKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.StaticAudience = "https://api.example.com" }))
	p := k.Person("paul")
	start := k.Clock.Now().Unix()
	client := k.InProcess().As(webAppID, sallyporttest.ClientSecret).WithScope("openid VGToken offline_access orders.read")
	a := client.Login(p.Name, p.Password).Want(t, sallyport.Success)
	k.Clock.Advance(time.Minute)
	second := client.Refresh(a.Tokens.RefreshToken)
	machine := client.WithScope("").ClientCredentials()
	jti := func(raw string) string {
		claims := struct{ JTI string }{}
		if err := json.Unmarshal([]byte(claimsOf(t, raw)), &claims); err != nil {
			t.Fatal(err)
		}
		return claims.JTI
	}
	num := func(n int64) string { b, _ := json.Marshal(n); return string(b) }
	const user, bear = `,"username":"paul"`, `,"token_type":"Bearer"`
	access := func(raw string, at int64) string {
		return bear + `,"exp":` + num(at+1800) + `,"iat":` + num(at) + `,"nbf":` + num(at)
	}
	rest := func(raw string) string {
		return `,"aud":"https://api.example.com","iss":"` + sallyporttest.Issuer + `","jti":"` + jti(raw) + `"}`
	}
	const scope = `{"active":true,"scope":"offline_access openid orders.read VGToken","client_id":"` + webAppID + `"`
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for what, tt := range map[string]struct{ raw, want string }{
			"access":    {a.Tokens.AccessToken, scope + user + access(a.Tokens.AccessToken, start) + `,"sub":"paul"` + rest(a.Tokens.AccessToken)},
			"refreshed": {second.Tokens.AccessToken, scope + user + access(second.Tokens.AccessToken, start+60) + `,"sub":"paul"` + rest(second.Tokens.AccessToken)},
			"refresh": {second.Tokens.RefreshToken, scope + user + `,"token_type":"refresh_token","exp":` + num(start+60+15*24*3600) + `,"iat":` + num(start+60) +
				`,"sub":"paul","iss":"` + sallyporttest.Issuer + `"}`},
			"machine": {machine.Tokens.AccessToken, `{"active":true,"scope":"IdentityServerApi orders.read","client_id":"` + webAppID + `"` +
				access(machine.Tokens.AccessToken, start+60) + rest(machine.Tokens.AccessToken)},
			"spent": {a.Tokens.RefreshToken, `{"active":false}`},
		} {
			if got := string(c.As(webAppID, sallyporttest.ClientSecret).Introspect(tt.raw).Body); got != tt.want {
				t.Errorf("%s:\n got %s\nwant %s", what, got, tt.want)
			}
		}
	})
}

// TestIntrospectNone: what is no token of ours is not active, and no fault.
func TestIntrospectNone(t *testing.T) {
	k := newTokensKit(t)
	mark(t, k)
	other := newTokensKit(t)
	p := k.Person("paul")
	c := k.InProcess().As(serviceID, sallyporttest.ClientSecret)
	answer := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	a := answer.Tokens
	foreign := other.InProcess().As(serviceID, sallyporttest.ClientSecret).Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens
	own, err := k.Engine.Login(t.Context(), sallyport.Login{Username: p.Name, Password: p.Password})
	if err != nil || own.Session == nil {
		t.Fatalf("got %v, %v, want a session of the host's", own, err)
	}
	bad := []string{
		"x", " ", "a.b.c", strings.Repeat("A", 64), strings.Repeat("a", 64), strings.Repeat("0", 128), "\x00", "ü",
		foreign.AccessToken, foreign.RefreshToken, answer.Response.VGToken, own.Session.Handle, own.Session.SessionID, strings.ToLower(a.RefreshToken),
		a.RefreshToken[:32] + strings.Repeat("0", 32), a.AccessToken + "x", a.AccessToken[:len(a.AccessToken)-4], " " + a.AccessToken, strings.Repeat("x", 9<<10),
	}
	for _, raw := range bad {
		if got := c.Introspect(raw); string(got.Body) != `{"active":false}` {
			t.Errorf("%.40q: got %d %s", raw, got.HTTP, got.Body)
		}
		if got := c.Revoke(raw); got.HTTP != 200 || len(got.Body) > 0 {
			t.Errorf("%.40q, to be revoked: got %d %s", raw, got.HTTP, got.Body)
		}
	}
	for what, raw := range map[string]string{"access": a.AccessToken, "refresh": a.RefreshToken} {
		if !c.Introspect(raw).Token.Active {
			t.Errorf("the %s token does not live any more", what)
		}
	}
	if _, err := k.Engine.Session(t.Context(), own.Session.Handle); err != nil {
		t.Errorf("the host's session: got %v, want it to live", err)
	}
}

// TestP12IntrospectJudgesAnew: what a refresh would refuse is not active at the next call,
// and what it would grant again is.
func TestP12IntrospectJudgesAnew(t *testing.T) {
	edit := func(change func(*directory.User)) func(*testing.T, *sallyporttest.Kit) {
		return func(t *testing.T, k *sallyporttest.Kit) { k.EditUser(t, "paul", change) }
	}
	client := func(change func(*directory.Client)) func(*testing.T, *sallyporttest.Kit) {
		return func(t *testing.T, k *sallyporttest.Kit) {
			k.Apply(t, func(d *directory.File) { change(&d.Clients[2]) })
		}
	}
	for name, tt := range map[string]struct {
		act                      func(*testing.T, *sallyporttest.Kit)
		access, refresh, machine bool
	}{
		"nothing":     {func(*testing.T, *sallyporttest.Kit) {}, true, true, true},
		"disabled":    {edit(func(u *directory.User) { u.Disabled = true }), false, false, true},
		"unapproved":  {edit(func(u *directory.User) { u.Approved = new(false) }), false, false, true},
		"locked":      {edit(func(u *directory.User) { u.Locked = true }), false, false, true},
		"must change": {edit(func(u *directory.User) { u.MustChangePassword = true }), false, false, true},
		"password":    {edit(func(u *directory.User) { u.Password, u.CredentialsVersion = "quite another", 2 }), false, false, true},
		"no role":     {edit(func(u *directory.User) { u.Roles = []directory.Grant{} }), false, false, true},
		"a factor": {func(t *testing.T, k *sallyporttest.Kit) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Mode = new(mfa.Required) })
		}, false, false, true},
		"deleted": {func(t *testing.T, k *sallyporttest.Kit) {
			if err := setup(k).DeleteUser(t.Context(), k.Person("paul").ID); err != nil {
				t.Fatal(err)
			}
		}, false, false, true},
		"time":                  {func(_ *testing.T, k *sallyporttest.Kit) { k.Clock.Advance(30 * time.Minute) }, false, true, false},
		"more time":             {func(_ *testing.T, k *sallyporttest.Kit) { k.Clock.Advance(15 * 24 * time.Hour) }, false, false, false},
		"its refresh grant":     {client(func(c *directory.Client) { c.GrantTypes = c.GrantTypes[:2] }), true, false, true},
		"its scope":             {client(func(c *directory.Client) { c.Scopes = []string{"openid", "orders.read"} }), true, false, true},
		"its grant for itself":  {client(func(c *directory.Client) { c.GrantTypes = c.GrantTypes[1:] }), true, true, false},
		"its module":            {client(func(c *directory.Client) { c.Modules = []string{token.ModulePasswordless} }), false, false, true},
		"its client is off":     {switchedOff(true), false, false, false},
		"its client is deleted": {deleteWebApp, false, false, false},
		"its client is another": {func(t *testing.T, k *sallyporttest.Kit) {
			deleteWebApp(t, k)
			if _, _, err := setup(k).CreateClient(t.Context(), directory.NewClient{
				Application: sallyporttest.ApplicationID, Platform: "WebApp", Scopes: token.KnownScopes(),
				GrantTypes: []string{token.GrantClientCredentials, token.GrantVGAuthenticator, token.GrantRefreshToken},
			}); err != nil {
				t.Fatal(err)
			}
		}, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTokensKit(t)
			mark(t, k)
			p := k.Person("paul")
			c := k.InProcess().As(webAppID, sallyporttest.ClientSecret)
			a := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens
			machine := c.ClientCredentials().Tokens.AccessToken
			tt.act(t, k)
			for what, is := range map[string]struct {
				raw  string
				want bool
			}{"access": {a.AccessToken, tt.access}, "refresh": {a.RefreshToken, tt.refresh}, "machine": {machine, tt.machine}} {
				for _, node := range []*sallyporttest.Kit{k, k.Node()} {
					got := node.InProcess().As(serviceID, sallyporttest.ClientSecret).Introspect(is.raw)
					if got.Token.Active != is.want || !is.want && string(got.Body) != `{"active":false}` {
						t.Errorf("%s: got %s, want it active: %v", what, got.Body, is.want)
					}
				}
			}
			if name == "its scope" {
				got := k.InProcess().As(serviceID, sallyporttest.ClientSecret).Introspect(a.AccessToken)
				if got.Token.Scope != "openid orders.read" {
					t.Errorf("got the scopes %q, want what the client still has", got.Token.Scope)
				}
			}
		})
	}
}

func switchedOff(off bool) func(*testing.T, *sallyporttest.Kit) {
	return func(t *testing.T, k *sallyporttest.Kit) {
		if _, err := setup(k).UpdateClient(t.Context(), webAppID, directory.ClientChange{Disabled: &off}); err != nil {
			t.Fatal(err)
		}
	}
}

func deleteWebApp(t *testing.T, k *sallyporttest.Kit) {
	if err := setup(k).DeleteClient(t.Context(), webAppID); err != nil {
		t.Fatal(err)
	}
}

// TestIntrospectReads: nothing is written, and whoever is not told of a token has as much
// read for one that lives as for one that was never there.
func TestIntrospectReads(t *testing.T) {
	reads := storetest.NewCounting(memstore.New())
	k := newTokensKit(t, sallyporttest.WithStore(reads))
	tokens := everyToken(t, k)
	c := k.InProcess().As(webAppID, sallyporttest.ClientSecret)
	for _, node := range []*sallyporttest.Client{c, k.Node().InProcess().As(webAppID, sallyporttest.ClientSecret)} {
		node.Introspect("x") // reads what is read once
		for _, tok := range append(tokens, aToken{"unknown", "", strings.Repeat("A", 64)}, aToken{"malformed", "", "a.b.c"}) {
			for call, do := range map[string]func(string) sallyporttest.TokenAnswer{"introspect": node.Introspect, "revoke": node.Revoke} {
				if tok.owner == webAppID && call == "revoke" {
					continue
				}
				reads.Reset()
				do(tok.raw)
				want := 1
				if tok.owner == webAppID && tok.what != "machine" {
					want = 2
				}
				if got := reads.Counts(); got.Loads != want || got.Commits > 0 {
					t.Errorf("%s %s of %s: got %d loads and %d commits, want %d and none", call, tok.what, tok.owner, got.Loads, got.Commits, want)
				}
			}
		}
	}
}

// TestAboutTokensRefuses: who does not prove to be a client is told nothing of any token.
func TestAboutTokensRefuses(t *testing.T) {
	k := newTokensKit(t)
	p := k.Person("paul")
	live := k.InProcess().As(webAppID, sallyporttest.ClientSecret).Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for name, call := range map[string]func(*sallyporttest.Client, string) sallyporttest.TokenAnswer{
			"introspect": (*sallyporttest.Client).Introspect, "revoke": (*sallyporttest.Client).Revoke,
		} {
			for _, raw := range []string{live.RefreshToken, live.AccessToken, "x"} {
				for _, who := range []*sallyporttest.Client{
					c.As(webAppID, "wrong"), c.As(webAppID, ""), c.As("nobody", "x"), c.As(sallyporttest.PublicClientID, "x"), c.As("", ""),
				} {
					if a := call(who, raw); a.HTTP != 400 || string(a.Body) != `{"error":"invalid_client"}` {
						t.Errorf("%s by %q: got %d %s", name, who.ID, a.HTTP, a.Body)
					}
				}
			}
			if a := call(c.As(webAppID, sallyporttest.ClientSecret), ""); a.HTTP != 400 || string(a.Body) != `{"error":"invalid_request","error_description":"token"}` {
				t.Errorf("%s without a token: got %d %s", name, a.HTTP, a.Body)
			}
		}
	})
	ctx := t.Context()
	if _, err := k.Engine.Introspect(ctx, sallyport.Introspection{Token: live.AccessToken}); !errors.Is(err, sallyport.ErrNoCaller) {
		t.Errorf("without a client: got %v", err)
	}
	if err := k.Engine.Revoke(ctx, sallyport.Revocation{Token: live.AccessToken}); !errors.Is(err, sallyport.ErrNoCaller) {
		t.Errorf("without a client: got %v", err)
	}
	for i := range 20 {
		in := sallyport.Introspection{Caller: &sallyport.Caller{ClientID: webAppID, ClientSecret: "wrong"}, Token: "x", Address: "192.0.2.1"}
		if _, err := k.Engine.Introspect(ctx, in); errors.Is(err, sallyport.ErrBusy) {
			t.Fatalf("wrong secret %d: got %v", i, err)
		}
	}
	right := &sallyport.Caller{ClientID: webAppID, ClientSecret: sallyporttest.ClientSecret}
	err := k.Engine.Revoke(ctx, sallyport.Revocation{Caller: right, Token: live.RefreshToken, Address: "192.0.2.1"})
	if _, err2 := k.Engine.Introspect(ctx, sallyport.Introspection{Caller: right, Token: "x", Address: "192.0.2.1"}); !errors.Is(err, sallyport.ErrBusy) || !errors.Is(err2, sallyport.ErrBusy) {
		t.Errorf("after 20 wrong secrets: got %v, %v, want busy", err, err2)
	}
	if i := slices.IndexFunc(k.Events(), func(ev sallyport.Event) bool { return ev.Kind == sallyport.EventRevoked }); i >= 0 {
		t.Errorf("got %+v, want nothing revoked", k.Events()[i])
	}
}

// claimsOf is the second part of an access token, in clear.
func claimsOf(t *testing.T, raw string) string {
	t.Helper()
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(claims)
}
