package sallyport

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// maxReplaced is how many signing keys of an algorithm may stand in the ring for upkeep
// to add one at once: a clock that is set back again and again must not fill the
// record. Each is gone a day after it was replaced.
const maxReplaced = 8

// replaceKeys lets fresh keys sign in the place of those that may have signed
// while the clock was ahead, once after each long step back.
func (e *Engine) replaceKeys(ctx context.Context) error {
	step := e.stepped.Load()
	if step == nil {
		return nil
	}
	fresh := newFreshKeys(e.cfg.KeyRotation)
	var found replaced
	err := e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		ring, err := someRing(tx)
		if err != nil {
			return err
		}
		if ring, found, err = withoutAhead(ring, *step, tx.Now(), fresh); err != nil || found.full {
			return err
		}
		if err := forgetNodes(tx, step.nodes); err != nil || len(found.ids) == 0 {
			return err
		}
		return token.SaveRing(tx, ring)
	})
	switch {
	case err != nil:
		return err
	case found.full:
		e.logger.Error("the clock is set back again and again: the signing keys that were used ahead of it go on, until older ones have retired")
		return nil
	}
	if len(found.outside) > 0 {
		e.logger.Error("signing keys that are kept outside were used while the clock was ahead, and sign on; what they signed ahead of it is good once the clock is there: give the engine others, or replace them by its own",
			"algorithms", strings.Join(found.outside, " "), "command", "sallyport key rotate -now -store … -key-file … -algorithm "+found.outside[0])
	}
	if len(found.ids) > 0 {
		e.logger.Error("signing keys that were used while the clock was ahead sign no more; what they signed ahead of it is good at resource servers once the clock is there, unless the keys are retired at once, which ends every access token that they have signed",
			"command", "sallyport key retire -store … -key-file … "+strings.Join(found.ids, " "))
	}
	e.stepped.CompareAndSwap(step, nil) // a step that came meanwhile is for the next upkeep
	return nil
}

// replaced is what was found of the keys that may have signed ahead of the clock.
type replaced struct {
	ids  []string // of those that sign no more
	full bool     // there is no room to replace them
	// outside are the algorithms whose key is kept outside, so that there is none to put
	// in its place.
	outside []string
}

// withoutAhead returns the ring in which, of each algorithm, a fresh key signs in the
// place of those that may have signed ahead of the clock.
func withoutAhead(ring token.Ring, step setBack, now time.Time, fresh *freshKeys) (next token.Ring, found replaced, err error) {
	next = ring
	for _, algorithm := range ring.Algorithms(now) {
		if madeSince(ring, step, now, algorithm) {
			continue
		}
		if isKeptOutside(ring, now, algorithm) {
			found.outside = append(found.outside, algorithm)
			continue
		}
		var live []string
		for _, k := range ring.Verifiers(now) {
			if k.SignsBy() == algorithm {
				live = append(live, k.ID)
			}
		}
		if len(live) >= maxReplaced {
			return ring, replaced{full: true}, nil
		}
		found.ids = append(found.ids, live...)
		next, err = fresh.replaced(next, now, algorithm)
		switch {
		case errors.Is(err, token.ErrRingFull):
			return ring, replaced{full: true}, nil
		case err != nil:
			return ring, replaced{}, err
		}
	}
	return next, found, nil
}

// madeSince reports whether the key that signs by an algorithm was made in the place of
// others, and after the step, as by another node that met it as well.
func madeSince(ring token.Ring, step setBack, now time.Time, algorithm string) bool {
	k, ok := ring.Signer(now, algorithm)
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
