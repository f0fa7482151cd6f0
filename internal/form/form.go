package form

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// What a caller may send, in bytes and in number.
const (
	MaxBody   = 16 << 10
	maxFields = 64
	maxValue  = 1 << 10
	maxLong   = 8 << 10 // of the one field that [Vocabulary].Long names
)

// Type is the content type of a form.
const Type = "application/x-www-form-urlencoded"

// Pair is one field as it was sent.
type Pair struct{ Name, Value string }

// Scan reads application/x-www-form-urlencoded text. It refuses what
// [url.ParseQuery] would drop or let pass: a raw semicolon, a malformed percent
// code, bad UTF-8, NUL, and what exceeds the bounds.
func Scan(raw string) ([]Pair, error) { return scan(raw, "") }

// scan is Scan where the field of that name may be long. No name means none.
func scan(raw, long string) ([]Pair, error) {
	out := make([]Pair, 0, min(strings.Count(raw, "&")+1, maxFields))
	for piece := range strings.SplitSeq(raw, "&") {
		if piece == "" {
			continue
		}
		if len(out) == maxFields {
			return nil, Refuse(http.StatusRequestEntityTooLarge, "body")
		}
		n, v, _ := strings.Cut(piece, "=")
		name, ok := unescape(n)
		if !ok {
			return nil, Refuse(http.StatusBadRequest, "body")
		}
		value, ok := unescape(v)
		if !ok {
			return nil, Refuse(http.StatusBadRequest, printableName(name))
		}
		most := maxValue
		if name == long {
			most = maxLong
		}
		if len(name) > maxValue || len(value) > most {
			return nil, Refuse(http.StatusRequestEntityTooLarge, printableName(name))
		}
		out = append(out, Pair{name, value})
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

// Vocabulary holds the fields that a route knows. Other fields are ignored in
// forms and refused in JSON.
type Vocabulary struct {
	Exact  []string          // compared byte by byte
	Folded map[string]string // names here, by their spelling in lower case
	// Long is the one of Exact that may have 8 KiB in a form, as a token may; empty: none.
	Long string
	// Unread are those of both, by their names here, that are known and of no meaning:
	// also in JSON they are let pass, and nobody gets them.
	Unread []string
}

// Names returns the folded part of a Vocabulary: names that are compared without
// regard to ASCII case.
func Names(list ...string) map[string]string {
	m := make(map[string]string, len(list))
	for _, n := range list {
		m[ascii.Fold(n)] = n
	}
	return m
}

// lookup returns the name that a field has here, and whether it is known.
func (v Vocabulary) lookup(name string) (string, bool) {
	for _, n := range v.Exact {
		if n == name {
			return n, true
		}
	}
	n, ok := v.Folded[ascii.Fold(name)]
	return n, ok
}

// Fields holds what was sent under the names of a Vocabulary. An empty field
// is an absent one.
type Fields map[string]string

// Gather returns the fields that the Vocabulary knows. It refuses a field that
// is sent twice, also in two spellings and also if it is not known. If strict is
// set it refuses every field that is not known.
func (v Vocabulary) Gather(pairs []Pair, strict bool) (Fields, error) {
	out := make(Fields, len(pairs))
	for i, p := range pairs {
		name, known := v.lookup(p.Name)
		if !known {
			if name = p.Name; strict {
				return nil, Refuse(http.StatusBadRequest, printableName(name))
			}
		}
		for _, before := range pairs[:i] { // at most 64, with canonical names by now
			if before.Name == name {
				return nil, Refuse(http.StatusBadRequest, printableName(name))
			}
		}
		pairs[i].Name = name
		if known && p.Value != "" && !slices.Contains(v.Unread, name) {
			out[name] = p.Value
		}
	}
	return out, nil
}

// ReadBody returns a body of at most [MaxBody] bytes.
func ReadBody(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.Body == nil {
		return "", nil
	}
	if r.ContentLength > MaxBody { // refused without reading it
		w.Header().Set("Connection", "close")
		return "", Refuse(http.StatusRequestEntityTooLarge, "body")
	}
	text := formRooms.Get().(*bytes.Buffer)
	defer func() {
		clear(text.Bytes()) // there was a password
		text.Reset()
		formRooms.Put(text)
	}()
	_, err := text.ReadFrom(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", Refuse(http.StatusRequestEntityTooLarge, "body")
	case err != nil: // cut short or framed badly, both by the caller
		return "", Refuse(http.StatusBadRequest, "body")
	}
	return text.String(), nil
}

// formRooms are those into which bodies are read.
var formRooms = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// ContentType returns the type of a body without its parameters; a charset is
// ignored. It is empty if the request has no type, several, or a malformed one.
func ContentType(r *http.Request) string {
	h := r.Header["Content-Type"]
	if len(h) != 1 {
		return ""
	}
	if h[0] == Type { // the usual case needs no parsing
		return Type
	}
	t, _, err := mime.ParseMediaType(h[0])
	if err != nil {
		return ""
	}
	return t
}

// Read returns the fields of a body that must be a form. A body of another
// type is refused with the status wrongType. The query is ignored.
func Read(w http.ResponseWriter, r *http.Request, v Vocabulary, wrongType int) (Fields, error) {
	if ContentType(r) != Type {
		return nil, Refuse(wrongType, "Content-Type")
	}
	body, err := ReadBody(w, r)
	if err != nil {
		return nil, err
	}
	pairs, err := scan(body, v.Long)
	if err != nil {
		return nil, err
	}
	return v.Gather(pairs, false)
}
