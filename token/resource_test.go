package token_test

import (
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/token"
)

// TestResourcesFind: a scope means a resource in any ASCII case, of the client's own
// application or of any.
func TestResourcesFind(t *testing.T) {
	list := token.ResourceList{All: []token.Resource{
		{Name: "orders", Kind: token.APIResource, Audience: "urn:orders"},
		{Name: "city", Kind: token.IdentityResource, Claims: []string{"vgUA_City"}, Application: "a"},
	}}
	for _, tt := range []struct{ application, scope, want string }{
		{"a", "orders", "orders"}, {"a", "ORDERS", "orders"}, {"a", "city", "city"}, {"a", "openid", ""}, {"a", "", ""},
		{"b", "orders", "orders"}, {"b", "city", ""},
		{"", "orders", ""}, {"", "city", ""},
		{"a", "order\u017f", ""}, // the long s folds to an s
	} {
		c := token.Client{Application: tt.application}
		r, ok := list.Find(&c, tt.scope)
		if r.Name != tt.want || ok != (tt.want != "") {
			t.Errorf("%q of %q: got %+v, %v, want %q", tt.scope, tt.application, r, ok, tt.want)
		}
		if all := list.For(&c); ok != slices.ContainsFunc(all, func(x token.Resource) bool { return x.Name == r.Name }) {
			t.Errorf("%q: got all %+v", tt.application, all)
		}
	}
	if !list.Has("a") || list.Has("b") {
		t.Error("want the application a to have one, and b none")
	}
}

// TestResourceMachineScopes: an identity resource tells of a person, whose it is.
func TestResourceMachineScopes(t *testing.T) {
	list := token.ResourceList{All: []token.Resource{
		{Name: "orders", Kind: token.APIResource}, {Name: "City", Kind: token.IdentityResource}, {Name: "other", Kind: token.IdentityResource, Application: "b"},
	}}
	c := token.Client{Application: "a", Scopes: []string{"openid", "orders", "CITY", "other", "plain", "IdentityServerApi"}}
	if got, want := list.MachineScopes(&c), []string{"orders", "plain", "IdentityServerApi"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestIdentityClaims: the claims that a resource may bring are those of userinfo.
func TestIdentityClaims(t *testing.T) {
	for _, name := range token.IdentityClaims() {
		if !token.IsIdentityClaim(name) {
			t.Errorf("%s is no claim", name)
		}
	}
	for name, want := range map[string]bool{"vgUA_City": true, "vgUA_": false, "vgUserId": false, "": false, "VGEMAIL": false, "email": false} {
		if token.IsIdentityClaim(name) != want {
			t.Errorf("%q: want %v", name, want)
		}
	}
}

// TestParsePlatform: names of platforms compare without regard to ASCII case.
func TestParsePlatform(t *testing.T) {
	for text, want := range map[string]token.Platform{"webapp": token.WebApp, "SPA": token.SPA, "native": token.Native, "SERVICE": token.Service, "": "", "Web App": "", "\u017fpa": ""} {
		if p, ok := token.ParsePlatform(text); p != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", text, p, ok, want)
		}
	}
	if got := token.Platforms(); !slices.Equal(got, []token.Platform{token.WebApp, token.SPA, token.Native, token.Service}) {
		t.Errorf("got %v", got)
	}
}
