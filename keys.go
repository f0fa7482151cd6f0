package sallyport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// keySize is the size of new RSA keys in bits, the published one.
const keySize = 2048

// ringKey is the small record that moves when the signing keys do. Every call
// that signs or verifies peeks at it.
var ringKey = token.RingStates.Key(token.RingStateID)

// knownRing is the signing keys as they were read last, and the version of the
// record at ringKey then.
type knownRing struct {
	version uint64
	keys    *token.Keyring
}

var errNoKeys = fmt.Errorf("%w: the store is not new and has no signing keys", store.ErrDamaged)

// someRing reads the ring of a store that has one.
func someRing(tx *store.Tx) (token.Ring, error) {
	ring, found, err := token.ReadRing(tx)
	if err == nil && !found {
		err = errNoKeys
	}
	return ring, err
}

// freshKeys are the signing keys that a transaction has made, by their algorithms. They
// take long, and are the same for every attempt.
type freshKeys map[string]token.Key

// make returns the key of an algorithm, and makes it unless it has been made.
func (f freshKeys) make(algorithm string, now time.Time) (k token.Key, err error) {
	k, made := f[algorithm]
	if made {
		return k, nil
	}
	if k, err = token.NewKey(algorithm, keySize, now); err == nil {
		f[algorithm] = k
	}
	return k, err
}

// rotateKeys adds a signing key of each algorithm for which one is due, and removes those
// that have retired and that gone, unless nil, picks. Only in a new store it makes the
// first: elsewhere they were lost. What was made is kept in fresh.
func rotateKeys(tx *store.Tx, r token.Rotation, newStore bool, fresh freshKeys, gone func(over []string) []string) error {
	ring, found, err := token.ReadRing(tx)
	switch {
	case err != nil:
		return err
	case !found && !newStore:
		return errNoKeys
	}
	next, added, err := withDueKeys(ring, tx.Now(), r, fresh)
	if err != nil {
		return err
	}
	removed := false
	if gone != nil {
		next, removed = next.Remove(gone(ring.Over(tx.Now())))
	}
	if !added && !removed {
		return nil
	}
	return token.SaveRing(tx, next)
}

// withDueKeys returns the ring with a key of each algorithm for which one is due.
func withDueKeys(ring token.Ring, now time.Time, r token.Rotation, fresh freshKeys) (next token.Ring, added bool, err error) {
	next = ring
	for _, algorithm := range usedAlgorithms(ring) {
		if !next.Due(now, r, algorithm) {
			continue
		}
		k, err := fresh.make(algorithm, now)
		if err != nil {
			return ring, false, err
		}
		if next, err = next.Add(now, r, k); err != nil {
			return ring, false, err
		}
		added = true
	}
	return next, added, nil
}

// usedAlgorithms are those that the ring has had a key of and still holds, and RS256,
// which is the default.
func usedAlgorithms(ring token.Ring) []string {
	return slices.DeleteFunc(token.Algorithms(), func(algorithm string) bool {
		return algorithm != token.RS256 && !slices.ContainsFunc(ring.Keys, func(k token.Key) bool { return k.SignsBy() == algorithm })
	})
}

// readKeys sets the keys of the call: those that are known where ringKey, which
// was read before, has not moved since, and else those in the store.
func (c *call) readKeys() error {
	known, err := c.ringOf(c.time, c.tx.Version(ringKey))
	if err != nil {
		return err
	}
	c.keys = known.keys
	return nil
}

// keysNow are the signing keys at this moment, for a call that reads nothing
// else and so needs no transaction.
func (e *Engine) keysNow(ctx context.Context) (*token.KeysNow, error) {
	versions, err := e.db.Versions(ctx, ringKey)
	if err != nil {
		return nil, err
	}
	known, err := e.ringOf(ctx, versions[0])
	if err != nil {
		return nil, err
	}
	return known.keys.At(e.clock())
}

// ringOf returns the ring of that version of the record at ringKey.
func (e *Engine) ringOf(ctx context.Context, version uint64) (*knownRing, error) {
	if known := e.ring.Load(); version != 0 && version == known.version {
		return known, nil
	}
	return e.readRing(ctx)
}

// readRing reads the signing keys, parses them, so that neither a damaged one nor
// the time it takes depends on a verdict, and remembers them. Two that read at
// once may leave the older behind; the next call sees that its version is not the
// present one.
func (e *Engine) readRing(ctx context.Context) (*knownRing, error) {
	var known *knownRing
	err := e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		ring, err := someRing(tx)
		if err != nil {
			return err
		}
		if known = e.ring.Load(); known == nil || known.version != tx.Version(ringKey) {
			known = &knownRing{version: tx.Version(ringKey), keys: token.NewKeyring(ring, &e.signers)}
		}
		_, err = known.keys.At(tx.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	e.ring.Store(known)
	return known, nil
}

// judgeKeys returns the error of preparing a store, with [ErrWrongKeys] where that
// is why.
func judgeKeys(ctx context.Context, c Config, prefix string, err error) error {
	switch {
	case errors.Is(err, sealed.ErrUnknownKey), errors.Is(err, sealed.ErrNotSealed):
		return fmt.Errorf("%w: %w", ErrWrongKeys, err)
	case c.sealed() || !errors.Is(err, store.ErrDamaged):
		return err
	}
	found, loadErr := c.Store.Load(ctx, prefix+indexKeys.Key("index"))
	if loadErr == nil && len(found) == 1 && sealed.IsSealed(found[0].Value) {
		return fmt.Errorf("%w: it is sealed, and Config.Keys is empty: %w", ErrWrongKeys, err)
	}
	return err
}
