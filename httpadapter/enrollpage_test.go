package httpadapter_test

import (
	"fmt"
	"html"
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
	a := b.get(page)
	a.want(t, 200, "")
	cookie := a.header.Get("Set-Cookie")
	if want := regexp.MustCompile(`^sallyport_enroll_[0-9a-f]{8}=[0-9A-F]{32}; Path=` + strings.TrimSuffix(page, "/") + `; Max-Age=600; HttpOnly; SameSite=Lax$`); !want.MatchString(cookie) {
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

	again := b.get(page)
	if again.header.Get("Set-Cookie") != "" || nonce(t, again) != n {
		t.Error("the page has changed for the same browser")
	}
	wrong := b.post(page, "action", "totp", "nonce", n, "code", "000 000")
	wrong.want(t, 400, "")
	for _, part := range []string{`role="alert"`, `aria-invalid="true" aria-describedby="alert"`, key[1], `src="data:image/png;base64,`} {
		if !strings.Contains(wrong.body, part) {
			t.Errorf("after a wrong code the page lacks %s", part)
		}
	}
	if strings.Contains(wrong.body, "000 000") {
		t.Error("the page echoes the code")
	}
	if empty := b.post(page, "action", "totp", "nonce", n, "code", ""); empty.status != 400 || !strings.Contains(empty.body, "Enter the code first") {
		t.Errorf("no code: got %d", empty.status)
	}
	done := b.post(page, "action", "totp", "nonce", n, "code", code[:3]+" "+code[3:])
	done.want(t, 200, "")
	if got := strings.Count(done.body, "<li><code>"); got != 10 {
		t.Errorf("got %d recovery codes, want 10: %s", got, done.body)
	}
	if !strings.Contains(done.body, "Go back to where you signed in") || strings.Contains(done.body, key[1]) {
		t.Errorf("got %s, want what to do next and no key", done.body)
	}
	if later := b.get(page); strings.Contains(later.body, "<li><code>") || later.status != 200 {
		t.Errorf("got %d %s, want no recovery codes again", later.status, later.body)
	}
}

// TestEnrollPageProvesFirst starts with an address on record that was never
// confirmed.
func TestEnrollPageProvesFirst(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "record").RequestID
	a := b.get(page)
	if !strings.Contains(a.body, "First, confirm the address that we have") || !strings.Contains(a.body, "r******d@e******.org") || strings.Contains(a.body, "recorded@") {
		t.Fatalf("got %s, want the masked address first", a.body)
	}
	if strings.Contains(a.body, `name="address"`) {
		t.Error("the page asks for an address")
	}
	n := nonce(t, a)
	key := typedKey.FindStringSubmatch(a.body)
	staged := b.post(page, "action", "totp", "nonce", n, "code", h.code(t, strings.ReplaceAll(key[1], " ", "")))
	if !strings.Contains(staged.body, "Waiting to go live") || !strings.Contains(staged.body, "once you have confirmed the address") {
		t.Errorf("got %s, want it staged", staged.body)
	}
	b.post(page, "action", "email-send", "nonce", n, "address", "evil@example.net").want(t, 400, "")
	sent := b.post(page, "action", "email-send", "nonce", n)
	sent.want(t, 200, "")
	if !strings.Contains(sent.body, `role="status"`) {
		t.Errorf("got %s, want to be told", sent.body)
	}
	m := h.outbox.last(t, "enrolment")
	if m.To != "recorded@example.org" {
		t.Errorf("sent to %s", m.To)
	}
	b.post(page, "action", "email-confirm", "nonce", n, "code", "nothing").want(t, 400, "")
	done := b.post(page, "action", "email-confirm", "nonce", n, "code", m.Code)
	done.want(t, 200, "")
	if !strings.Contains(done.body, "<h2>Done</h2>") || strings.Contains(done.body, "Waiting to go live") {
		t.Errorf("got %s, want everything active", done.body)
	}
}

