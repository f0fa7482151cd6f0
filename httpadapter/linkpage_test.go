package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/wire"
)

// linkLogin is a login that has come to its link.
type linkLogin struct {
	h        *harness
	response *wire.Response
	second   string // the body of call 2
	page     string
}

// secretOf is the field of a client's secret: a SPA has none.
func secretOf(client string) string {
	if client == "_SPA" {
		return ""
	}
	return "&" + form("client_secret", secret)
}

// startLink makes calls 1 and 2.
func startLink(t *testing.T, h *harness, user, client string) *linkLogin {
	t.Helper()
	body := func(pairs ...string) string {
		return strings.NewReplacer("_Native", client, "&"+form("client_secret", secret), secretOf(client)).Replace(login(pairs...))
	}
	r := h.token(body("Username", user, "Password", pass)).refusal(t).VGResponse
	l := &linkLogin{h: h, response: r, second: body("AuthenticationRequestId", r.RequestID, "MFAAvailableId", option(t, r, "Email", "Link"))}
	wantStatus(t, h.token(l.second), sallyport.Failure|sallyport.MFAWaitingUserAction)
	l.page = path(t, h.outbox.last(t, "link").Link)
	return l
}

func (l *linkLogin) look(t *testing.T) *answer {
	t.Helper()
	a := l.h.do(request("GET", l.page, ""))
	a.want(t, 200, "")
	wantPageHeaders(t, a)
	return a
}

// decide sends the form of the page, and follows where the answer leads. It checks
// that only pages come back.
func (l *linkLogin) decide(t *testing.T, pairs ...string) *answer {
	t.Helper()
	body := form(append([]string{"nonce", nonce(t, l.look(t))}, pairs...)...)
	a := l.h.do(request("POST", l.page, body, "Content-Type", formType))
	if a.status == 303 {
		wantHeader(t, a, "Location", l.page)
		wantHeader(t, a, "Set-Cookie", "")
		wantHeader(t, a, "Cache-Control", "no-store, no-cache, max-age=0")
		a = l.h.do(request("GET", l.page, ""))
	}
	wantPageHeaders(t, a)
	wantHeader(t, a, "Set-Cookie", "")
	for _, leak := range []string{"access_token", "eyJ", "refresh_token"} {
		if strings.Contains(a.body, leak) {
			t.Errorf("the page holds %s", leak)
		}
	}
	return a
}

func newLinkHarness(t *testing.T) *harness {
	t.Helper()
	return newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{AnswerLinksAtOnce: true})
}

func TestLinkApproved(t *testing.T) {
	h := newLinkHarness(t)
	l := startLink(t, h, "mail", "_Native")
	// Mail scanners and browsers that load pages ahead open the link.
	for _, r := range []*http.Request{
		request("HEAD", l.page, ""), request("GET", l.page, ""), request("GET", l.page+"/", "", "Purpose", "prefetch"),
		request("GET", l.page+"?decision=approve&nonce=x", "", "Sec-Purpose", "prefetch"), request("OPTIONS", l.page, ""),
		request("POST", l.page, "decision=approve", "Content-Type", formType),
		request("POST", l.page, "decision=approve&nonce=x", "Content-Type", formType, "Origin", "https://evil.example"),
	} {
		h.do(r)
	}
	wantStatus(t, h.token(l.second), sallyport.Failure|sallyport.MFAWaitingUserAction)
	if got := h.outbox.count(); got != 1 {
		t.Errorf("got %d messages, want 1", got)
	}
	page := l.look(t)
	for _, part := range []string{`<dd translate="no">mail</dd>`, "<dd>less than a minute ago (4 March 2026, 05:06 UTC)</dd>", "<dd>address 192.0.2.1</dd>", "It was me: approve", "This wasn’t me"} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	l.decide(t, "decision", "maybe").want(t, 400, "")
	done := l.decide(t, "decision", "approve")
	if done.status != 200 || !strings.Contains(done.body, "<h1>Approved</h1>") {
		t.Errorf("got %d %s", done.status, done.body)
	}
	for range 2 { // also once it has granted
		if again := h.do(request("GET", l.page, "")); !strings.Contains(again.body, "<h1>Approved</h1>") {
			t.Errorf("once more: got %d %s", again.status, again.body)
		}
		h.token(l.second)
	}
	h.clock.advance(10 * time.Minute)
	h.do(request("GET", l.page, "")).want(t, 404, "")
}

