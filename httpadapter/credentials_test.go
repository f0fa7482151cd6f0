package httpadapter_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// raw is basic of a program that does not form-encode.
func raw(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// padded returns a header of the scheme Basic whose credentials have n bytes,
// blanks before them included.
func padded(header string, n int) string {
	scheme, coded, _ := strings.Cut(header, " ")
	return scheme + " " + strings.Repeat(" ", n-len(coded)) + coded
}

func TestClientAuthentication(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
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
		{"unknown client", form("client_id", strings.Replace(clientID, "6f", "7f", 1), "client_secret", secret) + body, "", 400, `{"error":"invalid_client"}`, false},
		{"Basic, wrong secret", body, basic(clientID, "wrong"), 401, `{"error":"invalid_client"}`, true},
		{"Basic, no client", body, basic("", ""), 401, `{"error":"invalid_client"}`, true},
		{"not base64", body, "Basic *", 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"base64 with a tail", body, "Basic Oh==", 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"no colon", body, "Basic " + base64.StdEncoding.EncodeToString([]byte("abc")), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"id not form-encoded", body, raw("%zz", url.QueryEscape(secret)), 401, `{"error":"invalid_client"}`, true},
		{"secret not form-encoded", body, raw(clientID, secret), 200, "", false},
		{"secret that is, or is not, form-encoded", body, raw(clientID, secret2), 200, "", false},
		{"that secret form-encoded", body, basic(clientID, secret2), 200, "", false},
		{"that secret form-decoded twice", body, raw(clientID, "another secretA"), 401, `{"error":"invalid_client"}`, true},
		{"that secret form-encoded twice", body, basic(clientID, url.QueryEscape(secret2)), 401, `{"error":"invalid_client"}`, true},
		{"not form-encoded, and a NUL", body, raw(clientID, secret+"\x00"), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"not form-encoded, and bad UTF-8", body, raw(clientID, secret+"\xff"), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"Basic, blanks up to 16 KiB", body, padded(basic(clientID, secret), 16<<10), 200, "", false},
		{"Basic, a blank more", body, padded(basic(clientID, secret), 16<<10+1), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"Basic, id of 1,024 bytes", body, basic(strings.Repeat("x", 1024), secret), 401, `{"error":"invalid_client"}`, true},
		{"Basic, id of 1,025 bytes", body, basic(strings.Repeat("x", 1025), secret), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
		{"Basic, secret of 1,024 bytes", body, basic(clientID, strings.Repeat("x", 1024)), 401, `{"error":"invalid_client"}`, true},
		{"Basic, secret of 1,025 bytes", body, basic(clientID, strings.Repeat("x", 1025)), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h.clock.advance(time.Minute) // wrong secrets are counted
			r := request("POST", "/connect/token", tt.body, "Content-Type", formType, "Origin", spaOrigin)
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

// clientRoutes are the routes that a client authenticates at, with bodies that
// are good once it has; the id of a pending request goes into the last.
func clientRoutes(h *harness, t *testing.T) []struct{ path, body string } {
	t.Helper()
	refresh := h.token(login("Username", "plain", "Password", pass)).success(t).RefreshToken
	return []struct{ path, body string }{
		{"/connect/token", "grant_type=VGAuthenticator&Username=plain&" + form("Password", pass)},
		{"/connect/token", "grant_type=refresh_token&refresh_token=" + refresh},
		{"/connect/revocation", "token=x"},
		{"/connect/introspect", "token=x"},
		{"/api/MFAEnrollment/CancelEnrollment", "requestId=" + h.first(t, "bare").RequestID},
	}
}

// TestBasicBesideForm: the form may repeat what Basic says, and nothing else.
func TestBasicBesideForm(t *testing.T) {
	h := shared()
	for _, tt := range []struct{ name, form, header, field string }{
		{"the same id", form("client_id", clientID), basic(clientID, secret), ""},
		{"the same id in another case", form("client_id", strings.ToUpper(clientID)), basic(clientID, secret), ""},
		{"the same id and secret", form("client_id", clientID, "client_secret", secret), basic(clientID, secret), ""},
		{"the same secret", form("client_secret", secret), basic(clientID, secret), ""},
		{"the same secret, not form-encoded in Basic", form("client_secret", secret2), raw(clientID, secret2), ""},
		{"empty fields", "client_id=&client_secret=", basic(clientID, secret), ""},
		{"another id", form("client_id", appID+"_WebApp"), basic(clientID, secret), "client_id"},
		{"an id that is a part", form("client_id", clientID[:len(clientID)-1]), basic(clientID, secret), "client_id"},
		{"another secret", form("client_id", clientID, "client_secret", secret2), basic(clientID, secret), "client_secret"},
		{"a secret beside none", form("client_secret", secret), basic(clientID, ""), "client_secret"},
		{"the right secret beside a wrong one", form("client_secret", secret), basic(clientID, "wrong"), "client_secret"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, route := range clientRoutes(h, t) {
				a := h.do(request("POST", route.path, route.body+"&"+tt.form, "Content-Type", formType, "Authorization", tt.header))
				if tt.field != "" {
					a.want(t, 400, `{"error":"invalid_request","error_description":"`+tt.field+`"}`)
				} else {
					a.want(t, 200, "")
				}
				wantHeader(t, a, "WWW-Authenticate", "")
			}
		})
	}
}

// TestOtherSchemes: what is no Basic is no client authentication, whatever it
// holds, on every route that a client authenticates at.
func TestOtherSchemes(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	good := form("client_id", clientID, "client_secret", secret)
	for _, header := range []string{
		"Bearer abc", "Bearer", "", "Negotiate YII=", "Digest" + basic(clientID, secret)[5:], "Basics x", "NTLM *", ` Basic x`, "Bearer Basic x",
	} {
		t.Run(header, func(t *testing.T) {
			h.clock.advance(time.Minute) // wrong secrets are counted
			for _, route := range clientRoutes(h, t) {
				h.do(request("POST", route.path, route.body+"&"+good, "Content-Type", formType, "Authorization", header)).want(t, 200, "")
				a := h.do(request("POST", route.path, route.body+"&"+form("client_id", clientID), "Content-Type", formType, "Authorization", header))
				a.want(t, 400, `{"error":"invalid_client"}`)
				wantHeader(t, a, "WWW-Authenticate", "")
			}
		})
	}
}

func TestTwoAuthorizations(t *testing.T) {
	h := shared()
	good, body := basic(clientID, secret), form("grant_type", "VGAuthenticator", "Username", "plain", "Password", pass)
	two := func(first, second string) *answer {
		return h.do(request("POST", "/connect/token", body, "Content-Type", formType, "Authorization", first, "Authorization", second))
	}
	two(good, good).want(t, 400, `{"error":"invalid_request","error_description":"Authorization"}`)
	two(good, "Bearer x").want(t, 200, "")
	two("Bearer x", good).want(t, 200, "")
	two("Bearer x", "Bearer y").want(t, 400, `{"error":"invalid_client"}`)
}

// TestNoClientIsNotTheHost posts every route that wants a client without one: what
// comes over HTTP is never taken for a call of the host itself.
func TestNoClientIsNotTheHost(t *testing.T) {
	h := shared()
	pending := h.first(t, "bare").RequestID
	for _, route := range []struct{ path, body string }{
		{"/connect/token", "grant_type=client_credentials"},
		{"/connect/token", "grant_type=password&username=plain&" + form("password", pass)},
		{"/connect/token", "grant_type=VGAuthenticator&Username=plain&" + form("Password", pass)},
		{"/connect/token", "grant_type=VGAuthenticator&AuthenticationRequestId=" + pending},
		{"/connect/token", "grant_type=refresh_token&refresh_token=" + strings.Repeat("0", 64)},
		{"/connect/revocation", "token=x"},
		{"/connect/introspect", "token=x"},
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
