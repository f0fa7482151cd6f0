package httpadapter_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// fuzzHarness makes a harness that is not shared, because fuzzing locks accounts.
func fuzzHarness(f *testing.F) *harness {
	return newHarness(f, "http://127.0.0.1:5000", httpadapter.Options{AnswerLinksAtOnce: true, CompatValidateByGet: true})
}

// wantDocument holds for every answer: a status that malformed input may have,
// and JSON.
func wantDocument(t *testing.T, a *answer) {
	t.Helper()
	switch a.status {
	case 200, 400, 401, 403, 404, 413, 415:
	default:
		t.Errorf("got status %d: %s", a.status, a.body)
	}
	if !json.Valid([]byte(a.body)) || !utf8.ValidString(a.body) {
		t.Errorf("got %q, want JSON", a.body)
	}
}

// busy reports whether a call was put off, as it rightly is after twenty wrong
// secrets of the client in a minute, or with too many open logins.
func busy(a *answer) bool {
	return a.status == http.StatusServiceUnavailable && strings.Contains(a.body, `"temporarily_unavailable"`)
}

// ambiguous reports whether a form can be read in two ways, by the judgement of
// the standard library.
func ambiguous(body string) bool {
	v, err := url.ParseQuery(body)
	if err != nil {
		return true
	}
	seen := map[string]bool{}
	for name, values := range v {
		upper := strings.ToUpper(name)
		vg := strings.Contains(" USERNAME PASSWORD REQUESTID SECURECODE MFASECURECODE CODE ROLENAME ", " "+upper+" ") && isASCII(name)
		if !vg {
			upper = name
		}
		if len(values) > 1 || seen[upper] || !utf8.ValidString(name+values[0]) || strings.Contains(name+values[0], "\x00") {
			return true
		}
		seen[upper] = true
	}
	return false
}

func isASCII(s string) bool { return utf8.RuneCountInString(s) == len(s) }

// FuzzTokenBody reads the form of the token endpoint: what can be read in two
// ways is never judged.
func FuzzTokenBody(f *testing.F) {
	h := fuzzHarness(f)
	good := login("Username", "plain", "Password", pass)
	for _, s := range []string{"", good, good + "&Username=x", good + "&uSERNAME=x", good + ";a=b", good + "&a=%", good + "&VGInvitation=" + strings.Repeat("0f", 32) + "&vginvitation=x", good + "&VGDeviceToken=x", good + "&a=%ff&b=%00", "grant_type=refresh_token&refresh_token=A", "=&=&&;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a := h.token(body)
		if busy(a) {
			return
		}
		wantDocument(t, a)
		judged := strings.Contains(a.body, "VGResponse")
		if judged && (ambiguous(body) || len(body) > 16<<10) {
			t.Errorf("judged a body that can be read in two ways: %q", body)
		}
		if !judged && a.status == 200 {
			t.Errorf("got 200 without a document: %s", a.body)
		}
	})
}

// FuzzTokenCall reads the form of a revocation and of an introspection: what can be read in
// two ways is never judged, and no text is a live token.
func FuzzTokenCall(f *testing.F) {
	h := fuzzHarness(f)
	good := about("x")
	for _, s := range []string{"", good, good + "&token=y", good + "&token_type_hint=refresh_token", good + ";a=b", good + "&a=%", good + "%00", about(strings.Repeat("A", 64)), about("a.b.c"), about(strings.Repeat("x", 8<<10)), "=&=&&;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range aboutPaths {
			a := h.do(request("POST", path, body, "Content-Type", formType))
			if busy(a) {
				continue
			}
			if path == "/connect/introspect" || a.status != 200 {
				wantDocument(t, a)
			}
			if a.status == 200 && a.body != "" && a.body != `{"active":false}` {
				t.Errorf("%s: got %s", path, a.body)
			}
			if a.status == 200 && (ambiguous(body) || len(body) > 16<<10) {
				t.Errorf("%s: judged a body that can be read in two ways: %q", path, body)
			}
		}
	})
}

// FuzzEnrollmentObject reads the JSON body of an enrolment route: only an
// object of strings is taken.
func FuzzEnrollmentObject(f *testing.F) {
	h := fuzzHarness(f)
	for _, s := range []string{`{}`, `{"requestId":"x","code":"1"}`, `{"code":"1","CODE":"2"}`, `{"code":1}`, `[`, "{\"code\":\"\\ud800\"}", `{"a":{"b":[]}}`, "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a := h.do(request("POST", api+"ValidateMicrosoftTOTP", body, "Content-Type", "application/json"))
		wantDocument(t, a)
		var strict map[string]string
		if err := json.Unmarshal([]byte(body), &strict); err != nil && a.status == http.StatusNotFound {
			t.Errorf("took %q for an object of strings: %v", body, err)
		}
	})
}

// FuzzEnrollmentQuery reads the query of an enrolment route: what can be read
// in two ways is not taken.
func FuzzEnrollmentQuery(f *testing.F) {
	h := fuzzHarness(f)
	for _, s := range []string{"", "requestId=x&code=1", "requestId=x&RequestID=y&code=1", "code=1;requestId=x", "%", "code=%00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := request("GET", api+"ValidateMicrosoftTOTP", "")
		r.URL.RawQuery = query
		a := h.do(r)
		wantDocument(t, a)
		if a.status == http.StatusNotFound && ambiguous(query) {
			t.Errorf("took a query that can be read in two ways: %q", query)
		}
	})
}

