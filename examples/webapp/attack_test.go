package main

import (
	"net/url"
	"testing"
)

// TestForeign: what another site has a browser send is refused, changes nothing, and signs
// nobody in or out.
func TestForeign(t *testing.T) {
	w := newWorld(t)
	cookie := w.cookie("bob").String()
	posts := []string{"/vault", "/admin/users/1", "/sign-out", "/sign-in", "/step-up"}
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
		{"Sec-Fetch-Site", "cross-site", "Origin", w.Engine.Issuer()}, {},
	} {
		for _, path := range posts {
			got := w.raw("POST", path, "", append(from, "Cookie", cookie)...)
			if got.StatusCode != 403 || len(got.Cookies()) > 0 {
				t.Errorf("%s, %v: got %d with %d cookies, want 403", path, from, got.StatusCode, len(got.Cookies()))
			}
		}
	}
	if got := w.raw("GET", "/members", "", "Cookie", cookie); got.StatusCode != 200 {
		t.Errorf("afterwards: got %d, want 200", got.StatusCode)
	}
}

// TestNobody: without a cookie no form does anything, and no page shows what is behind it.
func TestNobody(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/vault", "/admin/users/1"} {
		if got := w.raw("POST", path, "", "Sec-Fetch-Site", "same-origin"); got.StatusCode != 401 {
			t.Errorf("POST %s: got %d, want 401", path, got.StatusCode)
		}
	}
	for _, path := range []string{"/members", "/admin", "/vault", "/admin/users/1", "/step-up"} {
		got := w.raw("GET", path, "", "Sec-Fetch-Mode", "navigate")
		if to := got.Header.Get("Location"); got.StatusCode != 303 || to != "/sign-in?to="+url.QueryEscape(path) {
			t.Errorf("GET %s: got %d to %q", path, got.StatusCode, to)
		}
	}
	for _, path := range []string{"/connect/token", "/connect/userinfo", "/.well-known/openid-configuration", "/api/Password/Change", "/nothing"} {
		if got := w.raw("GET", path, ""); got.StatusCode != 404 {
			t.Errorf("GET %s: got %d, want 404", path, got.StatusCode)
		}
	}
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
