package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

var aboutPaths = []string{"/connect/revocation", "/connect/introspect"}

// about is a form about a token, of the client of the kit.
func about(token string, pairs ...string) string {
	return form(append([]string{"client_id", clientID, "client_secret", secret, "token", token}, pairs...)...)
}

// TestP16MalformedTokenCalls: a form about a token is read as strictly as that of the token
// endpoint, and only the token may be longer than other fields.
func TestP16MalformedTokenCalls(t *testing.T) {
	h := shared()
	good, long := about("x"), strings.Repeat("x", 1025)
	for _, path := range aboutPaths {
		for _, tt := range []struct {
			name, method, target, contentType, body string
			status                                  int
			code, field                             string
		}{
			{"empty body", "POST", "", formType, "", 400, "invalid_client", ""},
			{"no token", "POST", "", formType, about(""), 400, "invalid_request", "token"},
			{"token in the query", "POST", "?token=x", formType, about(""), 400, "invalid_request", "token"},
			{"client in the query", "POST", "?" + form("client_id", clientID, "client_secret", secret), formType, "token=x", 400, "invalid_client", ""},
			{"no type", "POST", "", "", good, 400, "invalid_request", "Content-Type"},
			{"JSON", "POST", "", "application/json", `{"token":"x"}`, 400, "invalid_request", "Content-Type"},
			{"17 KiB", "POST", "", formType, good + "&a=" + strings.Repeat("x", 17<<10), 413, "invalid_request", "body"},
			{"a long token", "POST", "", formType, about(strings.Repeat("x", 8<<10+1)), 413, "invalid_request", "token"},
			{"a long hint", "POST", "", formType, good + "&token_type_hint=" + long, 413, "invalid_request", "token_type_hint"},
			{"a long name", "POST", "", formType, good + "&" + long + "=a", 413, "invalid_request", "body"},
			{"65 fields", "POST", "", formType, good + "&" + numbered(62), 413, "invalid_request", "body"},
			{"two tokens", "POST", "", formType, good + "&token=y", 400, "invalid_request", "token"},
			{"one token twice", "POST", "", formType, good + "&token=x", 400, "invalid_request", "token"},
			{"two hints", "POST", "", formType, good + "&token_type_hint=a&token_type_hint=b", 400, "invalid_request", "token_type_hint"},
			{"two clients", "POST", "", formType, good + "&client_id=x", 400, "invalid_request", "client_id"},
			{"a token in another case", "POST", "", formType, about("") + "&Token=x", 400, "invalid_request", "token"},
			{"raw semicolon", "POST", "", formType, good + ";a=b", 400, "invalid_request", "token"},
			{"bad percent code", "POST", "", formType, good + "%zz", 400, "invalid_request", "token"},
			{"bad UTF-8", "POST", "", formType, good + "%ff", 400, "invalid_request", "token"},
			{"NUL", "POST", "", formType, good + "%00", 400, "invalid_request", "token"},
			{"GET", "GET", "?" + good, "", "", 405, "invalid_request", "method"},
			{"PUT", "PUT", "", formType, good, 405, "invalid_request", "method"},
		} {
			t.Run(path+" "+tt.name, func(t *testing.T) {
				r := request(tt.method, path+tt.target, tt.body)
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
}

// TestTokenCallsThatPass: hints, whatever they say, and a token as long as any may be.
func TestTokenCallsThatPass(t *testing.T) {
	h := shared()
	for path, want := range map[string]string{aboutPaths[0]: "", aboutPaths[1]: `{"active":false}`} {
		for name, body := range map[string]string{
			"no hint": about("x"), "a hint": about("x", "token_type_hint", "refresh_token"), "an unknown one": about("x", "token_type_hint", "id_token"),
			"an empty one": about("x") + "&token_type_hint=", "8 KiB": about(strings.Repeat("x", 8<<10)), "unknown fields": about("x", "a", "1"),
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				a := h.do(request("POST", path, body, "Content-Type", formType))
				if a.status != 200 || a.body != want {
					t.Errorf("got %d %q, want 200 and %q", a.status, a.body, want)
				}
				if want != "" {
					wantJSONHeaders(t, a)
					return
				}
				wantHeader(t, a, "Content-Type", "")
				wantHeader(t, a, "Cache-Control", "no-store, no-cache, max-age=0")
			})
		}
	}
}

// TestRevokeByHTTP: the login of a client ends by each of its tokens, by Basic too, whatever
// the hint says.
func TestRevokeByHTTP(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	for _, hint := range []string{"", "access_token", "refresh_token", "x"} {
		for _, by := range []string{"access", "refresh"} {
			got := h.token(login("Username", "plain", "Password", pass)).success(t)
			raw := map[string]string{"access": got.AccessToken, "refresh": got.RefreshToken}[by]
			r := request("POST", "/connect/revocation", form("token", raw, "token_type_hint", hint), "Content-Type", formType, "Authorization", basic(clientID, secret))
			if a := h.do(r); a.status != 200 || a.body != "" {
				t.Errorf("got %d %q", a.status, a.body)
			}
			h.do(request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+got.AccessToken)).want(t, 401, "")
			h.token(form("grant_type", "refresh_token", "client_id", clientID, "client_secret", secret, "refresh_token", got.RefreshToken)).want(t, 400, `{"error":"invalid_grant"}`)
		}
	}
}

// TestTokenCallsOfPages: a page may call where the client of the form lists its origin, and
// no other's call gets as far as the secret.
func TestTokenCallsOfPages(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	for _, path := range aboutPaths {
		for _, tt := range []struct {
			client, origin string
			status         int
		}{
			{"SPA", spaOrigin, 200}, {"SPA", webOrigin, 403}, {"SPA", "", 403}, {"SPA", "null", 403},
			{"WebApp", spaOrigin, 403}, {"WebApp", webOrigin, 400}, {"WebApp", "", 400},
		} {
			body := form("client_id", appID+"_"+tt.client, "token", "x")
			if tt.client == "WebApp" {
				body += "&client_secret=wrong"
			}
			r := request("POST", path, body, "Content-Type", formType)
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			a := h.do(r)
			if a.status != tt.status {
				t.Errorf("%s: %s from %q: got %d %s, want %d", path, tt.client, tt.origin, a.status, a.body, tt.status)
			}
			readable := ""
			if tt.status != http.StatusForbidden && tt.origin != "" {
				readable = tt.origin
			}
			wantHeader(t, a, "Access-Control-Allow-Origin", readable)
		}
	}
}
