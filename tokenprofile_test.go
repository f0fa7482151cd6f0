package sallyport_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

const (
	ordersAPI  = "https://orders.example.com"
	billingAPI = "https://billing.example.com/v1"
	otherAPI   = "https://other.example.com"

	otherServiceID = "11111111-2222-4333-8444-555555555555_Service"
)

// ownScopes are those of [newProfilesKit] that are the host's own.
var ownScopes = []string{"billing", "contact", "orders.read", "orders.write", "plain"}

// newProfilesKit has the kit's Native and a Service whose tokens are of RFC 9068, a WebApp and the
// public SPA with published ones, and a Service of another application. Two APIs and an
// identity resource are for everybody, and one API is the other application's.
func newProfilesKit(t *testing.T, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	k := sallyporttest.New(t, append(opts, sallyporttest.WithDirectory(func(d *directory.File) {
		rfc, scopes := token.ProfileRFC9068, append(token.KnownScopes(), ownScopes...)
		grants := []string{token.GrantClientCredentials, token.GrantVGAuthenticator, token.GrantPassword, token.GrantRefreshToken}
		secrets := []directory.Secret{{Value: sallyporttest.ClientSecret}}
		d.Applications = append(d.Applications, directory.Application{ID: otherServiceID[:36], Name: "Other", Roles: []directory.Role{{Name: "Boss"}}})
		d.Applications[0].Roles = append(d.Applications[0].Roles, directory.Role{Name: "Guest"})
		for i := range d.Clients {
			d.Clients[i].Scopes = scopes
		}
		d.Clients[0].TokenProfile = &rfc
		for _, c := range []struct {
			application, platform string
			profile               *string
		}{{sallyporttest.ApplicationName, "WebApp", nil}, {sallyporttest.ApplicationName, "Service", &rfc}, {"Other", "Service", &rfc}} {
			if c.application == "Other" {
				scopes = append(scopes, "other.read")
			}
			d.Clients = append(d.Clients, directory.Client{Application: c.application, Platform: c.platform, GrantTypes: grants, Scopes: scopes, Secrets: secrets, TokenProfile: c.profile})
		}
		d.Resources = []directory.Resource{
			{Name: "orders.read", Kind: "API", Audience: ordersAPI, Claims: []string{"roles", "account_id"}},
			{Name: "orders.write", Kind: "API", Audience: ordersAPI, Claims: []string{"entitlements", "roles"}},
			{Name: "billing", Kind: "API", Audience: billingAPI, Claims: []string{"email"}},
			{Name: "other.read", Kind: "API", Audience: otherAPI, Application: "Other"},
			{Name: "contact", Kind: "Identity", Claims: []string{"vgEmail", "vgUA_City", "vgRoles"}},
		}
	}))...)
	k.AddUser(t, sallyporttest.User{Name: "paul", Email: "paul@example.com", Roles: []string{sallyporttest.ManagerName}})
	return k
}

