package legacy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"fmt"
	"strings"
)

const (
	// firebaseKey is the length of the AES key that scrypt makes.
	firebaseKey = 32

	// The signer key of a project has 64 bytes, and so have its hashes.
	minSigner, maxSigner = 16, 128
)

// firebaseHash is scrypt as Firebase changed it (github.com/firebase/scrypt): the
// key that scrypt makes enciphers the signer key of the project, and the hash is
// the cipher text.
type firebaseHash struct {
	scryptHash
	signer, cipherText []byte
}

// match enciphers by AES-256 in counter mode from zero. Each key is used once, for
// a text that never changes.
func (h firebaseHash) match(password string) bool {
	key, err := h.derive(password, firebaseKey)
	if err != nil {
		return false
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return false
	}
	out := make([]byte, len(h.signer))
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(out, h.signer)
	return subtle.ConstantTimeCompare(out, h.cipherText) == 1
}

// readFirebase reads a form of ours, since Firebase keeps a part of it with the
// project and a part with the account:
//
//	$firebase-scrypt$ln=14,r=8$separator$signer key$salt$hash
//
// From the password hash parameters of the project (Firebase console,
// Authentication, Users) come mem_cost as ln, rounds as r,
// base64_salt_separator and base64_signer_key; from the export of the account
// (firebase auth:export) salt and passwordHash. All four are base64 in either
// alphabet.
//
// The signer key is a secret of the project and then rests with every hash.
func readFirebase(rest string) (function, error) {
	p, err := parts("firebase-scrypt", rest, 5)
	if err != nil {
		return nil, err
	}
	h, err := namedScryptCosts(p[0], "ln=", "r=")
	if err != nil {
		return nil, err
	}
	var b [4][]byte // separator, signer key, salt, hash
	for i, what := range [...]string{"separator", "signer key", "salt", "hash"} {
		if b[i], err = fromFirebase(what, p[1+i]); err != nil {
			return nil, err
		}
	}
	if err := between("signer key", b[1], minSigner, maxSigner); err != nil {
		return nil, err
	}
	if len(b[3]) != len(b[1]) {
		return nil, fmt.Errorf("%w: firebase-scrypt with a hash that is not as long as the signer key", ErrMalformed)
	}
	h.salt = append(b[2], b[0]...)
	if err := between("salt", h.salt, 1, maxSalt); err != nil {
		return nil, err
	}
	return firebaseHash{h, b[1], b[3]}, nil
}

// fromFirebase reads base64 in the alphabet of MIME or that of URLs, since the
// console writes the one and the export the other.
func fromFirebase(what, text string) ([]byte, error) {
	return fromBase64(paddedBase64, what, strings.NewReplacer("-", "+", "_", "/").Replace(text))
}
