package sallyport_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/wire"
)

// noID is an id of nothing.
const noID = "00000000-0000-4000-8000-000000000000"

// principalAsks are the questions about the user of a token, each by a name.
var principalAsks = map[string]func(c *sallyporttest.Client, token string) sallyporttest.PrincipalAnswer{
	"GetIdentity":           (*sallyporttest.Client).GetIdentity,
	"GetCurrentRoles":       (*sallyporttest.Client).GetCurrentRoles,
	"GetCurrentPermissions": (*sallyporttest.Client).GetCurrentPermissions,
	"IsInRoleByName": func(c *sallyporttest.Client, token string) sallyporttest.PrincipalAnswer {
		return c.IsInRoleByName(token, sallyporttest.RoleName)
	},
	"HasPermissionById": func(c *sallyporttest.Client, token string) sallyporttest.PrincipalAnswer {
		return c.HasPermissionByID(token, noID)
	},
}

// TestTokenUser: what is told, both ways, is what userinfo tells, in the shapes of the
// documents.
func TestTokenUser(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "Paul", Email: mail})
	k.AddUser(t, sallyporttest.User{Name: "nina", Roles: []string{sallyporttest.ManagerName}})
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		access := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
		claims := c.UserInfo(access).Claims
		for claim, got := range map[string][]byte{
			"vgDevRoles": c.GetCurrentRoles(access).Body, "vgDevPermissions": c.GetCurrentPermissions(access).Body,
		} {
			if want, _ := claims.Get(claim); string(got) != want || len(want) < 10 {
				t.Errorf("%s:\n got %s\nwant %s", claim, got, want)
			}
		}
		const identity = `{"Name":"Paul","AuthenticationType":"VGUSER","IsAuthenticated":true,"vgUserId":"Paul","vgEmail":"` + mail + `"}`
		if got := c.GetIdentity(access); got.HTTP != http.StatusOK || string(got.Body) != identity {
			t.Errorf("got %d, %s, want %s", got.HTTP, got.Body, identity)
		}
		roles, allowed := c.GetCurrentRoles(access).Roles, c.GetCurrentPermissions(access).Permissions
		if len(roles) != 1 || roles[0].Name != sallyporttest.RoleName || len(allowed) != 1 || allowed[0].FullName != sallyporttest.ReadPath {
			t.Fatalf("got %+v, %+v", roles, allowed)
		}
		manager := c.Login("nina", sallyporttest.Password).Want(t, sallyport.Success).Tokens.AccessToken
		other := c.GetCurrentPermissions(manager).Permissions[1].ID // to write, which Paul may not
		for name, want := range map[string]bool{
			sallyporttest.RoleName: true, strings.ToUpper(sallyporttest.RoleName): true, "  auditor ": true,
			sallyporttest.ManagerName: false, "Aud": false, "Auditor,Manager": false, "*": false, " ": false, roles[0].ID: false,
			"\u0000": false, "\u202eauditor": false, strings.Repeat("a", 1000): false,
		} {
			if name == "\u0000" && strings.HasSuffix(t.Name(), "HTTP") {
				continue // no form may have it
			}
			wantYes(t, name, c.IsInRoleByName(access, name), want)
		}
		id := allowed[0].ID
		for name, want := range map[string]bool{
			id: true, strings.ToUpper(id): true, other: false, noID: false, "{" + id + "}": false, strings.ReplaceAll(id, "-", ""): false,
			" " + id: false, id + "0": false, sallyporttest.ReadPath: false, roles[0].ID: false, "..": false, "%": false, "\xff": false,
		} {
			wantYes(t, name, c.HasPermissionByID(access, name), want)
		}
	})
}

func wantYes(t *testing.T, what string, got sallyporttest.PrincipalAnswer, want bool) {
	t.Helper()
	if got.HTTP != http.StatusOK || got.Yes != want || string(got.Body) != map[bool]string{true: "true", false: "false"}[want] {
		t.Errorf("%.40q: got %d, %s, want %v", what, got.HTTP, got.Body, want)
	}
}

