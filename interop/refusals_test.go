package interop_test

import (
	"net/http"
	"strings"
	"testing"
)

func (s *site) wrongMethods(t *testing.T) {
	for _, tt := range []struct{ method, path, allow string }{
		{http.MethodGet, "/connect/token", http.MethodPost},
		{http.MethodPut, "/connect/token", http.MethodPost},
		{http.MethodDelete, "/connect/userinfo", http.MethodGet},
		{http.MethodPost, "/.well-known/openid-configuration", http.MethodGet},
		{http.MethodGet, api + "ValidateMicrosoftTOTP", http.MethodPost},
		{http.MethodPut, "/mfa/link/x", http.MethodPost},
	} {
		a := do(t, s.http, request(t, tt.method, s.base+tt.path, ""))
		equal(t, tt.method+" "+tt.path, a.status, http.StatusMethodNotAllowed)
		if got := strings.Join(a.header.Values("Allow"), ", "); !strings.Contains(got, tt.allow) || strings.Contains(got, tt.method) {
			t.Errorf("%s %s: got Allow %q, want %s and not the method", tt.method, tt.path, got, tt.allow)
		}
	}
}

// hostileBodies are all refused, and the connection serves the next request.
func (s *site) hostileBodies(t *testing.T) {
	for _, tt := range []struct {
		name, contentType, body string
		status                  int
	}{
		{"a field twice", formType, "grant_type=VGAuthenticator&grant_type=refresh_token", 400},
		{"twice in two spellings", formType, "grant_type=VGAuthenticator&Username=a&USERNAME=b", 400},
		{"a raw semicolon", formType, "grant_type=VGAuthenticator;Username=a", 400},
		{"a bad percent code", formType, "grant_type=%zz", 400},
		{"NUL", formType, "grant_type=VGAuthenticator&Username=%00", 400},
		{"bad UTF-8", formType, "grant_type=VGAuthenticator&Username=%ff", 400},
		{"65 fields", formType, strings.Repeat("a=&", 65), 413},
		{"a value of 1025 bytes", formType, "grant_type=" + strings.Repeat("x", 1025), 413},
		{"17 KiB", formType, strings.Repeat("x", 17<<10), 413},
		{"JSON", "application/json", `{"grant_type":"VGAuthenticator"}`, 400},
		{"multipart", "multipart/form-data; boundary=x", "--x--", 400},
		{"nothing", formType, "", 400},
	} {
		a := do(t, s.http, request(t, http.MethodPost, s.base+"/connect/token", tt.body, "Content-Type", tt.contentType))
		equal(t, tt.name, a.status, tt.status)
		if r := readReply(t, a.body); r.refusal == nil || r.refusal.Error != "invalid_request" {
			t.Errorf("%s: got %+v, want invalid_request", tt.name, r.refusal)
		}
	}
	equal(t, "the next request", s.get(t, "/.well-known/openid-configuration").status, http.StatusOK)
}

// foreignHost is a page elsewhere whose name was pointed at this machine.
func (s *site) foreignHost(t *testing.T) {
	for _, host := range []string{"evil.example", "evil.example:80", "127.0.0.1.evil.example"} {
		r := request(t, http.MethodGet, s.base+"/.well-known/openid-configuration", "")
		r.Host = host
		equal(t, host, do(t, s.http, r).status, http.StatusMisdirectedRequest)
	}
}

// spellings are those that the adapter folds, where it sees them.
func (s *site) spellings(t *testing.T) {
	for _, tt := range []struct {
		path   string
		status int
	}{
		{"/CONNECT/Token", 400},
		{"/connect/token/", 400},
		{"/Connect/TOKEN/", 400},
		{"/connect/%74oken", 404},
		{"/connect", 404},
		{"/nothing", 404},
	} {
		a := s.post(t, tt.path)
		equal(t, tt.path, a.status, tt.status)
		if code := readReply(t, a.body).refusal; tt.status == 400 && (code == nil || code.ErrorDescription != "grant_type") {
			t.Errorf("%s: got %+v, want to be asked for the grant_type", tt.path, code)
		}
	}
	// http.ServeMux redirects to the path without the doubled slash.
	if got := s.post(t, "/connect/token//").status; got != http.StatusNotFound && got != http.StatusTemporaryRedirect {
		t.Errorf("a doubled slash: got %d, want 404, or 307 from the mux", got)
	}
}
