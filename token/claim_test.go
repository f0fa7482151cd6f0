package token_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// TestUserInfoJSON holds the other form to its text: the same members in the same order,
// none of which is a text that holds JSON, and each of the published value where it is one.
func TestUserInfoJSON(t *testing.T) {
	p := token.UserProfile{
		UserName: "a<b>\"c", Locked: true, Start: time.Date(2024, 1, 2, 15, 4, 5, 999, time.FixedZone("east", 2*3600)), Email: "a@example.com",
		Attributes:   []token.Attribute{{Name: "City", Value: ""}, {Name: "Tags", Value: `["a"]`}},
		Applications: []token.Application{{ID: "1", Name: "One"}}, Roles: []token.Role{{ID: "2", Name: "Clerk"}, {ID: "3", Name: "Head \"x\""}},
	}
	var names, values []string
	for _, c := range token.UserInfo(p, token.Told{Scopes: token.KnownScopes()}, "A5") {
		if !json.Valid([]byte(c.JSON())) {
			t.Errorf("%s: %s is no JSON", c.Name, c.JSON())
		}
		if !strings.HasPrefix(c.Name, "vgDevR") {
			names, values = append(names, c.Name), append(values, c.JSON())
		}
	}
	if got, want := strings.Join(names, " "), "vgToken vgUserId vgApplications vgRoles vgPermissions vgIsApproved vgIsLocked vgStartDate vgEndDate vgFirstname vgLastname vgEmail vgUA_City vgUA_Tags vgDevApps vgDevPermissions sub"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want := []string{
		`"A5"`, `"a<b>\"c"`, `["One"]`, `["Clerk","Head \"x\""]`, `[]`, `false`, `true`, `"2024-01-02T13:04:05Z"`, `"9999-12-31T00:00:00Z"`, `""`, `""`,
		`"a@example.com"`, `""`, `"[\"a\"]"`, `[{"ApplicationId":"1","ApplicationName":"One"}]`, `[]`, `"a<b>\"c"`,
	}
	if got, want := strings.Join(values, "\n"), strings.Join(want, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestToldByResources: a claim that a scope of the host's own brings is told as one that
// a scope of ours brings, in its place, and none beside it.
func TestToldByResources(t *testing.T) {
	p, _, _ := published(t)
	for _, tt := range []struct {
		scopes, claims string
		want           string
		email, rights  bool
	}{
		{"", "vgEmail", "vgUserId vgEmail", true, false},
		{"openid", "vgUA_City vgFirstname", "vgUserId vgFirstname vgUA_City sub", false, false},
		{"", "vgua_City vgUA_Nowhere vgUA_", "vgUserId", false, false},
		{"VGProfile", "vgRoles", "vgUserId vgRoles vgFirstname vgLastname vgEmail", true, true},
		{"", "vgDevPermissions", "vgUserId vgDevPermissions", false, true},
		{"", "vgToken sub", "vgToken vgUserId sub", false, false},
		{"", "VGEmail unheard_of", "vgUserId", false, false},
	} {
		told := token.Told{Scopes: strings.Fields(tt.scopes), Claims: strings.Fields(tt.claims)}
		var names []string
		for _, c := range token.UserInfo(p, told, "A5") {
			if strings.HasPrefix(c.Name, "vgUA_") && strings.Contains(tt.scopes, "VGProfile") {
				continue
			}
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); got != tt.want || told.Email() != tt.email || told.Rights() != tt.rights {
			t.Errorf("%q, %q: got %s, %v, %v, want %s, %v, %v", tt.scopes, tt.claims, got, told.Email(), told.Rights(), tt.want, tt.email, tt.rights)
		}
	}
}