// TestTokenUserScopes: each scope lets be told what it names, and nothing else.
func TestTokenUserScopes(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul", Email: mail})
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for scope, tells := range map[string][]string{
			"openid VGToken VGApplications VGIsLocked IdentityServerApi profile": nil,
			"VGRoles":                {"GetCurrentRoles", "IsInRoleByName"},
			"VGPermissions":          {"GetCurrentPermissions", "HasPermissionById"},
			"VGDeveloper":            {"GetCurrentRoles", "IsInRoleByName", "GetCurrentPermissions", "HasPermissionById"},
			"VGProfile":              {"the address"},
			"vgroles vgpermissions ": {"GetCurrentRoles", "IsInRoleByName", "GetCurrentPermissions", "HasPermissionById"},
		} {
			access := c.WithScope(scope).Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
			for name, ask := range principalAsks {
				got, want := ask(c, access), http.StatusForbidden
				if name == "GetIdentity" || slices.Contains(tells, name) {
					want = http.StatusOK
				}
				if got.HTTP != want || want != http.StatusOK && string(got.Body) != `{"error":"insufficient_scope"}` {
					t.Errorf("%s at %s: got %d, %s, want %d", scope, name, got.HTTP, got.Body, want)
				}
			}
			if got := c.GetIdentity(access).Identity; (got.Email != nil) != slices.Contains(tells, "the address") || got.UserID != "paul" {
				t.Errorf("%s: got %+v", scope, got)
			}
		}
	})
	var nobody sallyport.TokenUser
	if yes, err := nobody.HasRole("x"); yes || !errors.Is(err, sallyport.ErrInsufficientScope) {
		t.Errorf("the zero value has a role: %v, %v", yes, err)
	}
	if yes, err := nobody.HasPermission(noID); yes || !errors.Is(err, sallyport.ErrInsufficientScope) {
		t.Errorf("the zero value has a permission: %v, %v", yes, err)
	}
}

// TestTokenUserRefuses: what is no good token of a user opens none of the routes, and is
// answered by each as userinfo answers it.
func TestTokenUserRefuses(t *testing.T) {
	k := newServiceKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Application = sallyporttest.ApplicationName }))
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	in := k.InProcess()
	granted := in.Login(p.Name, p.Password).Want(t, sallyport.Success)
	good := granted.Tokens.AccessToken
	key, err := setup(k).CreateKey(t.Context(), p.ID, sallyport.NewKey{Label: "x"})
	if err != nil {
		t.Fatal(err)
	}
	other := newServiceKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = "http://localhost:5001" }))
	other.AddUser(t, sallyporttest.User{Name: "paul"})
	tokens := map[string]string{
		"none": "", "no token": "x", "three parts": "a.b.c", "cut short": good[:len(good)-8], "twice": good + "." + good, "unsigned": good[:strings.LastIndexByte(good, '.')+1],
		"a refresh token": granted.Tokens.RefreshToken, "the VGToken": granted.Response.VGToken, "an API key": key.Text,
		"a handle":         hostLogin(t, k, sallyport.Login{Username: "paul", Password: p.Password}).Session.Handle,
		"another issuer's": other.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success).Tokens.AccessToken,
	}
	machine := in.As(serviceID, sallyporttest.ClientSecret).ClientCredentials().Tokens.AccessToken
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for name, token := range tokens {
			wantAllRefused(t, c, name, token, http.StatusUnauthorized)
		}
		wantAllRefused(t, c, "a machine's", machine, http.StatusForbidden)
	})
	k.Clock.Advance(31 * time.Minute)
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		wantAllRefused(t, c, "expired", good, http.StatusUnauthorized)
		wantAllRefused(t, c, "a machine's, expired", machine, http.StatusUnauthorized)
	})
}

// TestP12TokenUser: what ends a token ends it at the next question.
func TestP12TokenUser(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person, handle string) error{
		"signed out everywhere": func(t *testing.T, k *sallyporttest.Kit, _ *sallyporttest.Person, handle string) error {
			return k.Engine.SignOutAll(t.Context(), handle)
		},
		"ended by an administrator": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person, _ string) error {
			return setup(k).EndSessions(t.Context(), p.ID)
		},
		"disabled": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person, _ string) error {
			off := true
			_, err := setup(k).UpdateUser(t.Context(), p.ID, directory.UserChange{Disabled: &off})
			return err
		},
		"another password": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person, _ string) error {
			return setup(k).SetPassword(t.Context(), p.ID, "quite another password")
		},
		"deleted": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person, _ string) error {
			return setup(k).DeleteUser(t.Context(), p.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := hosted(t)
			p := k.AddUser(t, sallyporttest.User{Name: "paul"})
			access := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
			handle := hostLogin(t, k, sallyport.Login{Username: "paul", Password: p.Password}).Session.Handle
			for ask, call := range principalAsks {
				if got := call(k.HTTP(), access); got.HTTP != http.StatusOK {
					t.Fatalf("%s before: got %d, %s", ask, got.HTTP, got.Body)
				}
			}
			if err := end(t, k, p, handle); err != nil {
				t.Fatal(err)
			}
			ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
				wantAllRefused(t, c, name, access, http.StatusUnauthorized)
			})
		})
	}
}

