package password

import (
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/password/legacy"
)

// MaxPassword is the number of bytes a password may have in the form that is
// hashed. People may type 1024, of which composing makes three times as many at
// most. NIST SP 800-63B asks for 64 characters at least, which are 256 bytes in
// any script.
const MaxPassword = typed.MaxPreparedPassword

// Errors of [Params.Hash], to be recognised by errors.Is.
var (
	// ErrEmpty means that there is no password to hash.
	ErrEmpty = errors.New("password: empty")

	// ErrTooLong means that the password has more than MaxPassword bytes.
	ErrTooLong = errors.New("password: too long")
)

// Hash returns a new argon2id hash of password with a random salt of 16 bytes
// and a key of 32, as "$argon2id$v=19$m=…,t=…,p=…$salt$key". The password is
// taken as it is. Errors: [ErrEmpty], [ErrTooLong], [ErrParams]; none of them is
// hidden behind equal work, because whoever sets a password may know its length.
func (p Params) Hash(password string) (string, error) {
	if err := p.check(password); err != nil {
		return "", err
	}
	h := argon2Hash{algorithm: Argon2id, params: p.filled(), salt: rnd.Bytes(saltBytes)}
	h.key = h.derive(password, keyBytes)
	return h.String(), nil
}

// check returns why p cannot hash password.
func (p Params) check(password string) error {
	if err := p.Check(); err != nil {
		return err
	}
	if password == "" {
		return ErrEmpty
	}
	if len(password) > MaxPassword {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrTooLong, len(password), MaxPassword)
	}
	return nil
}

// Verify reports whether hash is a hash of password. It takes the same time for
// every password, also for those that can match nothing: the empty one, one of
// more than [MaxPassword] bytes, or one that the algorithm cannot tell from others.
// Of a longer password bcrypt compares the first 72 bytes, see [Truncates]. The
// error speaks of the stored hash alone: [ErrUnknownFormat], [ErrMalformed] or
// [ErrTooCostly].
func Verify(hash, password string) (ok bool, err error) {
	h, err := read(hash)
	if err != nil {
		return false, err
	}
	return verify(h, password), nil
}

// standIn is hashed in place of what cannot match. Whether it matches by chance
// is never looked at.
const standIn = "correct horse battery staple"

func verify(h stored, password string) bool {
	if password == "" || len(password) > MaxPassword || !h.fits(password) {
		h.match(standIn)
		return false
	}
	return h.match(password)
}

// VerifyNobody does the work that [Verify] would do with a hash of kind k, for
// a name that nobody bears. The zero Kind stands for that of [DefaultParams],
// and so does one that no stored hash can have.
func VerifyNobody(k Kind, password string) {
	verify(k.nobody(), password)
}

// nobody returns a hash to verify in place of one that does not exist.
func (k Kind) nobody() stored {
	h, err := k.dummy()
	if err != nil {
		h, _ = DefaultParams().Kind().dummy()
	}
	return h
}

// dummy returns a hash of kind k that nothing is known to match.
func (k Kind) dummy() (stored, error) {
	if k.Algorithm == Argon2id || k.Algorithm == Argon2i {
		return dummyArgon2(k)
	}
	h, err := legacy.Nobody(k.work())
	return checked(foreign{h}, err)
}
