package httpadapter_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
)

var recoveryCode = regexp.MustCompile(`<li><code>([^<]*)</code></li>`)

// codesOf reads the recovery codes from a page.
func codesOf(a *answer) (list []string) {
	for _, m := range recoveryCode.FindAllStringSubmatch(a.body, -1) {
		list = append(list, m[1])
	}
	return list
}

// unled is a browser that does not follow where an answer leads.
func (b *browser) unled() *browser {
	c := *b.http
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t: b.t, base: b.base, http: &c}
}

// atApp opens the step of the authenticator, and returns the form that confirms it.
func (b *browser) atApp(h *harness, page string) (form []string) {
	a := b.get(page + "?add=app")
	return []string{"action", "totp", "nonce", nonce(b.t, a), "code", h.code(b.t, typed(b.t, a))}
}

// TestEnrollPageRepeats: what a browser does twice shows the same outcome, and never
// that the page is not available.
func TestEnrollPageRepeats(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	r := h.first(t, "bare")
	page := "/mfa/enroll/" + r.RequestID
	form := b.atApp(h, page)

	var wait sync.WaitGroup // a double click, and more
	for range 8 {
		wait.Go(func() {
			a := b.unled().post(page, form...)
			a.want(t, 303, "")
			wantHeader(t, a, "Location", page)
			wantHeader(t, a, "Cache-Control", "no-store, no-cache, max-age=0")
		})
	}
	wait.Wait()
	codes := codesOf(b.get(page))
	if len(codes) != 10 {
		t.Fatalf("got %d recovery codes, want ten", len(codes))
	}
	wantCodes := func(what string, a *answer) {
		t.Helper()
		wantTitle(t, a, "Save your recovery codes")
		if !slices.Equal(codesOf(a), codes) {
			t.Errorf("%s: got other codes", what)
		}
	}
	wantCodes("reload", b.get(page))
	wantCodes("the form sent again", b.post(page, form...))
	wantTitle(t, b.get(page+"?add=app"), "You are all set") // back
	wantTitle(t, b.get(page+"?view=next"), "You are all set")
	b.other().get(page).want(t, 404, "")
	b.other().post(page, form...).want(t, 404, "")

	h.token(login("Username", "bare", "Password", pass, "AuthenticationRequestId", r.RequestID)).success(t)
	h.clock.advance(59 * time.Second)
	wantCodes("a moment after the grant", b.post(page, form...))
	wantTitle(t, b.get(page+"?view=next"), "This sign-in is complete")
	h.clock.advance(time.Second)
	for range 2 {
		wantTitle(t, b.post(page, form...), "This sign-in is complete")
		wantTitle(t, b.get(page), "This sign-in is complete")
	}
	b.other().get(page).want(t, 404, "")
	h.clock.advance(10 * time.Minute)
	b.get(page).want(t, 404, "")
}

// TestEnrollPageAddressRepeats sends and confirms an address twice at each step.
func TestEnrollPageAddressRepeats(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "bare").RequestID
	n := nonce(t, b.get(page+"?add=email"))
	twice := func(pairs ...string) (a *answer) {
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() { b.unled().post(page, append(pairs, "nonce", n)...).want(t, 303, "") })
		}
		wait.Wait()
		return b.post(page, append(pairs, "nonce", n)...)
	}
	wantTitle(t, twice("action", "email-send", "address", "new@example.org"), "Enter the code")
	if got := h.outbox.count(); got != 1 {
		t.Errorf("got %d messages, want 1", got)
	}
	code := h.outbox.last(t, "enrolment").Code
	wantTitle(t, twice("action", "email-confirm", "code", code), "You are all set")
	wantTitle(t, twice("action", "email-send", "address", "new@example.org"), "You are all set") // back, and sent again
}

