package sallyport_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// TestUserInfoJSON: a client that wants JSON values is told the same members in the same
// order, and the published one is told texts as before; in process the texts are there too.
func TestUserInfoJSON(t *testing.T) {
	form := token.UserInfoJSON
	k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		c := d.Clients[0]
		c.Platform, c.UserInfo = "WebApp", &form
		d.Clients = append(d.Clients, c)
	}))
	p := k.AddUser(t, sallyporttest.User{Name: "paul", Email: mail, Roles: []string{sallyporttest.RoleName, sallyporttest.ManagerName}})
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		published := c.UserInfo(c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken)
		raw := c.As(webAppID, sallyporttest.ClientSecret).Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
		got := c.As(webAppID, sallyporttest.ClientSecret).UserInfo(raw)
		if got.HTTP != 200 || got.Claims != nil || published.Claims == nil {
			t.Fatalf("got %d %s and %s", got.HTTP, got.Body, published.Body)
		}
		if names := orderOf(t, got.Body); !slices.Equal(names, orderOf(t, published.Body)) {
			t.Errorf("got the members %q", names)
		}
		var doc map[string]any
		if err := json.Unmarshal(got.Body, &doc); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"vgIsApproved": `true`, "vgIsLocked": `false`, "vgRoles": `["Auditor","Manager"]`, "vgApplications": `["PB_Salesdemo"]`, "vgUserId": `"paul"`, "sub": `"paul"`,
			"vgPermissions": `["` + sallyporttest.ReadPath + `","` + sallyporttest.WritePath + `"]`, "vgStartDate": `"0001-01-01T00:00:00Z"`, "vgEndDate": `"9999-12-31T00:00:00Z"`, "vgEmail": `"` + mail + `"`,
		} {
			if text, _ := json.Marshal(doc[name]); string(text) != want {
				t.Errorf("%s: got %s, want %s", name, text, want)
			}
		}
		for name, value := range doc {
			if text, isText := value.(string); isText && (strings.HasPrefix(name, "vgDev") || strings.HasPrefix(text, "[")) {
				t.Errorf("%s: got %v, want a list", name, value)
			}
			inText, _ := published.Claims.Get(name)
			if strings.HasPrefix(name, "vgDev") {
				var list any
				if err := json.Unmarshal([]byte(inText), &list); err != nil {
					t.Fatal(err)
				}
				a, _ := json.Marshal(list)
				if b, _ := json.Marshal(value); string(a) != string(b) {
					t.Errorf("%s: got %s, want %s", name, b, a)
				}
			}
		}
		claims, err := k.Engine.UserInfo(t.Context(), raw)
		if err != nil || len(claims) != len(published.Claims) {
			t.Fatalf("got %v, %v", claims, err)
		}
		for i, c := range claims {
			if was := published.Claims[i]; c.Name != was.Name || c.Value != was.Value && c.Name != "vgToken" || !json.Valid([]byte(c.JSON)) {
				t.Errorf("got %+v, want the text of %+v too", c, was)
			}
		}
	})
}

// TestIdentityResources: a scope of the host's own brings its claims at userinfo, in both
// forms, and opens the questions that go with them; taken away it opens nothing.
func TestIdentityResources(t *testing.T) {
	k := newProfilesKit(t)
	form := token.UserInfoJSON
	k.Apply(t, func(d *directory.File) { d.Clients[3].UserInfo = &form })
	k.EditUser(t, "paul", func(u *directory.User) {
		u.Attributes = []account.Attribute{{Name: "City", Value: "Bonn"}, {Name: "Team", Value: "A"}}
	})
	p := k.Person("paul")
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for _, tt := range []struct{ client, scope, want string }{
			{sallyporttest.ClientID, "contact", `{"vgUserId":"paul","vgRoles":"Manager","vgEmail":"paul@example.com","vgUA_City":"Bonn"}`},
			{sallyporttest.ClientID, "openid plain", `{"vgUserId":"paul","sub":"paul"}`},
			{serviceID, "contact openid", `{"vgUserId":"paul","vgRoles":["Manager"],"vgEmail":"paul@example.com","vgUA_City":"Bonn","sub":"paul"}`},
		} {
			one := c.As(tt.client, sallyporttest.ClientSecret).WithScope(tt.scope)
			raw := one.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
			if got := string(one.UserInfo(raw).Body); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.scope, got, tt.want)
			}
			u, err := k.Engine.TokenUser(t.Context(), raw)
			if err != nil {
				t.Fatal(err)
			}
			told := strings.Contains(tt.scope, "contact")
			if has, err := u.HasRole(sallyporttest.ManagerName); has != told || (err == nil) != told || (u.Email != "") != told {
				t.Errorf("%s: HasRole: got %v, %v, and %q", tt.scope, has, err, u.Email)
			}
			if _, err := u.HasPermission(noID); err == nil {
				t.Errorf("%s: it tells of permissions", tt.scope)
			}
		}
	})
	one := k.InProcess().WithScope("contact")
	raw := one.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	k.Apply(t, func(d *directory.File) {
		d.Resources = slices.DeleteFunc(d.Resources, func(r directory.Resource) bool { return r.Name == "contact" })
	})
	if err := setup(k).DeleteResource(t.Context(), "contact"); err != nil {
		t.Fatal(err)
	}
	if got := string(one.UserInfo(raw).Body); got != `{"vgUserId":"paul"}` {
		t.Errorf("without the resource: got %s", got)
	}
}

// orderOf are the names of the members of an object, as they stand.
func orderOf(t *testing.T, body []byte) (names []string) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	at := func(name string) int { return strings.Index(string(body), `"`+name+`":`) }
	return slices.SortedFunc(maps.Keys(members), func(a, b string) int { return at(a) - at(b) })
}
