package httpadapter_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/totp"
)

const resetPath = "/account/reset"

// factors gives users what they have to prove a reset with: "app" an authenticator,
// "half" a number, "two" both.
func factors(t *testing.T, h *harness, secret totp.Secret) {
	t.Helper()
	d := testDirectory()
	for i := range d.Users {
		if u := &d.Users[i]; u.Name == "half" {
			u.MobileValidated, u.CredentialsVersion = new(true), 2
		}
	}
	user := func(name string, sms bool) directory.User {
		u := directory.User{Name: name, Password: pass, Email: name + "@example.org", EmailValidated: new(true), TOTP: &directory.TOTP{Secret: secret.Base32()}}
		if sms {
			u.Mobile, u.MobileValidated = "+33612345671", new(true)
		}
		return u
	}
	d.Users = append(d.Users, user("app", false), user("two", true))
	if _, err := h.engine.Apply(t.Context(), d, directory.Options{}); err != nil {
		t.Fatal(err)
	}
}

// reset is a browser on its way to a new password.
type reset struct {
	*browser
	h    *harness
	page string
}

// openReset follows the link of a mail.
func openReset(t *testing.T, h *harness, user string) (b *reset, a *answer, key string) {
	t.Helper()
	key = h.resetKey(t, user)
	b = &reset{newBrowser(t, h.adapter), h, resetPath}
	return b, b.get(resetPath + "/" + key), key
}

// send sends a form of the page, with its nonce.
func (b *reset) send(from *answer, pairs ...string) *answer {
	b.t.Helper()
	return b.post(b.page, append(pairs, "nonce", nonce(b.t, from))...)
}

// signIn wants the password to be the user's.
func (b *reset) signIn(user, pw string) {
	b.t.Helper()
	for _, wrong := range []string{pass, pw} {
		got := b.h.token(login("Username", user, "Password", wrong)).refusal(b.t).VGResponse.AuthenticationState.Status
		if mismatch := got == int64(sallyport.Failure|sallyport.PasswordDoesNotMatch); mismatch != (wrong == pass) {
			b.t.Errorf("%q: got %v", wrong, sallyport.Status(got))
		}
	}
}

// TestResetPage walks through the page of an account that has its mailbox alone, in
// each way that the page may be mounted.
func TestResetPage(t *testing.T) {
	for _, tt := range []struct {
		name, issuer, base string
		strip              bool
	}{
		{"at the root", "http://127.0.0.1:5000", "", false},
		{"stripped prefix", "http://127.0.0.1:5000/auth", "", true},
		{"base path", "http://127.0.0.1:5000/auth", "/auth", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t, tt.issuer, httpadapter.Options{BasePath: tt.base})
			var handler http.Handler = h.adapter
			if tt.strip {
				handler = http.StripPrefix("/auth", h.adapter)
			}
			if err := h.engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "mail"}); err != nil {
				t.Fatal(err)
			}
			link := path(t, h.outbox.await(t, func(m sallyport.Message) bool { return m.Kind == "reset" }).Link)
			at := strings.LastIndexByte(link, '/')
			b := &reset{newBrowser(t, handler), h, link[:at]}
			a := b.get(link)
			a.want(t, 200, "")
			wantPageHeaders(t, a)
			for _, part := range []string{`For <strong translate="no">mail</strong>`, `autocomplete="new-password"`, `autocomplete="username"`, `lang="en"`, "for 30 minutes more"} {
				if !strings.Contains(a.body, part) {
					t.Errorf("the page lacks %s", part)
				}
			}
			wantRefusedForm(t, b.send(a, "action", "password", "password", "", "again", ""), "password", "Enter a new password first.")
			other := b.send(a, "action", "password", "password", "another one", "again", "another two")
			wantRefusedForm(t, other, "again", "This is not the same password.")
			weak := b.send(a, "action", "password", "password", "short", "again", "short")
			wantRefusedForm(t, weak, "password", "Use at least 8 characters.")
			if strings.Contains(other.body+weak.body, "another") || strings.Contains(weak.body, `"short"`) {
				t.Error("a password that was typed stands in the page")
			}
			done := b.send(weak, "action", "password", "password", "another one", "again", "another one")
			done.want(t, 200, "")
			for _, again := range []*answer{done, b.get(b.page), b.get(link), b.send(a, "action", "password", "password", "one more, new", "again", "one more, new")} {
				if again.status != 200 || !strings.Contains(again.body, "Your new password is set") {
					t.Errorf("got %d %s, want it done", again.status, again.body)
				}
			}
			for _, secret := range []string{link[at+1:], "another one"} {
				if strings.Contains(a.body+weak.body+done.body+h.log.String(), secret) {
					t.Errorf("%q stands in a page or in the log", secret)
				}
			}
		})
	}
}

