package token

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// OutsideKey is a signing key whose private half this program does not hold: one in a
// hardware module, in another process, or in a library that signs faster.
type OutsideKey struct {
	// Certificate is the X.509 certificate in DER, at most 4 KiB. Id and x5t derive from
	// it, so it has to stay the same for as long as the key serves.
	Certificate []byte
	// Algorithm is one of [Algorithms]; empty means the first that suits the key.
	Algorithm string
	// Signer signs, from any number of goroutines at once. It gets what [crypto.Signer]
	// says: for RS256, PS256 (with [*rsa.PSSOptions] and a salt of 32 bytes) and ES256
	// the SHA-256 of the token, for EdDSA the token itself. Each signature is verified
	// before it leaves.
	Signer crypto.Signer
}

// ErrOutsideKey means that a key signs whose private half is outside, and that this
// program was not given the signer of it.
var ErrOutsideKey = errors.New("token: the signing key is kept outside, and its signer is missing")

// Key returns the record of the key, without a private half. It fails for a certificate
// that an import refuses (see [ImportKey]), but for its term, and where the signer is not
// the certificate's.
func (o OutsideKey) Key(now time.Time) (Key, error) {
	if o.Signer == nil {
		return Key{}, errors.New("Signer is missing")
	}
	cert, err := x509.ParseCertificate(o.Certificate)
	if err != nil {
		return Key{}, errors.New("Certificate is no X.509 certificate in DER")
	}
	k, err := certified(cert, o.Algorithm, now)
	if err != nil {
		return Key{}, err
	}
	if !samePublic(o.Signer.Public(), cert.PublicKey) {
		return Key{}, errors.New("Signer has another public key than Certificate")
	}
	k.Outside = true
	return k, nil
}

// Use has the signer of an outside key sign for it. Call it before the first call of
// [Signers.Signer].
func (s *Signers) Use(k Key, signer crypto.Signer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outside == nil {
		s.outside = map[string]crypto.Signer{}
	}
	s.outside[k.ID] = signer
}

// errSignature is of a signer outside. What it gave is not repeated.
var errSignature = errors.New("the signer outside has given a signature that is not good")

// signOutside is sign of a key whose private half is outside: what it gives is held
// against the public one, so that no fault of it comes to be known by a token that nobody
// takes, or one that gives the key away.
func (s *Signer) signOutside(input []byte) ([]byte, error) {
	if s.key == nil {
		return nil, fmt.Errorf("%w: %s", ErrOutsideKey, s.kid)
	}
	sig, err := s.signHere(input)
	if err != nil {
		return nil, err
	}
	if sig = bytes.Clone(sig); !(Verifier{s.algorithm, s.public}).holds(input, sig) {
		return nil, errSignature
	}
	return sig, nil
}

// Outside reports whether the private half of the key is outside, so that signing may
// take long and fail.
func (s *Signer) Outside() bool { return s.outside }

// IsMissing reports whether it is outside and nothing was given to sign with.
func (s *Signer) IsMissing() bool { return s.key == nil }
