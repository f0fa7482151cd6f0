package account

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Ageings holds the epoch and the least serial of each account under its id.
var Ageings = store.NewTable[Ageing]("ageing", store.TableOptions{Cached: true, Size: 40})

// NoExpiry is the expiry of a record that is kept until it is deleted.
var NoExpiry time.Time

// Ageing is the part of an account that the engine keeps itself, also where the
// host owns the other data.
type Ageing struct {
	// Epoch rises with each event that ends all sessions and pending logins:
	// the account is disabled or deleted, its password becomes another, a
	// factor is added, changed or removed.
	Epoch uint64
	// Serial is the least serial that the account's factors may have; above 0 it
	// tells that factors exist or existed.
	Serial uint64

	Unknown record.Unknown // what a newer program has written
}

// ReadAgeing returns the record that vouches for an account. Every account has
// one, so its absence means that it was deleted in the store, which would bring an
// old epoch or old factors back: then the error wraps [store.ErrDamaged]. Of an
// account that is not known the zero Ageing is returned.
func ReadAgeing(tx *store.Tx, id string, known bool) (Ageing, error) {
	a, ok, err := Ageings.Get(tx, id)
	if err == nil && known && !ok {
		err = fmt.Errorf("reading account: %w: its epoch is gone", store.ErrDamaged)
	}
	return a, err
}
