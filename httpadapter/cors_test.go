package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// accessOf logs in as a client and returns an access token.
func accessOf(t *testing.T, h *harness, platform, origin string) string {
	t.Helper()
	pairs := []string{"grant_type", "VGAuthenticator", "client_id", appID + "_" + platform, "Username", "plain", "Password", pass}
	if platform != "SPA" {
		pairs = append(pairs, "client_secret", secret)
	}
	return h.do(request("POST", "/connect/token", form(pairs...), "Content-Type", formType, "Origin", origin)).success(t).AccessToken
}

// requestOf begins a login as a client and returns its request.
func requestOf(t *testing.T, h *harness, platform, origin string) string {
	t.Helper()
	body := form("grant_type", "VGAuthenticator", "client_id", appID+"_"+platform, "Username", "bare", "Password", pass)
	return h.do(request("POST", "/connect/token", body, "Content-Type", formType, "Origin", origin)).refusal(t).VGResponse.RequestID
}

// calls returns a call of each route in the name of the SPA, and of the WebApp
// where that has another.
func calls(t *testing.T, h *harness) map[string]func() *http.Request {
	t.Helper()
	access, pending := accessOf(t, h, "SPA", spaOrigin), requestOf(t, h, "SPA", spaOrigin)
	get := func(target string, header ...string) func() *http.Request {
		return func() *http.Request { return request("GET", target, "", header...) }
	}
	posted := func(target, body string) func() *http.Request {
		return func() *http.Request { return request("POST", target, body, "Content-Type", formType) }
	}
	list := map[string]func() *http.Request{
		"/connect/token":                    posted("/connect/token", form("client_id", appID+"_SPA", "grant_type", "refresh_token", "refresh_token", "x")),
		"/connect/revocation":               posted("/connect/revocation", form("client_id", appID+"_SPA", "token", "x")),
		"/connect/introspect":               posted("/connect/introspect", form("client_id", appID+"_SPA", "token", "x")),
		changePath:                          posted(changePath, form("client_id", appID+"_SPA", "requestId", pending, "password", "x", "newPassword", "y")),
		beginPath:                           posted(beginPath, form("client_id", appID+"_SPA", "Username", "nobody")),
		finishPath:                          posted(finishPath, form("client_id", appID+"_SPA", "key", "x", "newPassword", "y")),
		"/account/reset":                    get("/account/reset"),
		"/account/reset/{key}":              get("/account/reset/x"),
		"/account/address":                  get("/account/address"),
		"/account/address/{key}":            get("/account/address/x"),
		"/account/undo":                     get("/account/undo"),
		"/account/undo/{key}":               get("/account/undo/x"),
		"/account/invite":                   get("/account/invite"),
		"/account/invite/{key}":             get("/account/invite/x"),
		"/connect/userinfo":                 get("/connect/userinfo", "Authorization", "Bearer "+access),
		identityPath:                        get(identityPath, "Authorization", "Bearer "+access),
		rolesPath:                           get(rolesPath, "Authorization", "Bearer "+access),
		permissionsPath:                     get(permissionsPath, "Authorization", "Bearer "+access),
		inRolePath:                          get(inRolePath+"?roleName=x", "Authorization", "Bearer "+access),
		permittedPath + "{id}":              get(permittedPath+appID, "Authorization", "Bearer "+access),
		"/.well-known/openid-configuration": get("/.well-known/openid-configuration"),
		"/.well-known/oauth-authorization-server": get("/.well-known/oauth-authorization-server"),
		"/.well-known/openid-configuration/jwks":  get("/.well-known/openid-configuration/jwks"),
		"/mfa/enroll/{requestId}":                 get("/mfa/enroll/" + pending),
		"/mfa/link/{token}":                       get("/mfa/link/x"),
	}
	for _, route := range h.adapter.Routes() {
		if strings.HasPrefix(route.Path, api) {
			list[route.Path] = posted(route.Path, form("requestId", pending, "secureCode", "x"))
		}
	}
	return list
}