// TestEnrollPageCloses: after the fifth wrong code the page says why nothing more
// can be done, and goes on saying so.
func TestEnrollPageCloses(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "bare").RequestID
	form := b.atApp(h, page)
	for _, code := range []string{"1", "2", "3", "4"} {
		wantRefusedForm(t, b.post(page, "action", "totp", "nonce", form[3], "code", code), "code", "That code is not right.")
	}
	last := b.post(page, "action", "totp", "nonce", form[3], "code", "5")
	last.want(t, 400, "")
	wantNote(t, last, "Too many wrong codes")
	if !strings.Contains(last.body, "sign in once more") {
		t.Errorf("got %s, want what to do", last.body)
	}
	wantNote(t, b.post(page, "action", "totp", "nonce", form[3], "code", "5"), "Too many wrong codes") // a moment later, unchecked
	h.clock.advance(11 * time.Second)
	wantNote(t, b.post(page, form...), "Too many wrong codes")
	wantNote(t, b.get(page), "Too many wrong codes")
	b.other().get(page).want(t, 404, "")
	b.post(page, "action", "totp", "nonce", "x", "code", "5").want(t, 404, "") // no form of ours
}

// TestEnrollPageExhausted: where the account's guesses are used up the page says so.
func TestEnrollPageExhausted(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	third := "/mfa/enroll/" + h.first(t, "bare").RequestID
	for range 2 {
		b := newBrowser(t, h.adapter)
		page := "/mfa/enroll/" + h.first(t, "bare").RequestID
		n := nonce(t, b.get(page+"?add=email"))
		b.post(page, "action", "email-send", "nonce", n, "address", "new@example.org")
		for _, code := range []string{"a", "b", "c", "d", "e"} {
			b.post(page, "action", "email-confirm", "nonce", n, "code", code).want(t, 400, "")
		}
	}
	b := newBrowser(t, h.adapter)
	wantTitle(t, b.get(third+"?add=email"), "Too many wrong codes")
	wantTitle(t, b.get(third+"?add=app"), "Set up an authenticator app")
}

// TestNotBound: what browsers load for themselves, and robots that say so, bind the
// page to nobody, and learn nothing.
func TestNotBound(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	page := "/mfa/enroll/" + h.first(t, "bare").RequestID
	unknown := h.do(request("GET", "/mfa/enroll/x", "", "Sec-Fetch-Dest", "iframe")).body
	for _, header := range [][2]string{
		{"Sec-Fetch-Dest", "iframe"}, {"Sec-Fetch-Dest", "frame"}, {"Sec-Fetch-Dest", "image"}, {"Sec-Fetch-Dest", "script"},
		{"Sec-Fetch-Dest", "empty"}, {"Sec-Fetch-Dest", "embed"}, {"Sec-Fetch-Dest", "object"}, {"Sec-Fetch-Dest", "style"},
		{"Sec-Purpose", "prefetch"}, {"Sec-Purpose", "prefetch;prerender"}, {"Sec-Purpose", "Prefetch;anonymous-client-ip"},
		{"Purpose", "prefetch"}, {"Purpose", "preview"}, {"X-Purpose", "preview"}, {"X-Moz", "prefetch"},
	} {
		a := h.do(request("GET", page, "", header[0], header[1]))
		a.want(t, 403, unknown)
		wantPageHeaders(t, a)
		wantHeader(t, a, "Set-Cookie", "")
	}
	a := h.do(request("GET", page, "", "Sec-Fetch-Dest", "document", "Sec-Fetch-Mode", "navigate"))
	a.want(t, 200, "")
	if a.header.Get("Set-Cookie") == "" {
		t.Error("the user's own look has not bound the page")
	}
}

// TestAPIRepeats: the confirming call sent again over the API is answered alike,
// within a minute and three times.
func TestAPIRepeats(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	id := h.first(t, "bare").RequestID
	confirm := func(code string) *answer {
		return h.do(request("POST", api+"ValidateMicrosoftTOTP?requestId="+id+"&code="+code, ""))
	}
	code := h.code(t, h.secretOf(t, id).Secret)
	first := confirm(code)
	for range 3 {
		confirm(code).want(t, 200, first.body)
	}
	if r := confirm(code).enrollment(t); r.RecoveryCodes != nil || !r.IsActive {
		t.Errorf("a fourth repeat: got %+v", r)
	}
	if r := confirm("000000").enrollment(t); r.Status != "SecureCodeDoesNotMatch" || r.RecoveryCodes != nil {
		t.Errorf("a wrong repeat: got %+v", r)
	}
}

