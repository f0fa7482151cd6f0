package httpadapter_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// TestRefusalsSuitClients holds every kind of refusal below /connect/ to what all
// client libraries hand on to their callers: JSON that says so, an error that is a
// string and not empty, nothing that is null, no cache, and no challenge but where
// a status asks for one, since libraries hide the body behind it.
func TestRefusalsSuitClients(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	client := form("client_id", clientID, "client_secret", secret)
	post := func(body string, header ...string) *http.Request {
		return request("POST", "/connect/token", body, append([]string{"Content-Type", formType}, header...)...)
	}
	elsewhere := post(login("Username", "plain", "Password", pass))
	elsewhere.Host = "evil.example"
	service := h.token(form("grant_type", "client_credentials", "client_id", serviceID, "client_secret", secret))
	machine, _ := jsonObject(t, service.body)["access_token"].(string)
	pending := h.first(t, "mail")
	for _, tt := range []struct {
		name      string
		r         *http.Request
		status    int
		error     string
		challenge string
	}{
		{"a wrong password", post(login("Username", "plain", "Password", "wrong")), 400, "invalid_request", ""},
		{"a second factor wanted", post(login("Username", "mail", "Password", pass)), 400, "invalid_request", ""},
		{"an enrolment wanted", post(login("Username", "bare", "Password", pass)), 400, "invalid_request", ""},
		{"a state", post(login("AuthenticationRequestId", pending.RequestID)), 400, "invalid_request", ""},
		{"an unknown request", post(login("AuthenticationRequestId", appID)), 400, "invalid_request", ""},
		{"a wrong password by password", post(form("grant_type", "password", "client_id", serviceID, "client_secret", secret, "username", "plain", "password", "wrong")), 400, "invalid_grant", ""},
		{"a second factor by password", post(form("grant_type", "password", "client_id", serviceID, "client_secret", secret, "username", "mail", "password", pass)), 400, "invalid_grant", ""},
		{"no password", post(login("Username", "plain")), 400, "invalid_request", ""},
		{"no grant", post(client), 400, "invalid_request", ""},
		{"an unknown grant", post("grant_type=implicit&" + client), 400, "unsupported_grant_type", ""},
		{"a grant that the client has not", post("grant_type=client_credentials&" + client), 400, "unauthorized_client", ""},
		{"a scope that the client has not", post(login("Username", "plain", "Password", pass, "scope", "x")), 400, "invalid_scope", ""},
		{"a dead refresh token", post("grant_type=refresh_token&refresh_token=x&" + client), 400, "invalid_grant", ""},
		{"a field twice", post(login("scope", "openid", "scope", "openid")), 400, "invalid_request", ""},
		{"a wrong type", request("POST", "/connect/token", "{}", "Content-Type", "application/json"), 400, "invalid_request", ""},
		{"a wrong method", request("GET", "/connect/token", ""), 405, "invalid_request", ""},
		{"too large a body", post(strings.Repeat("a", 17<<10)), 413, "invalid_request", ""},
		{"another host", elsewhere, 421, "invalid_request", ""},
		{"no such route", request("POST", "/connect/authorize", ""), 404, "not_found", ""},
		{"no client", post("grant_type=VGAuthenticator&Username=a&Password=b"), 400, "invalid_client", ""},
		{"a wrong secret", post("grant_type=refresh_token&refresh_token=x&client_secret=wrong&" + form("client_id", clientID)), 400, "invalid_client", ""},
		{"a wrong secret beside another scheme", post("grant_type=client_credentials&client_secret=wrong&"+form("client_id", clientID), "Authorization", "Bearer x"), 400, "invalid_client", ""},
		{"a wrong secret by Basic", post("grant_type=client_credentials", "Authorization", basic(clientID, "wrong")), 401, "invalid_client", `Basic realm="IdentityServer", charset="UTF-8"`},
		{"malformed Basic", post("grant_type=client_credentials", "Authorization", "Basic x"), 400, "invalid_request", ""},
		{"an unauthorized client by Basic", post("grant_type=client_credentials", "Authorization", basic(clientID, secret)), 400, "unauthorized_client", ""},
		{"userinfo without a token", request("GET", "/connect/userinfo", ""), 401, "invalid_token", `Bearer realm="IdentityServer"`},
		{"userinfo with a wrong one", request("POST", "/connect/userinfo", "", "Authorization", "Bearer x"), 401, "invalid_token", `Bearer realm="IdentityServer",error="invalid_token"`},
		{"userinfo with a machine's", request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+machine), 403, "insufficient_scope", `Bearer realm="IdentityServer",error="insufficient_scope"`},
		{"userinfo by a wrong method", request("PUT", "/connect/userinfo", ""), 405, "invalid_request", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := h.do(tt.r)
			a.want(t, tt.status, "")
			wantJSONHeaders(t, a)
			wantHeader(t, a, "WWW-Authenticate", tt.challenge)
			doc := jsonObject(t, a.body)
			if doc["error"] != tt.error {
				t.Errorf("got error %v, want %s", doc["error"], tt.error)
			}
			wantNoNull(t, "", doc)
		})
	}
	for range 20 {
		h.do(post("grant_type=client_credentials&client_secret=wrong&" + form("client_id", serviceID)))
	}
	busy := h.do(post("grant_type=client_credentials&" + form("client_id", serviceID, "client_secret", secret)))
	busy.want(t, 503, `{"error":"temporarily_unavailable"}`)
	wantJSONHeaders(t, busy)
	wantHeader(t, busy, "WWW-Authenticate", "")
}

// wantNoNull looks for null in a document.
func wantNoNull(t *testing.T, path string, v any) {
	t.Helper()
	switch v := v.(type) {
	case nil:
		t.Errorf("%s is null", path)
	case map[string]any:
		for name, member := range v {
			wantNoNull(t, path+"."+name, member)
		}
	case []any:
		for i, element := range v {
			wantNoNull(t, fmt.Sprint(path, "[", i, "]"), element)
		}
	}
}

// TestSuccessesSuitClients: numbers are numbers, the scope is one string, and what
// is absent is no member.
func TestSuccessesSuitClients(t *testing.T) {
	h := shared()
	for name, body := range map[string]string{
		"VGAuthenticator":    login("Username", "plain", "Password", pass, "scope", "openid"),
		"password":           form("grant_type", "password", "client_id", serviceID, "client_secret", secret, "username", "plain", "password", pass, "scope", "openid"),
		"client_credentials": form("grant_type", "client_credentials", "client_id", serviceID, "client_secret", secret),
	} {
		a := h.token(body)
		a.want(t, 200, "")
		var doc struct {
			AccessToken  string          `json:"access_token"`
			ExpiresIn    int             `json:"expires_in"`
			TokenType    string          `json:"token_type"`
			Scope        string          `json:"scope"`
			RefreshToken json.RawMessage `json:"refresh_token"`
			IDToken      json.RawMessage `json:"id_token"`
		}
		if err := json.Unmarshal([]byte(a.body), &doc); err != nil || doc.AccessToken == "" || doc.ExpiresIn <= 0 || doc.TokenType != "Bearer" || doc.Scope == "" || doc.RefreshToken != nil || doc.IDToken != nil {
			t.Errorf("%s: got %s, %v", name, a.body, err)
		}
		wantNoNull(t, "", jsonObject(t, a.body))
	}
}
