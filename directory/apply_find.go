package directory

import (
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// findUsers finds the account of each user: by id where the file gives one,
// else by name, unless another user of the file claims that account by id. By name
// alone only what an apply has made is found: the roles and addresses of any other
// account would pass to whoever the file means.
func (a *Applier) findUsers() ([]userPlan, error) {
	plans := make([]userPlan, len(a.want.users))
	claimed := map[string]bool{}
	var names, keys []string
	for i := range plans {
		w := &a.want.users[i]
		plans[i] = userPlan{wantedUser: w, id: w.id}
		names = append(names, account.Names.Key(account.NameID(a.index, w.key)))
		claimed[w.id] = true
	}
	if err := a.peek(names); err != nil {
		return nil, err
	}
	if err := a.peekFormer(plans); err != nil {
		return nil, err
	}
	for i := range plans {
		p := &plans[i]
		if err := a.findUser(p, claimed); err != nil {
			return nil, err
		}
		p.home = account.Home(a.index, p.id)
		keys = append(keys, account.Accounts.Key(p.id), applieds.Key(p.id), account.Ageings.Key(p.home), mfa.FactorsTable.Key(p.home))
	}
	if err := a.peek(keys); err != nil {
		return nil, err
	}
	for i := range plans {
		if err := a.readUser(&plans[i]); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

// findUser finds the id of a user.
func (a *Applier) findUser(p *userPlan, claimed map[string]bool) error {
	if p.id != "" {
		return nil
	}
	n, ok, err := account.Names.Get(a.tx, account.NameID(a.index, p.key))
	if err != nil {
		return err
	}
	if ok && n.Deleted {
		if ok, err = a.isFormer(p, n); err != nil {
			return err
		}
	}
	if ok && !claimed[n.Account] {
		p.id, p.named = n.Account, true
		return nil
	}
	p.id = rnd.UUID()
	return nil
}

// readUser reads what is stored of a user, and what the file last said.
func (a *Applier) readUser(p *userPlan) (err error) {
	if p.was, p.exists, err = account.Accounts.Get(a.tx, p.id); err != nil {
		return err
	}
	known := false
	if p.before, known, err = applieds.Get(a.tx, p.id); err != nil {
		return err
	}
	if p.named && p.exists && (!known || p.before.Imported) {
		a.faults.add(p.at+".name", "belongs to an account that this file did not make; give its id")
	}
	p.gone = p.before.Gone && !p.exists && !a.o.ReuseNames
	if !p.exists {
		p.before = applied{} // what the file said was of an account that is gone
	}
	p.acc, p.said = p.was, p.before
	p.acc.ID = p.id
	return nil
}

// peekFormer reads what the file last said of the accounts that gave up the names of
// users.
func (a *Applier) peekFormer(plans []userPlan) error {
	var keys []string
	for i := range plans {
		n, _, err := account.Names.Get(a.tx, account.NameID(a.index, plans[i].key))
		if err != nil {
			return err
		}
		if n.Deleted && plans[i].id == "" {
			keys = append(keys, applieds.Key(n.Account), account.Accounts.Key(n.Account))
		}
	}
	return a.peek(keys)
}

// isFormer reports whether a name that was given up is the one by which the file last
// called the account that had it, which a program has renamed or deleted since. That
// account is meant: another must not be made in its place.
func (a *Applier) isFormer(p *userPlan, n account.NameEntry) (bool, error) {
	_, exists, err := account.Accounts.Get(a.tx, n.Account)
	if err != nil {
		return false, err
	}
	last, known, err := applieds.Get(a.tx, n.Account)
	return known && !last.Imported && typed.Name(last.Name) == p.key && (exists || last.Gone && !a.o.ReuseNames), err
}
