package token_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/token"
)

func TestDiscovery(t *testing.T) {
	const want = `{"issuer":"https://id.example/base","jwks_uri":"https://id.example/base/.well-known/openid-configuration/jwks",` +
		`"token_endpoint":"https://id.example/base/connect/token","userinfo_endpoint":"https://id.example/base/connect/userinfo",` +
		`"revocation_endpoint":"https://id.example/base/connect/revocation","introspection_endpoint":"https://id.example/base/connect/introspect",` +
		`"scopes_supported":["IdentityServerApi","offline_access","openid","profile","VGActivityDate","VGApplications","VGDeveloper",` +
		`"VGIsApproved","VGIsLocked","VGPermissions","VGProfile","VGRoles","VGToken"],` +
		`"claims_supported":["vgToken","vgUserId","vgApplications","vgRoles","vgPermissions","vgIsApproved","vgIsLocked","vgStartDate",` +
		`"vgEndDate","vgFirstname","vgLastname","vgEmail","vgUA_City","vgDevApps","vgDevRoles","vgDevPermissions","sub"],` +
		`"grant_types_supported":["VGAuthenticator","password","refresh_token","client_credentials"],` +
		`"token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic","none"],` +
		`"revocation_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic","none"],` +
		`"introspection_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"],"subject_types_supported":["public"]}`
	if got := string(token.Discovery("https://id.example/base", token.DiscoveryConfig{Attributes: []string{"City"}})); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestDiscoveryIssuer holds the rules of strict clients: the issuer byte for
// byte, and every member that ends in "endpoint" an address below it.
func TestDiscoveryIssuer(t *testing.T) {
	for _, issuer := range []string{"http://localhost:5000", "https://id.example/", "https://id.example/a&b"} {
		var doc map[string]any
		if err := json.Unmarshal(token.Discovery(issuer, token.DiscoveryConfig{}), &doc); err != nil {
			t.Fatal(err)
		}
		if doc["issuer"] != issuer {
			t.Errorf("issuer %q, want %q", doc["issuer"], issuer)
		}
		for name, v := range doc {
			if !strings.HasSuffix(name, "endpoint") && name != "jwks_uri" {
				continue
			}
			rest, ok := strings.CutPrefix(v.(string), strings.TrimSuffix(issuer, "/")+"/")
			if !ok || strings.HasPrefix(rest, "/") {
				t.Errorf("%s = %q is not below %q", name, v, issuer)
			}
		}
	}
}

// TestDiscoveryPlainText: what JavaScript would have to unescape is written as it
// is.
func TestDiscoveryPlainText(t *testing.T) {
	got := string(token.Discovery("https://id.example/a&b", token.DiscoveryConfig{Attributes: []string{"R&D", "City"}}))
	for _, want := range []string{`"issuer":"https://id.example/a&b"`, `"vgEmail","vgUA_R&D","vgUA_City","vgDevApps"`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s in it", got, want)
		}
	}
}

func TestDiscoveryConfig(t *testing.T) {
	var doc struct {
		Scopes []string `json:"scopes_supported"`
		Grants []string `json:"grant_types_supported"`
	}
	raw := token.Discovery(issuer, token.DiscoveryConfig{Scopes: []string{"openid", "IdentityServerApi"}, GrantTypes: []string{"refresh_token"}})
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(doc.Scopes, []string{"IdentityServerApi", "openid"}) || !slices.Equal(doc.Grants, []string{"refresh_token"}) {
		t.Errorf("got %+v", doc)
	}
	bare := string(token.Discovery(issuer, token.DiscoveryConfig{Scopes: []string{}, GrantTypes: []string{}}))
	if strings.Contains(bare, "[]") || strings.Contains(bare, "null") || strings.Contains(bare, "scopes_supported") {
		t.Errorf("got %s, want empty lists left out", bare)
	}
}
