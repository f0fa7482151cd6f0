package sallyport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// SigningKey is a key by which access tokens are signed, for an operator to see. It
// belongs to the caller and holds no private part.
type SigningKey struct {
	ID        string // the kid that tokens name
	Algorithm string
	State     token.KeyState
	Outside   bool // its private half is not in the store, see [Config].Signers
	Created   time.Time
	Published time.Time // when the key set began to show it
	SignsFrom time.Time
	// SignsUntil is when its successor begins to sign; zero while there is none.
	SignsUntil time.Time
	// RetiresAt is when nothing that it has signed is believed any more; zero while it has
	// no successor.
	RetiresAt time.Time
}

// signingKey shows a key of a ring.
func signingKey(ring token.Ring, k *token.Key, now time.Time) SigningKey {
	return SigningKey{
		ID: k.ID, Algorithm: k.SignsBy(), State: ring.State(k, now), Outside: k.Outside, Created: k.Created,
		Published: k.Published, SignsFrom: k.SignFrom, SignsUntil: signsUntil(ring, k), RetiresAt: k.RetireAt,
	}
}

// signsUntil is when the first of the keys that came after k begins to sign.
func signsUntil(ring token.Ring, k *token.Key) (until time.Time) {
	after := false
	for i := range ring.Keys {
		next := &ring.Keys[i]
		if after && next.SignsBy() == k.SignsBy() && (until.IsZero() || next.SignFrom.Before(until)) {
			until = next.SignFrom
		}
		after = after || next.ID == k.ID
	}
	return until
}

