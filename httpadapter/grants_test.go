package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
)

// serviceID is a client that acts for itself and logs users in by the grant
// password.
const serviceID = appID + "_Service"

// TestPasswordGrant: the standard names, in the form or with Basic, and what belongs
// to VGAuthenticator is no field of this grant.
func TestPasswordGrant(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	byPassword := func(pairs ...string) *answer {
		return h.token(form(append([]string{"grant_type", "password", "client_id", serviceID, "client_secret", secret}, pairs...)...))
	}
	done := byPassword("username", "plain", "password", pass, "scope", "openid offline_access")
	s := done.success(t)
	if s.VGResponse == nil || s.VGResponse.VGToken == "" || s.RefreshToken == "" || s.Scope != "offline_access openid" {
		t.Errorf("got %s, want the document of VGAuthenticator", done.body)
	}
	wantJSONHeaders(t, done)

	pending := byPassword("username", "mail", "password", pass)
	wantStatus(t, pending, sallyport.Failure|sallyport.MFAAuthenticationRequired)
	if e := pending.refusal(t); e.Error != "invalid_grant" || e.ErrorDescription != "Failure, MFA_AuthenticationRequired" {
		t.Errorf("got %s, want invalid_grant", pending.body)
	}
	r := pending.refusal(t).VGResponse
	again := byPassword("username", "mail", "password", pass, "AuthenticationRequestId", r.RequestID, "MFAAvailableId", option(t, r, "Email", "OTP"), "MFASecureCode", "1")
	wantStatus(t, again, sallyport.Failure|sallyport.MFAAuthenticationRequired)
	if again.refusal(t).VGResponse.RequestID == r.RequestID || h.outbox.count() != 0 {
		t.Errorf("got %s, want a call 1 that sends nothing", again.body)
	}
	basicOnly := h.do(request("POST", "/connect/token", form("grant_type", "password", "username", "plain", "password", pass),
		"Content-Type", formType, "Authorization", basic(serviceID, secret)))
	basicOnly.success(t)
}

// TestClientCredentials: the answer has an access token and nothing of a user, and
// userinfo tells it apart from a wrong one.
func TestClientCredentials(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	for name, r := range map[string]*http.Request{
		"form":  request("POST", "/connect/token", form("grant_type", "client_credentials", "client_id", serviceID, "client_secret", secret), "Content-Type", formType),
		"Basic": request("POST", "/connect/token", "grant_type=client_credentials", "Content-Type", formType, "Authorization", basic(serviceID, secret)),
	} {
		a := h.do(r)
		a.want(t, 200, "")
		wantJSONHeaders(t, a)
		doc := jsonObject(t, a.body)
		token, _ := doc["access_token"].(string)
		if len(doc) != 4 || doc["token_type"] != "Bearer" || doc["expires_in"] != 1800.0 || doc["scope"] != "IdentityServerApi orders" || token == "" {
			t.Errorf("%s: got %s", name, a.body)
		}
		for _, method := range []string{"GET", "POST"} {
			info := h.do(request(method, "/connect/userinfo", "", "Authorization", "Bearer "+token))
			info.want(t, 403, `{"error":"insufficient_scope"}`)
			wantHeader(t, info, "WWW-Authenticate", `Bearer realm="IdentityServer",error="insufficient_scope"`)
			wantJSONHeaders(t, info)
		}
	}
	h.clock.advance(time.Minute)
	for scope, want := range map[string]string{"orders": "", "openid": "invalid_scope", "VGToken": "invalid_scope", "offline_access": "invalid_scope", "orders VGProfile": "invalid_scope"} {
		a := h.token(form("grant_type", "client_credentials", "client_id", serviceID, "client_secret", secret, "scope", scope))
		if want == "" {
			a.want(t, 200, "")
		} else {
			a.want(t, 400, `{"error":"`+want+`"}`)
		}
	}
	for _, id := range []string{clientID, appID + "_WebApp"} {
		h.token(form("grant_type", "client_credentials", "client_id", id, "client_secret", secret)).want(t, 400, `{"error":"unauthorized_client"}`)
	}
	h.token(form("grant_type", "client_credentials", "client_id", appID+"_SPA")).want(t, 400, `{"error":"unauthorized_client"}`)
}

// TestGrantsAreAnnounced: discovery names every grant that the token endpoint takes.
func TestGrantsAreAnnounced(t *testing.T) {
	h := shared()
	doc := jsonObject(t, h.do(request("GET", "/.well-known/openid-configuration", "")).body)
	list, _ := doc["grant_types_supported"].([]any)
	if len(list) != 4 {
		t.Errorf("got %v, want four grants", list)
	}
	for _, grant := range append(list, "authorization_code") {
		a := h.token(form("grant_type", grant.(string)))
		if taken := !strings.Contains(a.body, "unsupported_grant_type"); taken != (grant != "authorization_code") {
			t.Errorf("%v: got %s", grant, a.body)
		}
	}
}