// FuzzAuthorization reads an Authorization header, Basic and Bearer: what is
// refused is challenged, and no bearer is taken that was not issued.
func FuzzAuthorization(f *testing.F) {
	h := fuzzHarness(f)
	for _, s := range []string{"", "Basic", "Basic ", basic(clientID, secret), basic(clientID, "x"), "basic  Og==", "Basic Og=", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer \x00"} {
		f.Add(s)
	}
	body := form("grant_type", "VGAuthenticator", "Username", "plain", "Password", pass)
	f.Fuzz(func(t *testing.T, header string) {
		r := request("POST", "/connect/token", body, "Content-Type", formType)
		r.Header["Authorization"] = []string{header}
		a := h.do(r)
		if !busy(a) {
			wantDocument(t, a)
		}
		if challenge := a.header.Get("WWW-Authenticate"); (a.status == http.StatusUnauthorized) != (challenge != "") {
			t.Errorf("got %d with challenge %q", a.status, challenge)
		}
		r = request("GET", "/connect/userinfo", "")
		r.Header["Authorization"] = []string{header}
		if a := h.do(r); a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("userinfo: got %d, want 401", a.status)
		}
	})
}

// FuzzTarget reads the path and query of a request: nothing redirects, and no
// path has two spellings.
func FuzzTarget(f *testing.F) {
	h := fuzzHarness(f)
	for _, s := range []string{"/connect/userinfo", "/Connect/Userinfo/", "//", "/mfa/enroll/%2f", "/mfa/link/..", "/connect/%75serinfo?a=;", "*", "/mfa/enroll/\u212a", "/account/undo/x", "/Account/Address/" + strings.Repeat("0f", 32), "/Account/Invite/" + strings.Repeat("0f", 32) + "/", "/account/invite", "/Security/haspermissionbyid/%41?x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Skip("no server would hand it on")
		}
		r := request("GET", "/", "")
		r.URL = u
		a := h.do(r)
		if a.status >= 500 || a.header.Get("Location") != "" || a.header.Get("Set-Cookie") != "" {
			t.Errorf("got %d, Location %q", a.status, a.header.Get("Location"))
		}
		fixed := u.EscapedPath()
		permission := a.status == http.StatusUnauthorized && strings.HasPrefix(strings.ToLower(fixed), strings.ToLower(permittedPath))
		if a.status == http.StatusGone || permission { // the last segment is a mailed key, or an id, a final slash aside
			fixed = strings.TrimSuffix(fixed, "/")
			fixed = fixed[:strings.LastIndexByte(fixed, '/')+1]
		}
		if a.status != 404 && (strings.Contains(u.EscapedPath(), "//") || strings.Contains(fixed, "%")) {
			t.Errorf("%s: got %d, want 404", target, a.status)
		}
	})
}

// FuzzPrincipal reads the id and the query of what is asked about the user of a token: an
// answer is true or false, true for no other name or id than those that are given, and a
// query that can be read in two ways is not taken.
func FuzzPrincipal(f *testing.F) {
	h := newPrincipalHarness(f)
	for _, s := range []string{"", h.permission, strings.ToUpper(h.permission), "%", "..", "/", "roleName=Auditor", "ROLENAME=auditor", "roleName=Auditor&rolename=x", "roleName=a;b", "roleName=%00", "a=b&roleName=Audito%72", "roleName="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := h.asking("/Security/HasPermissionById/x")
		r.URL.Path, r.URL.RawPath = permittedPath+text, ""
		a := h.do(r)
		wantDocument(t, a)
		if a.body == "true" && !strings.EqualFold(strings.TrimSuffix(text, "/"), h.permission) {
			t.Errorf("%q is taken for the permission", text)
		}
		if a.status == http.StatusBadRequest {
			t.Errorf("%q: got %s, want an id that is none to be false", text, a.body)
		}
		r = h.asking(inRolePath)
		r.URL.RawQuery = text
		a = h.do(r)
		wantDocument(t, a)
		if a.status != http.StatusOK {
			return
		}
		name := ""
		for n, values := range r.URL.Query() {
			if strings.EqualFold(n, "roleName") && isASCII(n) {
				name = values[0]
			}
		}
		if ambiguous(text) || name == "" || a.body == "true" && !strings.EqualFold(strings.Join(strings.Fields(norm.NFKC.String(name)), " "), "auditor") {
			t.Errorf("%q: got %s", text, a.body)
		}
	})
}

// FuzzKeptKey reads the cookie in which a page keeps the key of a mail: what is none
// shows nothing of an account and sets no cookie.
func FuzzKeptKey(f *testing.F) {
	h := fuzzHarness(f)
	made := strings.Repeat("0f", 32)
	for _, s := range []string{"", made, made + "." + appID, made + "; sallyport_undo=" + made, ".", "x.x", strings.ToUpper(made), "\"" + made + "\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, name := range []string{"reset", "address", "undo"} {
			for _, method := range []string{"GET", "POST"} {
				r := request(method, "/account/"+name, "", "Content-Type", formType)
				r.Header["Cookie"] = []string{"sallyport_" + name + "=" + value}
				if a := h.do(r); a.status != http.StatusGone && a.status != http.StatusNotFound || a.header.Get("Set-Cookie") != "" {
					t.Errorf("%s of %s: got %d %s", method, name, a.status, a.body)
				}
			}
		}
	})
}
