package sallyport

import (
	"context"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// maxReplaced is how many signing keys may stand in the ring for upkeep to add
// one at once: a clock that is set back again and again must not fill the
// record. Each is gone a day after it was replaced.
const maxReplaced = 8

// replaceKeys lets a fresh key sign in the place of those that may have signed
// while the clock was ahead, once after each long step back.
func (e *Engine) replaceKeys(ctx context.Context) error {
	step := e.stepped.Load()
	if step == nil {
		return nil
	}
	var fresh *token.Key
	var old []string
	full := false
	err := e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		ring, err := someRing(tx)
		if err != nil {
			return err
		}
		old, full = nil, false
		live := ring.Verifiers(tx.Now())
		switch {
		case madeSince(ring, *step, tx.Now()):
			return forgetNodes(tx, step.nodes)
		case len(live) >= maxReplaced:
			full = true
			return nil
		}
		if err := makeKey(&fresh, tx.Now()); err != nil {
			return err
		}
		for _, k := range live {
			old = append(old, k.ID)
		}
		if ring, err = ring.Replace(tx.Now(), e.rotation, *fresh); err != nil {
			return err
		}
		if err := forgetNodes(tx, step.nodes); err != nil {
			return err
		}
		return token.SaveRing(tx, ring)
	})
	switch {
	case err != nil:
		return err
	case full:
		e.logger.Error("the clock is set back again and again: the signing keys that were used ahead of it go on, until older ones have retired")
		return nil
	case old != nil:
		e.logger.Error("signing keys that were used while the clock was ahead sign no more; what they signed ahead of it is good at resource servers once the clock is there, unless the keys are retired at once, which ends every access token that they have signed",
			"command", "sallyport key retire -store … -key-file … "+strings.Join(old, " "))
	}
	e.stepped.CompareAndSwap(step, nil) // a step that came meanwhile is for the next upkeep
	return nil
}

// madeSince reports whether the key that signs was made in the place of others, and
// after the step, as by another node that met it as well.
func madeSince(ring token.Ring, step setBack, now time.Time) bool {
	k, ok := ring.Signer(now)
	replacement := k.SignFrom.Before(k.Published) // see token.Ring.Replace
	return ok && replacement && !moment.Ahead(step.to, k.Created) && !moment.Ahead(k.Created, now)
}

// forgetNodes deletes the records of nodes whose clocks were ahead, so that the
// next start does not take them for another step. One that lives writes its own
// anew.
func forgetNodes(tx *store.Tx, ids []string) error {
	for _, id := range ids {
		if err := nodes.Delete(tx, id); err != nil {
			return err
		}
	}
	return nil
}
