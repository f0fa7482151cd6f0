package account

import (
	"cmp"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Ageings holds the epoch and the least serial of each account under its [Home].
var Ageings = store.NewTable[Ageing]("ageing", store.TableOptions{Near: true, Cached: true, Size: 40})

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

	// PasswordChanged is when the account's password last became another.
	PasswordChanged time.Time
	// HistorySalt is the one under which History holds a digest of each of the
	// last passwords, end to end.
	HistorySalt, History string
	// GraceUsed counts the logins with a password that had run out, or did not meet
	// the policy.
	GraceUsed int
	// FactorGraceUsed counts the logins without the second factor that was wanted. It
	// never starts anew.
	FactorGraceUsed int
	// KeyEpoch rises with each event that ends all API keys: the account is disabled, or its
	// password is set by a mailed key.
	KeyEpoch uint64
	// PasswordEnds is until when a password is good that an administrator has set
	// and that has to be changed; zero: it has no such end. See [Ageing.IsOver].
	PasswordEnds time.Time

	// MustChange wants another password before the next login is complete. It has its
	// place and is not written yet.
	MustChange bool

	// What follows is of an account that its host owns or a module keeps, and empty of
	// others.

	// HostDigest is a keyed one of the password hash of a host that owns its accounts, and
	// Since what it says of when the account was made.
	HostDigest string
	Since      time.Time
	// HostID is the id that the host has for the account. It is empty in the built-in
	// directory, and of a host's account that never had a right password here.
	HostID string
	// HostOff says that the host has disabled the account, or has it no more, and that
	// the epoch was raised for that.
	HostOff bool
	// HostPending is the digest of a hash that is being written to the host. Where
	// PendingSame is set, the password behind it is the one before.
	HostPending string
	PendingSame bool
	// Module is the folded name of the module that keeps the account, ModuleKey its key
	// there, and PasswordSet the latest that was seen of when its password was set.
	Module, ModuleKey string
	PasswordSet       time.Time

	Unknown record.Unknown // what a newer program has written
}

// ElsewhereID is the id that the account has with the host or the module that keeps it;
// empty of one of the built-in directory, and of one that never had a right password here.
func (a *Ageing) ElsewhereID() string { return cmp.Or(a.HostID, a.ModuleKey) }

// GivenLife is how long a password is good that an administrator has set and that has
// to be changed: long enough to be handed over, too short to be found in a drawer.
const GivenLife = 7 * 24 * time.Hour

// IsOver reports whether the account's password was set by an administrator, to be
// changed, and was not in time. Such a one matches nothing.
func (a *Ageing) IsOver(now time.Time) bool {
	return !a.PasswordEnds.IsZero() && !now.Before(a.PasswordEnds)
}

// KeepPassword takes the end from a password that need not be changed any more. What
// is over stays so.
func (a *Ageing) KeepPassword(now time.Time) {
	if !a.IsOver(now) {
		a.PasswordEnds = time.Time{}
	}
}

// DropPassword forgets what is kept of an account's password, for one that has none any
// more.
func (a *Ageing) DropPassword() {
	a.PasswordEnds, a.HistorySalt, a.History, a.GraceUsed = time.Time{}, "", "", 0
}

// ReadAgeing returns the record that vouches for an account. Every account has
// one, so its absence means that it was deleted in the store, which would bring an
// old epoch or old factors back: then the error wraps [store.ErrDamaged]. Of an
// account that is not known the zero Ageing is returned.
func ReadAgeing(tx *store.Tx, home string, known bool) (Ageing, error) {
	a, ok, err := Ageings.Get(tx, home)
	if err == nil && known && !ok {
		err = fmt.Errorf("reading account: %w: its epoch is gone", store.ErrDamaged)
	}
	return a, err
}
