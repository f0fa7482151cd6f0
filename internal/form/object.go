package form

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
)

var errShape = errors.New("not an object of strings")

// ScanObject reads a JSON object whose values are strings. It returns every
// member, so that the caller can refuse one that is repeated.
func ScanObject(raw string) ([]Pair, error) {
	if !utf8.ValidString(raw) || !json.Valid([]byte(raw)) {
		return nil, Refuse(http.StatusBadRequest, "body")
	}
	d := json.NewDecoder(strings.NewReader(raw))
	if t, _ := d.Token(); t != json.Delim('{') { // nil after an error
		return nil, Refuse(http.StatusBadRequest, "body")
	}
	var out []Pair
	for d.More() {
		name, err := stringToken(d)
		if err != nil {
			return nil, Refuse(http.StatusBadRequest, "body")
		}
		value, err := stringToken(d)
		switch {
		case err != nil:
			return nil, Refuse(http.StatusBadRequest, printableName(name))
		case len(out) == maxFields:
			return nil, Refuse(http.StatusRequestEntityTooLarge, "body")
		case len(name) > maxValue, len(value) > maxValue:
			return nil, Refuse(http.StatusRequestEntityTooLarge, printableName(name))
		}
		out = append(out, Pair{name, value})
	}
	return out, nil
}

// stringToken reads a string. It refuses U+FFFD too, into which the decoder
// turns half a surrogate pair: that is how bad UTF-8 looks in JSON.
func stringToken(d *json.Decoder) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok || !validText(s) || strings.ContainsRune(s, utf8.RuneError) {
		return "", errShape
	}
	return s, nil
}
