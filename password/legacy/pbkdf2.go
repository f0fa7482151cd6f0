package legacy

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"hash"
)

const (
	maxPBKDF2Rounds = 2_000_000 // about a second; OWASP recommends up to 1,400,000
	maxPBKDF2Blocks = 2         // of output, each of which costs all rounds

	minPBKDF2Key, maxPBKDF2Key = 16, 64 // bytes; fewer would make chance matches likely
	maxSalt                    = 128    // bytes, of every form
)

// pbkdf2Hash is one hash within the caps.
type pbkdf2Hash struct {
	wholePassword
	algorithm Algorithm
	rounds    uint32
	salt, key []byte
}

func (h pbkdf2Hash) work() Work {
	return Work{Algorithm: h.algorithm, Time: coarse(h.rounds), Threads: uint8(h.blocks())}
}

// blocks is how often PBKDF2 begins anew to make the key.
func (h pbkdf2Hash) blocks() int {
	size := hashOf(h.algorithm)().Size()
	return (len(h.key) + size - 1) / size
}

func (h pbkdf2Hash) match(password string) bool {
	key, err := pbkdf2.Key(hashOf(h.algorithm), password, h.salt, int(h.rounds), len(h.key))
	return err == nil && subtle.ConstantTimeCompare(key, h.key) == 1 // an error is one of FIPS mode
}

// checked returns h if it is within the caps, and an error if it is not.
func (h pbkdf2Hash) checked() (function, error) {
	if h.rounds > maxPBKDF2Rounds {
		return nil, fmt.Errorf("%w: %v with %d rounds, limit %d", ErrTooCostly, h.algorithm, h.rounds, maxPBKDF2Rounds)
	}
	if h.rounds == 0 {
		return nil, fmt.Errorf("%w: %v without rounds", ErrMalformed, h.algorithm)
	}
	if err := between("salt", h.salt, 1, maxSalt); err != nil {
		return nil, err
	}
	if err := between("key", h.key, minPBKDF2Key, maxPBKDF2Key); err != nil {
		return nil, err
	}
	if h.blocks() > maxPBKDF2Blocks {
		return nil, fmt.Errorf("%w: %v with %d blocks of output, limit %d", ErrTooCostly, h.algorithm, h.blocks(), maxPBKDF2Blocks)
	}
	return h, nil
}

func nobodyPBKDF2(w Work) (function, error) {
	length := min(int(w.Threads)*hashOf(w.Algorithm)().Size(), maxPBKDF2Key)
	h := pbkdf2Hash{algorithm: w.Algorithm, rounds: w.Time, salt: make([]byte, 16), key: make([]byte, length)}
	if h.work() != w {
		return nil, ErrMalformed
	}
	return h.checked()
}

// hashOf returns the hash function inside an algorithm, and nil where there is
// none.
func hashOf(a Algorithm) func() hash.Hash {
	switch a {
	case PBKDF2SHA1, SHA1:
		return sha1.New
	case PBKDF2SHA256, SHA256, SHA256Crypt:
		return sha256.New
	case PBKDF2SHA512, SHA512, SHA512Crypt:
		return sha512.New
	case MD5:
		return newMD5
	}
	return nil
}
