package legacy

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Django's hashers, see django/contrib/auth/hashers.py. The salts are texts and go
// in as their bytes.

func readDjangoPBKDF2SHA1(rest string) (function, error) {
	return readDjangoPBKDF2(PBKDF2SHA1, rest)
}

func readDjangoPBKDF2SHA256(rest string) (function, error) {
	return readDjangoPBKDF2(PBKDF2SHA256, rest)
}

// readDjangoPBKDF2 reads "rounds$salt$key".
func readDjangoPBKDF2(a Algorithm, rest string) (function, error) {
	p, err := parts("django pbkdf2", rest, 3)
	if err != nil {
		return nil, err
	}
	h := pbkdf2Hash{algorithm: a, salt: []byte(p[1])}
	if h.rounds, err = number("pbkdf2 rounds", p[0], maxPBKDF2Rounds); err != nil {
		return nil, err
	}
	if h.key, err = fromBase64(paddedBase64, "key", p[2]); err != nil {
		return nil, err
	}
	return h.checked()
}

// readDjangoBcrypt reads a whole hash of bcrypt.
func readDjangoBcrypt(rest string) (function, error) {
	h, err := bcryptOf(rest)
	return h, err
}

// readDjangoBcryptSHA256 reads a whole hash of bcrypt, which is of the SHA-256 of
// the password, so that no password is cut.
func readDjangoBcryptSHA256(rest string) (function, error) {
	h, err := bcryptOf(rest)
	h.sha256 = true
	return h, err
}

// readDjangoScrypt reads "N$salt$r$p$key", N in full.
func readDjangoScrypt(rest string) (function, error) {
	p, err := parts("django scrypt", rest, 5)
	if err != nil {
		return nil, err
	}
	n, err := number("scrypt N", p[0], 1<<maxScryptLogN)
	if err != nil {
		return nil, err
	}
	if n&(n-1) != 0 {
		return nil, fmt.Errorf("%w: scrypt with an N that is no power of two", ErrMalformed)
	}
	h, err := scryptCosts(logarithm(n), p[2], p[3])
	if err != nil {
		return nil, err
	}
	key, err := fromBase64(paddedBase64, "key", p[4])
	if err != nil {
		return nil, err
	}
	return h.with([]byte(p[1]), key)
}

func readDjangoSHA1(rest string) (function, error) { return readDjangoDigest(SHA1, rest) }
func readDjangoMD5(rest string) (function, error)  { return readDjangoDigest(MD5, rest) }

// readDjangoDigest reads "salt$digest", a digest of the salt and the password. The
// salt may be empty: so are those of the unsalted hashers.
func readDjangoDigest(a Algorithm, rest string) (function, error) {
	salt, text, ok := strings.Cut(rest, "$")
	if !ok {
		return nil, fmt.Errorf("%w: django %v without a salt", ErrMalformed, a)
	}
	sum, err := fromHex("digest", text)
	if err != nil {
		return nil, err
	}
	return Digest{algorithm: a, before: []byte(salt), sum: sum, spell: func(sum []byte) string {
		return a.String() + "$" + salt + "$" + hex.EncodeToString(sum)
	}}.checked()
}
