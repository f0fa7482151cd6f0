package httpadapter_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

func TestLoginEmailCode(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	first := h.token(login("username", "mail", "PASSWORD", pass, "VGAuthenticationModule", "vguser"))
	wantStatus(t, first, sallyport.Failure|sallyport.MFAAuthenticationRequired)
	r := first.refusal(t).VGResponse
	otp := option(t, r, "Email", "OTP")
	if h.outbox.count() != 0 {
		t.Error("call 1 sent a message")
	}
	wantStatus(t, h.token(login("AuthenticationRequestId", r.RequestID, "MFAAvailableId", otp)), sallyport.Failure|sallyport.MFAWaitingUserAction)
	code := h.outbox.last(t, "otp").Code
	wantStatus(t, h.token(login("AuthenticationRequestId", r.RequestID, "MFAAvailableId", otp, "MFASecureCode", "no")), sallyport.Failure|sallyport.SecureCodeDoesNotMatch)
	done := h.token(login("AuthenticationRequestId", strings.ToUpper(r.RequestID), "MFAAvailableId", otp, "mfasecurecode", code))
	s := done.success(t)
	if s.RefreshToken == "" || s.AccessToken == "" || s.TokenType != "Bearer" || s.ExpiresIn != 1800 || s.Scope != "offline_access openid VGProfile VGToken" || s.VGResponse == nil {
		t.Errorf("got %s, want the success document", done.body)
	}
	wantJSONHeaders(t, done)
}

func wantJSONHeaders(t *testing.T, a *answer) {
	t.Helper()
	wantHeader(t, a, "Content-Type", "application/json; charset=UTF-8")
	wantHeader(t, a, "Cache-Control", "no-store, no-cache, max-age=0")
	wantHeader(t, a, "Pragma", "no-cache")
	wantHeader(t, a, "X-Content-Type-Options", "nosniff")
	wantHeader(t, a, "Access-Control-Allow-Origin", "")
}

func TestRefreshAndUserInfo(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	s := h.token(login("Username", "plain", "Password", pass)).success(t)
	refresh := func(pairs ...string) *answer {
		return h.token(form(append([]string{"grant_type", "refresh_token", "client_id", clientID, "client_secret", secret}, pairs...)...))
	}
	again := refresh("refresh_token", s.RefreshToken, "scope", "openid")
	doc := jsonObject(t, again.body)
	if _, vg := doc["VGResponse"]; vg || again.status != 200 || doc["scope"] != "openid" || doc["access_token"] == "" || doc["refresh_token"] == s.RefreshToken {
		t.Errorf("got %d %s, want a successor without VGResponse", again.status, again.body)
	}
	refresh("refresh_token", strings.Repeat("A", 64)).want(t, 400, `{"error":"invalid_grant"}`)
	refresh().want(t, 400, `{"error":"invalid_request","error_description":"refresh_token"}`)
	refresh("refresh_token", s.RefreshToken, "scope", "more").want(t, 400, "")

	for _, method := range []string{"GET", "POST"} {
		info := h.do(request(method, "/connect/userinfo", "", "Authorization", "bearer  "+s.AccessToken))
		info.want(t, 200, "")
		wantJSONHeaders(t, info)
		if want := `"vgUserId":"plain","vgFirstname":"","vgLastname":"","vgEmail":"","sub":"plain"}`; !strings.HasSuffix(info.body, want) {
			t.Errorf("got %s, want …%s", info.body, want)
		}
	}
	h.clock.advance(31 * time.Minute)
	old := h.do(request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+s.AccessToken))
	old.want(t, 401, `{"error":"invalid_token"}`)
	wantHeader(t, old, "WWW-Authenticate", `Bearer realm="IdentityServer",error="invalid_token",error_description="The access token expired"`)
}