// members are the claims of an access token.
func members(t *testing.T, raw string) (claims map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(claimsOf(t, raw)), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestRFC9068Login: what a token of that profile says, by what was asked for.
func TestRFC9068Login(t *testing.T) {
	k := newProfilesKit(t)
	p := k.Person("paul")
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for _, tt := range []struct {
			scope, resource string
			aud             any
			chosen          []string // claims beside those that are always there
			answer          string   // scopes
		}{
			{"openid VGRoles offline_access", "", sallyporttest.Issuer, nil, "offline_access openid VGRoles"},
			{"openid plain contact", "", sallyporttest.Issuer, nil, "contact openid plain"},
			{"orders.read openid", "", ordersAPI, []string{"account_id", "roles"}, "openid orders.read"},
			{"orders.write", "", ordersAPI, []string{"entitlements", "roles"}, "orders.write"},
			{"orders.read orders.write", "", ordersAPI, []string{"account_id", "entitlements", "roles"}, "orders.read orders.write"},
			{"billing", "", billingAPI, nil, "billing"}, // nobody has proven the address
			{"orders.read billing", "", []any{billingAPI, ordersAPI}, []string{"account_id", "roles"}, "billing orders.read"},
			{"orders.read billing openid", ordersAPI, ordersAPI, []string{"account_id", "roles"}, "openid orders.read"},
			{"orders.read billing openid", billingAPI, billingAPI, nil, "billing openid"},
			{"orders.read billing openid", sallyporttest.Issuer, sallyporttest.Issuer, nil, "openid"},
		} {
			a := c.WithScope(tt.scope).WithResource(tt.resource).Login(p.Name, p.Password).Want(t, sallyport.Success)
			got := members(t, a.Tokens.AccessToken)
			names := slices.Sorted(maps.Keys(got))
			want := slices.Sorted(slices.Values(append([]string{"amr", "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "scope", "sid", "sub"}, tt.chosen...)))
			if !slices.Equal(names, want) {
				t.Errorf("%q for %q: got claims %q, want %q", tt.scope, tt.resource, names, want)
			}
			g, _ := json.Marshal(got["aud"])
			w, _ := json.Marshal(tt.aud)
			if string(g) != string(w) || a.Tokens.Scope != tt.answer || got["scope"] != tt.answer {
				t.Errorf("%q for %q: got %s, %q and %q, want %s, %q", tt.scope, tt.resource, g, a.Tokens.Scope, got["scope"], w, tt.answer)
			}
			if got["sub"] != "paul" || got["client_id"] != sallyporttest.ClientID || got["iss"] != sallyporttest.Issuer || got["exp"].(float64)-got["iat"].(float64) != 1800 {
				t.Errorf("%q: got %v", tt.scope, got)
			}
		}
		full := members(t, c.WithScope("orders.read orders.write").Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken)
		text, _ := json.Marshal([]any{full["roles"], full["entitlements"], full["account_id"], full["amr"]})
		if want := `[["Manager"],["` + sallyporttest.ReadPath + `","` + sallyporttest.WritePath + `"],"` + p.ID + `",["pwd"]]`; string(text) != want {
			t.Errorf("got %s, want %s", text, want)
		}
	})
}

// TestInvalidTarget: what is not the audience of an API among the scopes is refused, however
// near it comes, before a secret is spent.
func TestInvalidTarget(t *testing.T) {
	k := newProfilesKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.StaticAudience = "https://static.example.com" }))
	p := k.Person("paul")
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for resource, good := range map[string]bool{
			ordersAPI: true, sallyporttest.Issuer: true, "https://static.example.com": true,
			ordersAPI + "/": false, strings.ToUpper(ordersAPI): false, "https://ORDERS.example.com": false, ordersAPI + "#x": false, ordersAPI + "?": false,
			ordersAPI + " ": false, " " + ordersAPI: false, ordersAPI + ":443": false, otherAPI: false, billingAPI: false, sallyporttest.Issuer + "/": false,
			"orders.read": false, "*": false, "x": false,
		} {
			one := c.WithScope("orders.read openid offline_access").WithResource(resource)
			for grant, a := range map[string]sallyporttest.Answer{
				"VGAuthenticator": one.Login(p.Name, p.Password), "password": one.As(webAppID, sallyporttest.ClientSecret).Call(sallyport.Login{GrantType: token.GrantPassword, Username: p.Name, Password: p.Password}),
				"client_credentials": one.As(serviceID, sallyporttest.ClientSecret).WithScope("orders.read plain").ClientCredentials(),
			} {
				if a.Granted() != good || !good && (a.OAuthError != "invalid_target" || a.HTTP != 400) {
					t.Errorf("%s for %q: got %d %s, want it granted: %v", grant, resource, a.HTTP, a.Body, good)
				}
			}
		}
		if a := c.WithScope("orders.read").WithResource(ordersAPI).Login(p.Name, "wrong"); a.OAuthError == "invalid_target" || a.Granted() {
			t.Errorf("a wrong password: got %s", a.Body)
		}
		if a := c.As(otherServiceID, sallyporttest.ClientSecret).WithScope("other.read").WithResource(otherAPI).ClientCredentials(); !a.Granted() {
			t.Errorf("the application that the API belongs to: got %s", a.Body)
		}
	})
}

