package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/wire"
)

// person is the account of a call and all that is judged of it. For a name
// that is nobody's it is made up of absent records, so that the same keys are
// read and the same work is done.
type person struct {
	id    string
	known bool
	// canonical is the name that is judged, in one spelling at every call.
	canonical string
	acc       account.Account
	age       account.Ageing
	guard     account.Guard
}

// personKeys are the records of an account by which every call is judged.
func personKeys(id string) []string {
	return append(mfa.Keys(id), account.Accounts.Key(id), account.Ageings.Key(id))
}

// nobody is the id under which records of no account are looked up.
func (e *Engine) nobody(seed string) string {
	return rnd.FormatUUID([16]byte(e.index.Digest("nobody", seed)[:16]))
}

// readPerson reads what [personKeys] fetched, and the guard.
func (e *Engine) readPerson(tx *store.Tx, p *person) (err error) {
	if p.acc, p.known, err = account.Accounts.Get(tx, p.id); err != nil {
		return err
	}
	if p.age, err = account.ReadAgeing(tx, p.id, p.known); err != nil {
		return err
	}
	p.guard.Known = p.known
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

func (p *person) identity() *Identity { return &Identity{Name: p.acc.Name, Type: wire.ModuleVGUser} }