func TestUserInfoRefuses(t *testing.T) {
	h := shared()
	good := h.token(login("Username", "plain", "Password", pass)).success(t).AccessToken
	tests := []struct {
		name string
		r    *http.Request
	}{
		{"nothing", request("GET", "/connect/userinfo", "")},
		{"in the query", request("GET", "/connect/userinfo?access_token="+good, "")},
		{"in the body", request("POST", "/connect/userinfo", form("access_token", good), "Content-Type", formType)},
		{"another scheme", request("GET", "/connect/userinfo", "", "Authorization", "Basic "+good)},
		{"two headers", request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+good, "Authorization", "Bearer "+good)},
		{"a list", request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+good+","+good)},
		{"cut short", request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+good[:len(good)-8])},
		{"long", request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+strings.Repeat("a", 9000))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := h.do(tt.r)
			a.want(t, 401, `{"error":"invalid_token"}`)
			wantHeader(t, a, "WWW-Authenticate", `Bearer realm="IdentityServer",error="invalid_token"`)
		})
	}
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// padded is a header of the scheme Basic whose credentials have n bytes, with
// blanks before them.
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
		{"not form-encoded", body, "Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"+secret)), 400, `{"error":"invalid_request","error_description":"Authorization"}`, false},
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

// TestP16MalformedTokenRequests sends what no client should: the answer names the
// field, has no VGResponse, and is never a 5xx.
func TestP16MalformedTokenRequests(t *testing.T) {
	h := shared()
	good := login("Username", "plain", "Password", pass)
	long := strings.Repeat("x", 1025)
	tests := []struct {
		name, method, target, contentType, body string
		status                                  int
		code, field                             string
	}{
		{"empty body", "POST", "", formType, "", 400, "invalid_request", "grant_type"},
		{"no type", "POST", "", "", good, 400, "invalid_request", "Content-Type"},
		{"text", "POST", "", "text/plain", good, 400, "invalid_request", "Content-Type"},
		{"JSON", "POST", "", "application/json", `{"grant_type":"VGAuthenticator"}`, 400, "invalid_request", "Content-Type"},
		{"multipart", "POST", "", "multipart/form-data; boundary=x", "--x--", 400, "invalid_request", "Content-Type"},
		{"broken type", "POST", "", formType + "; a=b; a=c", good, 400, "invalid_request", "Content-Type"},
		{"17 KiB", "POST", "", formType, good + "&a=" + strings.Repeat("x", 17<<10), 413, "invalid_request", "body"},
		{"a long field", "POST", "", formType, good + "&MFASecureCode=" + long, 413, "invalid_request", "MFASecureCode"},
		{"a long unknown field", "POST", "", formType, good + "&a=" + long, 413, "invalid_request", "a"},
		{"a long name", "POST", "", formType, good + "&" + long + "=a", 413, "invalid_request", "body"},
		{"65 fields", "POST", "", formType, good + strings.Repeat("&", 1) + numbered(60), 413, "invalid_request", "body"},
		{"repeated", "POST", "", formType, good + "&Username=other", 400, "invalid_request", "Username"},
		{"repeated, same value", "POST", "", formType, good + "&Username=plain", 400, "invalid_request", "Username"},
		{"repeated, empty", "POST", "", formType, good + "&Username=", 400, "invalid_request", "Username"},
		{"repeated in another case", "POST", "", formType, good + "&uSERNAME=other", 400, "invalid_request", "Username"},
		{"repeated, escaped name", "POST", "", formType, good + "&User%6eame=other", 400, "invalid_request", "Username"},
		{"repeated OAuth field", "POST", "", formType, good + "&client_id=x", 400, "invalid_request", "client_id"},
		{"repeated grant", "POST", "", formType, good + "&grant_type=refresh_token", 400, "invalid_request", "grant_type"},
		{"repeated, unknown", "POST", "", formType, good + "&a=1&a=2", 400, "invalid_request", "a"},
		{"raw semicolon in a value", "POST", "", formType, good + "&scope=a;b", 400, "invalid_request", "scope"},
		{"raw semicolon as separator", "POST", "", formType, good + ";scope=a", 400, "invalid_request", "Password"},
		{"raw semicolon in a name", "POST", "", formType, good + "&a;b", 400, "invalid_request", "body"},
		{"bad percent code", "POST", "", formType, good + "&scope=%zz", 400, "invalid_request", "scope"},
		{"cut percent code", "POST", "", formType, good + "&scope=%4", 400, "invalid_request", "scope"},
		{"bad percent code in a name", "POST", "", formType, good + "&%=a", 400, "invalid_request", "body"},
		{"bad UTF-8", "POST", "", formType, good + "&scope=%ff", 400, "invalid_request", "scope"},
		{"bad UTF-8, raw", "POST", "", formType, good + "&scope=\xc3\x28", 400, "invalid_request", "scope"},
		{"surrogate", "POST", "", formType, good + "&scope=%ed%a0%80", 400, "invalid_request", "scope"},
		{"NUL", "POST", "", formType, good + "&scope=a%00b", 400, "invalid_request", "scope"},
		{"gzip", "POST", "", formType, "\x1f\x8b\x08\x00", 400, "invalid_request", "body"},
		{"no user", "POST", "", formType, login("Password", pass), 400, "invalid_request", "Username"},
		{"empty user", "POST", "", formType, login("Username", "", "Password", pass), 400, "invalid_request", "Username"},
		{"option without a request", "POST", "", formType, login("MFAAvailableId", appID), 400, "invalid_request", "AuthenticationRequestId"},
		{"code without an option", "POST", "", formType, login("AuthenticationRequestId", appID, "MFASecureCode", "1"), 400, "invalid_request", "MFAAvailableId"},
		{"everything in the query", "POST", "?" + good, formType, "", 400, "invalid_request", "grant_type"},
		{"credentials in the query", "POST", "?" + form("Username", "plain", "Password", pass), formType, login(), 400, "invalid_request", "Username"},
		{"client in the query", "POST", "?" + form("client_id", clientID, "client_secret", secret), formType, form("grant_type", "VGAuthenticator", "Username", "plain", "Password", pass), 400, "invalid_client", ""},
		{"OAuth name in another case", "POST", "", formType, strings.Replace(good, "grant_type", "Grant_Type", 1), 400, "invalid_request", "grant_type"},
		{"Kelvin sign", "POST", "", formType, login("Username", "plain", "Pass\u212aord", pass), 400, "invalid_request", "Password"},
		{"unknown grant", "POST", "", formType, "grant_type=password", 400, "unsupported_grant_type", ""},
		{"grant in another case", "POST", "", formType, "grant_type=vgauthenticator", 400, "unsupported_grant_type", ""},
		{"module", "POST", "", formType, good + "&VGAuthenticationModule=Passwordless", 400, "unauthorized_client", ""},
		{"scope", "POST", "", formType, good + "&scope=root", 400, "invalid_scope", ""},
		{"GET", "GET", "?" + good, "", "", 405, "invalid_request", "method"},
		{"HEAD", "HEAD", "", "", "", 405, "invalid_request", "method"},
		{"OPTIONS", "OPTIONS", "", "", "", 405, "invalid_request", "method"},
		{"lower case", "post", "", formType, good, 405, "invalid_request", "method"},
		{"PROPFIND", "PROPFIND", "", "", "", 405, "invalid_request", "method"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(tt.method, "/connect/token"+tt.target, tt.body)
			if tt.contentType != "" {
				r.Header.Set("Content-Type", tt.contentType)
			}
			a := h.do(r)
			want := `{"error":"` + tt.code + `"}`
			if tt.field != "" {
				want = `{"error":"` + tt.code + `","error_description":"` + tt.field + `"}`
			}
			a.want(t, tt.status, want)
			wantJSONHeaders(t, a)
			allow := ""
			if tt.status == 405 {
				allow = "POST"
			}
			wantHeader(t, a, "Allow", allow)
		})
	}
}