func TestLinkDenied(t *testing.T) {
	h := newLinkHarness(t)
	l := startLink(t, h, "mail", "_Native")
	if a := l.decide(t, "decision", "deny"); !strings.Contains(a.body, "<h1>Stopped</h1>") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	wantStatus(t, h.token(l.second), sallyport.Failure|sallyport.ProcessCanceled)
}

func TestLinkNumber(t *testing.T) {
	h := newLinkHarness(t)
	for _, wrong := range []bool{true, false} {
		h.clock.advance(15 * time.Minute)
		l := startLink(t, h, "mail", "_WebApp")
		number := ""
		for _, o := range l.response.AuthenticationResponse.MFAAvailables {
			if o.AuthenticationModeDisplay == "Link" {
				number = o.MatchNumber
			}
		}
		if page := l.look(t); !strings.Contains(page.body, `name="number"`) || strings.Contains(page.body, ">"+number+"<") {
			t.Errorf("got %s, want the number asked for and not shown", page.body)
		} else if strings.Contains(page.body, "<select") || strings.Contains(page.body, `type="radio"`) || strings.Contains(page.body, "<datalist") {
			t.Errorf("got %s, want a number that is typed, and nothing to pick from", page.body)
		}
		tab := nonce(t, l.look(t))                            // of another tab, which stays open
		for _, typo := range []string{"", "7", "123", "ab"} { // none of these takes the one try
			if a := l.decide(t, "decision", "approve", "number", typo); a.status != 400 || !strings.Contains(a.body, `role="alert"`) || !strings.Contains(a.body, `aria-invalid="true"`) {
				t.Errorf("%q: got %d %s", typo, a.status, a.body)
			}
		}
		if wrong {
			other := "00"
			if number == other {
				other = "01"
			}
			if a := l.decide(t, "decision", "approve", "number", other); !strings.Contains(a.body, "That was not the number") {
				t.Errorf("got %s", a.body)
			}
			late := h.do(request("POST", l.page, form("nonce", tab, "decision", "approve", "number", number), "Content-Type", formType))
			if late.want(t, 303, ""); !strings.Contains(l.look(t).body, "That was not the number") {
				t.Error("the right number in another tab comes too late, and the page does not say so")
			}
			wantStatus(t, h.token(l.second), sallyport.Failure|sallyport.ProcessCanceled)
			continue
		}
		l.decide(t, "decision", "approve", "number", " "+number[:1]+" - "+number[1:]+" ").want(t, 200, "")
		h.token(l.second).success(t)
	}
}

// TestLinkNumberDenied denies without a number: only an approval needs it.
func TestLinkNumberDenied(t *testing.T) {
	h := newLinkHarness(t)
	l := startLink(t, h, "mail", "_WebApp")
	denied := l.decide(t, "decision", "deny", "number", "")
	denied.want(t, 200, "")
	wantNote(t, denied, "Stopped")
	wantStatus(t, h.token(l.second), sallyport.Failure|sallyport.ProcessCanceled)
}

// TestLinkMustWait makes two logins at once, without a number to tell them apart.
func TestLinkMustWait(t *testing.T) {
	h := newLinkHarness(t)
	one := startLink(t, h, "mail", "_Native")
	two := startLink(t, h, "mail", "_SPA")
	for _, l := range []*linkLogin{one, two} {
		if page := l.look(t); strings.Contains(page.body, "approve</button>") || !strings.Contains(page.body, "wait until the other has expired") {
			t.Errorf("got %s, want no button to approve", page.body)
		}
		if a := l.decide(t, "decision", "approve"); a.status != 400 || !strings.Contains(a.body, "Nothing was approved") || !strings.Contains(a.body, "This wasn’t me") {
			t.Errorf("got %d %s", a.status, a.body)
		}
	}
	two.decide(t, "decision", "deny")
	one.decide(t, "decision", "approve")
	h.token(one.second).success(t)
}

