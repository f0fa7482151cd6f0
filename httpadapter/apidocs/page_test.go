package apidocs_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
)

const pagePath = apidocs.Folder + "index.html"

// maxPage bounds the page, in bytes.
const maxPage = 300 << 10

var idOf = regexp.MustCompile(` id="([^"]*)"`)

// TestPage wants the page to say all that the table does.
func TestPage(t *testing.T) {
	a := documented(t, here, httpadapter.Options{CompatValidateByGet: true}, apidocs.Options{Name: "Salt & Co."})
	page := get(a, pagePath).Body.String()
	if len(page) > maxPage {
		t.Errorf("the page has %d bytes, want %d at most", len(page), maxPage)
	}
	ids := map[string]bool{}
	for _, m := range idOf.FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("two elements have the id %s", m[1])
		}
		ids[m[1]] = true
	}
	for _, route := range a.Routes() {
		o := route.Operation
		if o == nil {
			continue
		}
		_, part, found := strings.Cut(page, `<article aria-labelledby="`+o.ID+`">`)
		part, _, _ = strings.Cut(part, "</article>")
		if !found || !strings.Contains(page, `<a href="#`+o.ID+`"><code>`+route.Method+` `+route.Path) {
			t.Errorf("%s: it is not on the page", route.Pattern)
		}
		wants := []string{route.Method + " " + route.Path, o.Doc, "curl '" + here + "/"}
		for _, f := range o.Fields {
			wants = append(wants, "<code>"+f.Name+"</code>", f.Doc)
		}
		for _, answer := range o.Answers {
			wants = append(wants, fmt.Sprintf("<code>%d</code>", answer.Status), answer.Doc)
		}
		for _, want := range wants {
			if !strings.Contains(html.UnescapeString(part), want) {
				t.Errorf("%s: the page does not say %s", route.Pattern, want)
			}
		}
	}
}

// TestPageBegins: the page says at its top what to do first, and where codes are to be found.
func TestPageBegins(t *testing.T) {
	top := func(demo apidocs.Demo) string {
		page := get(documented(t, here, httpadapter.Options{}, apidocs.Options{Demo: demo}), pagePath).Body.String()
		before, _, _ := strings.Cut(page, "<nav ")
		if strings.Count(page, `<a href="#operations">`) != strings.Count(page, "<article ") || !strings.Contains(page, `<nav id="operations"`) {
			t.Error("an operation has no way back to the list of all")
		}
		return before
	}
	begin := top(apidocs.Demo{Outbox: here + "/dev/outbox"})
	for _, want := range []string{`<a href="#token">`, "MFAAvailableId", "MFASecureCode", `<a href="` + here + `/dev/outbox" target="_blank" rel="noreferrer">`} {
		if !strings.Contains(begin, want) {
			t.Errorf("the top of the page lacks %s", want)
		}
	}
	if begin = top(apidocs.Demo{}); strings.Contains(begin, "outbox") {
		t.Error("the page names an outbox where there is none")
	}
}

// secretInput is a field of a form for a secret that would go into an address.
var secretInput = regexp.MustCompile(`<input [^>]*name="(secureCode|password|newPassword|token|key|client_secret)"[^>]*data-in="(query|path)"`)

// TestPageSecrets: no form of the page can put a secret into an address, and without a script
// none sends anything.
func TestPageSecrets(t *testing.T) {
	page := get(documented(t, here, httpadapter.Options{CompatValidateByGet: true}, apidocs.Options{}), pagePath)
	text := page.Body.String()
	if m := secretInput.FindString(text); m != "" {
		t.Errorf("a secret goes into an address: %s", m)
	}
	if strings.Count(text, "<form ") != strings.Count(text, `<form class="try" hidden `) || strings.Contains(text, " action=") {
		t.Error("a form shows without a script")
	}
	if !strings.Contains(page.Header().Get("Content-Security-Policy"), "form-action 'none'") {
		t.Error("the policy lets forms be sent")
	}
}

// TestPageHostile: what a host gives is shown as text, wherever it stands.
func TestPageHostile(t *testing.T) {
	hostile := `"'><script>alert(1)</script><img src=x onerror=alert(1)>`
	a := documented(t, here, httpadapter.Options{}, apidocs.Options{Name: hostile, Demo: apidocs.Demo{
		ClientID: hostile, ClientSecret: hostile, Scope: hostile, Mailed: apidocs.Account{Name: hostile, Password: hostile}, Outbox: here + "/" + "x",
	}})
	w := get(a, pagePath)
	page := w.Body.String()
	if strings.Count(page, "<script") != 1 || strings.Contains(page, "<img src=x") {
		t.Error("the page runs what it should show")
	}
	if !strings.Contains(page, `&#39;client_id=&#34;&#39;\&#39;&#39;&gt;&lt;script&gt;`) {
		t.Error("the line of curl does not quote it for a shell")
	}
	csp := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("the policy %s lacks %s", csp, want)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("got the policy %s", csp)
	}
}

// TestPageHostileIssuer: an odd path of the issuer leads to no other server, and ends no attribute.
func TestPageHostileIssuer(t *testing.T) {
	page := get(documented(t, here+`/"'><script>alert(1)</script>`, httpadapter.Options{}, apidocs.Options{}), pagePath).Body.String()
	if strings.Count(page, "<script") != 1 {
		t.Error("the page runs what it should show")
	}
	if _, err := apidocs.Add(newAdapter(t, "https://id.example.com//evil.example", httpadapter.Options{}), apidocs.Options{}); err == nil {
		t.Error("a path that is the name of a server: got no error")
	}
}

// TestPageBelow: the page finds its parts where the issuer has them, whatever part of the path is
// stripped on the way.
func TestPageBelow(t *testing.T) {
	for base, issuer := range map[string]string{"": "/auth/v1", "/v1": "/auth/v1", "/auth/v1": "/auth/v1"} {
		page := get(documented(t, here+issuer, httpadapter.Options{BasePath: base}, apidocs.Options{}), base+pagePath).Body.String()
		for _, want := range []string{`src="/auth/v1/documentation/try.js"`, `href="/auth/v1/documentation/openapi.json"`, `data-base="/auth/v1"`, `data-path="/connect/token"`, "curl &#39;" + here + "/auth/v1/connect/token&#39;"} {
			if !strings.Contains(page, want) {
				t.Errorf("base path %q: the page lacks %s", base, want)
			}
		}
	}
}
