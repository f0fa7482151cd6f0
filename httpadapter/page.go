package httpadapter

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

//go:embed page/*.html page/style.css
var pageFiles embed.FS

// style is the stylesheet. It is part of every page, so that pages need no
// second request, and the policy allows it by its digest.
var style = func() string {
	b, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		panic(err) // the file is embedded
	}
	return string(b)
}()

// policy forbids scripts, all content from other places, forms that are sent to
// another site, and frames around the page.
var policy = "default-src 'none'; style-src 'sha256-" + digest(style) + "'; img-src data:; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(style) },
	"groups": groups,
	"method": methodName,
	"when":   when,
	"list":   func(v ...any) []any { return v }, // several arguments for a template
}).ParseFS(pageFiles, "page/*.html"))

// groups returns a key in groups of four characters, which are easier to read
// and to type.
func groups(s string) string {
	var parts []string
	for part := range slices.Chunk([]byte(s), 4) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, " ")
}

// methodName is what a page calls a transport.
func methodName(t mfa.Transport) string {
	switch t {
	case mfa.Email:
		return "e-mail"
	case mfa.SMS:
		return "text message"
	case mfa.Authenticator:
		return "authenticator app"
	}
	return t.String()
}

// when formats a time for people, in UTC since the server does not know their
// time zone.
func when(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// page names a template and its data.
type page struct {
	name string
	data any
}

// note is the data of a page that holds only text.
type note struct {
	Title string
	Text  []string
}

// pageOf returns the page for the status of a refusal.
func pageOf(status int) page {
	n := note{Title: "This request cannot be served", Text: []string{"Go back and try again."}}
	switch status {
	case http.StatusNotFound:
		n = note{Title: "This page is not available", Text: []string{
			"It may have expired or been used, or it belongs to another browser.",
			"To start again, go back to where you signed in and sign in once more.",
		}}
	case http.StatusServiceUnavailable:
		n = note{Title: "Too busy just now", Text: []string{"Wait a few seconds and try again."}}
	case http.StatusInternalServerError:
		n = note{Title: "Something went wrong", Text: []string{"Nothing was changed. Try again in a moment."}}
	}
	return page{"note", n}
}

// writePage sends a page, or a short text if the template fails.
func (a *Adapter) writePage(w http.ResponseWriter, r *http.Request, status int, p page) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, p.name, p.data); err != nil {
		a.logger.ErrorContext(r.Context(), "a page could not be written", "page", p.name, "error", err)
		status = http.StatusInternalServerError
		b.Reset()
		b.WriteString("Something went wrong.")
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	writeBody(w, status, "text/html; charset=utf-8", b.Bytes())
}