func numbered(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, "f"+strings.Repeat("x", i)+"=1")
	}
	return strings.Join(parts, "&")
}

func TestTokenRequestsThatPass(t *testing.T) {
	h := shared()
	good := login("Username", "plain", "Password", pass)
	tests := []struct{ name, target, contentType, body string }{
		{"charset", "", formType + "; charset=UTF-8", good},
		{"type in capitals", "", "Application/X-WWW-Form-Urlencoded", good},
		{"trailing slash", "/", formType, good},
		{"junk in the query", "?Username=other&a=%zz;&grant_type=x", formType, good},
		{"unknown fields", "", formType, good + "&a=1&b=2&Client_Id=x"},
		{"empty pieces", "", formType, "&" + good + "&&"},
		{"no ASCII letter", "", formType, good + "&Authent\u0130cationRequestId=x"},
		{"a value of 1,024 bytes", "", formType, good + "&a=" + strings.Repeat("x", 1024)},
		{"a value of 1,024 escaped bytes", "", formType, good + "&a=" + strings.Repeat("%78", 1024)},
		{"a name of 1,024 bytes", "", formType, good + "&" + strings.Repeat("x", 1024) + "=a"},
		{"64 fields", "", formType, good + "&" + numbered(64-5)},
		{"blanks as plus", "", formType, strings.ReplaceAll(good, "%20", "+")},
		{"empty fields", "", formType, good + "&scope=&AuthenticationRequestId=&MFAAvailableId=&MFASecureCode"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h.do(request("POST", "/connect/token"+tt.target, tt.body, "Content-Type", tt.contentType)).success(t)
		})
	}
}