// TestLinkKeepsTheBox types something that is no number: what was ticked stays
// ticked, else the next press would approve and add nothing.
func TestLinkKeepsTheBox(t *testing.T) {
	h := newLinkHarness(t)
	l := startAdding(t, h, "_WebApp")
	for _, box := range []string{"yes", ""} {
		a := l.decide(t, "decision", "approve", "number", "4 2 1", "add", box)
		wantRefusedForm(t, a, "number", "Enter the two digits that the sign-in shows.")
		if got := strings.Contains(a.body, `name="add" value="yes" checked>`); got != (box != "") {
			t.Errorf("box %q: got it ticked: %v", box, got)
		}
		if !strings.Contains(a.body, `maxlength="20" value="4 2 1"`) || strings.Contains(a.body, "pattern=") {
			t.Errorf("got %s, want a field that takes blanks, and what was typed", a.body)
		}
	}
}

// startAdding stages an authenticator, and sends the link that would add it.
func startAdding(t *testing.T, h *harness, client string) *linkLogin {
	t.Helper()
	body := func(pairs ...string) string { return strings.Replace(login(pairs...), "_Native", client, 1) }
	r := h.token(body("Username", "mail", "Password", pass)).refusal(t).VGResponse
	staged := h.do(request("POST", api+"ValidateMicrosoftTOTP?requestId="+r.RequestID+"&code="+h.code(t, h.secretOf(t, r.RequestID).Secret), ""))
	if e := staged.enrollment(t); e.IsActive || len(e.RecoveryCodes) != 10 {
		t.Fatalf("got %s, want it staged", staged.body)
	}
	h.clock.advance(time.Second)
	l := &linkLogin{h: h, response: r, second: body("AuthenticationRequestId", r.RequestID, "MFAAvailableId", option(t, r, "Email", "Link"))}
	wantStatus(t, h.token(l.second), sallyport.Failure|sallyport.MFAWaitingUserAction)
	l.page = path(t, h.outbox.last(t, "link").Link)
	return l
}

// TestLinkAdds stages an authenticator and approves the link, with and without
// the box.
func TestLinkAdds(t *testing.T) {
	for _, add := range []bool{false, true} {
		h := newLinkHarness(t)
		l := startAdding(t, h, "_Native")
		if page := l.look(t); !strings.Contains(page.body, `<input type="checkbox" id="add" name="add" value="yes">`) || !strings.Contains(page.body, "authenticator app") {
			t.Errorf("got %s, want an unticked box", page.body)
		}
		if add {
			wantNote(t, l.decide(t, "decision", "approve", "add", "yes"), "Approved")
		} else {
			wantNote(t, l.decide(t, "decision", "approve"), "Approved, and nothing was added")
		}
		h.token(l.second).success(t)
		got := false
		for _, o := range h.first(t, "mail").AuthenticationResponse.MFAAvailables {
			got = got || o.TransportModeDisplay == "MicrosoftAuthenticator"
		}
		if got != add {
			t.Errorf("box %v: got an authenticator: %v", add, got)
		}
		if add {
			undo(t, h)
		}
	}
}

// undo follows the link in the notice of the new factor.
func undo(t *testing.T, h *harness) {
	t.Helper()
	m := h.outbox.await(t, func(m sallyport.Message) bool { return m.Kind == "notice" && m.Link != "" })
	l := &linkLogin{h: h, page: path(t, m.Link)}
	h.do(request("HEAD", l.page, ""))
	if page := l.look(t); !strings.Contains(page.body, "Remove it and end all sessions") || !strings.Contains(page.body, "<li>authenticator app</li>") {
		t.Errorf("got %s, want to be told what is removed", page.body)
	}
	if done := l.decide(t, "decision", "approve"); !strings.Contains(done.body, "<h1>Removed</h1>") {
		t.Errorf("got %d %s", done.status, done.body)
	}
	for _, o := range h.first(t, "mail").AuthenticationResponse.MFAAvailables {
		if o.TransportModeDisplay == "MicrosoftAuthenticator" {
			t.Error("the authenticator is still there")
		}
	}
	if again := l.look(t); !strings.Contains(again.body, "<h1>Removed</h1>") {
		t.Errorf("once more: got %s", again.body)
	}
}
