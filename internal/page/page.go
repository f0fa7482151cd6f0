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
	"when":   when,
	"list":   func(v ...any) []any { return v }, // several arguments for a template
}).ParseFS(files, "*.html"))

// Page names a template and its data.
type Page struct {
	Name string
	Data any
}

// Render returns a page as HTML.
func (p Page) Render() ([]byte, error) {
	var b bytes.Buffer
	err := pages.ExecuteTemplate(&b, p.Name, p.Data)
	return b.Bytes(), err
}

// SetHeaders sets the headers that every page has beside those of any answer.
func SetHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
