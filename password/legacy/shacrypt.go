package legacy

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"hash"
	"strings"
)

const (
	defaultCryptRounds = 5000      // where the text says nothing
	minCryptRounds     = 1000      // crypt(3) writes no fewer
	maxCryptRounds     = 1_000_000 // about half a second for a short password

	maxCryptSalt = 16 // characters; crypt(3) reads no more

	// maxCryptPassword is what crypt(3) of libxcrypt and PAM take. The work grows
	// with the length of the password, so it is bounded here too.
	maxCryptPassword = 512 // bytes
)

const cryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// shaCrypt is one hash within the caps, by Ulrich Drepper's "Unix crypt using
// SHA-256 and SHA-512".
type shaCrypt struct {
	algorithm Algorithm
	rounds    uint32
	salt      string
	sum       string // in the alphabet of crypt(3)
}

// work has the length of the salt: every round but each third hashes the salt, and
// a few bytes more can make one block two.
func (h shaCrypt) work() Work {
	return Work{Algorithm: h.algorithm, Time: coarse(h.rounds), Cost: uint8(len(h.salt))}
}

// fits refuses what is too long to have been hashed, see maxCryptPassword.
func (h shaCrypt) fits(password string) bool { return len(password) <= maxCryptPassword }

func (h shaCrypt) match(password string) bool {
	sum := cryptText(h.derive([]byte(password), []byte(h.salt)))
	return subtle.ConstantTimeCompare([]byte(sum), []byte(h.sum)) == 1
}

// derive is the function itself; the numbers are the steps of the specification.
func (h shaCrypt) derive(password, salt []byte) []byte {
	d := hashOf(h.algorithm)()
	b := sumOf(d, password, salt, password) // 4 to 8
	d.Reset()
	d.Write(password) // 1 to 3
	d.Write(salt)
	d.Write(stretch(b, len(password))) // 9, 10
	for n := len(password); n > 0; n >>= 1 {
		if n&1 != 0 { // 11
			d.Write(b)
		} else {
			d.Write(password)
		}
	}
	a := d.Sum(nil)                                      // 12
	p := sumOf(d, bytes.Repeat(password, len(password))) // 13 to 15
	s := sumOf(d, bytes.Repeat(salt, 16+int(a[0])))      // 17 to 19
	return h.stir(d, a, stretch(p, len(password)), stretch(s, len(salt)))
}

// stir is step 21, which is nearly all of the work.
func (h shaCrypt) stir(d hash.Hash, a, p, s []byte) []byte {
	for i := range h.rounds {
		first, last := a, p
		if i%2 != 0 {
			first, last = p, a
		}
		d.Reset()
		d.Write(first)
		if i%3 != 0 {
			d.Write(s)
		}
		if i%7 != 0 {
			d.Write(p)
		}
		d.Write(last)
		a = d.Sum(a[:0])
	}
	return a
}

func sumOf(d hash.Hash, texts ...[]byte) []byte {
	d.Reset()
	for _, t := range texts {
		d.Write(t)
	}
	return d.Sum(nil)
}

// stretch repeats b up to a length.
func stretch(b []byte, length int) []byte {
	return bytes.Repeat(b, length/len(b)+1)[:length]
}

// cryptText is step 22: groups of three bytes, which lie a third of the sum apart,
// are written as four characters each, low bits first. The order of the three
// rotates, one way for SHA-256 and the other for SHA-512.
func cryptText(sum []byte) string {
	var out []byte
	write := func(v uint, characters int) {
		for range characters {
			out = append(out, cryptAlphabet[v&63])
			v >>= 6
		}
	}
	third := len(sum) / 3
	x, y, z := 0, third, 2*third
	for range third {
		write(uint(sum[x])<<16|uint(sum[y])<<8|uint(sum[z]), 4)
		if len(sum) == 32 {
			x, y, z = z+1, x+1, y+1
		} else {
			x, y, z = y+1, z+1, x+1
		}
	}
	if len(sum) == 32 {
		write(uint(sum[31])<<8|uint(sum[30]), 3)
	} else {
		write(uint(sum[63]), 2)
	}
	return string(out)
}

func readSHA256Crypt(rest string) (function, error) { return readCrypt(SHA256Crypt, 43, rest) }
func readSHA512Crypt(rest string) (function, error) { return readCrypt(SHA512Crypt, 86, rest) }

// readCrypt reads "[rounds=…$]salt$sum", where the sum has a known length.
func readCrypt(a Algorithm, length int, rest string) (function, error) {
	h := shaCrypt{algorithm: a, rounds: defaultCryptRounds}
	if costs, ok := strings.CutPrefix(rest, "rounds="); ok {
		var digits string
		digits, rest, _ = strings.Cut(costs, "$")
		var err error
		if h.rounds, err = number("sha-crypt rounds", digits, maxCryptRounds); err != nil {
			return nil, err
		}
	}
	h.salt, h.sum, _ = strings.Cut(rest, "$")
	if len(h.salt) > maxCryptSalt {
		return nil, fmt.Errorf("%w: sha-crypt with a salt of %d characters, want at most %d", ErrMalformed, len(h.salt), maxCryptSalt)
	}
	if len(h.sum) != length || strings.Trim(h.sum, cryptAlphabet) != "" {
		return nil, fmt.Errorf("%w: sha-crypt without a sum of %d characters of its alphabet", ErrMalformed, length)
	}
	return h, h.capped()
}

func (h shaCrypt) capped() error {
	if h.rounds > maxCryptRounds {
		return fmt.Errorf("%w: sha-crypt with %d rounds, limit %d", ErrTooCostly, h.rounds, maxCryptRounds)
	}
	if h.rounds < minCryptRounds {
		return fmt.Errorf("%w: sha-crypt with %d rounds, at least %d", ErrMalformed, h.rounds, minCryptRounds)
	}
	return nil
}

func nobodyCrypt(w Work) (function, error) {
	h := shaCrypt{algorithm: w.Algorithm, rounds: w.Time, salt: strings.Repeat(".", int(w.Cost))}
	if h.work() != w || w.Cost > maxCryptSalt {
		return nil, ErrMalformed
	}
	return h, h.capped()
}
