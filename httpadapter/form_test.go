package httpadapter_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

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
		{"raw semicolon at the beginning of a value", "POST", "", formType, good + "&scope=;b", 400, "invalid_request", "scope"},
		{"raw semicolon at the beginning of a name", "POST", "", formType, good + "&;b=a", 400, "invalid_request", "body"},
		{"raw semicolon as separator", "POST", "", formType, good + ";scope=a", 400, "invalid_request", "Password"},
		{"raw semicolon in a name", "POST", "", formType, good + "&a;b", 400, "invalid_request", "body"},
		{"bad percent code", "POST", "", formType, good + "&scope=%zz", 400, "invalid_request", "scope"},
		{"cut percent code", "POST", "", formType, good + "&scope=%4", 400, "invalid_request", "scope"},
		{"bad percent code in a name", "POST", "", formType, good + "&%=a", 400, "invalid_request", "body"},
		{"bad UTF-8", "POST", "", formType, good + "&scope=%ff", 400, "invalid_request", "scope"},
		{"bad UTF-8, raw", "POST", "", formType, good + "&scope=\xc3\x28", 400, "invalid_request", "scope"},
		{"surrogate", "POST", "", formType, good + "&scope=%ed%a0%80", 400, "invalid_request", "scope"},
		{"NUL at the beginning", "POST", "", formType, good + "&scope=%00a", 400, "invalid_request", "scope"},
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
		{"unknown grant", "POST", "", formType, "grant_type=implicit", 400, "unsupported_grant_type", ""},
		{"the grant password in another case", "POST", "", formType, "grant_type=Password", 400, "unsupported_grant_type", ""},
		{"the grant password without a name", "POST", "", formType, form("grant_type", "password", "client_id", clientID, "client_secret", secret, "password", pass), 400, "invalid_request", "username"},
		{"the grant password without a password", "POST", "", formType, form("grant_type", "password", "client_id", clientID, "client_secret", secret, "username", "plain"), 400, "invalid_request", "password"},
		{"the grant password without leave", "POST", "", formType, form("grant_type", "password", "client_id", clientID, "client_secret", secret, "username", "plain", "password", pass), 400, "unauthorized_client", ""},
		{"grant in another case", "POST", "", formType, "grant_type=vgauthenticator", 400, "unsupported_grant_type", ""},
		{"module", "POST", "", formType, good + "&VGAuthenticationModule=Passwordless", 400, "invalid_request", "Password"},
		{"module of others", "POST", "", formType, login("Username", "plain") + "&VGAuthenticationModule=Passwordless", 400, "unauthorized_client", ""},
		{"scope", "POST", "", formType, good + "&scope=root", 400, "invalid_scope", ""},
		{"GET", "GET", "?" + good, "", "", 405, "invalid_request", "method"},
		{"HEAD", "HEAD", "", "", "", 405, "invalid_request", "method"},
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
				allow = "OPTIONS, POST"
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

// TestBodyBound sends the longest body that is read, and one byte more.
func TestBodyBound(t *testing.T) {
	h := shared()
	good := login("Username", "plain", "Password", pass)
	filled := func(n int) string { // fields of at most 1,000 bytes, n bytes together
		body := good
		for i := 0; len(body) < n; i++ {
			name := "&x" + strings.Repeat("y", i) + "="
			body += name + strings.Repeat("z", max(0, min(1000, n-len(body)-len(name))))
		}
		return body[:n]
	}
	for _, tt := range []struct {
		name    string
		size    int
		chunked bool
		status  int
	}{
		{"16 KiB", 16 << 10, false, 200},
		{"16 KiB, length unknown", 16 << 10, true, 200},
		{"a byte more", 16<<10 + 1, false, 413},
		{"a byte more, length unknown", 16<<10 + 1, true, 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := request("POST", "/connect/token", filled(tt.size), "Content-Type", formType)
			if tt.chunked {
				r.ContentLength = -1
			}
			a := h.do(r)
			if tt.status == 200 {
				a.success(t)
				wantHeader(t, a, "Connection", "")
				return
			}
			a.want(t, tt.status, `{"error":"invalid_request","error_description":"body"}`)
			if !tt.chunked { // the rest is not read, so the connection is of no more use
				wantHeader(t, a, "Connection", "close")
			}
		})
	}
}

func TestBodyCutShort(t *testing.T) {
	h := shared()
	r := request("POST", "/connect/token", "", "Content-Type", formType)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(login("Username", "plain", "Password", pass)), iotest.ErrReader(io.ErrUnexpectedEOF)))
	h.do(r).want(t, 400, `{"error":"invalid_request","error_description":"body"}`)
	r = request("POST", "/connect/token", "", "Content-Type", formType)
	r.Body = nil
	h.do(r).want(t, 400, `{"error":"invalid_request","error_description":"grant_type"}`)
}

// TestFieldNamesInAnswers repeats a field, which the answer names if RFC 6749
// allows its characters.
func TestFieldNamesInAnswers(t *testing.T) {
	h := shared()
	long := strings.Repeat("n", 64)
	for _, tt := range []struct{ name, want string }{
		{"a_Z09", "a_Z09"}, {long, long}, {long + "n", "body"}, {"", "body"},
		{"a-b", "body"}, {"-a", "body"}, {"a\"", "body"}, {"ä", "body"},
	} {
		field := form(tt.name, "1")
		a := h.do(request("POST", "/connect/token", field+"&"+field, "Content-Type", formType))
		a.want(t, 400, `{"error":"invalid_request","error_description":"`+tt.want+`"}`)
	}
}

// TestTwoTypes sends a body with two content types.
func TestTwoTypes(t *testing.T) {
	r := request("POST", "/connect/token", login("Username", "plain", "Password", pass), "Content-Type", formType, "Content-Type", formType)
	shared().do(r).want(t, 400, `{"error":"invalid_request","error_description":"Content-Type"}`)
}