// TestBodyThatLies sends a body that is longer than declared, or endless.
func TestBodyThatLies(t *testing.T) {
	h := shared()
	srv := httptest.NewServer(h.adapter)
	defer srv.Close()
	r, err := http.NewRequest("POST", srv.URL+"/connect/token", struct{ *strings.Reader }{strings.NewReader("a=" + strings.Repeat("x", 1<<20))}) // chunked
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", formType)
	resp, err := srv.Client().Do(r)
	read(t, resp, err).want(t, 413, `{"error":"invalid_request","error_description":"body"}`)
}

// everywhere is a request to each route that asks the engine.
func everywhere() []*http.Request {
	return []*http.Request{
		request("POST", "/connect/token", login("Username", "plain", "Password", pass), "Content-Type", formType),
		request("POST", "/connect/token", login("AuthenticationRequestId", appID, "MFAAvailableId", appID), "Content-Type", formType),
		request("POST", "/connect/token", form("grant_type", "refresh_token", "client_id", clientID, "client_secret", secret, "refresh_token", "x"), "Content-Type", formType),
		request("GET", "/connect/userinfo", "", "Authorization", "Bearer a.b.c"),
		request("GET", "/.well-known/openid-configuration/jwks", ""),
		request("GET", "/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByImage?requestId="+appID, ""),
		request("POST", "/api/MFAEnrollment/GetEnrollmentInformation?requestId="+appID, ""),
		request("POST", "/api/MFAEnrollment/CancelEnrollment", form("requestId", appID, "client_id", clientID, "client_secret", secret), "Content-Type", formType),
		request("GET", "/mfa/enroll/"+appID, ""),
		request("GET", "/mfa/link/"+strings.Repeat("a", 64), ""),
	}
}

func wantFault(t *testing.T, h *harness, r *http.Request, status int, document string) {
	t.Helper()
	a := h.do(r)
	if strings.HasPrefix(r.URL.Path, "/mfa/") {
		a.want(t, status, "")
		wantPageHeaders(t, a)
		return
	}
	a.want(t, status, document)
	wantJSONHeaders(t, a)
}

func TestBrokenStore(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range everywhere() {
		h.log.Reset()
		wantFault(t, h, r, 500, `{"error":"server_error"}`)
		log := h.log.String()
		if !strings.Contains(log, "a call failed") || strings.Contains(log, pass) || strings.Contains(log, appID) || strings.Contains(log, secret) {
			t.Errorf("%s: got log %q, want the fault and no secret", r.URL.Path, log)
		}
	}
}

func TestClosedEngine(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	if err := h.engine.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range everywhere() {
		wantFault(t, h, r, 503, `{"error":"temporarily_unavailable"}`)
	}
}

func TestCanceledCall(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, r := range everywhere() {
		wantFault(t, h, r.WithContext(ctx), 503, `{"error":"temporarily_unavailable"}`)
	}
	if h.log.Len() > 0 {
		t.Errorf("got log %q, want nothing for callers who have gone", h.log)
	}
}

// TestBusy has a gate that lets no password through.
func TestBusy(t *testing.T) {
	e, err := sallyport.New(t.Context(), sallyport.Config{
		Store: memstore.New(), InsecurePlainStore: true, Issuer: "http://127.0.0.1:5000", Gate: &password.Gate{},
		PasswordParams: password.InsecureParamsForTests(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Apply(t.Context(), testDirectory(), directory.Options{}); err != nil {
		t.Fatal(err)
	}
	r := request("POST", "/connect/token", form("grant_type", "VGAuthenticator", "Username", "plain", "Password", pass), "Content-Type", formType, "Authorization", basic(clientID, secret))
	a := serve(newAdapter(t, e, httpadapter.Options{}), r)
	a.want(t, 503, `{"error":"temporarily_unavailable"}`)
	wantHeader(t, a, "Retry-After", "2")
	wantHeader(t, a, "WWW-Authenticate", "")
}
