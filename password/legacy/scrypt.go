package legacy

import (
	"crypto/subtle"
	"fmt"
	"math/bits"
	"strconv"

	"golang.org/x/crypto/scrypt"
)

const (
	// maxScryptBlocks bounds N·r·p, each of which is 128 bytes that are written
	// and read: 128 MiB over all lanes, which are computed one after the other.
	maxScryptBlocks = 1 << 20

	// Below 16 what scrypt keeps beside its memory would be more than it.
	minScryptLogN, maxScryptLogN = 4, 20

	maxScryptLanes = 16

	minScryptKey, maxScryptKey = 16, 64 // bytes
)

// scryptHash is one hash within the caps.
type scryptHash struct {
	wholePassword
	logN, p   uint8 // binary logarithm of N; lanes
	r         uint32
	salt, key []byte
}

func (h scryptHash) work() Work {
	return Work{Algorithm: Scrypt, Time: h.r, Threads: h.p, Cost: h.logN}
}

func (h scryptHash) match(password string) bool {
	key, err := h.derive(password, len(h.key))
	return err == nil && subtle.ConstantTimeCompare(key, h.key) == 1
}

// derive does not fail within the caps.
func (h scryptHash) derive(password string, length int) ([]byte, error) {
	return scrypt.Key([]byte(password), h.salt, 1<<h.logN, int(h.r), int(h.p), length)
}

// scryptCosts reads the three costs.
func scryptCosts(logN, r, p string) (h scryptHash, err error) {
	var n [3]uint32
	for i, c := range [...]struct {
		name, digits string
		most         uint32
	}{{"scrypt ln", logN, maxScryptLogN}, {"scrypt r", r, maxScryptBlocks}, {"scrypt p", p, maxScryptLanes}} {
		if n[i], err = number(c.name, c.digits, c.most); err != nil {
			return h, err
		}
	}
	h = scryptHash{logN: uint8(n[0]), r: n[1], p: uint8(n[2])}
	return h, h.capped()
}

func (h scryptHash) capped() error {
	if h.logN < minScryptLogN || h.r < 1 || h.p < 1 {
		return fmt.Errorf("%w: scrypt ln=%d,r=%d,p=%d, want at least ln=%d,r=1,p=1", ErrMalformed, h.logN, h.r, h.p, minScryptLogN)
	}
	if h.logN > maxScryptLogN || h.p > maxScryptLanes || uint64(h.r)*uint64(h.p)<<h.logN > maxScryptBlocks {
		return fmt.Errorf("%w: scrypt ln=%d,r=%d,p=%d, limit 128 MiB over all p", ErrTooCostly, h.logN, h.r, h.p)
	}
	return nil
}

// with returns h with salt and key, if these are within bounds.
func (h scryptHash) with(salt, key []byte) (function, error) {
	if err := between("salt", salt, 1, maxSalt); err != nil {
		return nil, err
	}
	if err := between("key", key, minScryptKey, maxScryptKey); err != nil {
		return nil, err
	}
	h.salt, h.key = salt, key
	return h, nil
}

func nobodyScrypt(w Work) (function, error) {
	h := scryptHash{logN: w.Cost, r: w.Time, p: w.Threads, salt: make([]byte, 16), key: make([]byte, 32)}
	return h, h.capped()
}

// logarithm returns the binary logarithm of a power of two, in digits.
func logarithm(n uint32) string { return strconv.Itoa(bits.TrailingZeros32(n)) }
