package sallyport_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// takers are those that take an access token for what it says. Each reports whether it did.
func takers(t *testing.T, k *sallyporttest.Kit) map[string]func(raw string) (bool, error) {
	t.Helper()
	g, err := guard.New(k.Engine, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	behind := g.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	ask := func(c *sallyporttest.Client, ask func(*sallyporttest.Client, string) (int, error)) func(string) (bool, error) {
		return func(raw string) (bool, error) {
			status, err := ask(c, raw)
			if status != http.StatusOK && err == nil && status != http.StatusUnauthorized {
				err = errors.New(http.StatusText(status))
			}
			return status == http.StatusOK, err
		}
	}
	userInfo := func(c *sallyporttest.Client, raw string) (int, error) { return c.UserInfo(raw).HTTP, nil }
	identity := func(c *sallyporttest.Client, raw string) (int, error) { return c.GetIdentity(raw).HTTP, nil }
	return map[string]func(string) (bool, error){
		"Verify": func(raw string) (bool, error) {
			a, err := k.Engine.Verify(t.Context(), raw)
			return a != nil, err
		},
		"UserInfo": func(raw string) (bool, error) {
			claims, err := k.Engine.UserInfo(t.Context(), raw)
			return len(claims) > 0, err
		},
		"TokenUser": func(raw string) (bool, error) {
			u, err := k.Engine.TokenUser(t.Context(), raw)
			return u != nil, err
		},
		"userinfo in process": ask(k.InProcess(), userInfo), "userinfo over HTTP": ask(k.HTTP(), userInfo),
		"GetIdentity in process": ask(k.InProcess(), identity), "GetIdentity over HTTP": ask(k.HTTP(), identity),
		"guard": func(raw string) (bool, error) {
			r := httptest.NewRequest("GET", sallyporttest.Issuer+"/", nil)
			r.Header.Set("Authorization", "Bearer "+raw)
			w := httptest.NewRecorder()
			behind.ServeHTTP(w, r)
			if w.Code != http.StatusOK && w.Code != http.StatusUnauthorized {
				t.Errorf("guard: got %d", w.Code)
			}
			return w.Code == http.StatusOK, nil
		},
	}
}

// TestForeignAudience: a token that is for somebody else opens nothing here, whatever
// profile it is of, and one that is for us among others does.
func TestForeignAudience(t *testing.T) {
	const static = "https://static.example.com"
	for _, configured := range []string{"", static} {
		k := newProfilesKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.StaticAudience = configured }))
		p := k.Person("paul")
		for _, client := range []string{sallyporttest.ClientID, webAppID} { // of RFC 9068, and published
			c := k.InProcess().As(client, sallyporttest.ClientSecret)
			rfc := client == sallyporttest.ClientID
			for _, tt := range []struct {
				scope, resource string
				want            bool
			}{
				{"openid", "", true}, {"openid orders.read", sallyporttest.Issuer, true}, {"openid orders.read", ordersAPI, false},
				{"openid orders.read", "", !rfc}, {"openid orders.read billing", "", !rfc}, {"openid orders.read", static, true},
			} {
				if tt.resource == static && configured == "" {
					continue
				}
				raw := c.WithScope(tt.scope).WithResource(tt.resource).Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
				for name, take := range takers(t, k) {
					got, err := take(raw)
					if got != tt.want || err != nil && !errors.Is(err, sallyport.ErrInvalidToken) {
						t.Errorf("%q: %s of %q for %q: got %v, %v, want it taken: %v", configured, name, tt.scope, tt.resource, got, err, tt.want)
					}
				}
			}
		}
		machine := k.InProcess().As(serviceID, sallyporttest.ClientSecret)
		for scope, want := range map[string]bool{"IdentityServerApi plain": true, "orders.read": false} {
			raw := machine.WithScope(scope).ClientCredentials().Tokens.AccessToken
			if m, err := k.Engine.VerifyClient(t.Context(), raw); (err == nil) != want || err != nil && !errors.Is(err, sallyport.ErrInvalidToken) {
				t.Errorf("%q: VerifyClient: got %v, %v, want it taken: %v", scope, m, err, want)
			}
			if _, err := k.Engine.Verify(t.Context(), raw); errors.Is(err, sallyport.ErrMachineToken) != want {
				t.Errorf("%q: Verify: got %v", scope, err)
			}
		}
	}
}

// TestStaticAudienceChanges: a token is held to the audience that is configured now.
func TestStaticAudienceChanges(t *testing.T) {
	k := newProfilesKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.StaticAudience = "https://old.example.com" }))
	p := k.Person("paul")
	raw := k.InProcess().As(webAppID, sallyporttest.ClientSecret).WithScope("openid").Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	for audience, want := range map[string]bool{"https://old.example.com": true, "https://new.example.com": false, "": false} {
		node := k.Node(sallyporttest.WithConfig(func(c *sallyport.Config) { c.StaticAudience = audience }))
		if _, err := node.Engine.Verify(t.Context(), raw); (err == nil) != want {
			t.Errorf("%q: got %v, want it taken: %v", audience, err, want)
		}
	}
}

