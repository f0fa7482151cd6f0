// Package page holds the pages that people see: their templates, their one style sheet, what
// they say in each language, and the headers they are sent with. It knows neither routes nor
// the engine.
//
// A [Theme] is made of what a host gives, and draws each [Page] in the language of who looks.
// Code and templates say everything in English, by [Say] and by the function t; the English
// words are the key of what other languages say.
package page

import (
	"html/template"
	"net/http"
)

// Page is one page: a template and all that it shows.
type Page struct {
	Name   string // of the template
	Title  Text   // of the window, and the first heading
	Brand  Brand  // of the theme, which sets it
	Faults Faults
	Nonce  string // which its forms send back
	// Language is the one of the account that the page is about, a tag such as de; empty:
	// not known. It goes before what the browser asks for.
	Language string
	// SendsOrigin says that its forms tell this site where they come from, which no-referrer
	// keeps from browsers that send no Sec-Fetch-Site. Its address holds no secret.
	SendsOrigin bool
	// Script says that the page has the one script, which looks again whether a link was
	// answered. It works without.
	Script bool
	Data   any
}

// In returns the page in the language of an account.
func (p Page) In(language string) Page {
	p.Language = language
	return p
}

// Brand is the host's name and mark, which stand above every page. Both may be
// empty.
type Brand struct {
	Name string
	Logo template.URL // data:, an image
}

// Fault is what is wrong with what was sent: told in the title of the window, in a
// summary that leads to the field, and beside the field.
type Fault struct {
	Field string // the id of the field; empty: of none
	Text  Text
}

// Faults are all that is wrong with what was sent, in the order of the fields. None: nothing.
type Faults []Fault

// field is one field of a page, for the attributes that say what is wrong with it.
type field struct {
	Page Page
	ID   string
	Hint string // the id of its hint; empty: none
}

// Wrong returns what is wrong with the field; nothing: it is well.
func (f field) Wrong() Text {
	for _, fault := range f.Page.Faults {
		if fault.Field == f.ID {
			return fault.Text
		}
	}
	return Text{}
}

// Referrer is the Referrer-Policy of the page.
func (p Page) Referrer() string {
	if p.SendsOrigin {
		return "same-origin"
	}
	return "no-referrer"
}

// SetHeaders sets the headers that a page has beside those of any answer.
func (th *Theme) SetHeaders(h http.Header, p Page) {
	policy := th.policy
	if p.Script {
		policy += scriptPolicy
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", p.Referrer())
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Add("Vary", "Accept-Language")
}