// TestLinkRepeats: a link shows how it was answered, whoever asks again and however
// they would answer it now.
func TestLinkRepeats(t *testing.T) {
	for _, tt := range []struct{ first, title string }{{"approve", "Approved"}, {"deny", "Stopped"}} {
		t.Run(tt.first, func(t *testing.T) {
			h := newLinkHarness(t)
			l := startLink(t, h, "mail", "_Native")
			n := nonce(t, l.look(t))
			var wait sync.WaitGroup
			for range 8 {
				wait.Go(func() {
					h.do(request("POST", l.page, form("nonce", n, "decision", tt.first), "Content-Type", formType)).want(t, 303, "")
				})
			}
			wait.Wait()
			for _, other := range []string{"approve", "deny"} {
				h.do(request("POST", l.page, form("nonce", n, "decision", other), "Content-Type", formType)).want(t, 303, "")
				wantNote(t, l.look(t), tt.title)
			}
			h.do(request("POST", l.page, form("nonce", n+"x", "decision", "deny"), "Content-Type", formType)).want(t, 404, "")
			if want := sallyport.Failure | sallyport.ProcessCanceled; tt.first == "deny" {
				wantStatus(t, h.token(l.second), want)
			} else {
				h.token(l.second).success(t)
			}
			wantNote(t, l.look(t), tt.title)
		})
	}
}

// TestLinkOver: a link that nobody answered in time says so.
func TestLinkOver(t *testing.T) {
	h := newLinkHarness(t)
	l := startLink(t, h, "mail", "_Native")
	n := nonce(t, l.look(t))
	h.clock.advance(90 * time.Second)
	for range 2 {
		late := h.do(request("GET", l.page, ""))
		late.want(t, 410, "")
		wantNote(t, late, "This link is no longer good")
		h.do(request("POST", l.page, form("nonce", n, "decision", "approve"), "Content-Type", formType)).want(t, 303, "")
		wantStatus(t, h.token(l.second), sallyport.Failure|sallyport.MFALinkTimeout)
	}
}

// TestReturnURL: the page leads back where the client wants, and nowhere else.
func TestReturnURL(t *testing.T) {
	const back = "com.example.app:/back?a=1&b=2"
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	d := testDirectory()
	for i := range d.Clients {
		d.Clients[i].EnrollmentReturnURIs = []string{back}
	}
	if _, err := h.engine.Apply(t.Context(), d, directory.Options{}); err != nil {
		t.Fatal(err)
	}
	h.token(login("Username", "bare", "Password", pass, "ReturnURL", "https://evil.example/")).
		want(t, 400, `{"error":"invalid_request","error_description":"ReturnURL"}`)
	r := h.token(login("Username", "bare", "Password", pass, "returnurl", back)).refusal(t).VGResponse
	if u := r.AuthenticationResponse.AuthenticationEnrollmentRequest.EnrollmentURL; strings.Contains(u, "back") {
		t.Errorf("got %s, want no return address in it", u)
	}
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + r.RequestID
	b.post(page, b.atApp(h, page)...)
	if a := b.get(page + "?view=next"); !strings.Contains(a.body, `<a class="button" href="com.example.app:/back?a=1&amp;b=2">Go back to App `) {
		t.Errorf("got %s, want the way back", a.body)
	}
}

// TestLinkDevice: the page of a link says with what the login began, in words of
// ours and never in those of the caller.
func TestLinkDevice(t *testing.T) {
	for _, tt := range []struct{ agent, want string }{
		{"Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "<dd>Firefox on Windows, address 192.0.2.1</dd>"},
		{"Your bank on Windows", "<dd>address 192.0.2.1</dd>"},
	} {
		h := newLinkHarness(t)
		r := h.do(request("POST", "/connect/token", login("Username", "mail", "Password", pass), "Content-Type", formType, "User-Agent", tt.agent)).refusal(t).VGResponse
		h.token(login("AuthenticationRequestId", r.RequestID, "MFAAvailableId", option(t, r, "Email", "Link")))
		l := &linkLogin{h: h, page: path(t, h.outbox.last(t, "link").Link)}
		if a := l.look(t); !strings.Contains(a.body, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.agent, a.body, tt.want)
		}
	}
}