// TestIntrospectByAPI: a server of an application is told of the tokens that are for its APIs
// and were issued to its clients, and of no other; a token of its own it may give up whomever
// it is for.
func TestIntrospectByAPI(t *testing.T) {
	k := newProfilesKit(t)
	p := k.Person("paul")
	other := k.AddUser(t, sallyporttest.User{Name: "olga"})
	k.EditUser(t, "olga", func(u *directory.User) { u.Roles = []directory.Grant{{Application: "Other", Role: "Boss"}} })
	native, web, service, foreign := k.InProcess(), k.InProcess().As(webAppID, sallyporttest.ClientSecret), k.InProcess().As(serviceID, sallyporttest.ClientSecret), k.InProcess().As(otherServiceID, sallyporttest.ClientSecret)
	login := func(c *sallyporttest.Client, scope, resource string, p *sallyporttest.Person) sallyporttest.Answer {
		return c.WithScope(scope).WithResource(resource).Login(p.Name, p.Password).Want(t, sallyport.Success)
	}
	for name, tt := range map[string]struct {
		raw                         string
		native, web, service, other bool
	}{
		"for the issuer":               {login(native, "openid", "", p).Tokens.AccessToken, false, false, false, false},
		"for an API":                   {login(native, "orders.read openid", "", p).Tokens.AccessToken, false, true, true, false},
		"for two":                      {login(native, "orders.read billing", "", p).Tokens.AccessToken, false, true, true, false},
		"for one, as asked for":        {login(web, "orders.read openid", ordersAPI, p).Tokens.AccessToken, false, true, true, false},
		"published":                    {login(web, "orders.read openid", "", p).Tokens.AccessToken, false, true, false, false},
		"a refresh token":              {login(native, "orders.read offline_access", "", p).Tokens.RefreshToken, false, false, false, false},
		"a program's":                  {service.WithScope("orders.read").ClientCredentials().Tokens.AccessToken, false, true, true, false},
		"another's for the same API":   {login(foreign, "orders.read", "", other).Tokens.AccessToken, false, false, false, true},
		"another's for its own":        {login(foreign, "other.read", "", other).Tokens.AccessToken, false, false, false, true},
		"another program's":            {foreign.WithScope("orders.read").ClientCredentials().Tokens.AccessToken, false, false, false, true},
		"with a bit that is changed":   {flipped(login(native, "orders.read openid", "", p).Tokens.AccessToken), false, false, false, false},
		"a public client's for one":    {login(k.InProcess().As(sallyporttest.PublicClientID, ""), "orders.read", ordersAPI, p).Tokens.AccessToken, false, true, true, false},
		"a public client's for no one": {login(k.InProcess().As(sallyporttest.PublicClientID, ""), "orders.read", "", p).Tokens.AccessToken, false, false, false, false},
	} {
		for who, one := range map[string]struct {
			c    *sallyporttest.Client
			want bool
		}{"native": {native, tt.native}, "web": {web, tt.web}, "service": {service, tt.service}, "other": {foreign, tt.other}} {
			if got := one.c.Introspect(tt.raw); got.Token.Active != one.want || !one.want && string(got.Body) != `{"active":false}` {
				t.Errorf("%s: %s: got %s, want it told: %v", name, who, got.Body, one.want)
			}
		}
	}
	raw := login(native, "orders.read openid", "", p).Tokens.AccessToken
	if got := service.Introspect(raw).Token; len(got.Audience) != 1 || got.Audience[0] != ordersAPI || got.Username != "paul" || got.Scope != "openid orders.read" || got.NotBefore != 0 {
		t.Errorf("got %+v", got)
	}
	if a := service.Revoke(raw); a.HTTP != 200 || !service.Introspect(raw).Token.Active {
		t.Errorf("an API gave up what is another's: got %d %s", a.HTTP, a.Body)
	}
	if a := native.Revoke(raw); a.HTTP != 200 || service.Introspect(raw).Token.Active {
		t.Errorf("the client itself: got %d %s", a.HTTP, a.Body)
	}
}

// TestProfileChanges: a refresh gives a token of the profile that the client has now, and
// those that were issued stay good while they live.
func TestProfileChanges(t *testing.T) {
	k := newProfilesKit(t)
	p := k.Person("paul")
	c := k.InProcess().As(webAppID, sallyporttest.ClientSecret).WithScope("openid VGRoles offline_access")
	change := func(profile string) {
		t.Helper()
		if _, err := setup(k).UpdateClient(t.Context(), webAppID, directory.ClientChange{TokenProfile: &profile}); err != nil {
			t.Fatal(err)
		}
	}
	login := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	change(token.ProfileRFC9068)
	second := c.Refresh(login.Tokens.RefreshToken)
	change("Published")
	third := c.Refresh(second.Tokens.RefreshToken)
	for i, raw := range []string{login.Tokens.AccessToken, second.Tokens.AccessToken, third.Tokens.AccessToken} {
		_, listed := members(t, raw)["scope"].([]any)
		if rfc := i == 1; listed == rfc {
			t.Errorf("token %d: got %s", i, claimsOf(t, raw))
		}
		if a, err := k.Engine.Verify(t.Context(), raw); err != nil || a.Name != p.Name || len(a.Roles) != 1 {
			t.Errorf("token %d: got %+v, %v, want it good", i, a, err)
		}
	}
	if members(t, second.Tokens.AccessToken)["sid"] != members(t, third.Tokens.AccessToken)["vgToken"] {
		t.Error("the session has another name in the other profile")
	}
}

// flipped is a token with another bit in its signature.
func flipped(raw string) string {
	b := []byte(raw)
	at := len(b) - 10
	if b[at]++; b[at] == 'z'+1 || b[at] == 'Z'+1 || b[at] == '9'+1 {
		b[at] = 'A'
	}
	return string(b)
}
