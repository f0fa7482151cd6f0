package httpadapter

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// What a caller may send, in bytes and in number.
const (
	maxBody   = 16 << 10
	maxFields = 64
	maxValue  = 1 << 10
)

const formType = "application/x-www-form-urlencoded"

// pair is one field as it was sent.
type pair struct{ name, value string }

// scanForm reads application/x-www-form-urlencoded text. Unlike
// [url.ParseQuery] it drops nothing that it does not understand: a raw
// semicolon, a malformed percent code, bad UTF-8 and NUL are refused, and so
// is whatever breaks the bounds.
func scanForm(raw string) ([]pair, error) {
	var out []pair
	for piece := range strings.SplitSeq(raw, "&") {
		if piece == "" {
			continue
		}
		if len(out) == maxFields {
			return nil, refuse(http.StatusRequestEntityTooLarge, "body")
		}
		n, v, _ := strings.Cut(piece, "=")
		name, ok := unescape(n)
		if !ok {
			return nil, refuse(http.StatusBadRequest, "body")
		}
		value, ok := unescape(v)
		if !ok {
			return nil, refuse(http.StatusBadRequest, nameable(name))
		}
		if len(name) > maxValue || len(value) > maxValue {
			return nil, refuse(http.StatusRequestEntityTooLarge, nameable(name))
		}
		out = append(out, pair{name, value})
	}
	return out, nil
}

// unescape decodes a name or a value of a form.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, ';') >= 0 {
		return "", false
	}
	s, err := url.QueryUnescape(s)
	return s, err == nil && soundText(s)
}

// soundText is UTF-8 without NUL, at which readers further down may stop.
func soundText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// nameable is a field's name if it can stand in an answer, where RFC 6749
// allows few characters; else "body".
func nameable(name string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	if name == "" || len(name) > 64 || strings.Trim(name, plain) != "" {
		return "body"
	}
	return name
}

// vocabulary is the fields that a route knows. Others are ignored in forms and
// refused in JSON.
type vocabulary struct {
	exact  []string          // compared byte by byte
	folded map[string]string // the folded spelling of a name, and what it is called here
}

// names makes a vocabulary of names that compare without regard to case.
func names(list ...string) map[string]string {
	m := make(map[string]string, len(list))
	for _, n := range list {
		m[ascii.Fold(n)] = n
	}
	return m
}

// lookup returns what a field is called here.
func (v vocabulary) lookup(name string) (string, bool) {
	for _, n := range v.exact {
		if n == name {
			return n, true
		}
	}
	n, ok := v.folded[ascii.Fold(name)]
	return n, ok
}

// fields holds what was sent under the names of a vocabulary. An empty field
// is an absent one.
type fields map[string]string

// gather refuses a field that stands twice, also under two spellings, also if
// nobody asks for it.
func (v vocabulary) gather(pairs []pair, strict bool) (fields, error) {
	out := make(fields, len(pairs))
	for i, p := range pairs {
		name, known := v.lookup(p.name)
		if !known {
			if name = p.name; strict {
				return nil, refuse(http.StatusBadRequest, nameable(name))
			}
		}
		for _, before := range pairs[:i] { // 64 at most, and their names are canonical by now
			if before.name == name {
				return nil, refuse(http.StatusBadRequest, nameable(name))
			}
		}
		pairs[i].name = name
		if known && p.value != "" {
			out[name] = p.value
		}
	}
	return out, nil
}

// readBody reads a body within its bound.
func readBody(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.Body == nil {
		return "", nil
	}
	if r.ContentLength > maxBody { // not worth the reading
		w.Header().Set("Connection", "close")
		return "", refuse(http.StatusRequestEntityTooLarge, "body")
	}
	var text bytes.Buffer
	text.Grow(int(max(r.ContentLength, 0)) + bytes.MinRead) // else it grows step by step
	_, err := text.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", refuse(http.StatusRequestEntityTooLarge, "body")
	case err != nil: // cut short, or framed badly: the caller's doing either way
		return "", refuse(http.StatusBadRequest, "body")
	}
	return text.String(), nil
}

// contentType is the type of a body without its parameters; a charset is
// tolerated and not heeded. It is empty if none was sent, or none that can be
// read in one way only.
func contentType(r *http.Request) string {
	h := r.Header["Content-Type"]
	if len(h) != 1 {
		return ""
	}
	if h[0] == formType { // nearly always
		return formType
	}
	t, _, err := mime.ParseMediaType(h[0])
	if err != nil {
		return ""
	}
	return t
}

// readForm reads the fields of a body that must be a form. wrongType is the
// status for one that is not. The query is not looked at.
func readForm(w http.ResponseWriter, r *http.Request, v vocabulary, wrongType int) (fields, error) {
	if contentType(r) != formType {
		return nil, refuse(wrongType, "Content-Type")
	}
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	pairs, err := scanForm(body)
	if err != nil {
		return nil, err
	}
	return v.gather(pairs, false)
}
