package typed

import (
	"bytes"
	"strings"
)

// Words splits a list at runs of U+0020. Empty parts are dropped, so that of blanks
// alone nothing is left.
func Words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
}

// File returns the content of a text file without the one byte order mark that some
// editors put at its start.
func File(raw []byte) []byte { return bytes.TrimPrefix(raw, []byte("\ufeff")) }
