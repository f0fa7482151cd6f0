package httpadapter_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
)

const (
	identityPath    = "/api/Principal/GetIdentity"
	rolesPath       = "/api/Principal/GetCurrentRoles"
	permissionsPath = "/api/Principal/GetCurrentPermissions"
	inRolePath      = "/api/Principal/IsInRoleByName"
	permittedPath   = "/Security/HasPermissionById/"
)

// principalHarness is a harness whose Native client may ask for all scopes, with a user who
// has one role and by it one of two permissions.
type principalHarness struct {
	*harness
	access     string // the user's token
	role       string // id of the role
	permission string // id of the permission that is given
	denied     string // id of the other
}

func newPrincipalHarness(t testing.TB) *principalHarness {
	t.Helper()
	h := &principalHarness{
		harness: newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{}),
		role:    "7503e1ea-212a-4903-abb6-93702214fa87", permission: "55fb7f63-2ffc-4025-a238-265d20013d82", denied: "6c57b68e-afbd-4667-a8c8-0b4b2a288e65",
	}
	d := testDirectory()
	d.Applications[0].Permissions = []directory.Permission{{ID: h.permission, Path: "/Sales/CanRead"}, {ID: h.denied, Path: "/Sales/CanWrite"}}
	d.Applications[0].Roles = append(d.Applications[0].Roles, directory.Role{ID: h.role, Name: "Auditor", Permissions: []string{"/Sales/CanRead"}})
	d.Clients[0].Scopes = append(d.Clients[0].Scopes, "VGRoles", "VGPermissions")
	d.Users = append(d.Users, directory.User{Name: "kunal", Password: pass, Roles: []directory.Grant{{Application: appID, Role: "Auditor"}}})
	if _, err := h.engine.Apply(context.Background(), d, directory.Options{}); err != nil {
		t.Fatal(err)
	}
	h.access = h.tokenFor("")
	return h
}

// tokenFor logs the user in for some scopes, or for all.
func (h *principalHarness) tokenFor(scope string) string {
	a := h.token(login("Username", "kunal", "Password", pass, "scope", scope))
	_, rest, _ := strings.Cut(a.body, `"access_token":"`)
	access, _, _ := strings.Cut(rest, `"`)
	return access
}

// asking is a GET with the user's token.
func (h *principalHarness) asking(target string) *http.Request {
	return request("GET", target, "", "Authorization", "Bearer "+h.access)
}

// TestPrincipal: the documents, byte for byte, but for the id of a folder.
func TestPrincipal(t *testing.T) {
	h := newPrincipalHarness(t)
	const (
		identity = `{"Name":"kunal","AuthenticationType":"VGUSER","IsAuthenticated":true,"vgUserId":"kunal","vgEmail":""}`
		roles    = `[{"Id":"7503e1ea-212a-4903-abb6-93702214fa87","Name":"Auditor","IsMembershipRole":false,"IsAdministrationRole":false,"IsActive":true,` +
			`"IsContextual":false,"IsSharedRole":false,"ProfileValues":[],"Description":null,"CanBeGrantedToUser":false,"CanBeGrantedToGroup":false,` +
			`"IsDefault":false,"IsAnonymous":false,"ApplicationId":"00000000-0000-0000-0000-000000000000"}]`
	)
	for _, tt := range []struct{ target, want string }{
		{identityPath, identity},
		{identityPath + "/", identity},
		{strings.ToLower(identityPath), identity},
		{identityPath + "?a=1&a=2;%", identity}, // a query is not looked at
		{rolesPath, roles},
		{inRolePath + "?roleName=Auditor", "true"},
		{inRolePath + "?ROLENAME=AUDITOR", "true"},
		{inRolePath + "?rolename=+auditor%20", "true"},
		{inRolePath + "?roleName=Auditor&other=x", "true"},
		{inRolePath + "?roleName=Clerk", "false"},
		{inRolePath + "?roleName=" + h.role, "false"},
		{inRolePath + "?roleName=%E2%80%AE", "false"},
		{permittedPath + h.permission, "true"},
		{permittedPath + strings.ToUpper(h.permission) + "/", "true"},
		{permittedPath + h.permission + "?x=;", "true"},
		{permittedPath + h.denied, "false"},
		{permittedPath + h.role, "false"},
		{permittedPath + "00000000-0000-0000-0000-000000000000", "false"},
		{permittedPath + "%35" + h.permission[1:], "false"}, // an id needs no percent code
		{permittedPath + "7", "false"},
		{permittedPath + strings.Repeat("a", 5000), "false"},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r := h.asking(tt.target)
			r.Method = method
			a := h.do(r)
			a.want(t, 200, tt.want)
			wantJSONHeaders(t, a)
		}
	}
	list := h.do(h.asking(permissionsPath))
	list.want(t, 200, "")
	wantJSONHeaders(t, list)
	before, after, _ := strings.Cut(list.body, `"FolderId":"`)
	if before != `[{"Id":"`+h.permission+`",` || len(after) < 36 || after[36:] != `","Name":"CanRead","FullName":"/Sales/CanRead","Description":"","Attributes":[]}]` {
		t.Errorf("got %s", list.body)
	}
}

