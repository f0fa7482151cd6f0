package sallyport

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// outsideKeys are the signing keys of Config.Signers.
type outsideKeys struct {
	keys         []token.Key
	allowMissing bool
}

// newOutsideKeys makes the keys of Config.Signers known to what signs.
func newOutsideKeys(c *Config, signers *token.Signers, now time.Time) (o outsideKeys, err error) {
	o.allowMissing = c.AllowMissingSigners
	for i, given := range c.Signers {
		k, err := given.Key(now)
		if err != nil {
			return o, fmt.Errorf("Config.Signers[%d]: %w", i, err)
		}
		o.keys = append(o.keys, k)
		signers.Use(k, given.Signer)
	}
	return o, nil
}

// prepare is rotateKeys of a start: keys that are kept outside, and that the ring has not
// met, come first, so that in a new store none is made that nobody wants.
func (o *outsideKeys) prepare(tx *store.Tx, newStore bool, fresh *freshKeys) error {
	ring, found, err := token.ReadRing(tx)
	if len(o.keys) == 0 || err != nil || !found && !newStore {
		return rotateKeys(tx, newStore, fresh, nil) // which says what is wrong
	}
	next, added := ring, false
	for _, k := range o.keys {
		if next.Knows(k.ID) {
			continue
		}
		if err = k.CheckTerm(tx.Now()); err == nil {
			next, err = next.Add(tx.Now(), fresh.rotation, k)
		}
		if err != nil {
			return fmt.Errorf("taking the key %s of Config.Signers into the store: %w", k.ID, err)
		}
		added = true
	}
	next, due, err := fresh.due(next, tx.Now())
	if err != nil || !added && !due {
		return err
	}
	return token.SaveRing(tx, next)
}

// check returns an error where the signer of a key that signs is missing. One of a key
// that waits to sign is told of, while there is time.
func (o *outsideKeys) check(ring token.Ring, now time.Time, log *slog.Logger) error {
	for _, k := range ring.Verifiers(now) {
		given := slices.ContainsFunc(o.keys, func(own token.Key) bool { return own.ID == k.ID })
		if !k.Outside || given || o.allowMissing {
			continue
		}
		switch ring.State(&k, now) {
		case token.KeySigning:
			return fmt.Errorf("%w: name %s in Config.Signers", token.ErrOutsideKey, k.ID)
		case token.KeyPublished:
			log.Error("a key that is kept outside will sign, and Config.Signers does not have it: from then on this node signs nothing by its algorithm", "key", k.ID, "from", k.SignFrom)
		}
	}
	return nil
}