// TestCORSRoutes calls every route from an origin of the calling client, of
// another client, and of none, and asks before with a preflight.
func TestCORSRoutes(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	called := calls(t, h)
	methods := map[string]map[string]bool{}
	for _, r := range h.adapter.Routes() {
		if methods[r.Path] == nil {
			methods[r.Path] = map[string]bool{}
		}
		methods[r.Path][r.Method] = true
	}
	for path := range methods {
		if called[path] == nil {
			t.Errorf("%s: it was not called", path)
		}
	}
	for path, call := range called {
		page := strings.HasPrefix(path, "/mfa/") || strings.HasPrefix(path, "/account/")
		anyone := strings.HasPrefix(path, "/.well-known/")
		target := call().URL.Path
		for _, from := range []struct {
			name, origin      string
			readable, listens bool // the call's answer, the preflight's
		}{
			{"the client's own", spaOrigin, !page, !page},
			{"the client's second", "http://127.0.0.1:5173", !page, !page},
			{"another client's", webOrigin, anyone, !page},
			{"nobody's", "https://evil.example", false, false},
			{"none", "", false, false},
		} {
			t.Run(path+" from "+from.name, func(t *testing.T) {
				ask, r := request("OPTIONS", target, ""), call()
				if from.origin != "" {
					ask.Header.Set("Origin", from.origin)
					r.Header.Set("Origin", from.origin)
				}
				wantCORS(t, h.do(r), from.origin, from.readable, page)
				asked := h.do(ask)
				wantCORS(t, asked, from.origin, from.listens, page)
				if page {
					asked.want(t, 405, "")
					return
				}
				asked.want(t, 204, "")
				wantPreflight(t, asked, from.listens, methods[path]["GET"], methods[path]["POST"])
			})
		}
	}
}

func wantCORS(t *testing.T, a *answer, origin string, readable, page bool) {
	t.Helper()
	want := ""
	if readable {
		want = origin
	}
	wantHeader(t, a, "Access-Control-Allow-Origin", want)
	wantHeader(t, a, "Access-Control-Allow-Credentials", "")
	if vary := strings.Join(a.header["Vary"], ", "); strings.Contains(vary, "Origin") == page {
		t.Errorf("Vary: got %q, want Origin: %v", vary, !page)
	}
}

func wantPreflight(t *testing.T, a *answer, listens, get, post bool) {
	t.Helper()
	var list []string
	if get {
		list = append(list, "GET", "HEAD")
	}
	if post {
		list = append(list, "POST")
	}
	names, headers, age := strings.Join(list, ", "), "authorization, content-type", "600"
	if !listens {
		names, headers, age = "", "", ""
	}
	wantHeader(t, a, "Access-Control-Allow-Methods", names)
	wantHeader(t, a, "Access-Control-Allow-Headers", headers)
	wantHeader(t, a, "Access-Control-Max-Age", age)
	if a.body != "" {
		t.Errorf("got a body of %d bytes, want none", len(a.body))
	}
}

// TestCORSAttacks sends what looks like the origin of the SPA and is not, and
// wants neither the preflight nor any answer to be readable, nor a password to be
// looked at.
func TestCORSAttacks(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	access := accessOf(t, h, "SPA", spaOrigin)
	for _, tt := range []struct {
		name    string
		origins []string
	}{
		{"null", []string{"null"}},
		{"a star", []string{"*"}},
		{"empty", []string{""}},
		{"http", []string{"http://app.example.com"}},
		{"the host in another case", []string{"https://App.example.com"}},
		{"the scheme in another case", []string{"HTTPS://app.example.com"}},
		{"the usual port", []string{"https://app.example.com:443"}},
		{"another port", []string{"https://app.example.com:8443"}},
		{"a slash", []string{"https://app.example.com/"}},
		{"a final dot", []string{"https://app.example.com."}},
		{"a suffix", []string{"https://app.example.com.evil.example"}},
		{"a prefix", []string{"https://evilapp.example.com"}},
		{"a subdomain", []string{"https://a.app.example.com"}},
		{"a user", []string{"https://app.example.com@evil.example"}},
		{"its parent", []string{"https://example.com"}},
		{"another port of an address", []string{"http://127.0.0.1:5174"}},
		{"two headers", []string{spaOrigin, spaOrigin}},
		{"two headers, a foreign one first", []string{"https://evil.example", spaOrigin}},
		{"two in one header", []string{spaOrigin + ", " + spaOrigin}},
		{"two with a blank", []string{spaOrigin + " " + spaOrigin}},
		{"blanks around", []string{" " + spaOrigin}},
		{"very long", []string{spaOrigin + strings.Repeat("x", 300)}},
		{"a line end", []string{spaOrigin + "\r\nX: y"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			send := func(method, target, body string, header ...string) *answer {
				r := request(method, target, body, header...)
				r.Header["Origin"] = tt.origins
				a := h.do(r)
				wantHeader(t, a, "Access-Control-Allow-Origin", "")
				return a
			}
			send("OPTIONS", "/connect/token", "").want(t, 204, "")
			send("GET", "/connect/userinfo", "", "Authorization", "Bearer "+access)
			send("GET", "/.well-known/openid-configuration", "")
			refused := send("POST", "/connect/token", form("grant_type", "VGAuthenticator", "client_id", appID+"_SPA", "Username", "plain", "Password", pass), "Content-Type", formType)
			refused.want(t, 403, `{"error":"invalid_request","error_description":"Origin"}`)
		})
	}
}

