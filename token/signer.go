package token

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"sync"
)

// maxParsed bounds [Signers]. A ring holds two or three keys of an algorithm at a time.
const maxParsed = 64

// Signers remembers parsed keys by id, since reading a private key costs more
// than signing with it. The engine owns one; the zero value is ready and may be
// used from any number of goroutines. It must not be copied.
type Signers struct {
	mu      sync.Mutex
	m       map[string]*Signer
	outside map[string]crypto.Signer // by kid, see Use
}

// Signer is a parsed signing key with the header of its tokens. It is
// immutable.
type Signer struct {
	kid       string
	algorithm string
	head      string        // the protected header, base64url
	key       crypto.Signer // nil: it is outside, and was not given
	outside   bool
	public    crypto.PublicKey
}

// KeyID is the kid that the signer's tokens name.
func (s *Signer) KeyID() string { return s.kid }

// Algorithm is the one of [Algorithms] by which it signs.
func (s *Signer) Algorithm() string { return s.algorithm }

// Verifiers are the public keys that tokens are believed by, by kid. A token whose
// header names another algorithm than that of its key is refused.
type Verifiers map[string]Verifier

// Signer returns k, parsed. An error wraps [store.ErrDamaged] and says nothing
// of the key. Ids derive from the key's certificate and are never reused, so
// what was parsed once stays right.
func (s *Signers) Signer(k Key) (*Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := s.m[k.ID]; got != nil {
		return got, nil
	}
	got, err := k.parse()
	if err != nil {
		return nil, fmt.Errorf("reading keys: %w", err)
	}
	if got.outside {
		got.key = s.outside[k.ID]
	}
	if s.m == nil || len(s.m) >= maxParsed {
		s.m = map[string]*Signer{}
	}
	s.m[k.ID] = got
	return got, nil
}

// Verifiers returns the public keys of those keys, which should be what
// [Ring.Verifiers] gave. The map is the caller's own.
func (s *Signers) Verifiers(keys []Key) (Verifiers, error) {
	v := make(Verifiers, len(keys))
	for _, k := range keys {
		signer, err := s.Signer(k)
		if err != nil {
			return nil, err
		}
		v[k.ID] = Verifier{Algorithm: signer.algorithm, Key: signer.public}
	}
	return v, nil
}

// header is the protected header of an access token, its keys in the published
// order.
func header(certificate []byte, algorithm string) string {
	kid, x5t := thumbprint(certificate, algorithm)
	// Both are hexadecimal or base64url text, which JSON takes as it is.
	return base64.RawURLEncoding.EncodeToString(
		[]byte(`{"alg":"` + algorithm + `","kid":"` + kid + `","typ":"` + accessType + `","x5t":"` + x5t + `"}`))
}
