package password

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Lengths in bytes of what [Params.Hash] makes.
const (
	saltBytes = 16
	keyBytes  = 32
)

// What a stored argon2 hash may ask for. Each hash in progress holds Memory,
// so a gate bounds the sum to its permits times 256 MiB.
const (
	maxMemory  = 256 * 1024 // KiB
	maxTime    = 10         // passes
	maxThreads = 16         // lanes

	minSalt, maxSalt = 8, 64  // bytes; RFC 9106 wants 8 at least
	minKey, maxKey   = 16, 64 // bytes; fewer would make chance matches likely
)

const (
	argon2idPrefix = "$argon2id$"
	argon2iPrefix  = "$argon2i$"
	djangoPrefix   = "argon2$argon2" // Django's hasher and a dollar sign before the other two

	argon2Version = "v=19"  // the only version that x/crypto computes
	maxArgon2Text = 1 << 10 // characters; one at all the caps has about 220
)

// argon2Hash is one hash within the caps. Its params have no zero field.
type argon2Hash struct {
	algorithm Algorithm // Argon2id or Argon2i
	params    Params
	salt, key []byte
}

func (h argon2Hash) kind() Kind {
	k := h.params.Kind()
	k.Algorithm = h.algorithm
	return k
}

func (h argon2Hash) fits(string) bool { return true }

func (h argon2Hash) match(password string) bool {
	return subtle.ConstantTimeCompare(h.derive(password, len(h.key)), h.key) == 1
}

func (h argon2Hash) derive(password string, length int) []byte {
	if h.algorithm == Argon2i {
		return argon2.Key([]byte(password), h.salt, h.params.Time, h.params.Memory, h.params.Threads, uint32(length))
	}
	return deriveArgon2id(password, h.salt, h.params, length)
}

// String returns h, which is of argon2id, as a PHC string.
func (h argon2Hash) String() string {
	return fmt.Sprintf("%s%s$%s$%s$%s", argon2idPrefix, argon2Version, h.params.costs(),
		phcBase64.EncodeToString(h.salt), phcBase64.EncodeToString(h.key))
}

// costs writes p, which has no zero field, as "m=…,t=…,p=…".
func (p Params) costs() string {
	return fmt.Sprintf("m=%d,t=%d,p=%d", p.Memory, p.Time, p.Threads)
}

// The PHC string format has no padding; Strict leaves a value one spelling.
var phcBase64 = base64.RawStdEncoding.Strict()

// readArgon2 reads what follows one of the two prefixes, "v=19$m=…,t=…,p=…$salt$key",
// the order and the spelling that every implementation writes.
func readArgon2(a Algorithm, rest string) (argon2Hash, error) {
	if len(rest) > maxArgon2Text {
		return argon2Hash{}, fmt.Errorf("%w: more than %d characters", ErrMalformed, maxArgon2Text)
	}
	parts := strings.Count(rest, "$") + 1
	version, rest, _ := strings.Cut(rest, "$")
	if version != argon2Version {
		return argon2Hash{}, fmt.Errorf("%w: argon2 of a version other than 19", ErrUnknownFormat)
	}
	if parts != 4 {
		return argon2Hash{}, fmt.Errorf("%w: argon2 with %d parts, want 4", ErrMalformed, parts)
	}
	costs, rest, _ := strings.Cut(rest, "$")
	salt, key, _ := strings.Cut(rest, "$")
	h := argon2Hash{algorithm: a}
	var err error
	if h.params, err = readCosts(costs); err != nil {
		return argon2Hash{}, err
	}
	if h.salt, err = readBytes("salt", salt, minSalt, maxSalt); err != nil {
		return argon2Hash{}, err
	}
	if h.key, err = readBytes("key", key, minKey, maxKey); err != nil {
		return argon2Hash{}, err
	}
	return h, nil
}

// readCosts reads "m=…,t=…,p=…".
func readCosts(text string) (Params, error) {
	if costs := strings.Count(text, ",") + 1; costs != 3 {
		return Params{}, fmt.Errorf("%w: argon2 with %d costs, want 3", ErrMalformed, costs)
	}
	var n [3]uint64
	for i, name := range [...]string{"m=", "t=", "p="} {
		var cost string
		cost, text, _ = strings.Cut(text, ",")
		digits, ok := strings.CutPrefix(cost, name)
		if !ok {
			return Params{}, fmt.Errorf("%w: argon2 without %q", ErrMalformed, name)
		}
		var err error
		if n[i], err = readNumber(digits); err != nil {
			return Params{}, err
		}
	}
	if n[0] > maxMemory || n[1] > maxTime || n[2] > maxThreads {
		return Params{}, overCosts(n[0], n[1], n[2])
	}
	p := Params{Memory: uint32(n[0]), Time: uint32(n[1]), Threads: uint8(n[2])}
	return p, p.capped()
}

// readNumber reads digits without sign or leading zero. A number too large for
// 64 bits is too costly, whatever it counts.
func readNumber(digits string) (uint64, error) {
	if digits == "" || digits[0] == '0' {
		return 0, fmt.Errorf("%w: argon2 with a cost of zero", ErrMalformed)
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%w: argon2 with a cost that is no number", ErrMalformed)
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: argon2 with a cost of %d digits, limit m=%d,t=%d,p=%d",
			ErrTooCostly, len(digits), maxMemory, maxTime, maxThreads)
	}
	return n, nil
}

// readBytes bounds the text as well: encoding/base64 passes over line ends, so
// length decides what strictness would not.
func readBytes(what, text string, least, most int) ([]byte, error) {
	b, err := phcBase64.DecodeString(text)
	if err != nil || phcBase64.EncodedLen(len(b)) != len(text) {
		return nil, fmt.Errorf("%w: argon2 with a %s that is not base64", ErrMalformed, what)
	}
	if len(b) < least || len(b) > most {
		return nil, fmt.Errorf("%w: argon2 with a %s of %d bytes, want %d to %d", ErrMalformed, what, len(b), least, most)
	}
	return b, nil
}

// capped holds p, which has no zero field, to the caps and to what RFC 9106,
// section 3.1, demands.
func (p Params) capped() error {
	if p.Memory > maxMemory || p.Time > maxTime || p.Threads > maxThreads {
		return overCosts(uint64(p.Memory), uint64(p.Time), uint64(p.Threads))
	}
	if p.Memory < 8*uint32(p.Threads) {
		return fmt.Errorf("%w: argon2 with less than 8 KiB for each lane", ErrMalformed)
	}
	return nil
}

func overCosts(memory, time, threads uint64) error {
	return fmt.Errorf("%w: argon2 m=%d,t=%d,p=%d, limit m=%d,t=%d,p=%d",
		ErrTooCostly, memory, time, threads, maxMemory, maxTime, maxThreads)
}

func dummyArgon2(k Kind) (stored, error) {
	p := Params{Memory: k.Memory, Time: k.Time, Threads: k.Threads}
	if p != p.filled() {
		return nil, ErrMalformed
	}
	if err := p.capped(); err != nil {
		return nil, err
	}
	return argon2Hash{algorithm: k.Algorithm, params: p, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}, nil
}
