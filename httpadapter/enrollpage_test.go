package httpadapter_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// browser keeps cookies as browsers do: by host, path and name.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func newBrowser(t *testing.T, handler http.Handler) *browser {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := srv.Client()
	c.Jar = jar
	return &browser{t: t, base: srv.URL, http: c}
}

// other returns another person's browser.
func (b *browser) other() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return &browser{t: b.t, base: b.base, http: &http.Client{Jar: jar}}
}

func (b *browser) get(path string) *answer {
	resp, err := b.http.Get(b.base + path)
	return read(b.t, resp, err)
}

func (b *browser) head(path string) *answer {
	resp, err := b.http.Head(b.base + path)
	return read(b.t, resp, err)
}

func (b *browser) post(path string, pairs ...string) *answer {
	ctx := httptrace.WithClientTrace(b.t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(status int, _ textproto.MIMEHeader) error {
		return fmt.Errorf("got status %d before that of the answer", status) // which a client passes over
	}})
	r, err := http.NewRequestWithContext(ctx, "POST", b.base+path, strings.NewReader(form(pairs...)))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", formType)
	resp, err := b.http.Do(r)
	return read(b.t, resp, err)
}

// TestEnrollAuthenticatorByPage walks through the page in each way that it may
// be mounted, and in an unusual spelling of its path.
func TestEnrollAuthenticatorByPage(t *testing.T) {
	tests := []struct {
		name, issuer, base string
		strip              bool
	}{
		{"at the root", "http://127.0.0.1:5000", "", false},
		{"stripped prefix", "http://127.0.0.1:5000/auth", "", true},
		{"base path", "http://127.0.0.1:5000/auth", "/auth", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t, tt.issuer, httpadapter.Options{BasePath: tt.base})
			var handler http.Handler = h.adapter
			if tt.strip {
				handler = http.StripPrefix("/auth", h.adapter)
			}
			b := newBrowser(t, handler)
			prefix := strings.TrimPrefix(tt.issuer, "http://127.0.0.1:5000")
			resp, err := b.http.Post(b.base+prefix+"/connect/token", formType, strings.NewReader(login("Username", "bare", "Password", pass)))
			r := read(t, resp, err).refusal(t).VGResponse
			b.enroll(h, strings.Replace(path(t, r.AuthenticationResponse.AuthenticationEnrollmentRequest.EnrollmentURL), "/mfa/enroll/", "/MFA/Enroll/", 1)+"/", r.RequestID)
			resp, err = b.http.Post(b.base+prefix+"/connect/token", formType, strings.NewReader(login("Username", "bare", "Password", pass, "AuthenticationRequestId", r.RequestID)))
			read(t, resp, err).success(t)
		})
	}
}

var typedKey = regexp.MustCompile(`<code class="key" translate="no">([A-Z2-7 ]+)</code>`)

