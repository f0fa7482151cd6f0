package legacy

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Strict leaves a value one spelling.
var (
	plainBase64  = base64.RawStdEncoding.Strict() // as in PHC strings
	paddedBase64 = base64.StdEncoding.Strict()
)

// fromBase64 reads what. It bounds the text as well: encoding/base64 passes over
// line ends, so length decides what strictness would not.
func fromBase64(e *base64.Encoding, what, text string) ([]byte, error) {
	b, err := e.DecodeString(text)
	if err != nil || e.EncodedLen(len(b)) != len(text) {
		return nil, fmt.Errorf("%w: %s that is not base64", ErrMalformed, what)
	}
	return b, nil
}

// fromHex reads what, in capital or small letters.
func fromHex(what, text string) ([]byte, error) {
	b, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s that is not hexadecimal", ErrMalformed, what)
	}
	return b, nil
}

// number reads digits without sign or leading zero. One over most is too costly.
func number(what, digits string, most uint32) (uint32, error) {
	if digits == "" || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf("%w: %s that is no number above 0", ErrMalformed, what)
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || uint32(n) > most {
		return 0, fmt.Errorf("%w: %s over the limit of %d", ErrTooCostly, what, most)
	}
	return uint32(n), nil
}

// parts splits text at its dollar signs into as many parts as names has.
func parts(what, text string, want int) ([]string, error) {
	if n := strings.Count(text, "$") + 1; n != want {
		return nil, fmt.Errorf("%w: %s with %d parts, want %d", ErrMalformed, what, n, want)
	}
	return strings.Split(text, "$"), nil
}

// between holds the length of what to bounds, in bytes.
func between(what string, b []byte, least, most int) error {
	if len(b) < least || len(b) > most {
		return fmt.Errorf("%w: %s of %d bytes, want %d to %d", ErrMalformed, what, len(b), least, most)
	}
	return nil
}