// TestResetPageFactors: a factor is asked for before the password, by the way that the
// user chooses.
func TestResetPageFactors(t *testing.T) {
	secret := totp.NewSecret()
	for _, tt := range []struct{ user, by, title string }{
		{"app", "app", "Enter the code"}, {"half", "sms", "Show that it is you"}, {"two", "app", "Show that it is you"}, {"two", "sms", "Show that it is you"},
	} {
		t.Run(tt.user+" "+tt.by, func(t *testing.T) {
			h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
			factors(t, h, secret)
			b, a, _ := openReset(t, h, tt.user)
			if !strings.Contains(a.body, `value="begin"`) || strings.Contains(a.body, "new-password") {
				t.Errorf("got %s, want a factor wanted first", a.body)
			}
			early := b.send(a, "action", "password", "password", "another one", "again", "another one")
			if early.status != 200 || !strings.Contains(early.body, `value="begin"`) {
				t.Errorf("got %d %s, want the factor wanted all the same", early.status, early.body)
			}
			first := b.send(a, "action", "begin")
			if again := b.send(a, "action", "begin"); first.status != 200 || !strings.Contains(first.body, tt.title) || again.body != first.body {
				t.Errorf("got %d %s, want %q, also by a double click", first.status, first.body, tt.title)
			}
			wantPageHeaders(t, first)
			var form *answer
			if tt.by == "sms" {
				form = b.send(first, "action", "send", "by", "sms")
				if !strings.Contains(form.body, "33****4567") || strings.Contains(form.body, "3361234") || !strings.Contains(form.body, `inputmode="numeric"`) {
					t.Errorf("got %s, want the number masked", form.body)
				}
			} else {
				form = b.get(b.page + "?by=app")
			}
			form.want(t, 200, "")
			wantRefusedForm(t, b.send(form, "action", "code", "by", tt.by, "code", " "), "code", "Enter the code first.")
			wantRefusedForm(t, b.send(form, "action", "code", "by", tt.by, "code", "wrong"), "code", "That code is not right.")
			code := secret.Code(totp.Step(h.clock.Now()))
			if tt.by == "sms" {
				code = h.outbox.last(t, "otp").Code
			}
			a = b.send(form, "action", "code", "by", tt.by, "code", code)
			if a.status != 200 || !strings.Contains(a.body, "new-password") {
				t.Fatalf("got %d %s, want the password wanted", a.status, a.body)
			}
			wantRefusedForm(t, b.send(a, "action", "password", "password", "short", "again", "short"), "password", "Use at least 8 characters.")
			b.send(a, "action", "password", "password", "another one", "again", "another one").want(t, 200, "")
			b.signIn(tt.user, "another one")
		})
	}
}

var resetCookie = regexp.MustCompile(`^sallyport_reset=[0-9a-f]{64}; Path=/account/reset; Max-Age=1800; HttpOnly; SameSite=Lax$`)

// TestResetLinkSpendsNothing: robots that open the link, and looks that are no
// person's, spend nothing and get nothing; the key stands in no address that the
// browser is led to.
func TestResetLinkSpendsNothing(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	key := h.resetKey(t, "mail")
	link := resetPath + "/" + key
	for _, r := range []*http.Request{
		request("HEAD", link, ""), request("GET", link, "", "Sec-Fetch-Dest", "iframe"), request("GET", link, "", "Sec-Purpose", "prefetch"),
		request("POST", link, "x", "Content-Type", formType), request("HEAD", resetPath, ""), request("GET", resetPath, ""), request("POST", resetPath, form("action", "password"), "Content-Type", formType),
	} {
		if a := h.do(r); a.header.Get("Set-Cookie") != "" || a.status == 303 {
			t.Errorf("%s: got %d with a cookie", r.Method, a.status)
		}
	}
	for range 3 {
		a := h.do(request("GET", link, ""))
		a.want(t, 303, "")
		wantHeader(t, a, "Location", resetPath)
		wantHeader(t, a, "Referrer-Policy", "no-referrer")
		if got := a.header.Get("Set-Cookie"); !resetCookie.MatchString(got) {
			t.Errorf("got cookie %s", got)
		}
	}
	h.finishReset("key", key, "newPassword", "another one").want(t, 200, begun)
	if got := h.do(request("GET", link, "")).header.Get("Set-Cookie"); !resetCookie.MatchString(got) {
		t.Errorf("once it is done: got cookie %s, want one that lives as long as the key", got)
	}
	secure := newHarness(t, "https://id.example.com", httpadapter.Options{})
	if got := secure.do(request("GET", resetPath+"/"+secure.resetKey(t, "mail"), "")).header.Get("Set-Cookie"); !strings.Contains(got, "; Secure") {
		t.Errorf("got cookie %s, want it secure", got)
	}
}

