package typed

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of a password, in bytes. Composing makes three bytes of one at most, so
// what keeps the first keeps the second.
const (
	MaxPassword         = 1024 // as it is typed
	MaxPreparedPassword = 3072 // as [Password] returns it
)

// Password returns the form of a password that is hashed: NFC, with every blank of
// Unicode (category Zs) as U+0020. It refuses nothing. What is not UTF-8 comes
// back as it is.
func Password(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, norm.NFC.String(s))
}

// Passwords returns what a typed password is held against a hash as: its form,
// and, where they differ, also the bytes as they were typed, since a hash that was
// imported may be of either. Whoever verifies tries all of them, whichever
// matches first. A password that is too long to have been set is one empty one,
// which matches nothing and costs as much.
func Passwords(s string) []string {
	if len(s) > MaxPassword {
		return []string{""}
	}
	if form := Password(s); form != s {
		return []string{form, s}
	}
	return []string{s}
}

// CheckPassword returns nil for a password that may be set, else a [Fault] that
// says why not, without any part of it. An empty one is left to the caller.
func CheckPassword(s string) error {
	if len(s) > MaxPassword {
		return NewFault("longer than %d bytes", MaxPassword)
	}
	return CheckSecret(s)
}

// CheckSecret returns nil for a secret text (a password, a client's secret) without
// control characters: they come from a file's line end or from copying, and cannot
// be typed. The [Fault] names its kind and no part of the text.
func CheckSecret(s string) error {
	switch {
	case !utf8.ValidString(s):
		return NewFault("not UTF-8")
	case strings.ContainsFunc(s, unicode.IsControl):
		return NewFault("holds a control character, such as a line end")
	}
	return nil
}
