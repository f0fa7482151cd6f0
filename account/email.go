package account

import (
	"slices"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/store"
)

// Emails lists by address which accounts have proven it, under a keyed hash of the
// folded address.
var Emails = store.NewTable[EmailEntry]("email", store.TableOptions{})

// EmailEntry lists the accounts that have proven an address.
type EmailEntry struct {
	Accounts []string

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (e *EmailEntry) Fields(f *record.Fields) {
	record.Each(f, 1, "accounts", &e.Accounts, (*record.Fields).ID)
	f.Rest(&e.Unknown)
}

// EmailKeys returns the keys of the entries of addresses, to be read with other
// records. Empty addresses are left out.
func EmailKeys(x store.Index, addresses ...string) (keys []string) {
	for _, a := range addresses {
		if a != "" {
			keys = append(keys, Emails.Key(EmailID(x, a)))
		}
	}
	return keys
}

// MoveEmail keeps [Emails] true where the proven address of an account becomes
// another, in the commit in which it does; an empty address is none. Entries that have
// not been read are read in one round.
func MoveEmail(tx *store.Tx, x store.Index, account, was, is string) error {
	if typed.SameEmail(was, is) {
		return nil
	}
	if err := tx.Fetch(EmailKeys(x, was, is)...); err != nil {
		return err
	}
	if was != "" {
		if err := LetGo(tx, EmailID(x, was), account); err != nil {
			return err
		}
	}
	if is == "" {
		return nil
	}
	return Hold(tx, EmailID(x, is), account)
}

// maxHolders is how many accounts are listed for one address. Whoever shares an
// address with as many is found by none.
const maxHolders = 256

// EmailID returns the id of the entry of an address, in whatever spelling.
func EmailID(x store.Index, address string) string {
	return x.ID("email", typed.EmailKey(address))
}

// Holder returns the one account that has proven an address, from its entry, which
// has been read. It is empty where none has, or several have: an address that is
// shared says nothing of who somebody is.
func Holder(tx *store.Tx, id string) (account string, err error) {
	e, _, err := Emails.Get(tx, id)
	if err != nil || len(e.Accounts) != 1 {
		return "", err
	}
	return e.Accounts[0], nil
}

// OtherHolder returns the first account other than that one that has proven an address,
// from its entry, which has been read. It is empty where none has.
func OtherHolder(tx *store.Tx, id, account string) (other string, err error) {
	e, _, err := Emails.Get(tx, id)
	if i := slices.IndexFunc(e.Accounts, func(a string) bool { return a != account }); err == nil && i >= 0 {
		return e.Accounts[i], nil
	}
	return "", err
}

// Hold adds an account to the entry of an address that it has proven. The entry has
// been read.
func Hold(tx *store.Tx, id, account string) error {
	e, _, err := Emails.Get(tx, id)
	if err != nil || slices.Contains(e.Accounts, account) || len(e.Accounts) >= maxHolders {
		return err
	}
	e.Accounts = append(slices.Clone(e.Accounts), account)
	return Emails.Put(tx, id, e, NoExpiry)
}

// LetGo takes an account out of the entry of an address that it has proven no longer.
// The entry has been read.
func LetGo(tx *store.Tx, id, account string) error {
	e, found, err := Emails.Get(tx, id)
	if err != nil || !found {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(e.Accounts), func(a string) bool { return a == account })
	switch {
	case len(left) == len(e.Accounts):
		return nil
	case len(left) == 0 && len(e.Unknown) == 0:
		return Emails.Delete(tx, id)
	}
	e.Accounts = left
	return Emails.Put(tx, id, e, NoExpiry)
}