// enroll confirms an authenticator on the page.
func (b *browser) enroll(h *harness, page, id string) {
	t := b.t
	t.Helper()
	if a := b.head(page); a.status != 200 || a.header.Get("Set-Cookie") != "" {
		t.Errorf("HEAD: got %d with cookie %q", a.status, a.header.Get("Set-Cookie"))
	}
	a := b.get(page + "?add=app")
	a.want(t, 200, "")
	cookie := a.header.Get("Set-Cookie")
	if want := regexp.MustCompile(`^sallyport_enroll_[0-9a-f]{8}=[0-9A-F]{32}; Path=` + page[:strings.LastIndex(strings.TrimSuffix(page, "/"), "/")] + `; Max-Age=600; HttpOnly; SameSite=Lax$`); !want.MatchString(cookie) {
		t.Errorf("got cookie %s, want %s", cookie, want)
	}
	key := typedKey.FindStringSubmatch(a.body)
	if key == nil {
		t.Fatalf("no key in %s", a.body)
	}
	for _, part := range []string{`src="data:image/png;base64,`, `autocomplete="one-time-code"`, `inputmode="numeric"`, `href="otpauth://totp/`, `lang="en"`} {
		if !strings.Contains(a.body, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	n, code := nonce(t, a), h.code(t, strings.ReplaceAll(key[1], " ", ""))

	b.other().get(page).want(t, 404, "")
	b.other().post(page, "action", "totp", "nonce", n, "code", code).want(t, 404, "")
	b.post(page, "action", "totp", "nonce", n+"x", "code", code).want(t, 404, "")
	b.post(page, "action", "totp", "code", code).want(t, 404, "")
	h.do(request("GET", strings.TrimSuffix(page[:strings.Index(page, "/MFA")], "/")+api+"EnrollUserToMicrosoftAuthenticatorByImage?requestId="+id, "")).want(t, 404, "")
	b.post(page, "action", "nonsense", "nonce", n).want(t, 400, "")

	again := b.get(page + "?add=app")
	if again.header.Get("Set-Cookie") != "" || nonce(t, again) != n {
		t.Error("the page has changed for the same browser")
	}
	wrong := b.post(page, "action", "totp", "nonce", n, "code", "000 000")
	wantRefusedForm(t, wrong, "code", "That code is not right.")
	for _, part := range []string{key[1], `src="data:image/png;base64,`} {
		if !strings.Contains(wrong.body, part) {
			t.Errorf("after a wrong code the page lacks %s", part)
		}
	}
	if strings.Contains(wrong.body, "000 000") {
		t.Error("the page echoes the code")
	}
	wantRefusedForm(t, b.post(page, "action", "totp", "nonce", n, "code", ""), "code", "Enter the code first.")
	done := b.post(page, "action", "totp", "nonce", n, "code", code[:3]+" "+code[3:])
	done.want(t, 200, "")
	if got := strings.Count(done.body, "<li><code>"); got != 10 {
		t.Errorf("got %d recovery codes, want 10: %s", got, done.body)
	}
	next := b.get(page + "?view=next")
	if !strings.Contains(next.body, "Go back to where you signed in") || strings.Contains(next.body, key[1]) || strings.Contains(next.body, "<form") {
		t.Errorf("got %s, want what to do next, and nothing to confirm", next.body)
	}
}

// wantRefusedForm wants a form refused in place: the fault in the title, in a summary that
// leads to the field, and beside it; or of no field.
func wantRefusedForm(t *testing.T, a *answer, field, text string) {
	t.Helper()
	a.want(t, 400, "")
	body := strings.ReplaceAll(a.body, "&#43;", "+") // a title escapes it, other places need not
	parts, marked := []string{"<title>Error: " + text, `role="alert"`}, 0
	if field != "" {
		parts = append(parts, `<a href="#`+field+`">`+text, `id="`+field+`-error">`+text, field+`-error" aria-invalid="true"`)
		marked = 1
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("got %s, want %s", a.body, part)
		}
	}
	if got := strings.Count(a.body, `aria-invalid="true"`); got != marked {
		t.Errorf("got %d fields that are marked, want %d", got, marked)
	}
}

func TestTwoLoginsInOneBrowser(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	one, two := "/mfa/enroll/"+h.first(t, "bare").RequestID, "/mfa/enroll/"+h.first(t, "record").RequestID
	cookies := map[string]bool{}
	for _, page := range []string{one, two, one, two} {
		a := b.get(page)
		a.want(t, 200, "")
		if name, _, ok := strings.Cut(a.header.Get("Set-Cookie"), "="); ok {
			cookies[name] = true
		}
	}
	if len(cookies) != 2 {
		t.Errorf("got cookies %v, want two names", cookies)
	}
}

// TestEnrollPageSpelling: the page is the same in every spelling of its id, also to
// the browser's cookies.
func TestEnrollPageSpelling(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	id := h.first(t, "bare").RequestID
	n := nonce(t, b.get("/mfa/enroll/"+strings.ToUpper(id)+"?add=email"))
	for _, spelt := range []string{id, strings.ToUpper(id), id + "/", id[:18] + strings.ToUpper(id[18:])} {
		a := b.get("/mfa/enroll/" + spelt + "?add=email")
		a.want(t, 200, "")
		if nonce(t, a) != n || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: got another page", spelt)
		}
		wantTitle(t, b.post("/mfa/enroll/"+spelt, "action", "email-send", "nonce", n, "address", "new@example.org"), "Enter the code")
	}
	b.other().get("/mfa/enroll/"+strings.ToUpper(id)).want(t, 404, "")
}

