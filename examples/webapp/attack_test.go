package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// posts are all forms of the app that want somebody to be signed in.
var posts = []string{"/vault", "/account/factors", "/sign-out-everywhere", "/step-up", "/sign-out"}

// TestForeign: what another site has a browser send is refused, changes nothing, and signs
// nobody in.
func TestForeign(t *testing.T) {
	w := newWorld(t)
	cookie := w.cookie("bob").String()
	good := url.Values{"name": {"bob"}, "password": {w.passwords["bob"]}}.Encode()
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
		{"Sec-Fetch-Site", "cross-site", "Origin", w.Engine.Issuer()},
	} {
		for _, path := range append(slices.Clone(posts), "/sign-in") {
			got := w.raw("POST", path, good, append(from, "Cookie", cookie)...)
			if got.StatusCode != 403 || len(got.Cookies()) > 0 {
				t.Errorf("%s, %v: got %d with %d cookies, want 403", path, from, got.StatusCode, len(got.Cookies()))
			}
		}
		if got := w.raw("POST", "/sign-in", good, from...); got.StatusCode != 403 {
			t.Errorf("a sign-in, %v: got %d, want 403", from, got.StatusCode)
		}
	}
	for _, path := range posts {
		if got := w.raw("POST", path, good, "Cookie", cookie); got.StatusCode != 403 {
			t.Errorf("%s, from nowhere: got %d, want 403", path, got.StatusCode)
		}
	}
	if got := w.raw("GET", "/members", "", "Cookie", cookie); got.StatusCode != 200 {
		t.Errorf("afterwards: got %d, want 200", got.StatusCode)
	}
}

// TestNobody: without a cookie no form does anything, and no page shows what is behind it.
func TestNobody(t *testing.T) {
	w := newWorld(t)
	for _, path := range posts[:4] {
		if got := w.raw("POST", path, "", "Sec-Fetch-Site", "same-origin"); got.StatusCode != 401 {
			t.Errorf("POST %s: got %d, want 401", path, got.StatusCode)
		}
	}
	for _, path := range []string{"/members", "/admin", "/vault", "/account", "/step-up"} {
		got := w.raw("GET", path, "", "Sec-Fetch-Mode", "navigate")
		if to := got.Header.Get("Location"); got.StatusCode != 303 || to != "/sign-in?to="+url.QueryEscape(path) {
			t.Errorf("GET %s: got %d to %q", path, got.StatusCode, to)
		}
		if got := w.raw("GET", path, ""); got.StatusCode != 401 {
			t.Errorf("GET %s by a program: got %d, want 401", path, got.StatusCode)
		}
	}
	for _, path := range []string{"/connect/token", "/connect/userinfo", "/.well-known/openid-configuration", "/api/Password/Change", "/nothing"} {
		if got := w.raw("GET", path, ""); got.StatusCode != 404 {
			t.Errorf("GET %s: got %d, want 404", path, got.StatusCode)
		}
	}
}

// TestWrongOrder: steps that come before those that they follow, or name what is not theirs.
func TestWrongOrder(t *testing.T) {
	w := newWorld(t)
	same := []string{"Sec-Fetch-Site", "same-origin"}
	for name, form := range map[string]string{
		"nothing": "", "a code alone": "code=123456", "an option alone": "option=6f209594-fc04-4e96-9f9f-7daf57b0fb12", "a name alone": "name=ada",
		"a password alone": "password=" + w.passwords["ada"],
	} {
		if got := w.raw("POST", "/sign-in", form, same...); got.StatusCode != 400 || len(got.Cookies()) > 0 {
			t.Errorf("%s: got %d, want 400", name, got.StatusCode)
		}
	}
	unknown := "request=6f209594-fc04-4e96-9f9f-7daf57b0fb12&option=6f209594-fc04-4e96-9f9f-7daf57b0fb12&code=123456"
	if got := w.raw("POST", "/sign-in", unknown, same...); got.StatusCode != 200 || !strings.Contains(textOf(t, got), "Begin again.") || len(got.Cookies()) > 0 {
		t.Errorf("a request of nobody's: got %d", got.StatusCode)
	}
	cookie := w.cookie("bob").String()
	mine := append(same, "Cookie", cookie)
	if got := w.raw("POST", "/step-up?to=/vault", unknown, mine...); got.StatusCode != 200 || !strings.Contains(textOf(t, got), "Begin again.") || len(got.Cookies()) > 0 {
		t.Errorf("a step-up of nobody's: got %d", got.StatusCode)
	}
	if got := w.raw("POST", "/account/factors", unknown, mine...); got.StatusCode != 200 || !strings.Contains(textOf(t, got), "Your account") {
		t.Errorf("a change of nobody's: got %d", got.StatusCode)
	}
	for to, want := range map[string]string{"https://evil.example": "/", "//evil.example": "/", "/members?a=b": "/members?a=b"} {
		form := url.Values{"name": {"bob"}, "password": {w.passwords["bob"]}}.Encode()
		if got := w.raw("POST", "/sign-in?to="+url.QueryEscape(to), form, same...).Header.Get("Location"); got != want {
			t.Errorf("to %q: led to %q, want %q", to, got, want)
		}
	}
}

