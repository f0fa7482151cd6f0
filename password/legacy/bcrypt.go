package legacy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	bcryptLength  = 60 // "$2b$10$", 22 characters of salt, 31 of hash
	minBcryptCost = 4  // what the algorithm knows
	maxBcryptCost = 13 // half a second; each step doubles it

	// bcryptReads is the number of bytes that the key schedule reads.
	bcryptReads = 72
)

const bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// bcryptHash is one hash within the caps: 60 characters that were checked.
type bcryptHash struct {
	text   string
	cost   uint8
	sha256 bool // of the hexadecimal SHA-256 of the password, as Django does it
}

func (h bcryptHash) work() Work { return Work{Algorithm: Bcrypt, Cost: h.cost} }

// fits refuses zero bytes: the algorithm repeats the password, with a zero byte
// after it, to fill its key, so that "a" and "a\x00a" have the same hash.
func (h bcryptHash) fits(password string) bool {
	return h.sha256 || strings.IndexByte(password, 0) < 0
}

func (h bcryptHash) cuts(password string) bool {
	return !h.sha256 && len(password) > bcryptReads
}

// match cuts a longer password as the system did that made the hash; otherwise
// its owner could not come in any more.
func (h bcryptHash) match(password string) bool {
	switch {
	case h.sha256:
		sum := sha256.Sum256([]byte(password))
		password = hex.EncodeToString(sum[:])
	case h.cuts(password):
		password = password[:bcryptReads]
	}
	return bcrypt.CompareHashAndPassword([]byte(h.text), []byte(password)) == nil
}

// readBcrypt reads what follows "$2". It checks every character, because x/crypto
// ignores what follows the hash and what stands where the dollar signs belong.
// The 2x of a hash marks a bug of 2011 in what it was made by, so it is not read
// as anything else.
func readBcrypt(rest string) (function, error) {
	h, err := bcryptOf("$2" + rest)
	return h, err
}

func bcryptOf(text string) (bcryptHash, error) {
	if len(text) < 4 || text[:2] != "$2" || strings.IndexByte("aby", text[2]) < 0 || text[3] != '$' {
		return bcryptHash{}, fmt.Errorf("%w: bcrypt other than 2a, 2b, 2y", ErrUnknownFormat)
	}
	if len(text) != bcryptLength || text[6] != '$' {
		return bcryptHash{}, fmt.Errorf("%w: bcrypt with %d characters, want %d", ErrMalformed, len(text), bcryptLength)
	}
	tens, ones := text[4]-'0', text[5]-'0'
	if tens > 9 || ones > 9 {
		return bcryptHash{}, fmt.Errorf("%w: bcrypt with a cost that is no number", ErrMalformed)
	}
	if strings.Trim(text[7:], bcryptAlphabet) != "" {
		return bcryptHash{}, fmt.Errorf("%w: bcrypt with a character outside its alphabet", ErrMalformed)
	}
	h := bcryptHash{text: text, cost: 10*tens + ones}
	return h, h.capped()
}

func (h bcryptHash) capped() error {
	if h.cost > maxBcryptCost {
		return fmt.Errorf("%w: bcrypt cost=%d, limit %d", ErrTooCostly, h.cost, maxBcryptCost)
	}
	if h.cost < minBcryptCost {
		return fmt.Errorf("%w: bcrypt cost=%d, at least %d", ErrMalformed, h.cost, minBcryptCost)
	}
	return nil
}

func nobodyBcrypt(w Work) (function, error) {
	// The dots are zero bits in bcrypt's base64: a salt and a hash of zeros.
	h := bcryptHash{text: fmt.Sprintf("$2b$%02d$%s", w.Cost, strings.Repeat(".", 53)), cost: w.Cost}
	return h, h.capped()
}