// Keys lists the signing keys in the order in which they were added, with those that have
// retired and that upkeep has not removed yet. One reading.
func (e *Engine) Keys(ctx context.Context) (list []SigningKey, err error) {
	err = e.read(ctx, func(c *call) error {
		list = nil
		ring, err := someRing(c.tx)
		for i := range ring.Keys {
			list = append(list, signingKey(ring, &ring.Keys[i], c.tx.Now()))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// KeyRotation asks for a fresh signing key before upkeep makes one.
type KeyRotation struct {
	// Algorithm is the one whose key is to be followed; empty means [token.RS256]. One
	// that has no key yet gets its first, so that resource servers know it before a client
	// is given the algorithm.
	Algorithm string
	// Now has the fresh key sign at once. Resource servers that keep a key set for a while
	// refuse its tokens until they read the set anew.
	Now bool
}

// RotateKeys adds a signing key, and returns it. It is shown at once and signs after the
// propagation time; what its predecessor has signed is believed for as long as it lives.
// Where one waits to sign already that one is returned and nothing changes, so that two
// operators, or two nodes, who ask at once get one key. With Now, each call makes another.
//
// Errors: [token.ErrRingFull]; an unknown algorithm; [ErrClosed]; faults. After an error
// nothing was changed.
func (e *Engine) RotateKeys(ctx context.Context, in KeyRotation) (SigningKey, error) {
	return e.rotateBy(ctx, &Actor{}, in)
}

// rotateBy is RotateKeys in the name of an actor; the zero Actor is none.
func (e *Engine) rotateBy(ctx context.Context, by *Actor, in KeyRotation) (SigningKey, error) {
	if err := token.CheckAlgorithm(in.Algorithm); err != nil {
		return SigningKey{}, err
	}
	if in.Algorithm == "" {
		in.Algorithm = token.RS256
	}
	fresh := newFreshKeys(e.cfg.KeyRotation)
	return e.changeRing(ctx, by, func(ring token.Ring, now time.Time) (change ringChange, err error) {
		if last, ok := nextToSign(ring, now, in.Algorithm); ok && !in.Now {
			return ringChange{waiting: last}, nil
		}
		add := fresh.added
		change.how = "made"
		if in.Now {
			add, change.how = fresh.replaced, "made, to sign at once"
		}
		change.next, err = add(ring, now, in.Algorithm)
		return change, err
	})
}

// nextToSign returns the id of the key of an algorithm that is last to sign, if it does not
// sign yet.
func nextToSign(ring token.Ring, now time.Time, algorithm string) (id string, ok bool) {
	for i := range ring.Keys {
		if k := &ring.Keys[i]; k.SignsBy() == algorithm && k.RetireAt.IsZero() && ring.State(k, now) == token.KeyPublished {
			id, ok = k.ID, true
		}
	}
	return id, ok
}

// ImportedKey is a signing key that was made elsewhere.
type ImportedKey struct {
	// Certificate and PrivateKey are PEM, as [token.ImportKey] has it.
	Certificate, PrivateKey []byte
	// Algorithm may be empty: RS256, ES256 or EdDSA, whichever suits the key.
	Algorithm string
}

// String hides the key from accidental printing.
func (k ImportedKey) String() string { return "sallyport.ImportedKey(hidden)" }

// GoString is like [ImportedKey.String].
func (k ImportedKey) GoString() string { return k.String() }

// ErrBadKey means that a key is not one to import; the text says why, and nothing of what
// was read.
var ErrBadKey = errors.New("sallyport: the key cannot be imported")

// ImportKey takes a signing key from elsewhere, with its certificate, from which its id and
// x5t derive. It is shown at once and signs after the propagation time, after any that
// waits already, as one of [Engine.RotateKeys] does. It rests sealed in the store: the
// files that it came from are not needed any more.
//
// Errors: [ErrBadKey]; [token.ErrKeyReused] where the store has met the certificate, or the
// key under another; [token.ErrRingFull]; [ErrClosed]; faults. After an error nothing was
// changed.
func (e *Engine) ImportKey(ctx context.Context, in ImportedKey) (SigningKey, error) {
	return e.importBy(ctx, &Actor{}, in)
}

// importBy is ImportKey in the name of an actor; the zero Actor is none.
func (e *Engine) importBy(ctx context.Context, by *Actor, in ImportedKey) (SigningKey, error) {
	k, err := token.ImportKey(in.Certificate, in.PrivateKey, in.Algorithm, e.clock())
	if err != nil {
		return SigningKey{}, fmt.Errorf("%w: %w", ErrBadKey, err)
	}
	return e.changeRing(ctx, by, func(ring token.Ring, now time.Time) (ringChange, error) {
		next, err := ring.Add(now, e.cfg.KeyRotation, k)
		return ringChange{next: next, how: "imported"}, err
	})
}

// ringChange is a ring with one more key, or the key that makes one needless.
type ringChange struct {
	waiting string     // id of the key that waits to sign: nothing is written
	next    token.Ring // its last key is the new one
	how     string     // how the new one came there, for the trail
}

// changeRing judges what becomes of the ring, writes it with its event in one commit, and
// shows the key that was added, or that waits.
func (e *Engine) changeRing(ctx context.Context, by *Actor, fn func(token.Ring, time.Time) (ringChange, error)) (out SigningKey, err error) {
	_, err = e.run(ctx, host, func(c *call) error {
		ring, err := someRing(c.tx)
		if err != nil {
			return err
		}
		change, err := fn(ring, c.tx.Now())
		if err != nil {
			return err
		}
		if change.waiting != "" {
			at := slices.IndexFunc(ring.Keys, func(k token.Key) bool { return k.ID == change.waiting })
			out = signingKey(ring, &ring.Keys[at], c.tx.Now())
			return nil
		}
		added := &change.next.Keys[len(change.next.Keys)-1]
		out = signingKey(change.next, added, c.tx.Now())
		if err := token.SaveRing(c.tx, change.next); err != nil {
			return err
		}
		return c.log(by.sign(Event{Kind: EventSigningKeyAdded, Detail: change.how + ": " + added.ID}))
	})
	if err != nil {
		return SigningKey{}, err
	}
	return out, nil
}
