package sallyport

import (
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
)

// An administrator names an account that a host owns by the host's id, and one that a module
// keeps by ours, which stands in events and in an [Access]: the module's key is nobody's to
// type, and no id of a host's looks like a keyed hash by chance.

// isElsewhere reports whether an id is of an account that the host or a module keeps.
func (e *Engine) isElsewhere(id string) bool { return e.hosts != nil || isHome(id) }

// isHome reports whether an id has the form of our ids of accounts that are kept elsewhere.
func isHome(id string) bool {
	if len(id) != homeLength {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// findKept makes the account that an administrator names that of the call, as far as our
// own records say where it is kept.
func (c *call) findKept(id string) error {
	c.who = person{accountRef: c.ref(id)}
	if isHome(id) {
		if err := c.tx.Fetch(account.Ageings.Key(id)); err != nil {
			return err
		}
		age, _, err := account.Ageings.Get(c.tx, id)
		if err != nil {
			return err
		}
		if c.who.age = age; age.Module != "" || c.hosts == nil {
			c.who.acc.ID = age.ModuleKey
			c.placeElsewhere()
			return nil
		}
	}
	c.who = person{accountRef: c.hostRef(id), table: c.hosts}
	c.who.acc.ID = id
	return nil
}

// findElsewhere is findKept with what the host or the module says. The error is
// [directory.ErrNoUser] where they have none of that id.
func (c *call) findElsewhere(id string) error {
	if err := c.findKept(id); err != nil {
		return err
	}
	if err := c.fill(false); err != nil {
		return err
	}
	if !c.who.known {
		return directory.ErrNoUser
	}
	return nil
}

// toForget returns what drops the last answer about the account of the call.
func (c *call) toForget() func() {
	table, at := c.who.table, c.who.acc.ID
	if table == nil || at == "" {
		return nil
	}
	return func() { table.forget(at) }
}

// unlockTyped ends the lock of the name of a module's account.
func (c *call) unlockTyped() error {
	m := c.who.module
	if m == nil {
		return nil
	}
	u, err := c.typedAtModule(m, c.who.acc.Name)
	if err != nil {
		return err
	}
	if err := c.tx.Fetch(account.Lockouts.Key(u.nameID)); err != nil {
		return err
	}
	return account.Lockouts.Delete(c.tx, u.nameID)
}

// readAnyones reads an account of whoever owns it, as far as our own records say. The error
// is [directory.ErrNoUser] where the built-in directory has none; of one that is kept
// elsewhere, and that never logged in, there is nothing.
func (c *call) readAnyones(id string) error {
	c.who = person{accountRef: c.ref(normalID(id))}
	if c.isElsewhere(id) {
		if err := c.findKept(id); err != nil {
			return err
		}
	}
	if err := c.tx.Fetch(c.who.liveKeys()...); err != nil {
		return err
	}
	if err := c.who.readState(c.tx); err != nil {
		return err
	}
	if !c.who.known && !c.who.hosted {
		return directory.ErrNoUser
	}
	return nil
}