// TestRefreshNarrows: a refresh names one of the audiences of the login, and never another.
func TestRefreshNarrows(t *testing.T) {
	k := newProfilesKit(t)
	p := k.Person("paul")
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		wide := c.WithScope("orders.read billing openid offline_access")
		login := wide.Login(p.Name, p.Password).Want(t, sallyport.Success)
		step := func(resource, scope, aud, scopes string) {
			t.Helper()
			a := c.WithScope(scope).WithResource(resource).Refresh(login.Tokens.RefreshToken)
			if scopes == "" {
				if a.Granted() || a.OAuthError != aud {
					t.Errorf("%q, %q: got %s, want %s", resource, scope, a.Body, aud)
				}
				return
			}
			if !a.Granted() {
				t.Fatalf("%q, %q: got %s, want it granted", resource, scope, a.Body)
			}
			got := members(t, a.Tokens.AccessToken)
			if text, _ := json.Marshal(got["aud"]); string(text) != aud || got["scope"] != scopes || a.Tokens.Scope != scopes {
				t.Errorf("%q, %q: got %s, %q, want %s, %q", resource, scope, text, got["scope"], aud, scopes)
			}
			login = a
			k.Clock.Advance(time.Second)
		}
		all := `["` + billingAPI + `","` + ordersAPI + `"]`
		step(ordersAPI, "", `"`+ordersAPI+`"`, "offline_access openid orders.read")
		step(billingAPI, "", `"`+billingAPI+`"`, "billing offline_access openid")
		step("", "", all, "billing offline_access openid orders.read") // what was narrowed for one token comes back for the next
		step(sallyporttest.Issuer, "", `"`+sallyporttest.Issuer+`"`, "offline_access openid")
		step(ordersAPI, "openid", `"`+ordersAPI+`"`, "openid")
		step("", "openid", `"`+sallyporttest.Issuer+`"`, "openid")
		step(otherAPI, "", "invalid_target", "")
		step(ordersAPI+"/", "", "invalid_target", "")
		step(ordersAPI, "orders.write", "invalid_scope", "")
		step("", "", all, "billing offline_access openid orders.read") // and the refusals spent nothing

		login = wide.WithResource(ordersAPI).Login(p.Name, p.Password).Want(t, sallyport.Success)
		step("", "", `"`+ordersAPI+`"`, "offline_access openid orders.read")
		step(billingAPI, "", "invalid_target", "")
		step(sallyporttest.Issuer, "", "invalid_target", "")
		step(ordersAPI, "", `"`+ordersAPI+`"`, "offline_access openid orders.read")
		step("", "openid offline_access", `"`+ordersAPI+`"`, "offline_access openid")
		step("", "billing", "invalid_scope", "") // one of the login's, and of another API
	})
}

// TestTokenTooLong: a token over 8 KiB is refused and never shortened, and nothing is spent
// on it: neither a code nor a refresh token.
func TestTokenTooLong(t *testing.T) {
	k := newProfilesKit(t)
	p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Roles: []string{sallyporttest.ManagerName}})
	c := k.InProcess().WithScope("orders.read orders.write offline_access")
	many := func(n int) func(*directory.File) {
		return func(d *directory.File) {
			d.Applications[0].Permissions, d.Applications[0].Roles[1].Permissions = d.Applications[0].Permissions[:2], d.Applications[0].Roles[1].Permissions[:2]
			for i := range n {
				path := "/PowerServer/" + strings.Repeat("x", 90) + "/P" + string(rune('A'+i/26)) + string(rune('A'+i%26))
				d.Applications[0].Permissions = append(d.Applications[0].Permissions, directory.Permission{Path: path})
				d.Applications[0].Roles[1].Permissions = append(d.Applications[0].Roles[1].Permissions, path)
			}
		}
	}
	a := c.Login(p.Name, p.Password)
	k.Apply(t, many(60))
	code := p.Authenticator.Code()
	no := c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", code)
	if no.Granted() || !errors.Is(no.Err, sallyport.ErrTokenTooLong) || no.OAuthError != "server_error" || no.HTTP != 500 || !strings.Contains(no.Err.Error(), sallyporttest.ClientID) {
		t.Fatalf("got %d %s, %v, want %v", no.HTTP, no.Body, no.Err, sallyport.ErrTokenTooLong)
	}
	k.Apply(t, many(0))
	login := c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", code).Want(t, sallyport.Success)
	k.Apply(t, many(60))
	if no := c.Refresh(login.Tokens.RefreshToken); no.Granted() || !errors.Is(no.Err, sallyport.ErrTokenTooLong) {
		t.Errorf("a refresh: got %s, %v", no.Body, no.Err)
	}
	if a := c.WithScope("openid").Refresh(login.Tokens.RefreshToken); a.OAuthError != "invalid_scope" {
		t.Errorf("a scope that the login had not: got %s", a.Body)
	}
	k.Apply(t, many(20))
	again := c.Refresh(login.Tokens.RefreshToken)
	if got := members(t, again.Tokens.AccessToken); len(got["entitlements"].([]any)) != 22 {
		t.Errorf("got %v, want all of them", got["entitlements"])
	}
}

