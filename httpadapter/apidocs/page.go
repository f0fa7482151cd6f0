package apidocs

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page, its style and its script
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/internal/page"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed try.js
	tryScript []byte

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
)

// The names of the page and of its script, below [Folder].
const (
	pageName   = "index.html"
	scriptName = "try.js"
)

// shownPage is what the page is drawn of.
type shownPage struct {
	Brand          page.Brand
	Style          template.CSS
	Issuer, Public string
	Folder, Script string // as a browser finds them
	Outbox         string // of a development server, or nothing
	Groups         []shownGroup
}

type shownGroup struct {
	Tag, ID    string
	Operations []shownOperation
}

// page draws the page. It is the same for everybody.
func (m *maker) page() (httpadapter.Document, error) {
	style := m.theme.Style() + pageCSS
	shown := shownPage{
		Brand: m.theme.Brand(), Style: template.CSS(style), Issuer: m.issuer, Public: m.public,
		Folder: m.public + Folder, Script: m.public + Folder + scriptName, Outbox: m.demo.Outbox,
	}
	for _, r := range m.operations() {
		tag := r.Operation.Tag
		if n := len(shown.Groups); n == 0 || shown.Groups[n-1].Tag != tag {
			shown.Groups = append(shown.Groups, shownGroup{Tag: tag, ID: "group-" + strings.ToLower(strings.ReplaceAll(tag, " ", "-"))})
		}
		group := &shown.Groups[len(shown.Groups)-1]
		group.Operations = append(group.Operations, m.show(&r))
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, shown)
	return httpadapter.Document{
		Path: Folder + pageName, ContentType: "text/html; charset=utf-8", Doc: "The documentation of the API, for people.",
		Page: true, Header: m.pageHeader(style), Body: b.Bytes(),
	}, err
}

// pageHeader are the headers of all pages, with a policy of our own: one style sheet, scripts and
// calls of this server alone, pictures that an answer has brought.
func (m *maker) pageHeader(style string) http.Header {
	h := http.Header{}
	m.theme.SetHeaders(h, page.Page{})
	h.Del("Vary") // the page is in English
	sum := sha256.Sum256([]byte(style))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; "+
		"script-src 'self'; connect-src 'self'; img-src data: blob:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'")
	return h
}

// script is what lets the forms of the page call.
func (m *maker) script() (httpadapter.Document, error) {
	return data(scriptName, "The script of that page, which lets its forms call.", "text/javascript; charset=utf-8", tryScript), nil
}
