package typed

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// Words splits a list at runs of U+0020. Empty parts are dropped, so that of blanks
// alone nothing is left.
func Words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
}

// File returns the content of a text file without the one byte order mark that some
// editors put at its start.
func File(raw []byte) []byte { return bytes.TrimPrefix(raw, []byte("\ufeff")) }

// CheckFile returns nil for a text file in UTF-8, else an error that says so: by its
// byte order mark it may be in UTF-16, as some shells and editors write.
func CheckFile(raw []byte) error {
	switch {
	case utf8.Valid(raw):
		return nil
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return errors.New("in UTF-16; save it in UTF-8")
	}
	return errors.New("not UTF-8")
}