// TestResourceOverCalls: what call 1 asked for holds for the calls after it, whatever they
// say, and the roles in the token are those of the moment in which it is granted.
func TestResourceOverCalls(t *testing.T) {
	k := newProfilesKit(t)
	k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Roles: []string{sallyporttest.ManagerName, sallyporttest.RoleName}})
	p := k.Person("tom")
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		a := c.WithScope("orders.read billing openid").WithResource(ordersAPI).Login(p.Name, p.Password)
		k.EditUser(t, "tom", func(u *directory.User) {
			u.Roles = []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}}
		})
		option, _ := a.Option("MicrosoftAuthenticator", "OTP")
		done := c.Call(sallyport.Login{RequestID: a.RequestID, OptionID: option, Code: p.Authenticator.Fresh(), Resource: billingAPI, Scope: "billing"}).Want(t, sallyport.Success)
		got := members(t, done.Tokens.AccessToken)
		if text, _ := json.Marshal([]any{got["aud"], got["scope"], got["roles"]}); string(text) != `["`+ordersAPI+`","openid orders.read",["`+sallyporttest.RoleName+`"]]` {
			t.Errorf("got %s", text)
		}
		k.EditUser(t, "tom", func(u *directory.User) {
			u.Roles = append(u.Roles, directory.Grant{Application: sallyporttest.ApplicationName, Role: sallyporttest.ManagerName})
		})
	})
}

// TestRepeatedResource: one value is one token; two are told, and no value is none.
func TestRepeatedResource(t *testing.T) {
	k := newProfilesKit(t)
	p := k.Person("paul")
	form := "grant_type=VGAuthenticator&client_id=" + sallyporttest.ClientID + "&client_secret=" + sallyporttest.ClientSecret + "&scope=orders.read+billing&Username=paul&Password=" + urlEscape(p.Password)
	for suffix, want := range map[string]string{
		"&resource=" + urlEscape(ordersAPI) + "&resource=" + urlEscape(billingAPI): `{"error":"invalid_request","error_description":"resource"}`,
		"&resource=" + urlEscape(ordersAPI) + "&resource=" + urlEscape(ordersAPI):  `{"error":"invalid_request","error_description":"resource"}`,
		"&Resource=" + urlEscape("https://nobody.example"):                         "", // OAuth's names are exact
		"&resource=": "",
		"&resource=" + urlEscape("https://nobody.example"): `{"error":"invalid_target"}`,
	} {
		a := post(t, k, form+suffix)
		if want == "" && (a.status != 200 || !strings.Contains(string(a.body), `"access_token"`)) || want != "" && (a.status != 400 || string(a.body) != want) {
			t.Errorf("%s: got %d %s, want %s", suffix, a.status, a.body, want)
		}
	}
}

// TestNameLikeAClient: nobody gets a token whose subject could be a program's.
func TestNameLikeAClient(t *testing.T) {
	k := newProfilesKit(t)
	p := k.AddUser(t, sallyporttest.User{Name: "6F209594-fc04-4e96-9f9f-7daf57b0fb12_service"})
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		a := c.WithScope("openid").Login(p.Name, p.Password)
		if a.Granted() || a.HTTP != 500 || a.OAuthError != "server_error" || a.Err != nil && !strings.Contains(a.Err.Error(), "form of a client id") {
			t.Errorf("got %d %s, %v", a.HTTP, a.Body, a.Err)
		}
		if a := c.As(webAppID, sallyporttest.ClientSecret).WithScope("openid").Login(p.Name, p.Password); !a.Granted() {
			t.Errorf("published: got %s", a.Body)
		}
	})
}

// TestNoEntitlements: whoever has no permission has an empty list of them, where an API
// wants one.
func TestNoEntitlements(t *testing.T) {
	k := newProfilesKit(t)
	p := k.AddUser(t, sallyporttest.User{Name: "gus", Roles: []string{"Guest"}})
	a := k.InProcess().WithScope("orders.write").Login(p.Name, p.Password).Want(t, sallyport.Success)
	got, _ := json.Marshal(members(t, a.Tokens.AccessToken)["entitlements"])
	if string(got) != "[]" {
		t.Errorf("got %s, want an empty list", got)
	}
}