// TestP12TokenUserRights: a role that is given or taken, and a permission that a role
// gains or loses, tells at the next question.
func TestP12TokenUserRights(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	c := k.HTTP()
	access := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	id := c.GetCurrentPermissions(access).Permissions[0].ID
	role := func(what string, want bool) {
		t.Helper()
		wantYes(t, what, c.IsInRoleByName(access, sallyporttest.RoleName), want)
		wantYes(t, what, c.HasPermissionByID(access, id), want)
	}
	role("at first", true)
	k.EditUser(t, "paul", func(u *directory.User) { u.Roles = []directory.Grant{} })
	role("taken", false)
	if got := string(c.GetCurrentRoles(access).Body) + string(c.GetCurrentPermissions(access).Body); got != "[][]" {
		t.Errorf("got %s, want two empty arrays", got)
	}
	k.EditUser(t, "paul", func(u *directory.User) {
		u.Roles = []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}}
	})
	role("given back", true)
	if err := setup(k).UpdateRole(t.Context(), sallyporttest.RoleName, directory.RoleChange{Permissions: &[]string{}}); err != nil {
		t.Fatal(err)
	}
	wantYes(t, "the role without it", c.IsInRoleByName(access, sallyporttest.RoleName), true)
	wantYes(t, "the role without it", c.HasPermissionByID(access, id), false)
}

// wantAllRefused holds a token to opening none of the routes, and each to userinfo's answer.
func wantAllRefused(t *testing.T, c *sallyporttest.Client, what, token string, status int) {
	t.Helper()
	like := c.UserInfo(token)
	for name, ask := range principalAsks {
		got := ask(c, token)
		if got.HTTP != status || got.HTTP != like.HTTP || string(got.Body) != string(like.Body) {
			t.Errorf("%s at %s: got %d, %s, want %d, as userinfo's %d, %s", what, name, got.HTTP, got.Body, status, like.HTTP, like.Body)
		}
	}
}

// TestTokenUserOfHosts: roles of the host's own users are those that the host said.
func TestTokenUserOfHosts(t *testing.T) {
	u := ann(t)
	u.edit(annID, func(a *sallyport.Account) { a.Roles, a.Email = []string{"no such role", "AUDITOR"}, mail })
	k := owned(t, u)
	access := k.InProcess().Login("ANN", annPassword).Want(t, sallyport.Success).Tokens.AccessToken
	got, err := k.Engine.TokenUser(t.Context(), access)
	if err != nil || got.Name != "Ann" || got.Email != mail || len(got.Roles) != 1 || got.Roles[0].Name != sallyporttest.RoleName || len(got.Permissions) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestTokenUserCost: a question is one reading, the first one too.
func TestTokenUserCost(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(counting))
	p := k.AddUser(t, sallyporttest.User{Name: "paul", Email: mail})
	access := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	cost := costs(t, counting)
	for name, ask := range principalAsks {
		fresh := k.Node().InProcess() // which has met nobody
		cost(name, 1, 0, func() { ask(fresh, access) })
		cost(name+" over HTTP", 1, 0, func() { ask(k.HTTP(), access) })
	}
}

// TestTokenUserShape decodes the arrays by the published shape, all keys and no other.
func TestTokenUserShape(t *testing.T) {
	var published wire.UserInfo
	if err := json.Unmarshal([]byte(golden(t, "userinfo.json")), &published); err != nil {
		t.Fatal(err)
	}
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	c := k.HTTP()
	access := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	for claim, body := range map[string][]byte{"vgDevRoles": c.GetCurrentRoles(access).Body, "vgDevPermissions": c.GetCurrentPermissions(access).Body} {
		text, _ := published.Get(claim)
		if got, want := keysOfFirst(t, body), keysOfFirst(t, []byte(text)); !slices.Equal(got, want) {
			t.Errorf("%s: got keys %q, want %q", claim, got, want)
		}
	}
}

// keysOfFirst are the keys of the first object of an array, in their order.
func keysOfFirst(t *testing.T, array []byte) (keys []string) {
	t.Helper()
	var list []json.RawMessage
	if err := json.Unmarshal(array, &list); err != nil || len(list) == 0 {
		t.Fatalf("%s: %v", array, err)
	}
	d := json.NewDecoder(strings.NewReader(string(list[0])))
	for depth := 0; ; {
		tok, err := d.Token()
		if err != nil {
			return keys
		}
		switch s := tok.(type) {
		case json.Delim:
			depth += map[json.Delim]int{'{': 1, '[': 1, '}': -1, ']': -1}[s]
		case string:
			if depth == 1 {
				keys = append(keys, s)
				var skip json.RawMessage
				if err := d.Decode(&skip); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
