package directory

import (
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// Unlock ends what locks an account: an administrator's lock, those by wrong
// passwords, and used-up guesses at codes.
func (e *Editor) Unlock(f *Found) error {
	if err := e.unlock(f); err != nil || !f.Account.Locked {
		return err
	}
	f.Account.Locked = false
	return account.Accounts.Put(e.Tx, f.Account.ID, f.Account, account.NoExpiry)
}

func (e *Editor) unlock(f *Found) error {
	ids := f.lockouts(e.Index)
	if err := e.Tx.Fetch(lockoutKeys(ids)...); err != nil {
		return err
	}
	for _, id := range ids {
		if err := account.Lockouts.Delete(e.Tx, id); err != nil {
			return err
		}
	}
	f.Factors.Ledger.Forget()
	f.Factors.Unproven.Forget()
	return mfa.FactorsTable.Put(e.Tx, f.home, f.Factors, account.NoExpiry)
}

// LockOf returns until when wrong passwords lock an account that was found, or its
// name.
func LockOf(tx *store.Tx, index store.Index, f *Found) (until time.Time, err error) {
	ids := f.lockouts(index)
	if err := tx.Peek(lockoutKeys(ids)...); err != nil {
		return until, err
	}
	for _, id := range ids {
		l, _, err := account.Lockouts.Get(tx, id)
		if err != nil {
			return until, err
		}
		if l.Until.After(until) {
			until = l.Until
		}
	}
	return until, nil
}

// lockouts are the ids of the lockouts that may lock the account: by its name, also as
// the address that this may be, by the address that it has proven, and its own.
func (f *Found) lockouts(x store.Index) []string {
	ids := []string{account.NameID(x, typed.Name(f.Account.Name)), f.home}
	for _, email := range []string{f.Account.Name, f.Factors.ProvenEmail()} {
		if !strings.Contains(email, "@") {
			continue
		}
		if id := account.AddressNameID(x, email); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func lockoutKeys(ids []string) (keys []string) {
	for _, id := range ids {
		keys = append(keys, account.Lockouts.Key(id))
	}
	return keys
}
