package token

import (
	"cmp"
	"encoding/hex"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// foldASCII lowers A to Z and nothing else. Names are never compared by Unicode
// folding, under which the Kelvin sign is a k.
func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// equalASCII reports whether a and b are the same but for the case of A to Z.
func equalASCII(a, b string) bool { return len(a) == len(b) && compareASCII(a, b) == 0 }

// compareASCII compares a and b, bytes A to Z as if lowered, as [cmp.Compare]
// does. Unlike the folded texts it costs no memory.
func compareASCII(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// upperHex writes b as upper-case hexadecimal digits, the form of every opaque
// value that a client sees.
func upperHex(b []byte) string { return rnd.UpperHex(b) }

// fromUpperHex undoes upperHex. One value has one spelling: lower-case digits
// are refused, and so is any length but n bytes.
func fromUpperHex(s string, n int) ([]byte, bool) {
	if len(s) != 2*n || strings.ContainsAny(s, "abcdef") {
		return nil, false
	}
	b, err := hex.DecodeString(s)
	return b, err == nil
}

// fromID reads an id of 16 bytes as 32 lower-case hexadecimal digits.
func fromID(s string) ([]byte, bool) {
	if len(s) != 32 || strings.ContainsAny(s, "ABCDEF") {
		return nil, false
	}
	b, err := hex.DecodeString(s)
	return b, err == nil
}

// fromAccountID reads an account id: 32 lower-case hexadecimal digits or a
// GUID in lower case with dashes.
func fromAccountID(s string) ([]byte, bool) {
	if b, ok := fromID(s); ok {
		return b, true
	}
	u, ok := rnd.ParseUUID(s)
	if !ok || rnd.FormatUUID(u) != s {
		return nil, false
	}
	return u[:], true
}
