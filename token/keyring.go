package token

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Keyring is a [Ring] made ready for use: the keys parsed and the key set
// written, once for each stretch of time between two moments at which one of
// its keys is published, begins to sign or retires. It is for one reading of the
// ring; a ring that has changed wants a new one. Its methods may be called from
// any number of goroutines.
type Keyring struct {
	ring    Ring
	signers *Signers
	last    atomic.Pointer[KeysNow] // of the stretch that was asked for last
}

// KeysNow is what a [Keyring] is at a moment, and as long as it stays so. It is
// immutable.
type KeysNow struct {
	signers map[string]*Signer // by the algorithm
	// Verifiers are the keys whose tokens are believed.
	Verifiers Verifiers
	// JWKS returns what [Ring.JWKS] does. The bytes are shared.
	JWKS func() ([]byte, error)

	from, until time.Time // from is part of the stretch, until is not; zero means always
}

// NewKeyring returns the keyring of r. Parsed keys come from s.
func NewKeyring(r Ring, s *Signers) *Keyring { return &Keyring{ring: r, signers: s} }

// At returns the keys as they stand at now. The clock may go back between two
// calls. An error means that a key is damaged.
func (k *Keyring) At(now time.Time) (*KeysNow, error) {
	if last := k.last.Load(); last != nil && last.holds(now) {
		return last, nil
	}
	fresh := &KeysNow{signers: map[string]*Signer{}, JWKS: sync.OnceValues(func() ([]byte, error) { return k.ring.JWKS(now) })}
	fresh.from, fresh.until = k.ring.stretch(now)
	var err error
	if fresh.Verifiers, err = k.signers.Verifiers(k.ring.Verifiers(now)); err != nil {
		return nil, err
	}
	for _, algorithm := range k.ring.Algorithms(now) {
		key, _ := k.ring.Signer(now, algorithm)
		if fresh.signers[algorithm], err = k.signers.Signer(key); err != nil {
			return nil, err
		}
	}
	k.last.Store(fresh)
	return fresh, nil
}

// ErrNoSigner means that there is no key to sign by an algorithm.
var ErrNoSigner = errors.New("token: no signing key")

// Signer returns what signs by an algorithm, empty for [RS256]. The error wraps
// [ErrNoSigner] if the ring has no live key of it.
func (n *KeysNow) Signer(algorithm string) (*Signer, error) {
	if s := n.signers[algorithmOf(algorithm)]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("%w for %s", ErrNoSigner, algorithmOf(algorithm))
}

func (n *KeysNow) holds(now time.Time) bool {
	return !now.Before(n.from) && (n.until.IsZero() || now.Before(n.until))
}

// stretch returns the moments of the ring around now, between which nothing that
// it says changes.
func (r Ring) stretch(now time.Time) (from, until time.Time) {
	for _, k := range r.Keys {
		for _, at := range []time.Time{k.Published, k.SignFrom, k.RetireAt} {
			switch {
			case at.IsZero():
			case at.After(now):
				if until.IsZero() || at.Before(until) {
					until = at
				}
			case at.After(from):
				from = at
			}
		}
	}
	return from, until
}
