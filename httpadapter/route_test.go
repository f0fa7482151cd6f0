package httpadapter_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// TestMounts serves the same request in each way that a host may mount the
// adapter.
func TestMounts(t *testing.T) {
	h := shared()
	below := newHarness(t, "http://127.0.0.1:5000/auth/v1", httpadapter.Options{BasePath: "/Auth/v1"}).adapter
	strip := http.NewServeMux()
	strip.Handle("/auth/v1/", http.StripPrefix("/auth/v1", h.adapter))
	root, leaves := http.NewServeMux(), http.NewServeMux()
	h.adapter.Register(root)
	root.Handle("GET /{path...}", http.NotFoundHandler()) // the host's own
	below.Register(leaves)
	leaves.Handle("GET /", http.NotFoundHandler())
	tests := []struct {
		name    string
		handler http.Handler
		target  string
		want    int
	}{
		{"base path", below, "/auth/V1/connect/userinfo/", 401},
		{"base path, not below it", below, "/connect/userinfo", 404},
		{"base path, half", below, "/auth/v1x/connect/userinfo", 404},
		{"base path, escaped", below, "/%61uth/v1/connect/userinfo", 404},
		{"stripped", strip, "/auth/v1/Connect/userinfo", 401},
		{"stripped, percent", strip, "/auth/v1/connect/%75serinfo", 404},
		{"leaves at the root", root, "/connect/userinfo", 401},
		{"leaves at the root, page", root, "/mfa/link/" + strings.Repeat("a", 64), 404},
		{"leaves at the root, API", root, "/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByImage?requestid=" + appID, 404},
		{"leaves below", leaves, "/Auth/v1/connect/userinfo", 401},
		{"leaves below, HEAD", leaves, "/Auth/v1/mfa/enroll/x", 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			serve(tt.handler, request("GET", tt.target, "")).want(t, tt.want, "")
		})
	}
	serve(root, request("DELETE", "/connect/token", "")).want(t, 405, "")
}

func TestMethods(t *testing.T) {
	h := shared()
	plain := regexp.MustCompile(`\{[^}]*\}`)
	allowed := map[string][]string{}
	for _, r := range h.adapter.Routes() {
		target := plain.ReplaceAllString(r.Path, "x")
		allowed[target] = append(allowed[target], r.Method)
		if r.Doc == "" || !strings.HasSuffix(r.Doc, ".") || r.Pattern != r.Method+" "+r.Path {
			t.Errorf("got %+v, want a sentence and a pattern", r)
		}
	}
	if len(allowed) != 34 {
		t.Errorf("got %d paths, want 34: %v", len(allowed), allowed)
	}
	for target, list := range allowed {
		if slices.Contains(list, "GET") {
			list = append(list, "HEAD")
		}
		slices.Sort(list)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"} {
			a := h.do(request(method, target, ""))
			if ok := slices.Contains(list, method); ok == (a.status == 405) {
				t.Errorf("%s %s: got %d, want allowed: %v", method, target, a.status, ok)
			}
			if a.status == 405 {
				wantHeader(t, a, "Allow", strings.Join(list, ", "))
			}
		}
	}
}
