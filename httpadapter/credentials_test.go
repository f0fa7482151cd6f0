package httpadapter_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// padded returns a header of the scheme Basic whose credentials have n bytes,
// blanks before them included.
func padded(header string, n int) string {
	scheme, coded, _ := strings.Cut(header, " ")
	return scheme + " " + strings.Repeat(" ", n-len(coded)) + coded
}

func TestClientAuthentication(t *testing.T) {
	h := shared()
	const user = "&grant_type=VGAuthenticator&Username=plain"
	body := user + "&" + form("Password", pass)
	spa := appID + "_SPA"
	tests := []struct {
		name, body, header string
		status             int
		want               string
		challenge          bool
	}{
		{"form", form("client_id", clientID, "client_secret", secret) + body, "", 200, "", false},
		{"form, upper case", form("client_id", strings.ToUpper(clientID), "client_secret", secret) + body, "", 200, "", false},
		{"public", form("client_id", spa) + body, "", 200, "", false},
		{"public, empty secret", form("client_id", spa, "client_secret", "") + body, "", 200, "", false},
		{"public with a secret", form("client_id", spa, "client_secret", "x") + body, "", 400, `{"error":"invalid_client"}`, false},
		{"Basic", body, basic(clientID, secret), 200, "", false},
		{"Basic, public", body, basic(spa, ""), 200, "", false},
		{"Basic, other spelling of the scheme", body, "bAsIc" + basic(clientID, secret)[5:], 200, "", false},
		{"no client", body, "", 400, `{"error":"invalid_client"}`, false},
		{"wrong secret", form("client_id", clientID, "client_secret", "wrong") + body, "", 400, `{"error":"invalid_client"}`, false},
		{"unknown client", form("client_id", appID+"_Service", "client_secret", secret) + body, "", 400, `{"error":"invalid_client"}`, false},
		{"Basic, wrong secret", body, basic(clientID, "wrong"), 401, `{"error":"invalid_client"}`, true},
		{"Basic, no client", body, basic("", ""), 401, `{"error":"invalid_client"}`, true},
		{"both, id", form("client_id", clientID) + body, basic(clientID, secret), 400, `{"error":"invalid_request","error_description":"client_id"}`, false},
		{"both, secret", form("client_secret", secret) + body, basic(clientID, secret), 400, `{"error":"invalid_request","error_description":"client_secret"}`, false},
		{"not base64", body, "Basic *", 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"base64 with a tail", body, "Basic Oh==", 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"no colon", body, "Basic " + base64.StdEncoding.EncodeToString([]byte("abc")), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"id not form-encoded", body, "Basic " + base64.StdEncoding.EncodeToString([]byte("%zz:"+url.QueryEscape(secret))), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"secret not form-encoded", body, "Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"+secret)), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"Basic, blanks up to 16 KiB", body, padded(basic(clientID, secret), 16<<10), 200, "", false},
		{"Basic, a blank more", body, padded(basic(clientID, secret), 16<<10+1), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"Basic, id of 1,024 bytes", body, basic(strings.Repeat("x", 1024), secret), 401, `{"error":"invalid_client"}`, true},
		{"Basic, id of 1,025 bytes", body, basic(strings.Repeat("x", 1025), secret), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"Basic, secret of 1,024 bytes", body, basic(clientID, strings.Repeat("x", 1024)), 401, `{"error":"invalid_client"}`, true},
		{"Basic, secret of 1,025 bytes", body, basic(clientID, strings.Repeat("x", 1025)), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"another scheme", body, "Bearer abc", 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"another scheme, the same words", body, "Digest" + basic(clientID, secret)[5:], 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request("POST", "/connect/token", tt.body, "Content-Type", formType)
			if tt.header != "" {
				r.Header.Set("Authorization", tt.header)
			}
			a := h.do(r)
			a.want(t, tt.status, tt.want)
			want := ""
			if tt.challenge {
				want = `Basic realm="IdentityServer", charset="UTF-8"`
			}
			wantHeader(t, a, "WWW-Authenticate", want)
		})
	}
}

func TestTwoAuthorizations(t *testing.T) {
	good := basic(clientID, secret)
	r := request("POST", "/connect/token", form("grant_type", "VGAuthenticator", "Username", "plain", "Password", pass),
		"Content-Type", formType, "Authorization", good, "Authorization", good)
	shared().do(r).want(t, 400, `{"error":"invalid_request","error_description":"Authorization"}`)
}

// TestNoClientIsNotTheHost posts every route that wants a client without one: what
// comes over HTTP is never taken for a call of the host itself.
func TestNoClientIsNotTheHost(t *testing.T) {
	h := shared()
	pending := h.first(t, "bare").RequestID
	for _, route := range []struct{ path, body string }{
		{"/connect/token", "grant_type=VGAuthenticator&Username=plain&" + form("Password", pass)},
		{"/connect/token", "grant_type=VGAuthenticator&AuthenticationRequestId=" + pending},
		{"/connect/token", "grant_type=refresh_token&refresh_token=" + strings.Repeat("0", 64)},
		{"/api/MFAEnrollment/CancelEnrollment", "requestId=" + pending},
	} {
		for _, client := range []string{"", "&client_id=", "&client_id=&client_secret=", "&" + form("client_secret", secret), "&client_id=host", "&client_id=&" + form("client_secret", secret)} {
			a := h.do(request("POST", route.path, route.body+client, "Content-Type", formType))
			a.want(t, 400, `{"error":"invalid_client"}`)
		}
		a := h.do(request("POST", route.path, route.body, "Content-Type", formType, "Authorization", basic("", "")))
		a.want(t, 401, `{"error":"invalid_client"}`)
	}
}
