package httpadapter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// TestBrand: the host's name and mark stand above every page, also those that
// refuse, and its local time on those that tell a time.
func TestBrand(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{
		Name: "Example & Co", Logo: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), Location: time.FixedZone("CET", 3600), AnswerLinksAtOnce: true,
	})
	link := startLink(t, h, "mail", "_Native").look(t)
	for name, a := range map[string]*answer{
		"enrolment": h.do(request("GET", "/mfa/enroll/"+h.first(t, "bare").RequestID, "")),
		"link":      link,
		"unknown":   h.do(request("GET", "/mfa/enroll/x", "")),
	} {
		wantPageHeaders(t, a)
		for _, part := range []string{`<header><img src="data:image/svg&#43;xml;base64,PHN2`, "<span>Example &amp; Co</span></header>", " – Example &amp; Co</title>"} {
			if !strings.Contains(a.body, part) {
				t.Errorf("%s: got %s, want %s", name, a.body, part)
			}
		}
	}
	if !strings.Contains(link.body, "(4 March 2026, 06:06 CET)") {
		t.Errorf("got %s, want the local time", link.body)
	}
	for _, o := range []httpadapter.Options{{Name: "a\nb"}, {Logo: []byte("no picture")}} {
		if a, err := httpadapter.New(h.engine, o); err == nil || !strings.Contains(err.Error(), "Options.Name, Logo and Files") {
			t.Errorf("got %v, %v, want it refused", a, err)
		}
	}
}
