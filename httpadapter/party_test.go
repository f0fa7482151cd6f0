package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/token"
)

// TestP5NobodyIsTheHost posts to every route as no client, as an empty one, and as one
// that calls itself host: what comes over HTTP is never the host itself, which needs no
// client to log somebody in.
func TestP5NobodyIsTheHost(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	r, err := h.engine.Login(t.Context(), sallyport.Login{Username: "plain", Password: pass})
	if err != nil || r.Session == nil {
		t.Fatalf("got %+v, %v, want the host to be let in", r, err)
	}
	names := [][]string{nil, {"client_id", ""}, {"client_id", "", "client_secret", ""}, {"client_id", "host"}, {"client_id", "host", "client_secret", r.Session.Handle}}
	for _, route := range h.adapter.Routes() {
		if route.Method == http.MethodOptions {
			continue
		}
		path := strings.NewReplacer("{requestId}", r.RequestID, "{token}", "x").Replace(route.Path)
		for _, client := range names {
			for _, grant := range token.GrantTypes() {
				body := form(append([]string{"grant_type", grant, "Username", "plain", "Password", pass, "requestId", r.RequestID, "refresh_token", strings.Repeat("A", 64)}, client...)...)
				got := h.do(request(route.Method, path, body, "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer "+r.Session.Handle))
				for _, secret := range []string{"access_token", `"Success"`, r.Session.AccountID} {
					if strings.Contains(got.body, secret) {
						t.Errorf("%s %s by %q: got %d %s", route.Method, path, client, got.status, got.body)
					}
				}
				if path == "/connect/token" && !strings.Contains(got.body, "invalid_client") {
					t.Errorf("%s by %q: got %d %s, want it refused", grant, client, got.status, got.body)
				}
			}
		}
	}
}
