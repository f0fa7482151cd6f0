package password

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of a stored hash, to be recognised by errors.Is. None has any part of
// the hash in it, and no work was done: a caller that must not tell one account
// from another denies after [VerifyNobody].
var (
	// ErrUnknownFormat means that the hash is of no kind that is read here.
	ErrUnknownFormat = errors.New("password: unknown hash format")

	// ErrMalformed means that the hash begins like a known kind and does not
	// go on like one.
	ErrMalformed = errors.New("password: malformed hash")

	// ErrTooCostly means that the hash asks for more work than the caps allow.
	ErrTooCostly = errors.New("password: hash is too costly")
)

// Algorithm names a way to hash. The zero Algorithm is none.
type Algorithm uint8

// The algorithms that are read.
const (
	Argon2id Algorithm = 1 + iota // argon2id version 19, as PHC string
	Bcrypt                        // $2a$, $2b$ and $2y$, which are computed alike
)

// String returns the name of a in lower case.
func (a Algorithm) String() string {
	switch a {
	case Argon2id:
		return "argon2id"
	case Bcrypt:
		return "bcrypt"
	}
	return "none"
}

// Kind is what decides how much work a stored hash asks for. Kinds can be
// compared and be the keys of a map, to count how many of each are stored. The
// zero Kind stands for that of [DefaultParams].
type Kind struct {
	Algorithm Algorithm
	Memory    uint32 // KiB; argon2id
	Time      uint32 // passes; argon2id
	Threads   uint8  // lanes; argon2id
	Cost      uint8  // binary logarithm of the rounds; bcrypt
}

// String describes k as "argon2id m=19456,t=2,p=1" or "bcrypt cost=10".
func (k Kind) String() string {
	switch k.Algorithm {
	case Argon2id:
		return fmt.Sprintf("argon2id m=%d,t=%d,p=%d", k.Memory, k.Time, k.Threads)
	case Bcrypt:
		return fmt.Sprintf("bcrypt cost=%d", k.Cost)
	}
	return k.Algorithm.String()
}

// stored is a hash that was read and found within the caps.
type stored interface {
	kind() Kind

	// match does the whole work of the hash and reports whether password has
	// it. It is called with 1 to MaxPassword bytes.
	match(password string) bool

	// fits reports whether match tells password from every other one.
	fits(password string) bool
}

// read parses a stored hash. It costs nothing whatever the hash asks for.
func read(hash string) (stored, error) {
	switch {
	case strings.HasPrefix(hash, argon2idPrefix):
		return readArgon2id(hash)
	case strings.HasPrefix(hash, "$2"):
		return readBcrypt(hash)
	}
	return nil, ErrUnknownFormat
}

// Recognise says of what kind a stored hash is, without doing its work. The
// error is [ErrUnknownFormat], [ErrMalformed] or [ErrTooCostly].
func Recognise(hash string) (Kind, error) {
	h, err := read(hash)
	if err != nil {
		return Kind{}, err
	}
	return h.kind(), nil
}

// NeedsRehash reports whether hash is anything but what p would make: another
// algorithm, other costs, or a salt or key of another length. The time to hash
// anew is right after the password has matched. A hash that cannot be read needs
// it too, though nothing will ever match it.
func (p Params) NeedsRehash(hash string) bool {
	h, err := read(hash)
	if err != nil {
		return true
	}
	a, ok := h.(argon2idHash)
	return !ok || a.kind() != p.Kind() || len(a.salt) != saltBytes || len(a.key) != keyBytes
}
