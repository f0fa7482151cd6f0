package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/wire"
)

// person is the account of a call and all that is judged of it. For a name that
// is no account's it is made up of absent records, so that the same keys are read
// and the same work is done.
type person struct {
	id    string
	known bool
	// canonical is the name that is judged, in one spelling at every call.
	canonical string
	acc       account.Account
	age       account.Ageing
	guard     account.Guard
}

// nameless is the id under which records of no account are looked up.
func nameless(index store.Index, seed string) string {
	return rnd.FormatUUID([16]byte(index.Digest("nobody", seed)[:16]))
}

// liveKeys are the records that say whether an account may go on.
func liveKeys(id string) []string {
	return []string{account.Accounts.Key(id), account.Ageings.Key(id)}
}

// stateKeys are liveKeys and the factors.
func stateKeys(id string) []string {
	return []string{account.Accounts.Key(id), account.Ageings.Key(id), mfa.FactorsTable.Key(id)}
}

// personKeys are the records of an account by which every login is judged.
func personKeys(id string) []string {
	return []string{account.Accounts.Key(id), account.Ageings.Key(id), mfa.FactorsTable.Key(id), mfa.PendingTable.Key(id)}
}

// fetch reads the account of p and what vouches for it, in one round.
func (p *person) fetch(tx *store.Tx) error {
	if err := tx.Fetch(stateKeys(p.id)...); err != nil {
		return err
	}
	return p.readState(tx)
}

// readState is fetch where the keys were read before.
func (p *person) readState(tx *store.Tx) (err error) {
	if p.acc, p.known, err = account.Accounts.Get(tx, p.id); err != nil {
		return err
	}
	p.guard.Known = p.known
	p.age, err = account.ReadAgeing(tx, p.id, p.known)
	return err
}

// read is readState and the lockouts, whose keys were read before.
func (p *person) read(tx *store.Tx) error {
	if err := p.readState(tx); err != nil {
		return err
	}
	return p.guard.Read(tx)
}

// facts are what the account itself says at a moment.
func (p *person) facts(now time.Time) facts {
	a := &p.acc
	return facts{
		known: p.known, approved: a.Approved, disabled: a.Disabled, locked: a.Locked, mustChange: a.MustChange,
		notYet: !a.Start.IsZero() && now.Before(a.Start), expired: !a.End.IsZero() && !now.Before(a.End),
	}
}

// usable reports whether the account may log in at all.
func (p *person) usable(now time.Time) bool { return p.known && accountStatus(p.facts(now)) == 0 }

func (p *person) identity() *Identity { return &Identity{Name: p.acc.Name, Type: wire.ModuleVGUser} }
