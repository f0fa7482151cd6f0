package legacy

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of a stored hash, to be recognised by errors.Is. None has any part of
// the hash in it but its costs.
var (
	// ErrUnknownFormat means that the text is of no form that is read here.
	ErrUnknownFormat = errors.New("password: unknown hash format")

	// ErrMalformed means that the text begins like a known form and does not go
	// on like one.
	ErrMalformed = errors.New("password: malformed hash")

	// ErrTooCostly means that the hash asks for more work than the caps allow.
	// The text of the error names the cap.
	ErrTooCostly = errors.New("password: hash is too costly")
)

// Hash is a stored hash that was read and found within the caps. It never
// changes, so any number of goroutines may use it. The zero Hash is none and may
// not be used.
type Hash struct{ f function }

// function is a hash of one algorithm, with all that it needs.
type function interface {
	work() Work
	fits(password string) bool
	match(password string) bool
}

// wholePassword is embedded by functions that tell every password from every
// other one.
type wholePassword struct{}

func (wholePassword) fits(string) bool { return true }

// maxText is the length of a text in characters. The longest real one is of a
// Firebase project and has about 250.
const maxText = 1 << 10

// form is how a text begins, and what reads the rest of it.
type form struct {
	prefix string
	read   func(rest string) (function, error)
}

var forms = [...]form{
	{"$2", readBcrypt},
	{"$5$", readSHA256Crypt},
	{"$6$", readSHA512Crypt},
	{"$pbkdf2$", readPBKDF2SHA1},
	{"$pbkdf2-sha1$", readPBKDF2SHA1},
	{"$pbkdf2-sha256$", readPBKDF2SHA256},
	{"$pbkdf2-sha512$", readPBKDF2SHA512},
	{"$scrypt$", readScrypt},
	{"$firebase-scrypt$", readFirebase},
	{"$membership$", readMembership},
	{"$raw$", readRaw},
	{"pbkdf2_sha1$", readDjangoPBKDF2SHA1},
	{"pbkdf2_sha256$", readDjangoPBKDF2SHA256},
	{"bcrypt$", readDjangoBcrypt},
	{"bcrypt_sha256$", readDjangoBcryptSHA256},
	{"scrypt$", readDjangoScrypt},
	{"sha1$", readDjangoSHA1},
	{"md5$", readDjangoMD5},
	{"{", readLDAP},
}

// Read parses a stored hash. It does none of its work. The error is
// [ErrUnknownFormat], [ErrMalformed] or [ErrTooCostly].
func Read(text string) (Hash, error) {
	if len(text) > maxText {
		return Hash{}, fmt.Errorf("%w: more than %d characters", ErrMalformed, maxText)
	}
	for _, form := range forms {
		if rest, ok := strings.CutPrefix(text, form.prefix); ok {
			return made(form.read(rest))
		}
	}
	return made(readIdentity(text)) // which has no prefix
}

func made(f function, err error) (Hash, error) {
	if err != nil {
		return Hash{}, err
	}
	return Hash{f}, nil
}

// Work returns what decides how long h takes.
func (h Hash) Work() Work { return h.f.work() }

// Fits reports whether [Hash.Match] tells password from every other one, but for
// what [Hash.Cuts] says. A password that does not fit must not be matched.
func (h Hash) Fits(password string) bool { return h.f.fits(password) }

// Match does the whole work of h and reports whether h is a hash of password,
// which it takes byte for byte. Digests are compared in constant time.
func (h Hash) Match(password string) bool { return h.f.match(password) }

// Cuts reports whether Match looks at the first 72 bytes of password alone, as
// bcrypt does. A match of such a password does not prove the rest of it.
func (h Hash) Cuts(password string) bool {
	b, ok := h.f.(bcryptHash)
	return ok && b.cuts(password)
}

// Digest returns the fast hash that h is. It returns false if h is of an
// algorithm that is slow by design.
func (h Hash) Digest() (Digest, bool) {
	d, ok := h.f.(Digest)
	return d, ok
}
