package token

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// The ring rests as two records that are always written together. Every call
// reads the small one; the other, three kilobytes of key material, is read when
// the small one has moved since.
var (
	// Keys holds the ring under [RingID]. What Get returns is shared.
	Keys = store.NewTable[Ring]("keys", store.TableOptions{Cached: true})
	// RingStates holds the state of the ring under [RingStateID]. The table has a
	// name of its own, so that no reader takes the one record for the other.
	RingStates = store.NewTable[RingState]("ring", store.TableOptions{})
)

// The record ids of the ring in [Keys] and of its state in [RingStates].
const (
	RingID      = "signing"
	RingStateID = "state"
)

// RingState says which ring is the present one.
type RingState struct {
	// Mark is that of the [Ring]: random, and new whenever the ring is written.
	Mark string

	Unknown record.Unknown // what a newer program has written
}

// RingKeys are the keys of both records.
func RingKeys() []string { return []string{Keys.Key(RingID), RingStates.Key(RingStateID)} }

// ReadRing reads the ring and its state from one moment, or returns false where
// there is neither. If one is absent or is not of the other's writing, so that
// one of the two was lost or put back, the error wraps [store.ErrDamaged].
func ReadRing(tx *store.Tx) (r Ring, found bool, err error) {
	if err := tx.Fetch(RingKeys()...); err != nil {
		return Ring{}, false, err
	}
	r, found, err = Keys.Get(tx, RingID)
	if err != nil {
		return Ring{}, false, err
	}
	state, stated, err := RingStates.Get(tx, RingStateID)
	switch {
	case err != nil:
		return Ring{}, false, err
	case !found && !stated:
		return Ring{}, false, nil
	case found != stated, r.Mark == "", r.Mark != state.Mark:
		return Ring{}, false, fmt.Errorf("%w: signing keys and their state are not of one writing", store.ErrDamaged)
	}
	return r, true, nil
}

// SaveRing plans to write the ring and its state.
func SaveRing(tx *store.Tx, r Ring) error {
	r.Mark = rnd.Hex(16)
	if err := Keys.Put(tx, RingID, r, time.Time{}); err != nil {
		return fmt.Errorf("saving signing keys: %w", err)
	}
	if err := RingStates.Put(tx, RingStateID, RingState{Mark: r.Mark}, time.Time{}); err != nil {
		return fmt.Errorf("saving the state of signing keys: %w", err)
	}
	return nil
}
