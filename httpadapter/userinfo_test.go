package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

func TestUserInfoRefuses(t *testing.T) {
	h := shared()
	good := h.token(login("Username", "plain", "Password", pass)).success(t).AccessToken
	tests := []struct {
		name string
		r    *http.Request
		bare bool // no token was sent
	}{
		{"nothing", request("GET", "/connect/userinfo", ""), true},
		{"in the query", request("GET", "/connect/userinfo?access_token="+good, ""), true},
		{"in the body", request("POST", "/connect/userinfo", form("access_token", good), "Content-Type", formType), true},
		{"another scheme", request("GET", "/connect/userinfo", "", "Authorization", "Basic "+good), true},
		{"the scheme alone", request("GET", "/connect/userinfo", "", "Authorization", "Bearer"), true},
		{"the scheme and blanks", request("POST", "/connect/userinfo", "", "Authorization", "bearer  "), true},
		{"two headers", request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+good, "Authorization", "Bearer "+good), false},
		{"a list", request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+good+","+good), false},
		{"cut short", request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+good[:len(good)-8]), false},
		{"long", request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+strings.Repeat("a", 9000)), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := h.do(tt.r)
			a.want(t, 401, `{"error":"invalid_token"}`)
			want := `Bearer realm="IdentityServer",error="invalid_token"`
			if tt.bare {
				want = `Bearer realm="IdentityServer"`
			}
			wantHeader(t, a, "WWW-Authenticate", want)
		})
	}
}

// TestUserInfoBesideOtherHeaders: a header of another scheme beside the token does
// no harm.
func TestUserInfoBesideOtherHeaders(t *testing.T) {
	h := shared()
	good := h.token(login("Username", "plain", "Password", pass)).success(t).AccessToken
	h.do(request("GET", "/connect/userinfo", "", "Authorization", "Basic eDp5", "Authorization", "Bearer "+good)).want(t, 200, "")
}

// TestUserInfoWithoutToken asks an engine whose store is gone: a request without
// a token is refused before anything is read.
func TestUserInfoWithoutToken(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"", "Bearer", "Bearer ", "Basic a.b.c", "Bearer a.b.c"} {
		h.do(request("GET", "/connect/userinfo", "", "Authorization", header)).want(t, 401, `{"error":"invalid_token"}`)
	}
}

func TestDiscovery(t *testing.T) {
	h := shared()
	a := h.do(request("GET", "/.well-known/openid-configuration", ""))
	a.want(t, 200, "")
	wantJSONHeaders(t, a)
	h.do(request("GET", "/.well-known/oauth-authorization-server", "")).want(t, 200, a.body)
	doc := jsonObject(t, a.body)
	if doc["issuer"] != "http://127.0.0.1:5000" || doc["jwks_uri"] != "http://127.0.0.1:5000/.well-known/openid-configuration/jwks" {
		t.Errorf("got %s", a.body)
	}
	keys := h.do(request("GET", "/.well-known/openid-configuration/jwks", ""))
	keys.want(t, 200, "")
	if list, _ := jsonObject(t, keys.body)["keys"].([]any); len(list) == 0 || strings.Contains(keys.body, `"d"`) {
		t.Errorf("got %s, want public keys", keys.body)
	}
}
