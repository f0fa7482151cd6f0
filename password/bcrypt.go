package password

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	bcryptLength  = 60 // "$2b$10$", 22 characters of salt, 31 of hash
	minBcryptCost = 4  // what the algorithm knows
	maxBcryptCost = 13 // half a second; each step doubles it

	// maxBcryptPassword is what the key schedule reads. x/crypto compares a
	// longer password by its first 72 bytes.
	maxBcryptPassword = 72
)

const bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// bcryptHash is one hash within the caps: 60 characters that were checked.
type bcryptHash struct {
	text string
	cost uint8
}

func (h bcryptHash) kind() Kind { return Kind{Algorithm: Bcrypt, Cost: h.cost} }

// fits refuses what bcrypt would cut. It also refuses zero bytes: the algorithm
// repeats the password, with a zero byte after it, to fill its key, so that
// "a" and "a\x00a" have the same hash.
func (h bcryptHash) fits(password string) bool {
	return len(password) <= maxBcryptPassword && strings.IndexByte(password, 0) < 0
}

func (h bcryptHash) match(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(h.text), []byte(password)) == nil
}

// readBcrypt checks every character, because x/crypto ignores what follows the
// hash and what stands where the dollar signs belong. The 2x of a hash marks a
// bug of 2011 in what it was made by, so it is not read as anything else.
func readBcrypt(hash string) (stored, error) {
	if len(hash) < 4 || strings.IndexByte("aby", hash[2]) < 0 || hash[3] != '$' {
		return nil, fmt.Errorf("%w: bcrypt other than 2a, 2b, 2y", ErrUnknownFormat)
	}
	if len(hash) != bcryptLength || hash[6] != '$' {
		return nil, fmt.Errorf("%w: bcrypt with %d characters, want %d", ErrMalformed, len(hash), bcryptLength)
	}
	tens, ones := hash[4]-'0', hash[5]-'0'
	if tens > 9 || ones > 9 {
		return nil, fmt.Errorf("%w: bcrypt with a cost that is no number", ErrMalformed)
	}
	for _, c := range []byte(hash[7:]) {
		if strings.IndexByte(bcryptAlphabet, c) < 0 {
			return nil, fmt.Errorf("%w: bcrypt with a character outside its alphabet", ErrMalformed)
		}
	}
	h := bcryptHash{text: hash, cost: 10*tens + ones}
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

func dummyBcrypt(k Kind) (stored, error) {
	// The dots are zero bits in bcrypt's base64: a salt and a hash of zeros.
	h := bcryptHash{text: fmt.Sprintf("$2b$%02d$%s", k.Cost, strings.Repeat(".", 53)), cost: k.Cost}
	return h, h.capped()
}
