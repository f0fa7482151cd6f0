package directory

import (
	"errors"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// applyNames settles which account has which name. All old names are given up
// before any new one is taken, and a name that was given up stays reserved.
func (a *Applier) applyNames(plans []userPlan) error {
	for i := range plans {
		p := &plans[i]
		if was := typed.Name(p.was.Name); p.exists && was != typed.Name(p.acc.Name) {
			if err := put(a, account.Names, account.NameID(a.index, was), account.NameEntry{Account: p.id, Deleted: true}); err != nil {
				return err
			}
		}
	}
	for i := range plans {
		p := &plans[i]
		if typed.Name(p.was.Name) == typed.Name(p.acc.Name) {
			continue // a new account had the name "", which none can have
		}
		if err := a.takeName(p); err != nil {
			return err
		}
	}
	return nil
}

// takeName gives an account its name, or notes that it belongs to another.
func (a *Applier) takeName(p *userPlan) error {
	id := account.NameID(a.index, typed.Name(p.acc.Name))
	n, taken, err := account.Names.Get(a.tx, id)
	switch {
	case err != nil:
		return err
	case taken && !n.Deleted && n.Account != p.id:
		return a.taken(p, n.Account)
	case n.Deleted && !(p.exists && n.Account == p.id) && !a.o.ReuseNames:
		// An account may take its own old name back.
		a.faults.add(p.at+".name", "belonged to an account before and stays reserved, unless Options.ReuseNames (-reuse-name) gives it to a new one")
		return nil
	}
	return put(a, account.Names, id, account.NameEntry{Account: p.id})
}

// taken notes that the name of a user belongs to another account, with both
// spellings where they differ: who knows the one does not expect the other.
func (a *Applier) taken(p *userPlan, holder string) error {
	if err := a.peek([]string{account.Accounts.Key(holder)}); err != nil {
		return err
	}
	other, _, err := account.Accounts.Get(a.tx, holder)
	if err != nil {
		return err
	}
	if other.Name == p.acc.Name {
		a.faults.add(p.at+".name", "belongs to another account")
		return nil
	}
	a.faults.add(p.at+".name", "belongs to another account: %q and %q are one name", p.acc.Name, other.Name)
	return nil
}

// pruneUsers deletes the accounts that the file does not name. Their names stay
// reserved, and their ageings stay, so that no session or factor comes back with an
// account that is made under an old id.
func (a *Applier) pruneUsers(plans []userPlan) error {
	if !a.o.Prune || !a.want.pruneUsers {
		return nil
	}
	stay := map[string]bool{}
	for i := range plans {
		stay[plans[i].id] = true
	}
	gone, err := a.lost(stay)
	if err != nil {
		return err
	}
	var keys []string
	for _, id := range gone {
		home := account.Home(a.index, id)
		keys = append(keys, account.Accounts.Key(id), applieds.Key(id), account.Ageings.Key(home), mfa.FactorsTable.Key(home))
	}
	if err := a.peek(keys); err != nil {
		return err
	}
	if err := a.peekOf(gone); err != nil {
		return err
	}
	for _, id := range gone {
		if err := a.deleteUser(id); err != nil {
			return err
		}
	}
	return nil
}

// peekOf reads the records of the names of accounts, and of the addresses that they
// have proven, together.
func (a *Applier) peekOf(accounts []string) error {
	var keys []string
	for _, id := range accounts {
		acc, _, err := account.Accounts.Get(a.tx, id)
		if err != nil {
			return err
		}
		f, _, err := mfa.FactorsTable.Get(a.tx, account.Home(a.index, id))
		if err != nil {
			return err
		}
		keys = append(keys, account.Names.Key(account.NameID(a.index, typed.Name(acc.Name))))
		keys = append(keys, account.EmailKeys(a.index, f.ProvenEmail())...)
	}
	return a.peek(keys)
}

// lost lists the accounts that a file made and that do not stay. They are those of
// which is stored what a file said, and not an import. The scan holds the transaction to nothing, and need
// not: whoever makes one of them writes the catalog too.
func (a *Applier) lost(stay map[string]bool) (gone []string, err error) {
	for it, err := range applieds.Committed(a.tx, "") {
		if err != nil {
			return nil, err
		}
		if !stay[it.ID] && !it.Value.Imported {
			gone = append(gone, it.ID)
		}
	}
	return gone, nil
}

func (a *Applier) deleteUser(id string) error {
	acc, exists, err := account.Accounts.Get(a.tx, id)
	if err != nil {
		return err
	}
	if !exists {
		return remove(a, applieds, id) // a program deleted it, and nobody wants it back
	}
	home := account.Home(a.index, id)
	age, _, err := account.Ageings.Get(a.tx, home)
	if err != nil {
		return err
	}
	f, _, err := mfa.FactorsTable.Get(a.tx, home)
	if err != nil {
		return err
	}
	age.Epoch++
	a.tellDeleted("user", acc.Name, id)
	a.moved = append(a.moved, movedHash{from: acc.PasswordHash})
	return errors.Join(
		put(a, account.Names, account.NameID(a.index, typed.Name(acc.Name)), account.NameEntry{Account: id, Deleted: true}),
		put(a, account.Ageings, home, age),
		remove(a, account.Accounts, id),
		remove(a, applieds, id),
		remove(a, mfa.FactorsTable, home),
		account.MoveEmail(a.tx, a.index, id, f.ProvenEmail(), ""),
	)
}
