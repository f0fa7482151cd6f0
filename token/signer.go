package token

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"sync"
)

// maxParsed bounds [Signers]. A ring holds two or three keys at a time.
const maxParsed = 64

// Signers remembers parsed keys by id, since reading a private key costs more
// than signing with it. The engine owns one; the zero value is ready and may be
// used from any number of goroutines. It must not be copied.
type Signers struct {
	mu sync.Mutex
	m  map[string]*Signer
}

// Signer is a parsed signing key with the header of its tokens. It is
// immutable.
type Signer struct {
	kid  string
	head string // the protected header, base64url
	key  *rsa.PrivateKey
}

// KeyID is the kid that the signer's tokens name.
func (s *Signer) KeyID() string { return s.kid }

// Verifiers are the public keys that tokens are believed by, by kid.
type Verifiers map[string]*rsa.PublicKey

// Signer returns k, parsed. An error wraps [store.ErrDamaged] and says nothing
// of the key. Ids derive from the key's certificate and are never reused, so
// what was parsed once stays right.
func (s *Signers) Signer(k Key) (*Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := s.m[k.ID]; got != nil {
		return got, nil
	}
	key, err := k.parse()
	if err != nil {
		return nil, fmt.Errorf("reading keys: %w", err)
	}
	if s.m == nil || len(s.m) >= maxParsed {
		s.m = map[string]*Signer{}
	}
	got := &Signer{kid: k.ID, head: header(k), key: key}
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
		v[k.ID] = &signer.key.PublicKey
	}
	return v, nil
}

// header is the protected header of an access token, its keys in the published
// order.
func header(k Key) string {
	kid, x5t := thumbprint(k.Certificate)
	// Both are hexadecimal or base64url text, which JSON takes as it is.
	return base64.RawURLEncoding.EncodeToString(
		[]byte(`{"alg":"RS256","kid":"` + kid + `","typ":"` + accessType + `","x5t":"` + x5t + `"}`))
}
