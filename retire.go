package sallyport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// ErrUnknownKey means that no signing key has, or had, that id.
var ErrUnknownKey = errors.New("sallyport: no signing key has this id")

// RetireKeys takes signing keys, named by their ids (kid), out of use at once, and
// keeps them from coming back. Every access token that they have signed is refused
// from then on, by each node at its next call, and by a resource server once it has
// read the key set anew; clients get new ones by their refresh tokens. Where the
// key that signs, or the next, is among them, a fresh one signs at once. It is for
// keys that others may have, and for such as were used while the clock was ahead.
//
// A key that has retired already is passed over. An error means that nothing was
// changed: [ErrUnknownKey], [ErrClosed], a fault of the store.
func (e *Engine) RetireKeys(ctx context.Context, ids ...string) error {
	return e.retireBy(ctx, &Actor{}, ids)
}

// retireBy is RetireKeys in the name of an actor; the zero Actor is none.
func (e *Engine) retireBy(ctx context.Context, by *Actor, ids []string) error {
	fresh := newFreshKeys(e.cfg.KeyRotation)
	_, err := e.run(ctx, host, func(c *call) error {
		ring, err := someRing(c.tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !ring.Knows(id) {
				return fmt.Errorf("%w: %.64q", ErrUnknownKey, id)
			}
		}
		now := c.tx.Now()
		next, changed := ring.Remove(ids)
		if !changed {
			return nil
		}
		for _, algorithm := range ring.Algorithms(now) {
			if signsOn(ring, next, now, algorithm) {
				continue
			}
			if next, err = fresh.replaced(next, now, algorithm); err != nil {
				return err
			}
		}
		if err := token.SaveRing(c.tx, next); err != nil {
			return err
		}
		return c.log(by.sign(Event{Kind: EventKeysRetired, Detail: strings.Join(ids, " ")}))
	})
	return err
}

// signsOn reports whether neither the key that signs by an algorithm nor the next was
// taken out of the ring. When the other keys retire was reckoned from these two.
func signsOn(before, after token.Ring, now time.Time, algorithm string) bool {
	k, ok := before.Signer(now, algorithm)
	return ok && !slices.Contains(after.Retired, k.ID) && slices.ContainsFunc(after.Keys, func(k token.Key) bool {
		return k.SignsBy() == algorithm && k.RetireAt.IsZero()
	})
}
