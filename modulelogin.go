package sallyport

import (
	"cmp"
	"maps"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/token"
)

// Whose account it is that was named at a module is known once the password was right.
// Until then the name stands for the account that it was right for the last time, to which
// wrong ones are charged as well.

// readUser reads who was named at call 1, as the module has it that the call names, or as
// the built-in directory or the host's own users have it.
func (e *Engine) readUser(d *dialog) (err error) {
	if d.module = e.modules[ascii.Fold(d.in.Module)]; d.module == nil {
		d.user, d.guess.other = e.typedUser(d.in.Username), e.newMoving(&d.in)
		return nil
	}
	d.user, err = e.typedAtModule(d.module, d.in.Username)
	d.guess.typed = d.user.text
	return err
}

// typedAtModule reads what was typed as the name of one of a module's accounts. What is none
// is counted under a purpose of its own.
func (e *Engine) typedAtModule(m *moduleTable, text string) (u typedUser, err error) {
	text = typed.WrittenName(text)
	canonical, ok, err := m.canonical(text)
	if u.module = m; ok {
		u.text, u.nameID = text, e.index.ID("module-name", m.folded, canonical)
	} else {
		u.nameID = e.index.ID("module-refused-name", m.folded, text)
	}
	u.guardID = u.nameID
	return u, err
}

// servesModule reports whether the client takes accounts of the module that the call names,
// which must be one that there is.
func (c *call) servesModule(d *dialog) bool {
	name := cmp.Or(d.in.Module, token.ModuleVGUser)
	return c.client.AllowsModule(name) && (d.module != nil || ascii.Equal(name, token.ModuleVGUser))
}

// takeTyped makes the account of a module's that was meant that of the call: the one that
// the password is right for or, before that is known, the one that the name was.
func (c *call) takeTyped(u *typedUser) error {
	p := &c.who
	p.module, p.table = u.module, &u.module.hostTable
	if right := c.asked.right; right != nil {
		p.accountRef, p.acc.ID, p.known = c.moduleRef(u.module, right.ID), right.ID, true
		return nil
	}
	entry, met, err := account.Names.Get(c.tx, u.nameID)
	if p.known = met; met {
		p.accountRef = c.ref(entry.Account)
	} else {
		p.accountRef = c.ref(c.index.ID("module-nobody", u.nameID))
	}
	return err
}

// moduleRef names a module's account by its key there.
func (e *Engine) moduleRef(m *moduleTable, key string) accountRef {
	return e.ref(e.index.ID("module-account", m.folded, key))
}

// rememberTyped notes whom a name of a module's stands for, after a right password.
func (c *call) rememberTyped(u *typedUser) error {
	if u.module == nil {
		return nil
	}
	entry, met, err := account.Names.Get(c.tx, u.nameID)
	if err != nil || met && entry.Account == c.who.id {
		return err
	}
	entry.Account = c.who.id
	return account.Names.Put(c.tx, u.nameID, entry, account.NoExpiry)
}

// typedAtModules reads a name as each module has it.
func (e *Engine) typedAtModules(sent string) (list []typedUser, err error) {
	for _, name := range slices.Sorted(maps.Keys(e.modules)) {
		u, err := e.typedAtModule(e.modules[name], sent)
		if err != nil {
			return nil, err
		}
		list = append(list, u)
	}
	return list, nil
}

// takeAtModules makes the account of the first module for which one of those names stood
// that of the call, if there is one.
func (c *call) takeAtModules(names []typedUser) error {
	for i := range names {
		entry, met, err := account.Names.Get(c.tx, names[i].nameID)
		if err != nil {
			return err
		}
		if p := &c.who; met {
			p.accountRef, p.module, p.table = c.ref(entry.Account), names[i].module, &names[i].module.hostTable
			return nil
		}
	}
	return nil
}
