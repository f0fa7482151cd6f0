package sallyport

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// ringKey is the small record that moves when the signing keys do. Every call
// that signs or verifies peeks at it.
var ringKey = token.RingStates.Key(token.RingStateID)

// knownRing is the signing keys as they were read last, and the version of the
// record at ringKey then.
type knownRing struct {
	version uint64
	ring    token.Ring
	keys    *token.Keyring
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
			known = &knownRing{version: tx.Version(ringKey), ring: ring, keys: token.NewKeyring(ring, &e.signers)}
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
