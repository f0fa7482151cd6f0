package token

import (
	"encoding/hex"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

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
	if !ok || strings.ContainsAny(s, "ABCDEF") {
		return nil, false
	}
	return u[:], true
}
