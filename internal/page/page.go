// Package page holds the pages that people see: their templates, their one style
// sheet, and the headers they are sent with. It knows neither routes nor the
// engine.
package page

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed *.html
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(style) },
	"groups": Groups,
	"method": methodName,
	"period": period,
	"field":  func(p Page, id, hint string) field { return field{p, id, hint} },
}).ParseFS(files, "*.html"))

// Page is one page: a template and all that it shows.
type Page struct {
	Name  string // of the template
	Title string // of the window, and the first heading
	Brand Brand
	Fault Fault
	Data  any
}

// Brand is the host's name and mark, which stand above every page. Both may be
// empty.
type Brand struct {
	Name string
	Logo template.URL // data:, an image
}

// Fault is what is wrong with what was sent: told in the title of the window, in a
// summary that leads to the field, and beside the field. The zero Fault is none.
type Fault struct {
	Field string // the id of the field; empty: of none
	Text  string
}

// Render returns a page as HTML.
func (p Page) Render() ([]byte, error) {
	var b bytes.Buffer
	err := pages.ExecuteTemplate(&b, p.Name, p)
	return b.Bytes(), err
}

// field is one field of a page, for the attributes that say what is wrong with it.
type field struct {
	Page Page
	ID   string
	Hint string // the id of its hint; empty: none
}

// Wrong reports whether the fault of the page is of this field.
func (f field) Wrong() bool { return f.Page.Fault.Field == f.ID }

// SetHeaders sets the headers that every page has beside those of any answer.
func SetHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
