package sallyporttest

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/sallyport-auth/sallyport/totp"
)

// Page is what a [Browser] shows. Its forms keep what was filled in, as a browser
// does that goes back.
type Page struct {
	URL    string // where it stands, after redirects
	Status int
	Header http.Header
	Title  string
	// Text is what a reader sees, without the values of fields: a line for each
	// paragraph, cell or other block, blanks joined. Of an answer that is no HTML
	// it is the whole.
	Text string
	Body []byte
	// Away is where a redirect leads that leaves the browser's host, and so was
	// not followed. The page is then the redirect itself.
	Away string

	browser *Browser
	at      *url.URL
	doc     *html.Node
}

// read makes a page of an answer.
func (b *Browser) read(res *http.Response, body []byte) *Page {
	b.t.Helper()
	at := *res.Request.URL
	at.Fragment, at.RawFragment = "", ""
	p := &Page{URL: at.String(), Status: res.StatusCode, Header: res.Header, Body: body, browser: b, at: &at, doc: &html.Node{Type: html.DocumentNode}}
	if to, err := res.Location(); err == nil && res.StatusCode/100 == 3 {
		p.Away = to.String()
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != "text/html" {
		p.Text = string(body)
		return p
	}
	doc, err := html.ParseWithOptions(bytes.NewReader(body), html.ParseOptionEnableScripting(false))
	if err != nil {
		b.t.Fatalf("sallyporttest: reading the page %s: %v", p.at.Path, err)
	}
	p.doc, p.Text = doc, visibleText(doc)
	for title := range elements(doc, atom.Title) {
		p.Title = oneLine(visibleText(title))
		break
	}
	return p
}

// Want fails the test unless the page has that status and its text holds all parts,
// and returns the page. Blanks and the form of apostrophes do not matter.
func (p *Page) Want(t testing.TB, status int, parts ...string) *Page {
	t.Helper()
	if p.Status != status {
		t.Errorf("got status %d of %s, want %d; the page is %s", p.Status, p.at.Path, status, p)
	}
	text := oneLine(p.Text)
	for _, part := range parts {
		if !strings.Contains(text, oneLine(part)) {
			t.Errorf("got no %q on %s, want it there; the page is %s", part, p.at.Path, p)
		}
	}
	return p
}

// maxShown bounds the text of a page in a complaint.
const maxShown = 600

// String says what the page is: its title and the beginning of its text.
func (p *Page) String() string {
	text := oneLine(p.Text)
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return fmt.Sprintf("%d %q: %s", p.Status, p.Title, text)
}

// Follow opens the page that a link leads to. The link is named by its text, or by
// the words with which it begins if no other begins so.
func (p *Page) Follow(link string) *Page {
	p.browser.t.Helper()
	var names, hrefs []string
	for n := range elements(p.doc, atom.A) {
		if href, ok := attribute(n, "href"); ok {
			names, hrefs = append(names, oneLine(visibleText(n))), append(hrefs, href)
		}
	}
	i := slices.Index(names, oneLine(link))
	if i < 0 {
		begins := func(name string) bool { return strings.HasPrefix(name, oneLine(link)+" ") }
		if i = slices.IndexFunc(names, begins); i >= 0 && slices.ContainsFunc(names[i+1:], begins) {
			i = -1
		}
	}
	if i < 0 {
		p.browser.t.Fatalf("sallyporttest: got no link %q on %s, want one; it has the links %q", link, p.at.Path, names)
	}
	return p.browser.visit(visit{method: http.MethodGet, to: p.resolve(hrefs[i]), site: "same-origin", from: p})
}

// Authenticator returns the app on a telephone to which somebody has added the key
// that the page shows, as the enrolment page does: by its link that begins with
// otpauth. Its clock is the kit's.
func (p *Page) Authenticator() *Authenticator {
	p.browser.t.Helper()
	for n := range elements(p.doc, atom.A) {
		href, _ := attribute(n, "href")
		u, err := url.Parse(href)
		if err != nil || u.Scheme != "otpauth" {
			continue
		}
		secret, err := totp.ParseSecret(u.Query().Get("secret"))
		if err != nil {
			p.browser.t.Fatalf("sallyporttest: reading the key on %s: %v", p.at.Path, err)
		}
		return &Authenticator{Secret: secret, clock: p.browser.clock}
	}
	p.browser.t.Fatalf("sallyporttest: got no otpauth link on %s, want one; the page is %s", p.at.Path, p)
	return nil
}

// resolve reads an address that stands on the page.
func (p *Page) resolve(address string) *url.URL {
	p.browser.t.Helper()
	u, err := p.at.Parse(strings.TrimSpace(address))
	if err != nil {
		p.browser.t.Fatalf("sallyporttest: got an address on %s that cannot be read: %v", p.at.Path, err)
	}
	return u
}

// isSilent reports whether the page tells no other that it led there.
func (p *Page) isSilent() bool {
	policy := p.Header.Get("Referrer-Policy")
	for n := range elements(p.doc, atom.Meta) {
		if name, _ := attribute(n, "name"); strings.EqualFold(name, "referrer") {
			policy, _ = attribute(n, "content")
		}
	}
	return strings.EqualFold(strings.TrimSpace(policy), "no-referrer")
}

// Form returns the one form of the page that has all of these: the name, id or label
// of a field, the text of a button, or the id, name or action of the form itself.
// Without any it is the only form of the page.
func (p *Page) Form(with ...string) *Form {
	p.browser.t.Helper()
	var all, found []*Form
	for n := range elements(p.doc, atom.Form) {
		f := &Form{page: p, node: n, controls: p.controls(n)}
		all = append(all, f)
		if !slices.ContainsFunc(with, func(name string) bool { return !f.has(oneLine(name)) }) {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		p.browser.t.Fatalf("sallyporttest: got %d forms with %q on %s, want one; the page has%s", len(found), with, p.at.Path, list(all))
	}
	return found[0]
}

// list describes forms, or what else there is, one a line.
func list[T fmt.Stringer](all []T) string {
	if len(all) == 0 {
		return " none"
	}
	var b strings.Builder
	for _, one := range all {
		b.WriteString("\n\t" + one.String())
	}
	return b.String()
}