// TestCORSTokenRoute: which client may call the token endpoint from where, and
// whose pages read even a refusal.
func TestCORSTokenRoute(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	const foreign = `{"error":"invalid_request","error_description":"Origin"}`
	for _, tt := range []struct {
		name, client, origin string
		status               int
		body                 string
		readable             bool
	}{
		{"an SPA from its page", "SPA", spaOrigin, 200, "", true},
		{"an SPA from nowhere", "SPA", "", 403, foreign, false},
		{"an SPA from another's page", "SPA", webOrigin, 403, foreign, false},
		{"an SPA in another spelling, from elsewhere", "spa", webOrigin, 403, foreign, false},
		{"a WebApp from nowhere", "WebApp", "", 200, "", false},
		{"a WebApp from its page", "WebApp", webOrigin, 200, "", true},
		{"a WebApp from another's page", "WebApp", spaOrigin, 403, foreign, false},
		{"a WebApp from a page in capitals", "WebApp", strings.ToUpper(webOrigin), 403, foreign, false},
		{"a WebApp from a page without TLS", "WebApp", "http://evil.example", 403, foreign, false},
		{"a WebApp from an app's page", "WebApp", "app://localhost", 200, "", false},
		{"a WebApp from null", "WebApp", "null", 200, "", false},
		{"a Service from a page", "Service", spaOrigin, 403, foreign, false},
		{"a Service without the grant", "Service", "", 400, `{"error":"unauthorized_client"}`, false},
		{"a Native from a page", "Native", spaOrigin, 200, "", false},
		{"no client id", "", spaOrigin, 400, `{"error":"invalid_client"}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := appID + "_" + tt.client
			pairs := []string{"grant_type", "VGAuthenticator", "Username", "plain", "Password", pass}
			if tt.client != "" {
				pairs = append(pairs, "client_id", id)
			}
			if !strings.EqualFold(tt.client, "SPA") {
				pairs = append(pairs, "client_secret", secret)
			}
			r := request("POST", "/connect/token", form(pairs...), "Content-Type", formType)
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			a := h.do(r)
			a.want(t, tt.status, tt.body)
			wantCORS(t, a, tt.origin, tt.readable, false)
		})
	}
	wrong := h.do(request("POST", "/connect/token", form("client_id", appID+"_WebApp", "client_secret", "x", "grant_type", "nothing"), "Content-Type", formType, "Origin", webOrigin))
	wrong.want(t, 400, "")
	wantCORS(t, wrong, webOrigin, true, false)
	byHeader := h.do(request("POST", "/connect/token", "grant_type=VGAuthenticator&Username=plain&Password=x", "Content-Type", formType, "Origin", webOrigin, "Authorization", basic(appID+"_WebApp", "x")))
	byHeader.want(t, 401, "")
	wantCORS(t, byHeader, webOrigin, true, false)
}

// TestCORSOfRefusals: pages learn that a token has expired, and nothing of a
// token or a request that is not ours.
func TestCORSOfRefusals(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	access := accessOf(t, h, "SPA", spaOrigin)
	userinfo := func(token string) *answer {
		return h.do(request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+token, "Origin", spaOrigin))
	}
	wantCORS(t, userinfo(access+"x"), spaOrigin, false, false)
	wantCORS(t, userinfo("x"), spaOrigin, false, false)
	h.clock.advance(time.Hour)
	late := userinfo(access)
	late.want(t, 401, "")
	wantCORS(t, late, spaOrigin, true, false)
	unknown := h.do(request("POST", api+"GetEnrollmentInformation", form("requestId", appID), "Content-Type", formType, "Origin", spaOrigin))
	unknown.want(t, 404, unknownRequest)
	wantCORS(t, unknown, spaOrigin, false, false)
}