// TestResetPageBound: a form counts from the browser that keeps the key, with the nonce
// of its page, and for the key that it keeps.
func TestResetPageBound(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b, a, key := openReset(t, h, "mail")
	n := nonce(t, a)
	fields := []string{"action", "password", "password", "another one", "again", "another one", "nonce"}
	b.other().post(resetPath, append(fields, n)...).want(t, 404, "")
	b.other().get(resetPath).want(t, 404, "")
	b.post(resetPath, append(fields, n+"x")...).want(t, 400, "")
	b.post(resetPath, fields[:6]...).want(t, 400, "")
	b.post(resetPath, "action", "nonsense", "nonce", n).want(t, 400, "")
	twice := request("POST", resetPath, form(append(fields, n)...), "Content-Type", formType, "Cookie", "sallyport_reset="+key+"; sallyport_reset="+key)
	h.do(twice).want(t, 404, "")
	for _, dead := range []string{strings.Repeat("0f", 32), "x"} {
		if got := h.do(request("GET", resetPath+"/"+dead, "")); got.status != 410 || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%.5s: got %d", dead, got.status)
		}
	}
	h.clock.advance(30 * time.Minute)
	b.post(resetPath, append(fields, n)...).want(t, 410, "")
	b.get(resetPath).want(t, 410, "")
	wantStatus(t, h.token(login("Username", "mail", "Password", pass)), sallyport.Failure|sallyport.MFAAuthenticationRequired)
}

// TestResetPageOlderForm: the forms of an older tab do not act by the key of a newer one.
// They are told so in place, on the page of that key as far as it is.
func TestResetPageOlderForm(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	secret := totp.NewSecret()
	factors(t, h, secret)
	b, older, _ := openReset(t, h, "mail")
	newer := b.get(resetPath + "/" + h.resetKey(t, "app"))
	for _, fields := range [][]string{
		{"action", "password", "password", "another one", "again", "another one"}, {"action", "begin"}, {"action", "code", "by", "app", "code", "1"}, {"action", "nonsense"},
	} {
		a := b.send(older, fields...)
		if a.status != 400 || !strings.Contains(a.body, "another link was opened in this browser") || !strings.Contains(a.body, `value="begin"`) || nonce(t, a) != nonce(t, newer) {
			t.Errorf("%q: got %d %s, want the newer page and why", fields, a.status, a.body)
		}
	}
	a := b.send(newer, "action", "begin")
	a = b.send(a, "action", "code", "by", "app", "code", secret.Code(totp.Step(h.clock.Now())))
	b.send(a, "action", "password", "password", "another one", "again", "another one").want(t, 200, "")
	if done := b.send(older, "action", "begin"); done.status != 200 || !strings.Contains(done.body, "Your new password is set") {
		t.Errorf("got %d %s, want the page as it is now", done.status, done.body)
	}
	b.signIn("app", "another one")
	wantStatus(t, h.token(login("Username", "mail", "Password", pass)), sallyport.Failure|sallyport.MFAAuthenticationRequired)
}

// TestResetPageCloses: five wrong codes end the key, which the page says.
func TestResetPageCloses(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	factors(t, h, totp.NewSecret())
	b, a, key := openReset(t, h, "app")
	a = b.send(a, "action", "begin")
	for _, code := range []string{"1", "2", "3", "4"} {
		wantRefusedForm(t, b.send(a, "action", "code", "by", "app", "code", code), "code", "That code is not right.")
	}
	for _, end := range []*answer{b.send(a, "action", "code", "by", "app", "code", "5"), b.get(resetPath), b.get(resetPath + "/" + key)} {
		if end.status != 410 || !strings.Contains(end.body, "This link is no longer good") {
			t.Errorf("got %d %s, want it over", end.status, end.body)
		}
	}
}

// TestResetPageElsewhere: the page is served where the engine's mails lead, and not in
// the place of another route.
func TestResetPageElsewhere(t *testing.T) {
	for at, ok := range map[string]bool{"/my/password": true, "/mfa/link": false, "/connect/token": false, "/CONNECT/Token": false} {
		e, err := sallyport.New(t.Context(), sallyport.Config{Store: newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{}).store, InsecurePlainStore: true, Issuer: "http://127.0.0.1:5000", Pages: sallyport.Pages{Reset: at}})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		a, err := httpadapter.New(e, httpadapter.Options{})
		if (err == nil) != ok {
			t.Errorf("%s: got %v, want it taken: %v", at, err, ok)
		}
		if ok {
			serve(a, request("HEAD", at, "")).want(t, 200, "")
			serve(a, request("HEAD", resetPath, "")).want(t, 404, "")
		}
	}
}
