package httpadapter

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
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

// scanForm reads application/x-www-form-urlencoded text. It refuses what
// [url.ParseQuery] would drop or let pass: a raw semicolon, a malformed percent
// code, bad UTF-8, NUL, and what exceeds the bounds.
func scanForm(raw string) ([]pair, error) {
	out := make([]pair, 0, min(strings.Count(raw, "&")+1, maxFields))
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
			return nil, refuse(http.StatusBadRequest, printableName(name))
		}
		if len(name) > maxValue || len(value) > maxValue {
			return nil, refuse(http.StatusRequestEntityTooLarge, printableName(name))
		}
		out = append(out, pair{name, value})
	}
	return out, nil
}

// unescape decodes a name or a value of a form, and reports whether it is valid.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, ';') >= 0 {
		return "", false
	}
	s, err := url.QueryUnescape(s)
	return s, err == nil && validText(s)
}

// validText reports whether s is UTF-8 without NUL, at which some readers stop.
func validText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// printableName returns a field's name if an answer may contain it, and "body"
// if not. RFC 6749 allows few characters in a description.
func printableName(name string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	if name == "" || len(name) > 64 || strings.Trim(name, plain) != "" {
		return "body"
	}
	return name
}

// vocabulary holds the fields that a route knows. Other fields are ignored in
// forms and refused in JSON.
type vocabulary struct {
	exact  []string          // compared byte by byte
	folded map[string]string // names here, by their spelling in lower case
}

// names returns the folded part of a vocabulary: names that are compared without
// regard to ASCII case.
func names(list ...string) map[string]string {
	m := make(map[string]string, len(list))
	for _, n := range list {
		m[ascii.Fold(n)] = n
	}
	return m
}

// lookup returns the name that a field has here, and whether it is known.
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

// gather returns the fields that the vocabulary knows. It refuses a field that
// is sent twice, also in two spellings and also if it is not known. If strict is
// set it refuses every field that is not known.
func (v vocabulary) gather(pairs []pair, strict bool) (fields, error) {
	out := make(fields, len(pairs))
	for i, p := range pairs {
		name, known := v.lookup(p.name)
		if !known {
			if name = p.name; strict {
				return nil, refuse(http.StatusBadRequest, printableName(name))
			}
		}
		for _, before := range pairs[:i] { // at most 64, with canonical names by now
			if before.name == name {
				return nil, refuse(http.StatusBadRequest, printableName(name))
			}
		}
		pairs[i].name = name
		if known && p.value != "" {
			out[name] = p.value
		}
	}
	return out, nil
}

// readBody returns a body of at most [maxBody] bytes.
func readBody(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.Body == nil {
		return "", nil
	}
	if r.ContentLength > maxBody { // refused without reading it
		w.Header().Set("Connection", "close")
		return "", refuse(http.StatusRequestEntityTooLarge, "body")
	}
	text := formRooms.Get().(*bytes.Buffer)
	defer func() {
		clear(text.Bytes()) // there was a password
		text.Reset()
		formRooms.Put(text)
	}()
	_, err := text.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", refuse(http.StatusRequestEntityTooLarge, "body")
	case err != nil: // cut short or framed badly, both by the caller
		return "", refuse(http.StatusBadRequest, "body")
	}
	return text.String(), nil
}

// formRooms are those into which bodies are read.
var formRooms = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// contentType returns the type of a body without its parameters; a charset is
// ignored. It is empty if the request has no type, several, or a malformed one.
func contentType(r *http.Request) string {
	h := r.Header["Content-Type"]
	if len(h) != 1 {
		return ""
	}
	if h[0] == formType { // the usual case needs no parsing
		return formType
	}
	t, _, err := mime.ParseMediaType(h[0])
	if err != nil {
		return ""
	}
	return t
}

// readForm returns the fields of a body that must be a form. A body of another
// type is refused with the status wrongType. The query is ignored.
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
