package sallyport

import (
	"strings"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// typedUser is what somebody typed to say who they are. What it is read and counted by
// depends on the text alone and on the configuration, and not on what it resolves to.
type typedUser struct {
	name    typed.UserName
	nameID  string // of that name
	emailID string // of the address that it may be; empty: addresses resolve to nobody
	guardID string // what misses are counted by
	hosted  bool   // a host that owns the users says whose it is
	// Of a name of a module's accounts: the module, and the text that it is asked with;
	// empty: no account can have the name.
	module *moduleTable
	text   string
}

// maxTypedEmail is more bytes than any address has, blanks and a final dot aside.
const maxTypedEmail = 300

// typedUser reads what was typed. All spellings of an address are counted as one.
func (e *Engine) typedUser(text string) typedUser {
	u := typedUser{name: typed.Name(text), hosted: e.hosts != nil}
	u.nameID = account.NameID(e.index, u.name)
	u.guardID = u.nameID
	if e.cfg.SignInBy == SignInByName {
		return u
	}
	address := typed.Email(text)
	if len(address) > maxTypedEmail {
		address = "" // of nobody, and read like one
	}
	u.emailID = account.EmailID(e.index, address)
	if strings.Contains(address, "@") {
		u.guardID = account.AddressNameID(e.index, address)
	}
	return u
}

// guardOf returns what misses are counted by of whoever types the name of an account.
func (e *Engine) guardOf(name string) string {
	if e.cfg.SignInBy != SignInByName && strings.Contains(name, "@") && len(name) <= maxTypedEmail {
		return account.AddressNameID(e.index, typed.Email(name))
	}
	return account.NameID(e.index, typed.Name(name))
}

// keys are read in the first round of a login, of a text that resolves and of one that
// does not.
func (u *typedUser) keys() []string { return append(u.entryKeys(), account.Lockouts.Key(u.guardID)) }

// entryKeys are those of keys that [call.resolve] reads.
func (u *typedUser) entryKeys() []string {
	if u.hosted {
		return nil
	}
	list := []string{account.Names.Key(u.nameID)}
	if u.emailID != "" {
		list = append(list, account.Emails.Key(u.emailID))
	}
	return list
}

// resolve returns the id of the account that was meant; empty: none. Vacant is a name
// that an account could have and none has or had. The keys have been read.
func (c *call) resolve(u *typedUser) (id string, vacant bool, err error) {
	if c.cfg.SignInBy != SignInByEmail {
		entry, taken, err := account.Names.Get(c.tx, u.nameID)
		if err != nil || taken && !u.name.Refused && !entry.Deleted {
			return entry.Account, false, err
		}
		vacant = !taken && !u.name.Refused
	}
	if u.emailID == "" {
		return "", vacant, nil
	}
	id, err = account.Holder(c.tx, u.emailID)
	return id, vacant && id == "", err
}

// addressLock returns the id of the lockout of an address by which somebody may sign in;
// empty: nobody may.
func (e *Engine) addressLock(address string) string {
	if e.cfg.SignInBy == SignInByName || address == "" {
		return ""
	}
	return account.AddressNameID(e.index, address)
}

// addressLockKeys are the keys of that lockout.
func (e *Engine) addressLockKeys(address string) (keys []string) {
	if id := e.addressLock(address); id != "" {
		keys = append(keys, account.Lockouts.Key(id))
	}
	return keys
}

// forgetMiss forgets which password missed last for a name or an address that was
// nobody's, by the id of its lockout, which has been read: it may be the one that is good
// from now on. An empty id is none.
func (c *call) forgetMiss(id string) (err error) {
	if id == "" {
		return nil
	}
	g := account.Guard{NameID: id}
	if g.Name, _, err = account.Lockouts.Get(c.tx, id); err != nil {
		return err
	}
	return g.ForgetMiss(c.tx, c.policy.LockRules, c.tx.Now())
}
