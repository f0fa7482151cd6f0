package password

import (
	"fmt"
	"strings"

	"github.com/sallyport-auth/sallyport/password/legacy"
)

// Errors of a stored hash, to be recognised by errors.Is. None has any part of
// the hash in it but its costs, and no work was done: a caller that must not tell
// one account from another denies after [VerifyNobody].
var (
	// ErrUnknownFormat means that the hash is of no kind that is read here.
	ErrUnknownFormat = legacy.ErrUnknownFormat

	// ErrMalformed means that the hash begins like a known kind and does not
	// go on like one.
	ErrMalformed = legacy.ErrMalformed

	// ErrTooCostly means that the hash asks for more work than the caps allow.
	// The text of the error names the cap.
	ErrTooCostly = legacy.ErrTooCostly
)

// Algorithm names a way to hash. The zero Algorithm is none. The others that are
// read are constants of package legacy.
type Algorithm = legacy.Algorithm

// The algorithms that are computed here, and the one that most directories bring
// along.
const (
	Argon2id Algorithm = 1             // argon2id version 19, also around a weak hash
	Bcrypt             = legacy.Bcrypt // $2a$, $2b$ and $2y$, which are computed alike
	Argon2i  Algorithm = 3             // argon2i version 19
)

// Kind is what decides how much work a stored hash asks for. Kinds can be
// compared and be the keys of a map, to count how many of each are stored. The
// zero Kind stands for that of [DefaultParams].
type Kind struct {
	Algorithm Algorithm
	Memory    uint32 // KiB; argon2
	Time      uint32 // passes of argon2; else as in legacy.Work
	Threads   uint8  // lanes of argon2; else as in legacy.Work
	Cost      uint8  // as in legacy.Work
}

// String describes k as "argon2id m=19456,t=2,p=1" or "bcrypt cost=10".
func (k Kind) String() string {
	switch k.Algorithm {
	case Argon2id:
		return fmt.Sprintf("argon2id m=%d,t=%d,p=%d", k.Memory, k.Time, k.Threads)
	case Argon2i:
		return fmt.Sprintf("argon2i m=%d,t=%d,p=%d", k.Memory, k.Time, k.Threads)
	}
	return k.work().String()
}

func (k Kind) work() legacy.Work {
	return legacy.Work{Algorithm: k.Algorithm, Time: k.Time, Threads: k.Threads, Cost: k.Cost}
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

// foreign is a hash that package legacy has read.
type foreign struct{ legacy.Hash }

func (h foreign) kind() Kind {
	w := h.Work()
	return Kind{Algorithm: w.Algorithm, Time: w.Time, Threads: w.Threads, Cost: w.Cost}
}

func (h foreign) fits(password string) bool { return h.Fits(password) }

func (h foreign) match(password string) bool { return h.Match(password) }

// read parses a stored hash. It costs next to nothing whatever the hash asks for.
func read(hash string) (stored, error) {
	phc := hash
	if strings.HasPrefix(hash, djangoPrefix) {
		phc = hash[len("argon2"):]
	}
	if rest, ok := strings.CutPrefix(phc, argon2idPrefix); ok {
		return checked(readArgon2(Argon2id, rest))
	}
	if rest, ok := strings.CutPrefix(phc, argon2iPrefix); ok {
		return checked(readArgon2(Argon2i, rest))
	}
	if rest, ok := strings.CutPrefix(hash, wrappedPrefix); ok {
		return checked(readWrapped(rest))
	}
	h, err := legacy.Read(hash)
	return checked(foreign{h}, err)
}

// checked returns h, and no hash with an error.
func checked[H stored](h H, err error) (stored, error) {
	if err != nil {
		return nil, err
	}
	return h, nil
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
// algorithm, other costs, a salt or key of another length, or a form of another
// system. The time to hash anew is right after the password has matched, unless
// [Truncates] says that only a part of it was looked at. A hash that cannot be
// read needs it too, though nothing will ever match it.
func (p Params) NeedsRehash(hash string) bool {
	h, err := read(hash)
	if err != nil || !strings.HasPrefix(hash, argon2idPrefix) {
		return true
	}
	a, ok := h.(argon2Hash)
	return !ok || a.kind() != p.Kind() || len(a.salt) != saltBytes || len(a.key) != keyBytes
}

// Truncates reports whether [Verify] looks at the first 72 bytes of password
// alone, because hash is of bcrypt, which reads no more. Such a password, once it
// has matched, is not proven whole: it must not be hashed anew, and its owner has
// to choose another. It returns false for a hash that cannot be read.
func Truncates(hash, password string) bool {
	h, err := read(hash)
	if err != nil {
		return false
	}
	f, ok := h.(foreign)
	return ok && f.Cuts(password)
}

// Weak reports whether hash is one fast digest, such as MD5 or SHA-1, of which a
// thief tries billions a second. [Params.Wrap] makes it good without the password.
// It returns false for a hash that cannot be read.
func Weak(hash string) bool {
	h, err := read(hash)
	if err != nil {
		return false
	}
	_, ok := digestOf(h)
	return ok
}

// Weak reports whether the hashes of kind k are weak, as [Weak] has it. One that was
// wrapped is of the kind of what is around it.
func (k Kind) Weak() bool {
	switch k.Algorithm {
	case legacy.MD5, legacy.SHA1, legacy.SHA256, legacy.SHA512:
		return true
	}
	return false
}

func digestOf(h stored) (legacy.Digest, bool) {
	f, ok := h.(foreign)
	if !ok {
		return legacy.Digest{}, false
	}
	return f.Digest()
}