func TestCookieIsSecure(t *testing.T) {
	h := newHarness(t, "https://id.example.com", httpadapter.Options{})
	id := h.first(t, "bare").RequestID
	a := h.do(request("GET", "/mfa/enroll/"+id, ""))
	if c := a.header.Get("Set-Cookie"); !strings.Contains(c, "; Secure") || strings.Contains(c, "Domain") || strings.Contains(strings.SplitN(c, ";", 2)[0], id) {
		t.Errorf("got %s, want a secure host-only cookie without the id in its name", c)
	}
}

// TestEnrollPageQuery: a query as long as a form may be is read, and a longer one asks
// for nothing.
func TestEnrollPageQuery(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	at := "/mfa/enroll/" + h.first(t, "bare").RequestID
	query := "add=email"
	for i := range 20 { // a field has a kilobyte at most
		query += fmt.Sprintf("&p%d=%s", i, strings.Repeat("x", 800))
	}
	query += "&last=" + strings.Repeat("x", 16<<10-len(query)-len("&last="))
	for q, want := range map[string]bool{query: true, query + "x": false} {
		if a := b.get(at + "?" + q); strings.Contains(a.body, `name="address"`) != want {
			t.Errorf("%d bytes: got status %d, asked for an address %v, want %v", len(q), a.status, !want, want)
		}
	}
}

// TestEnrollPageHead sends HEAD for a request and for an unknown id.
func TestEnrollPageHead(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	id := h.first(t, "bare").RequestID
	known, unknown := h.do(request("HEAD", "/mfa/enroll/"+id, "")), h.do(request("HEAD", "/mfa/enroll/x", ""))
	for _, a := range []*answer{known, unknown} {
		a.want(t, 200, known.body)
		wantPageHeaders(t, a)
		wantHeader(t, a, "Set-Cookie", "")
	}
	h.do(request("GET", "/mfa/enroll/"+id, "")).want(t, 200, "") // HEAD has bound it to no browser
}

// TestCookiePath: the cookie has the path that the browser knows, whatever of it
// was stripped on the way, in the spelling of the address that was opened.
func TestCookiePath(t *testing.T) {
	for _, tt := range []struct{ issuer, base, target, want string }{
		{"http://127.0.0.1:5000/outer/auth", "/AUTH", "/auth", "/outer/auth"},
		{"http://127.0.0.1:5000/outer/auth", "", "", "/outer/auth"},
		{"http://127.0.0.1:5000/outer/auth", "/outer/auth", "/outer/AUTH", "/outer/AUTH"},
		{"http://127.0.0.1:5000", "", "", ""},
	} {
		h := newHarness(t, tt.issuer, httpadapter.Options{BasePath: tt.base})
		r := request("POST", tt.target+"/connect/token", login("Username", "bare", "Password", pass), "Content-Type", formType)
		page := "/mfa/enroll/" + h.do(r).refusal(t).VGResponse.RequestID
		cookie := h.do(request("GET", tt.target+page, "")).header.Get("Set-Cookie")
		if !strings.Contains(cookie, "; Path="+tt.want+"/mfa/enroll;") {
			t.Errorf("%s below %s: got cookie %s, want a path below %q", tt.base, tt.issuer, cookie, tt.want)
		}
	}
}
