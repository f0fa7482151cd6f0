package legacy

import (
	"crypto/md5"
	"crypto/subtle"
	"fmt"
	"hash"
	"unicode/utf16"
	"unicode/utf8"
)

func newMD5() hash.Hash { return md5.New() }

// Digest is one fast hash of a password and perhaps a salt. It never changes, so
// any number of goroutines may use it. The zero Digest is none and may not be
// used.
//
// Whoever steals such a hash tries billions of passwords a second. Another hash
// can be put around it: of [Digest.Stored] now, or of [Digest.Of] when somebody
// gives a password. Beside that hash stands [Digest.Blank], from which all but the
// digest is read again.
type Digest struct {
	algorithm     Algorithm
	new           func() hash.Hash
	before, after []byte // salts
	wide          bool   // the password goes in as UTF-16, low byte first
	sum           []byte
	spell         func(sum []byte) string
}

func (d Digest) work() Work { return Work{Algorithm: d.algorithm} }

// fits refuses bad UTF-8 where it would have to become UTF-16: all of it would
// become the same replacement characters.
func (d Digest) fits(password string) bool { return !d.wide || utf8.ValidString(password) }

func (d Digest) match(password string) bool {
	return subtle.ConstantTimeCompare(d.Of(password), d.sum) == 1
}

// Of returns the digest of a password. The bytes are the caller's own.
func (d Digest) Of(password string) []byte {
	h := d.new()
	h.Write(d.before)
	if d.wide {
		h.Write(wideBytes(password))
	} else {
		h.Write([]byte(password))
	}
	h.Write(d.after)
	return h.Sum(nil)
}

// Fits is [Hash.Fits].
func (d Digest) Fits(password string) bool { return d.fits(password) }

// Stored returns the digest that was read. The bytes are the caller's own.
func (d Digest) Stored() []byte { return append([]byte(nil), d.sum...) }

// Blank returns a text that says all that the stored one does but the digest,
// which is zeros. [Read] reads it.
func (d Digest) Blank() string { return d.spell(make([]byte, len(d.sum))) }

// IsBlank reports whether d was read from a text that Blank has made.
func (d Digest) IsBlank() bool {
	return subtle.ConstantTimeCompare(d.sum, make([]byte, len(d.sum))) == 1
}

// checked returns d if the lengths are what they must be, and an error if they
// are not. It sets the function that belongs to the algorithm where there is none.
func (d Digest) checked() (function, error) {
	if d.new == nil {
		d.new = hashOf(d.algorithm)
	}
	if size := d.new().Size(); len(d.sum) != size {
		return nil, fmt.Errorf("%w: %v with %d bytes, want %d", ErrMalformed, d.algorithm, len(d.sum), size)
	}
	if salt := len(d.before) + len(d.after); salt > maxSalt {
		return nil, fmt.Errorf("%w: salt of %d bytes, want at most %d", ErrMalformed, salt, maxSalt)
	}
	return d, nil
}

func nobodyDigest(w Work) function {
	h := hashOf(w.Algorithm)
	return Digest{algorithm: w.Algorithm, new: h, before: make([]byte, 16), sum: make([]byte, h().Size())}
}

func wideBytes(password string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(password)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return b
}

// digestNamed returns the algorithm of a fast hash by its name in lower case.
func digestNamed(name string) (Algorithm, error) {
	for _, a := range [...]Algorithm{MD5, SHA1, SHA256, SHA512} {
		if a.String() == name {
			return a, nil
		}
	}
	return 0, fmt.Errorf("%w: a digest other than md5, sha1, sha256, sha512", ErrUnknownFormat)
}
