package legacy

import (
	"encoding/base64"
	"fmt"
	"strings"
)

func readPBKDF2SHA1(rest string) (function, error)   { return readPBKDF2(PBKDF2SHA1, rest) }
func readPBKDF2SHA256(rest string) (function, error) { return readPBKDF2(PBKDF2SHA256, rest) }
func readPBKDF2SHA512(rest string) (function, error) { return readPBKDF2(PBKDF2SHA512, rest) }

// passlibBase64 has a dot where others have a plus sign.
var passlibBase64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").
	WithPadding(base64.NoPadding).Strict()

// readPBKDF2 reads "rounds$salt$key", as passlib writes it, and
// "i=rounds,l=length$salt$key" in the PHC string format, where the length may be
// left out.
func readPBKDF2(a Algorithm, rest string) (function, error) {
	p, err := parts("pbkdf2", rest, 3)
	if err != nil {
		return nil, err
	}
	h, encoding, length := pbkdf2Hash{algorithm: a}, passlibBase64, ""
	digits, phc := strings.CutPrefix(p[0], "i=")
	if phc {
		encoding = plainBase64
		digits, length, _ = strings.Cut(digits, ",")
	}
	if h.rounds, err = number("pbkdf2 rounds", digits, maxPBKDF2Rounds); err != nil {
		return nil, err
	}
	if h.salt, err = fromBase64(encoding, "salt", p[1]); err != nil {
		return nil, err
	}
	if h.key, err = fromBase64(encoding, "key", p[2]); err != nil {
		return nil, err
	}
	if length != "" && length != fmt.Sprintf("l=%d", len(h.key)) {
		return nil, fmt.Errorf("%w: pbkdf2 with a length that the key does not have", ErrMalformed)
	}
	return h.checked()
}

// readScrypt reads "ln=…,r=…,p=…$salt$key", which passlib writes as the PHC string
// format has it.
func readScrypt(rest string) (function, error) {
	p, err := parts("scrypt", rest, 3)
	if err != nil {
		return nil, err
	}
	h, err := namedScryptCosts(p[0], "ln=", "r=", "p=")
	if err != nil {
		return nil, err
	}
	salt, err := fromBase64(plainBase64, "salt", p[1])
	if err != nil {
		return nil, err
	}
	key, err := fromBase64(plainBase64, "key", p[2])
	if err != nil {
		return nil, err
	}
	return h.with(salt, key)
}

// namedScryptCosts reads up to three costs in the order of their names; the third
// is 1 if it has no name.
func namedScryptCosts(text string, names ...string) (scryptHash, error) {
	digits := []string{2: "1"}
	costs := strings.Split(text, ",")
	if len(costs) != len(names) {
		return scryptHash{}, fmt.Errorf("%w: scrypt with %d costs, want %d", ErrMalformed, len(costs), len(names))
	}
	for i, name := range names {
		var ok bool
		if digits[i], ok = strings.CutPrefix(costs[i], name); !ok {
			return scryptHash{}, fmt.Errorf("%w: scrypt without %q", ErrMalformed, name)
		}
	}
	return scryptCosts(digits[0], digits[1], digits[2])
}
