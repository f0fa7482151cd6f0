package httpadapter_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// TestDeadPages checks that all dead pages are the same, so that none tells why.
func TestDeadPages(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	id := h.first(t, "bare").RequestID
	h.do(request("GET", "/mfa/enroll/"+id, "")).want(t, 200, "") // somebody's browser
	want := h.do(request("GET", "/mfa/enroll/x", "")).body
	for _, r := range []*http.Request{
		request("GET", "/mfa/enroll/"+id, ""),
		request("GET", "/mfa/enroll/"+id, "", "Cookie", "sallyport_enroll_00000000=x"),
		request("GET", "/mfa/enroll/"+appID, ""),
		request("GET", "/mfa/enroll/%00", ""),
		request("GET", "/mfa/enroll/"+strings.Repeat("x", 9000), ""),
		request("POST", "/mfa/enroll/"+id, "action=totp&nonce=x&code=1", "Content-Type", formType),
		request("GET", "/mfa/link/x", ""),
		request("GET", "/mfa/link/"+strings.Repeat("0", 64), ""),
		request("GET", "/mfa/link/u"+strings.Repeat("0", 64), ""),
		request("POST", "/mfa/link/"+strings.Repeat("0", 64), "decision=approve&nonce=x", "Content-Type", formType),
		request("POST", "/mfa/link/"+strings.Repeat("0", 64), "decision=deny", "Content-Type", formType),
	} {
		a := h.do(r)
		a.want(t, 404, want)
		wantPageHeaders(t, a)
	}
	h.clock.advance(11 * time.Minute)
	dead := h.first(t, "bare").RequestID
	h.clock.advance(11 * time.Minute)
	h.do(request("GET", "/mfa/enroll/"+dead, "")).want(t, 404, want)
}

var styleElement = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

// wantPageHeaders checks that a page has its headers, no script and one style.
func wantPageHeaders(t *testing.T, a *answer) {
	t.Helper()
	m := styleElement.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("no style in %s", a.body)
	}
	sum := sha256.Sum256([]byte(m[1]))
	wantHeader(t, a, "Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
		"'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	wantHeader(t, a, "Content-Type", "text/html; charset=utf-8")
	wantHeader(t, a, "Referrer-Policy", "no-referrer")
	wantHeader(t, a, "Cache-Control", "no-store, no-cache, max-age=0")
	wantHeader(t, a, "X-Content-Type-Options", "nosniff")
	wantHeader(t, a, "X-Robots-Tag", "noindex")
	wantHeader(t, a, "X-Frame-Options", "DENY")
	wantHeader(t, a, "Cross-Origin-Opener-Policy", "same-origin")
	wantHeader(t, a, "Cross-Origin-Resource-Policy", "same-origin")
	wantHeader(t, a, "Access-Control-Allow-Origin", "")
	for _, bad := range []string{"<script", " style=", " onload=", "javascript:"} {
		if strings.Contains(html.UnescapeString(strings.ReplaceAll(a.body, html.EscapeString(nasty), "")), bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
}

// TestPagesEscape shows names that try to be markup.
func TestPagesEscape(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{AnswerLinksAtOnce: true})
	enroll := h.do(request("GET", "/mfa/enroll/"+h.first(t, nasty).RequestID+"?add=app", ""))
	r := h.first(t, nasty+"mail")
	h.token(login("AuthenticationRequestId", r.RequestID, "MFAAvailableId", option(t, r, "Email", "Link")))
	link := h.do(request("GET", path(t, h.outbox.last(t, "link").Link), ""))
	for name, a := range map[string]*answer{"enroll": enroll, "link": link} {
		a.want(t, 200, "")
		wantPageHeaders(t, a)
		if strings.Contains(a.body, "<svg") || strings.Count(a.body, "&lt;svg/onload=alert(1)&gt;") < 2 {
			t.Errorf("%s: got %s, want names escaped", name, a.body)
		}
	}
	m := regexp.MustCompile(`href="(otpauth:[^"]*)"`).FindStringSubmatch(enroll.body)
	if m == nil {
		t.Fatal("no link to the app")
	}
	if u, err := url.Parse(html.UnescapeString(m[1])); err != nil || !strings.Contains(u.Path, nasty) {
		t.Errorf("got %s (%v), want a URI with the name", m[1], err)
	}
}

func TestPageForms(t *testing.T) {
	h := shared()
	for _, page := range []string{"/mfa/enroll/" + appID, "/mfa/link/" + strings.Repeat("0", 64)} {
		for _, tt := range []struct {
			name, contentType, body string
			status                  int
		}{
			{"JSON", "application/json", `{}`, 415},
			{"multipart", "multipart/form-data; boundary=x", "--x--", 415},
			{"17 KiB", formType, strings.Repeat("x", 17<<10), 413},
			{"repeated", formType, "nonce=a&nonce=b", 400},
			{"bad percent code", formType, "nonce=%", 400},
		} {
			t.Run(tt.name, func(t *testing.T) {
				a := h.do(request("POST", page, tt.body, "Content-Type", tt.contentType))
				a.want(t, tt.status, "")
				wantPageHeaders(t, a)
			})
		}
		wantPageHeaders(t, h.do(request("PUT", page, "")))
	}
}
