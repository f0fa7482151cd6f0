package account

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// Ageings keeps what vouches for an account under its id.
var Ageings = store.Table[Ageing]{Name: "ageing", Schema: 1, Cached: true}

// NoExpiry is the expiry of what is kept until it is deleted.
var NoExpiry time.Time

// Ageing is what is true of an account whoever owns its other data.
type Ageing struct {
	// Epoch is raised by whatever ends all sessions and pending logins:
	// disable, delete, a new password, a factor added, changed or removed.
	Epoch uint64 `json:"epoch"`
	// Serial is the least serial of the account's factors that may be
	// believed; above 0 it says that factors exist or existed.
	Serial uint64 `json:"serial,omitempty"`
}

// ReadAgeing reads what vouches for an account. Every account has that record,
// so its absence means that somebody took it away to bring an old epoch or old
// factors back.
func ReadAgeing(tx *store.Tx, id string, known bool) (Ageing, error) {
	a, ok, err := Ageings.Get(tx, id)
	if err == nil && known && !ok {
		err = fmt.Errorf("reading account: %w: its epoch is gone", store.ErrDamaged)
	}
	return a, err
}
