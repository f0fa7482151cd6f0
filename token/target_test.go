package token_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/token"
)

const app, otherApp = "18de8ce7-80e7-4c66-a672-4ffa3eb56d54", "28de8ce7-80e7-4c66-a672-4ffa3eb56d54"

var someResources = token.ResourceList{All: []token.Resource{
	{Name: "a.read", Kind: token.APIResource, Audience: "https://a.example", Claims: []string{"roles"}},
	{Name: "a.write", Kind: token.APIResource, Audience: "https://a.example", Claims: []string{"roles", "email"}, Application: app},
	{Name: "b", Kind: token.APIResource, Audience: "https://b.example"},
	{Name: "theirs", Kind: token.APIResource, Audience: "https://theirs.example", Application: otherApp},
	{Name: "who", Kind: token.IdentityResource, Claims: []string{"vgEmail"}},
}}

// TestTarget: whom a token is for, with which scopes and claims, by what was asked for.
func TestTarget(t *testing.T) {
	const us, static = "https://id.example", "https://static.example"
	for _, tt := range []struct {
		profile, granted, scopes, resource, static string
		audience, left, claims                     string // separated by blanks
		refused                                    bool
	}{
		{profile: "RFC9068", granted: "openid a.read", audience: "https://a.example", left: "openid a.read", claims: "roles"},
		{profile: "RFC9068", granted: "a.read A.WRITE", audience: "https://a.example", left: "a.read A.WRITE", claims: "roles email"},
		{profile: "RFC9068", granted: "b a.read", audience: "https://b.example https://a.example", left: "b a.read", claims: "roles"},
		{profile: "RFC9068", granted: "b a.read", scopes: "b", audience: "https://b.example", left: "b"},
		{profile: "RFC9068", granted: "b a.read", scopes: "b", resource: "https://a.example", audience: "https://a.example"},
		{profile: "RFC9068", granted: "b a.read who", resource: "https://b.example", audience: "https://b.example", left: "b who"},
		{profile: "RFC9068", granted: "openid", audience: us, left: "openid"},
		{profile: "RFC9068", granted: "openid", static: static, audience: static, left: "openid"},
		{profile: "RFC9068", granted: "openid", static: static, resource: us, audience: us, left: "openid"},
		{profile: "RFC9068", granted: "openid b", static: static, resource: static, audience: static, left: "openid"},
		{profile: "RFC9068", granted: "openid theirs", audience: us, left: "openid theirs"},
		{profile: "RFC9068", granted: "openid", resource: "https://a.example", refused: true},
		{profile: "RFC9068", granted: "openid theirs", resource: "https://theirs.example", refused: true},
		{profile: "RFC9068", granted: "a.read", resource: "https://A.example", refused: true},
		{profile: "RFC9068", granted: "a.read", resource: "https://a.example/", refused: true},
		{profile: "RFC9068", granted: "a.read", resource: static, refused: true},
		{profile: "RFC9068", granted: "who", resource: "vgEmail", refused: true},
		{granted: "openid a.read b", left: "openid a.read b", claims: "roles"},
		{granted: "openid a.read b", static: static, audience: static, left: "openid a.read b", claims: "roles"},
		{granted: "openid a.read b", static: static, resource: "https://b.example", audience: "https://b.example", left: "openid b"},
		{granted: "a.read", resource: "https://b.example", refused: true},
	} {
		in := token.TargetRequest{Granted: strings.Fields(tt.granted), Scopes: strings.Fields(tt.scopes), Resource: tt.resource, Issuer: us, Static: tt.static}
		if tt.scopes == "" {
			in.Scopes = in.Granted
		}
		got, ok := someResources.Target(&token.Client{Application: app, Profile: tt.profile}, in)
		text := strings.Join(got.Audience, " ") + "|" + strings.Join(got.Scopes, " ") + "|" + strings.Join(got.Claims, " ")
		if want := tt.audience + "|" + tt.left + "|" + tt.claims; ok == tt.refused || ok && text != want {
			t.Errorf("%+v: got %s, %v, want %s", tt, text, ok, want)
		}
	}
}

// TestResourcesOf: an application has the APIs that are its own or everybody's, and a scope
// brings the claims of an identity resource alone.
func TestResourcesOf(t *testing.T) {
	for _, tt := range []struct {
		application, audience string
		want                  bool
	}{
		{app, "https://a.example", true}, {otherApp, "https://a.example", true}, {otherApp, "https://theirs.example", true},
		{app, "https://theirs.example", false}, {app, "", false}, {"", "https://a.example", false}, {app, "https://none.example https://b.example", true},
	} {
		if got := someResources.HasAudience(tt.application, strings.Fields(tt.audience)); got != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
	c := &token.Client{Application: app}
	if got := someResources.IdentityClaims(c, []string{"openid", "WHO", "a.read", "theirs"}); !slices.Equal(got, []string{"vgEmail"}) {
		t.Errorf("got %q", got)
	}
}
