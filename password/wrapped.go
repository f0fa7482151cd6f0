package password

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/password/legacy"
)

// wrappedPrefix begins a hash of ours: argon2id of the digest that a weak hash has,
// and after it all that the weak hash says but the digest:
//
//	$argon2id-over$v=19$m=…,t=…,p=…$salt$key$weak hash with zeros for its digest
const wrappedPrefix = "$argon2id-over$"

// ErrNotWeak means that a hash is slow by design, and that there is nothing to
// wrap: its owner's next login makes it anew.
var ErrNotWeak = errors.New("password: not a weak hash")

// wrappedHash is argon2id of a digest, both within the caps.
type wrappedHash struct {
	argon2Hash // of the bytes of the digest in place of a password
	weak       legacy.Digest
}

// fits and match pass the password through the digest first. Its microsecond is
// lost in argon2id's milliseconds, so that the kind is argon2id's.
func (h wrappedHash) fits(password string) bool { return h.weak.Fits(password) }

func (h wrappedHash) match(password string) bool {
	return h.argon2Hash.match(string(h.weak.Of(password)))
}

// Wrap returns argon2id around a weak hash, for accounts whose owners do not come
// to have theirs made anew: the password is not needed, [Verify] takes the result
// like any other hash, and the weak one can be forgotten. It does the work of one
// hash and passes no gate. Errors: [ErrParams], [ErrNotWeak], and those of
// [Recognise].
//
// A digest without a salt stays within reach of a thief who has the same digest
// from elsewhere, and need not guess the password for it; only a login, which
// hashes the password itself, ends that.
func (p Params) Wrap(hash string) (string, error) {
	if err := p.Check(); err != nil {
		return "", err
	}
	weak, err := read(hash)
	if err != nil {
		return "", err
	}
	d, ok := digestOf(weak)
	if !ok {
		return "", ErrNotWeak
	}
	h := argon2Hash{algorithm: Argon2id, params: p.filled(), salt: rnd.Bytes(saltBytes)}
	h.key = h.derive(string(d.Stored()), keyBytes)
	return wrappedPrefix + strings.TrimPrefix(h.String(), argon2idPrefix) + "$" + d.Blank(), nil
}

// readWrapped reads what follows the prefix.
func readWrapped(rest string) (wrappedHash, error) {
	p := strings.SplitN(rest, "$", 5)
	if len(p) != 5 {
		return wrappedHash{}, fmt.Errorf("%w: argon2id-over with %d parts, want 5", ErrMalformed, len(p))
	}
	weak, err := legacy.Read(p[4])
	if err != nil {
		return wrappedHash{}, fmt.Errorf("argon2id-over: %w", err)
	}
	// A digest that still stood there would undo what wrapping is for.
	d, ok := weak.Digest()
	if !ok || !d.IsBlank() {
		return wrappedHash{}, fmt.Errorf("%w: argon2id-over something that is not a weak hash with zeros for its digest", ErrMalformed)
	}
	h, err := readArgon2(Argon2id, strings.Join(p[:4], "$"))
	return wrappedHash{h, d}, err
}
