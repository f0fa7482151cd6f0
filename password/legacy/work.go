package legacy

import (
	"fmt"
	"math/bits"
)

// Algorithm names the function that a hash spends its time in. The zero Algorithm
// is none. The numbers rest in stores, so they never change; 1 and 3 are argon2,
// which package password computes.
type Algorithm uint8

// The algorithms that are read here.
const (
	Bcrypt       Algorithm = 2  // $2a$, $2b$ and $2y$, which are computed alike
	PBKDF2SHA1   Algorithm = 4  // PBKDF2 (RFC 8018) with HMAC-SHA-1
	PBKDF2SHA256 Algorithm = 5  // the same with HMAC-SHA-256
	PBKDF2SHA512 Algorithm = 6  // the same with HMAC-SHA-512
	Scrypt       Algorithm = 7  // RFC 7914, also as Firebase uses it
	SHA256Crypt  Algorithm = 8  // $5$ of crypt(3)
	SHA512Crypt  Algorithm = 9  // $6$ of crypt(3)
	MD5          Algorithm = 10 // one MD5, with or without a salt; fast
	SHA1         Algorithm = 11 // likewise
	SHA256       Algorithm = 12 // likewise, also as HMAC
	SHA512       Algorithm = 13 // likewise
)

// String returns the name of a in lower case, and "none" for one that is not read
// here.
func (a Algorithm) String() string {
	names := [...]string{
		Bcrypt: "bcrypt", PBKDF2SHA1: "pbkdf2-sha1", PBKDF2SHA256: "pbkdf2-sha256", PBKDF2SHA512: "pbkdf2-sha512",
		Scrypt: "scrypt", SHA256Crypt: "sha256-crypt", SHA512Crypt: "sha512-crypt",
		MD5: "md5", SHA1: "sha1", SHA256: "sha256", SHA512: "sha512",
	}
	if int(a) < len(names) && names[a] != "" {
		return names[a]
	}
	return "none"
}

// Work is what decides how long a hash takes. Works can be compared. The zero
// Work is none.
type Work struct {
	Algorithm Algorithm

	// Time is the rounds of PBKDF2 and of sha-crypt, to seven binary digits, and
	// the r of scrypt.
	Time uint32

	Threads uint8 // the p of scrypt, and the blocks of output of PBKDF2

	// Cost is the binary logarithm of the rounds of bcrypt and of the N of scrypt,
	// and the length of the salt of sha-crypt, in bytes.
	Cost uint8
}

// String describes w as "bcrypt cost=10" or "scrypt ln=14,r=8,p=1".
func (w Work) String() string {
	switch w.Algorithm {
	case Bcrypt:
		return fmt.Sprintf("bcrypt cost=%d", w.Cost)
	case Scrypt:
		return fmt.Sprintf("scrypt ln=%d,r=%d,p=%d", w.Cost, w.Time, w.Threads)
	case PBKDF2SHA1, PBKDF2SHA256, PBKDF2SHA512:
		return fmt.Sprintf("%v i=%d,blocks=%d", w.Algorithm, w.Time, w.Threads)
	case SHA256Crypt, SHA512Crypt:
		return fmt.Sprintf("%v rounds=%d,salt=%d", w.Algorithm, w.Time, w.Cost)
	}
	return w.Algorithm.String()
}

// Nobody returns a hash of the work w that nothing is known to match, to do that
// work for a name that nobody has. The error is one of [Read]'s, if no stored
// hash can have that work.
func Nobody(w Work) (Hash, error) {
	switch w.Algorithm {
	case Bcrypt:
		return made(nobodyBcrypt(w))
	case PBKDF2SHA1, PBKDF2SHA256, PBKDF2SHA512:
		return made(nobodyPBKDF2(w))
	case Scrypt:
		return made(nobodyScrypt(w))
	case SHA256Crypt, SHA512Crypt:
		return made(nobodyCrypt(w))
	case MD5, SHA1, SHA256, SHA512:
		return made(nobodyDigest(w), nil)
	}
	return Hash{}, ErrUnknownFormat
}

// coarse rounds n to seven significant binary digits, which is less than one
// percent. Some systems draw the number of rounds anew for each password, and
// whoever counts the works that are stored would count as many as accounts; so
// they are fewer than a thousand.
func coarse(n uint32) uint32 {
	shift := bits.Len32(n) - 7
	if shift <= 0 {
		return n
	}
	return (n + 1<<(shift-1)) >> shift << shift
}