// TestPrincipalRefuses: what is malformed, or not allowed, is told in the same words by
// every route.
func TestPrincipalRefuses(t *testing.T) {
	h := newPrincipalHarness(t)
	for query, want := range map[string]struct {
		status int
		field  string
	}{
		"":                                       {400, "roleName"},
		"?roleName=":                             {400, "roleName"},
		"?roleName":                              {400, "roleName"},
		"?role=Auditor":                          {400, "roleName"},
		"?roleName=Auditor&roleName=Auditor":     {400, "roleName"},
		"?roleName=Auditor&ROLENAME=x":           {400, "roleName"},
		"?roleName=Auditor&a=1&a=2":              {400, "a"},
		"?roleName=Auditor;x":                    {400, "roleName"},
		"?roleName=%":                            {400, "roleName"},
		"?roleName=%ff":                          {400, "roleName"},
		"?roleName=Auditor%00":                   {400, "roleName"},
		"?roleName=" + strings.Repeat("a", 1025): {413, "roleName"},
		"?roleName=Auditor&" + strings.Repeat("a", 16<<10): {413, "query"},
	} {
		a := h.do(h.asking(inRolePath + query))
		a.want(t, want.status, `{"error":"invalid_request","error_description":"`+want.field+`"}`)
		wantJSONHeaders(t, a)
	}
	roles, permissions := h.tokenFor("VGRoles"), h.tokenFor("VGPermissions")
	for _, tt := range []struct{ target, token string }{
		{rolesPath, permissions}, {inRolePath + "?roleName=Auditor", permissions}, {inRolePath + "?roleName=x", permissions},
		{permissionsPath, roles}, {permittedPath + h.permission, roles}, {permittedPath + "x", roles},
	} {
		a := h.do(request("GET", tt.target, "", "Authorization", "Bearer "+tt.token))
		a.want(t, 403, `{"error":"insufficient_scope"}`)
		wantHeader(t, a, "WWW-Authenticate", `Bearer realm="IdentityServer",error="insufficient_scope"`)
		wantJSONHeaders(t, a)
	}
}

// TestPrincipalTokens: a token is taken from the header alone, and refused as userinfo
// refuses it, whatever else is wrong.
func TestPrincipalTokens(t *testing.T) {
	h := newPrincipalHarness(t)
	machine := h.token(form("grant_type", "client_credentials", "client_id", serviceID, "client_secret", secret))
	_, rest, _ := strings.Cut(machine.body, `"access_token":"`)
	program, _, _ := strings.Cut(rest, `"`)
	for _, target := range []string{identityPath, rolesPath, permissionsPath, inRolePath + "?roleName=Auditor", permittedPath + h.permission} {
		joint := "?"
		if strings.Contains(target, "?") {
			joint = "&"
		}
		for _, tt := range []struct {
			name      string
			r         *http.Request
			status    int
			challenge string
		}{
			{"nothing", request("GET", target, ""), 401, ``},
			{"in the query", request("GET", target+joint+"access_token="+h.access, ""), 401, ``},
			{"another scheme", request("GET", target, "", "Authorization", "Basic "+h.access), 401, ``},
			{"a cookie", request("GET", target, "", "Cookie", "access_token="+h.access), 401, ``},
			{"two", request("GET", target, "", "Authorization", "Bearer "+h.access, "Authorization", "Bearer "+h.access), 401, `,error="invalid_token"`},
			{"bent", request("GET", target, "", "Authorization", "Bearer "+h.access[1:]), 401, `,error="invalid_token"`},
			{"a program's", request("GET", target, "", "Authorization", "Bearer "+program), 403, `,error="insufficient_scope"`},
		} {
			t.Run(target+" with "+tt.name, func(t *testing.T) {
				a := h.do(tt.r)
				a.want(t, tt.status, map[int]string{401: `{"error":"invalid_token"}`, 403: `{"error":"insufficient_scope"}`}[tt.status])
				wantHeader(t, a, "WWW-Authenticate", `Bearer realm="IdentityServer"`+tt.challenge)
				wantJSONHeaders(t, a)
			})
		}
	}
	h.do(request("GET", inRolePath+"?a=%", "")).want(t, 401, `{"error":"invalid_token"}`)
	h.do(request("POST", identityPath, "", "Authorization", "Bearer "+h.access)).want(t, 405, "")
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	h.do(request("GET", identityPath, "")).want(t, 401, "") // neither reads anything
	h.do(h.asking(inRolePath+"?roleName=")).want(t, 400, "")
	h.do(h.asking(permittedPath+h.permission)).want(t, 500, `{"error":"server_error"}`)
}
