package token_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// published is the user of the published document, as far as there is a source
// here for what it says.
func published(t *testing.T) (p token.UserProfile, golden map[string]string, names []string) {
	t.Helper()
	raw := readFile(t, "userinfo.json")
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	names = memberNames(t, raw)
	p = token.UserProfile{
		UserName: "admin", Approved: true, Start: time.Date(2020, 7, 14, 0, 0, 0, 0, time.UTC), Email: "admin@gmail.com",
		Roles: []token.Role{{ID: "30ebc3f1-8c0c-4b93-a8ba-d7e41e11c81d", Name: "Auditor"}, {Name: "Default"}},
		Permissions: []token.Permission{
			{ID: "55fb7f63-2ffc-4025-a238-265d20013d82", Folder: "774a0986-3d26-4cb3-975d-b53fa2ccf40b", Path: "/PowerServer/Address/CanReadAddress"},
			{ID: "6c57b68e-afbd-4667-a8c8-0b4b2a288e65", Folder: "cf7d7117-3180-4fd0-8cb8-109c7e6a10ab", Path: "/PowerServer/Customer/CanReadCustomer"},
		},
	}
	for _, n := range names {
		if a, ok := strings.CutPrefix(n, "vgUA_"); ok {
			p.Attributes = append(p.Attributes, token.Attribute{Name: a, Value: golden[n]})
		}
	}
	var apps []struct{ ApplicationId, ApplicationName string }
	if err := json.Unmarshal([]byte(golden["vgDevApps"]), &apps); err != nil {
		t.Fatal(err)
	}
	for _, a := range apps {
		p.Applications = append(p.Applications, token.Application{ID: a.ApplicationId, Name: a.ApplicationName})
	}
	return p, golden, names
}

// TestUserInfoIsPublished holds every member but vgDevRoles to the published
// document, in order and in value.
func TestUserInfoIsPublished(t *testing.T) {
	p, golden, names := published(t)
	got := token.UserInfo(p, token.Told{Scopes: token.KnownScopes()}, golden["vgToken"])
	for i, c := range got {
		if i >= len(names) || c.Name != names[i] {
			t.Fatalf("member %d is %q, want the order %q", i, c.Name, names)
		}
		if c.Name != "vgDevRoles" && c.Value != golden[c.Name] {
			t.Errorf("%s = %q, want %q", c.Name, c.Value, golden[c.Name])
		}
	}
	if len(got) != len(names) {
		t.Errorf("%d members, want %d", len(got), len(names))
	}
}

// TestUserInfoTells: without what a scope says that it does not need, it tells
// the same, and with one that needs it, it does not.
func TestUserInfoTells(t *testing.T) {
	p, _, _ := published(t)
	for _, scope := range append(token.KnownScopes(), "My.Own", "vgprofile") {
		told := token.Told{Scopes: []string{token.ScopeOpenID, scope}}
		whole := token.UserInfo(p, told, "A5")
		q := p
		q.Email = ""
		if same := slices.Equal(token.UserInfo(q, told, "A5"), whole); same == told.Email() {
			t.Errorf("%s: the same without an address: %v", scope, same)
		}
		q = p
		q.Applications, q.Roles, q.Permissions = nil, nil, nil
		if same := slices.Equal(token.UserInfo(q, told, "A5"), whole); same == told.Rights() {
			t.Errorf("%s: the same without rights: %v", scope, same)
		}
	}
}

// TestDevRoles compares shape: the published role has values for which there
// is no source here.
func TestDevRoles(t *testing.T) {
	p, golden, _ := published(t)
	var ours, theirs []json.RawMessage
	for _, c := range token.UserInfo(p, token.Told{Scopes: []string{"VGDeveloper"}}, "") {
		if c.Name == "vgDevRoles" {
			if err := json.Unmarshal([]byte(c.Value), &ours); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := json.Unmarshal([]byte(golden["vgDevRoles"]), &theirs); err != nil || len(ours) != 2 {
		t.Fatalf("%d roles, %v", len(ours), err)
	}
	if got, want := memberNames(t, ours[0]), memberNames(t, theirs[0]); !slices.Equal(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
	const want = `{"Id":"30ebc3f1-8c0c-4b93-a8ba-d7e41e11c81d","Name":"Auditor","IsMembershipRole":false,"IsAdministrationRole":false,` +
		`"IsActive":true,"IsContextual":false,"IsSharedRole":false,"ProfileValues":[],"Description":null,"CanBeGrantedToUser":false,` +
		`"CanBeGrantedToGroup":false,"IsDefault":false,"IsAnonymous":false,"ApplicationId":"00000000-0000-0000-0000-000000000000"}`
	if string(ours[0]) != want {
		t.Errorf("role %s\nwant %s", ours[0], want)
	}
}

func TestUserInfoByScope(t *testing.T) {
	p, _, _ := published(t)
	p.Attributes = p.Attributes[:1]
	tests := map[string]string{
		"":                                 "vgUserId",
		"profile":                          "vgUserId",
		"openid":                           "vgUserId sub",
		"VGToken":                          "vgToken vgUserId",
		"VGApplications":                   "vgUserId vgApplications",
		"VGRoles":                          "vgUserId vgRoles",
		"VGPermissions":                    "vgUserId vgPermissions",
		"VGIsApproved":                     "vgUserId vgIsApproved",
		"VGIsLocked":                       "vgUserId vgIsLocked",
		"VGActivityDate":                   "vgUserId vgStartDate vgEndDate",
		"VGProfile":                        "vgUserId vgFirstname vgLastname vgEmail vgUA_City",
		"VGDeveloper":                      "vgUserId vgDevApps vgDevRoles vgDevPermissions",
		"IdentityServerApi offline_access": "vgUserId",
		"vgtoken":                          "vgUserId", // scopes come canonical
	}
	for scopes, want := range tests {
		var names []string
		for _, c := range token.UserInfo(p, token.Told{Scopes: strings.Fields(scopes)}, "T") {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q: %q, want %q", scopes, got, want)
		}
	}
}

func TestUserInfoValues(t *testing.T) {
	east := time.FixedZone("east", 2*3600)
	p := token.UserProfile{
		UserName: "a<b>&c", Locked: true,
		Start:       time.Date(2024, 1, 2, 15, 4, 5, 999, east),
		Permissions: []token.Permission{{Path: "bare", Description: "<&>"}},
	}
	got := map[string]string{}
	for _, c := range token.UserInfo(p, token.Told{Scopes: token.KnownScopes()}, "") {
		got[c.Name] = c.Value
	}
	for name, want := range map[string]string{
		"vgUserId": "a<b>&c", "sub": "a<b>&c", "vgIsLocked": "True", "vgIsApproved": "False",
		"vgStartDate": "1/2/2024 1:04:05 PM", "vgEndDate": "12/31/9999 12:00:00 AM",
		"vgRoles": "", "vgApplications": "", "vgDevApps": "[]", "vgDevRoles": "[]",
		"vgDevPermissions": `[{"Id":"","FolderId":"00000000-0000-0000-0000-000000000000","Name":"bare","FullName":"bare","Description":"<&>","Attributes":[]}]`,
	} {
		if got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
}