// TestEnrollPageStages adds a factor to an account that has one.
func TestEnrollPageStages(t *testing.T) {
	for _, tt := range []struct{ user, label, channel, invalid, address, method string }{
		{"mail", "Mobile number, with country code", "sms", " 0612 ", " +33687654321 ", "text message"},
		{"phone", "E-mail address", "email", " a@x,b@y ", " new@example.org ", "e-mail"},
	} {
		t.Run(tt.user, func(t *testing.T) {
			h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
			b := newBrowser(t, h.adapter)
			page := "/mfa/enroll/" + h.first(t, tt.user).RequestID
			a := b.get(page)
			if !strings.Contains(a.body, tt.label) {
				t.Errorf("got %s, want the field %q", a.body, tt.label)
			}
			n := nonce(t, a)
			b.post(page, "action", tt.channel+"-send", "nonce", n, "address", tt.invalid).want(t, 400, "")
			b.post(page, "action", tt.channel+"-send", "nonce", n, "address", tt.address).want(t, 200, "")
			done := b.post(page, "action", tt.channel+"-confirm", "nonce", n, "code", h.outbox.last(t, "enrolment").Code)
			if !strings.Contains(done.body, "with a factor that you already have") || strings.Contains(done.body, "<h2>Done</h2>") {
				t.Errorf("got %s, want it staged", done.body)
			}
			if !strings.Contains(done.body, "<strong>"+tt.method+"</strong>") {
				t.Errorf("got %s, want %s by name", done.body, tt.method)
			}
		})
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

func TestCookieIsSecure(t *testing.T) {
	h := newHarness(t, "https://id.example.com", httpadapter.Options{})
	id := h.first(t, "bare").RequestID
	a := h.do(request("GET", "/mfa/enroll/"+id, ""))
	if c := a.header.Get("Set-Cookie"); !strings.Contains(c, "; Secure") || strings.Contains(c, "Domain") || strings.Contains(strings.SplitN(c, ";", 2)[0], id) {
		t.Errorf("got %s, want a secure host-only cookie without the id in its name", c)
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

// TestEnrollPageAlerts makes each mistake that the page knows.
func TestEnrollPageAlerts(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "bare").RequestID
	n := nonce(t, b.get(page))
	tests := []struct{ name, action, field, value, want string }{
		{"no code of the app", "totp", "code", "", "Enter the code first."},
		{"no code of the message", "email-confirm", "code", "", "Enter the code first."},
		{"a wrong code", "sms-confirm", "code", "123456", "That code is not right."},
		{"an address that is none", "email-send", "address", "a@x,b@y", "This address cannot be used here. Write one plain e-mail address."},
		{"no address", "sms-send", "address", " ", "This address cannot be used here."},
		{"a national number", "sms-send", "address", "0170 1234567", "7 to 15 digits, such as &#43;491701234567."},
		{"a number with a lone zero", "sms-send", "address", "+49 (0) 170 1234567", "7 to 15 digits, such as &#43;491701234567."},
		{"a provider that is down", "email-send", "address", "new@example.org", "The code could not be sent. Wait half a minute and try again."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Contains(tt.name, "down") {
				h.outbox.breakDown()
			}
			a := b.post(page, "action", tt.action, "nonce", n, tt.field, tt.value)
			a.want(t, 400, "")
			if strings.Count(a.body, `role="alert"`) != 1 || !strings.Contains(a.body, tt.want) || strings.Contains(a.body, `role="status"`) {
				t.Errorf("got %s, want the alert %q", a.body, tt.want)
			}
			if kept := `value="` + html.EscapeString(tt.value) + `"`; tt.field == "address" && !strings.Contains(strings.ReplaceAll(a.body, "&#43;", "+"), kept) {
				t.Errorf("got %s, want the field to keep %s", a.body, kept)
			}
			if got := strings.Count(a.body, `aria-invalid="true"`); got != 1 {
				t.Errorf("got %d fields that are marked, want 1", got)
			}
		})
	}
}

// TestEnrollPageNotices takes an address through the page and back.
func TestEnrollPageNotices(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "bare").RequestID
	a := b.get(page)
	n := nonce(t, a)
	if key := typedKey.FindStringSubmatch(a.body); key == nil || !regexp.MustCompile(`^[A-Z2-7]{4}( [A-Z2-7]{4}){7}$`).MatchString(key[1]) {
		t.Errorf("got key %q, want groups of four", key)
	}
	wantNotice := func(a *answer, notice string) {
		t.Helper()
		a.want(t, 200, "")
		if !strings.Contains(a.body, `role="status">`+notice+"</p>") || strings.Contains(a.body, `role="alert"`) || strings.Contains(a.body, `aria-invalid="true"`) {
			t.Errorf("got %s, want the notice %q", a.body, notice)
		}
	}
	for _, channel := range []struct{ name, address, title string }{{"email", "new@example.org", "E-mail"}, {"sms", "+33612345678", "Text message"}} {
		if a := b.get(page); !strings.Contains(a.body, "<h2>"+channel.title+"</h2>") {
			t.Errorf("got %s, want the form for %s", a.body, channel.title)
		}
		wantNotice(b.post(page, "action", channel.name+"-send", "nonce", n, "address", channel.address), "We have sent a code. Enter it below.")
		m := h.outbox.last(t, "enrolment")
		if m.To != channel.address {
			t.Errorf("sent to %s, want %s", m.To, channel.address)
		}
		wantNotice(b.post(page, "action", channel.name+"-confirm", "nonce", n, "code", m.Code), "The address is confirmed.")
		if a := b.get(page); strings.Contains(a.body, "<h2>"+channel.title+"</h2>") {
			t.Errorf("got %s, want no form for %s once more", a.body, channel.title)
		}
	}
	key := typedKey.FindStringSubmatch(b.get(page).body)
	done := b.post(page, "action", "totp", "nonce", n, "code", h.code(t, strings.ReplaceAll(key[1], " ", "")))
	wantNotice(done, "Your authenticator app is confirmed.")
	codes := regexp.MustCompile(`<li><code>([^<]*)</code></li>`).FindAllStringSubmatch(done.body, -1)
	file := regexp.MustCompile(`download="recovery-codes.txt" href="data:text/plain;charset=utf-8,([^"]*)"`).FindStringSubmatch(done.body)
	if len(codes) != 10 || file == nil {
		t.Fatalf("got %s, want ten recovery codes and a file", done.body)
	}
	want := ""
	for _, c := range codes {
		if !regexp.MustCompile(`^[A-Z0-9]{4}(-[A-Z0-9]{4}){3}$`).MatchString(c[1]) {
			t.Errorf("got recovery code %q, want groups of four", c[1])
		}
		want += c[1] + "%0A"
	}
	if file[1] != want {
		t.Errorf("got file %q, want %q", file[1], want)
	}
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
		if !strings.Contains(cookie, "; Path="+tt.want+page+";") {
			t.Errorf("%s below %s: got cookie %s, want the path %s", tt.base, tt.issuer, cookie, tt.want+page)
		}
	}
}
