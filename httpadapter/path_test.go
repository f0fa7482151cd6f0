package httpadapter_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

func TestPaths(t *testing.T) {
	h := shared()
	tests := []struct {
		target string
		found  bool
	}{
		{"/connect/userinfo", true},
		{"/connect/userinfo/", true},
		{"/CONNECT/UserInfo/", true},
		{"/connect/userinfo?x=1", true},
		{"/api/mfaenrollment/ENROLLUSERTOMICROSOFTAUTHENTICATORBYIMAGE", true},
		{"/.Well-Known/openid-configuration/JWKS", true},
		{"/API/principal/getidentity/", true},
		{"/security/haspermissionbyid/x/", true},
		{"/Security/HasPermissionById/%7Bx%7D", true}, // names no permission
		{"/Security/HasPermissionById", false},
		{"/Security/HasPermissionById/", false},
		{"/Security/HasPermissionById//x", false},
		{"/Security/HasPermissionById/x/y", false},
		{"/Security%2fHasPermissionById/x", false},
		{"/api/Principal", false},
		{"/mfa/Link/x", true},
		{"/MFA/enroll/x/", true},
		{"/mfa/enroll/%2e%2e", true}, // names no request
		{"/", false},
		{"//", false},
		{"/connect", false},
		{"/connect/", false},
		{"/connect/userinfo//", false},
		{"//connect/userinfo", false},
		{"/connect//userinfo", false},
		{"/connect/%75serinfo", false},
		{"/connect/userinfo%2f", false},
		{"/connect%2fuserinfo", false},
		{"/connect/./userinfo", false},
		{"/connect/x/../userinfo", false},
		{"/connect/userinfo/x", false},
		{"/connect/userinfo;x", false},
		{"/connect\\userinfo", false},
		{"/mfa/enroll", false},
		{"/mfa/enroll/", false},
		{"/mfa/enroll//", false},
		{"/mfa/link//", false},
		{"/x", false},
		{"/mfa/enroll/a/b", false},
		{"/mfa%2fenroll/x", false},
		{"/\u212aonnect/userinfo", false},
		{"/auth/connect/userinfo", false},
	}
	for _, tt := range tests {
		t.Run(tt.target, func(t *testing.T) {
			a := h.do(request("GET", tt.target, ""))
			found := a.body != `{"error":"not_found"}`
			if found != tt.found {
				t.Errorf("got %d %.80s, want found: %v", a.status, a.body, tt.found)
			}
			if !tt.found {
				a.want(t, 404, `{"error":"not_found"}`)
			}
			wantHeader(t, a, "Location", "")
		})
	}
}

func TestHost(t *testing.T) {
	here := shared()
	public := newHarness(t, "https://id.example.com", httpadapter.Options{})
	tests := []struct {
		host string
		ok   bool
	}{
		{"127.0.0.1:5000", true}, {"127.0.0.1", true}, {"127.0.0.1:1", true}, {"localhost", true}, {"LocalHost:80", true}, {"[::1]", true}, {"[::1]:5000", true},
		{"", false}, {"evil.example", false}, {"evil.example:5000", false}, {"localhost.evil.example", false}, {"127.0.0.1.evil.example", false},
		{"localhost:5000:1", false}, {"localhost:x", false}, {"::1", false}, {"[::1", false}, {"[::1]x", false}, {"127.0.0.2", false},
		{"localhost@evil.example", false}, {"0.0.0.0", false}, {"2130706433", false}, {" localhost", false},
	}
	for _, tt := range tests {
		t.Run(tt.host, func(t *testing.T) {
			for _, route := range here.adapter.Routes() {
				r := request(route.Method, route.Path, "")
				r.Host = tt.host
				if a := here.do(r); (a.status != 421) != tt.ok {
					t.Errorf("%s: got %d, want served: %v", route.Pattern, a.status, tt.ok)
				}
			}
			r := request("GET", "/connect/userinfo", "")
			r.Host = tt.host
			public.do(r).want(t, 401, "")
		})
	}
}