// TestTwiceAndBack: a form sent twice signs in once; whoever goes back, or has a second tab,
// is asked again, and neither tab puts the other out.
func TestTwiceAndBack(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	first := b.Open("/members").Form("password").Fill("name", "ada").Fill("password", w.passwords["ada"])
	p, tab := first.Submit("Sign in"), w.enter(b, "/members", "ada")
	p = p.Form(codeToAda).Submit(codeToAda)
	form := p.Form("code").Fill("code", w.code())
	form.Submit("Go on").Want(t, 200, "Hello ada. Only members")
	form.Submit("Go on").Want(t, 200, "Begin again.")
	b.Open("/members").Want(t, 200, "Hello ada")
	first.Submit("Sign in").Want(t, 200, "How do you want to prove that it is you?")
	w.Clock.Advance(time.Minute)
	w.byCode(tab).Want(t, 200, "Hello ada. Only members") // the first session ends with it
	b.Open("/").Want(t, 200, "Hello ada").Form("Sign out").Submit("Sign out").Want(t, 200, "Password")
	b.Open("/members").Want(t, 200, "Password")
}

// TestStepUpOfAnother: a step-up belongs to the session in which it began, and a second one
// ends the first.
func TestStepUpOfAnother(t *testing.T) {
	w := newWorld(t)
	ada, other := w.in("ada"), w.in("ada")
	w.Clock.Advance(6 * time.Minute)
	begin := func() (request, option string) {
		p := ada.Open("/vault").Form("Go on").Submit("Go on").Want(t, 200, "How do you want")
		p = p.Form(codeToAda).Submit(codeToAda)
		return p.Form("code").Value("request"), p.Form("code").Value("option")
	}
	request, option := begin()
	code := w.code()
	foreign := other.Open("/vault").Form("Go on").Submit("Go on").Form(codeToAda).Submit(codeToAda).Form("code")
	answer := url.Values{"request": {request}, "option": {option}, "code": {code}}.Encode()
	stranger := w.cookie("bob").String()
	got := w.raw("POST", "/step-up", answer, "Sec-Fetch-Site", "same-origin", "Cookie", stranger)
	if len(got.Cookies()) > 0 || !strings.Contains(textOf(t, got), "Begin again.") {
		t.Errorf("by another account: got %d", got.StatusCode)
	}
	foreign.Fill("code", code).Submit("Go on").Want(t, 200, "That code is wrong.") // in another session of the same account
	tab := ada.Open("/vault").Form("Go on").Submit("Go on")
	old := ada.Open("/step-up?to=/vault").Want(t, 200, "Is it you?")
	if old.Status != 200 || tab.Form(codeToAda).Value("request") == request {
		t.Error("a second step-up is the first")
	}
	w.Clock.Advance(31 * time.Second)
	p := tab.Form(codeToAda).Submit(codeToAda)
	p.Form("code").Fill("code", w.code()).Submit("Go on").Want(t, 200, "gold coins")
	other.Open("/vault").Want(t, 200, "Is it you?")
}

// TestOutbox: the mails are shown on this machine alone, by its own name.
func TestOutbox(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		pairs  []string
		status int
	}{
		"here": {nil, 200}, "by another name of this machine": {[]string{"Host", "[::1]:8080"}, 200}, "by a name without a port": {[]string{"Host", "localhost"}, 200},
		"through a proxy": {[]string{"X-Forwarded-For", "192.0.2.1"}, 403}, "through another": {[]string{"Forwarded", "for=192.0.2.1"}, 403}, "through a third": {[]string{"Via", "1.1 x"}, 403},
		"by a name of another page's": {[]string{"Host", "evil.example"}, 403}, "by one that looks like ours": {[]string{"Host", "localhost.evil.example:8080"}, 403},
	} {
		if got := w.raw("GET", outboxPath, "", tt.pairs...); got.StatusCode != tt.status {
			t.Errorf("%s: got %d, want %d", name, got.StatusCode, tt.status)
		}
	}
	if isFromHere(request("192.0.2.1:1", "localhost:8080")) || isFromHere(request("", "localhost:8080")) || !isFromHere(request("[::ffff:127.0.0.1]:1", "localhost:8080")) {
		t.Error("the address of whoever asks does not count")
	}
}
