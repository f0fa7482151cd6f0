package directory

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// Editor makes single edits in one transaction. What the directory file last said
// stays as it is, so that the next apply of the same file keeps what was edited, and
// says so.
type Editor struct {
	Tx          *store.Tx
	Index       store.Index
	Application *ApplicationRecord // whose roles are meant
	ShortCodes  bool               // as of [ApplierConfig]
	Modules     []string           // likewise
}

// NewHash is a password as it is stored: its hash, and the history that begins with it.
type NewHash struct{ Hash, Salt, History string }

// Create makes an account. The hash is of its password and takes the place of
// u.Password; empty means that it has none. Errors: those of a field, which name it;
// [ErrNameTaken], [ErrNoRole], [ErrAddressTaken].
func (e *Editor) Create(u *NewUser, pw NewHash) (*Found, error) {
	f, err := e.draft(u, pw)
	if err != nil {
		return nil, err
	}
	return f, e.insert(f)
}

// take gives an account a name, whose record has been read.
func (e *Editor) take(nameID, id, name string) error {
	n, taken, err := account.Names.Get(e.Tx, nameID)
	switch {
	case err != nil:
		return err
	case !taken || n.Account == id: // an account may take its own old name back
		return account.Names.Put(e.Tx, nameID, account.NameEntry{Account: id}, account.NoExpiry)
	case n.Deleted:
		return fmt.Errorf("%w: it belonged to an account before and stays reserved", ErrNameTaken)
	}
	other, _, err := account.Accounts.Get(e.Tx, n.Account)
	if err != nil {
		return err
	}
	if other.Name != name {
		return fmt.Errorf("%w: %q and %q are one name", ErrNameTaken, name, other.Name)
	}
	return ErrNameTaken
}

// roles returns the grants of roles by their names.
func (e *Editor) roles(names []string) (out []account.RoleGrant, err error) {
	for _, name := range names {
		i := slices.IndexFunc(e.Application.Roles, func(r roleRecord) bool { return typed.Label(r.Name) == typed.Label(name) })
		if i < 0 {
			return nil, fmt.Errorf("user.roles: %w: %.64q in %s", ErrNoRole, name, e.Application.Name)
		}
		g := account.RoleGrant{Application: e.Application.ID, Role: e.Application.Roles[i].ID}
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out, nil
}

// Found is an account with what an editor reads of it.
type Found struct {
	Account account.Account
	Age     account.Ageing
	Factors mfa.Factors
	home    string
}

// Find reads an account by its id, for the edit that follows. The error is
// [ErrNoUser] where there is none.
func (e *Editor) Find(id string) (*Found, error) {
	f := &Found{home: account.Home(e.Index, id)}
	if !account.IsID(id) {
		return nil, ErrNoUser
	}
	err := e.Tx.Fetch(account.Accounts.Key(id), account.Ageings.Key(f.home), mfa.FactorsTable.Key(f.home))
	if err != nil {
		return nil, err
	}
	var known bool
	if f.Account, known, err = account.Accounts.Get(e.Tx, id); err != nil {
		return nil, err
	}
	if !known {
		return nil, ErrNoUser
	}
	if f.Age, err = account.ReadAgeing(e.Tx, f.home, true); err != nil {
		return nil, err
	}
	f.Factors, err = mfa.ReadFactors(e.Tx, f.home, f.Age.Serial)
	return f, err
}

// FindKept reads what is kept of an account that a host owns: no record has its name and
// the rest.
func (e *Editor) FindKept(name, home string) (f *Found, err error) {
	f = &Found{Account: account.Account{Name: name}, home: home}
	if err := e.Tx.Fetch(account.Ageings.Key(home), mfa.FactorsTable.Key(home)); err != nil {
		return nil, err
	}
	if f.Age, _, err = account.Ageings.Get(e.Tx, home); err != nil {
		return nil, err
	}
	f.Factors, err = mfa.ReadFactors(e.Tx, home, f.Age.Serial)
	return f, err
}

// Change writes the fields that become another. Disabling ends the account's
// sessions and pending logins; taking away an administrator's lock also ends those by
// wrong passwords and wrong codes. Errors are those of Create.
func (e *Editor) Change(f *Found, by UserChange) error {
	was := f.Account
	acc := &f.Account
	if by.Name != nil {
		acc.Name = typed.WrittenName(*by.Name)
	}
	change(&acc.FirstName, by.FirstName)
	change(&acc.LastName, by.LastName)
	change(&acc.Language, by.Language)
	change(&acc.Approved, by.Approved)
	if acc.Approved {
		acc.Falls = time.Time{}
	}
	change(&acc.Disabled, by.Disabled)
	change(&acc.Locked, by.Locked)
	if change(&acc.Passwordless, by.Passwordless); acc.Passwordless && !was.Passwordless {
		acc.DropPassword()
	}
	change(&acc.MustChange, by.MustChangePassword)
	changeTime(&acc.Start, by.Start)
	changeTime(&acc.End, by.End)
	if by.Attributes != nil {
		acc.Attributes = slices.Clone(*by.Attributes)
	}
	if by.Roles != nil {
		own, err := e.roles(*by.Roles)
		if err != nil {
			return err
		}
		acc.Roles = append(slices.DeleteFunc(slices.Clone(acc.Roles), func(g account.RoleGrant) bool { return g.Application == e.Application.ID }), own...)
	}
	if err := checkAccount(acc); err != nil {
		return err
	}
	if err := e.rename(&was, acc); err != nil {
		return err
	}
	if err := e.changeAddresses(f, &by); err != nil {
		return err
	}
	if was.Locked && !acc.Locked {
		if err := e.unlock(f); err != nil {
			return err
		}
	}
	if err := e.ageChange(f, &was); err != nil {
		return err
	}
	if acc.PasswordHash != was.PasswordHash {
		if err := e.Tx.Fetch(account.HashMixes.Key(account.TheHashMix)); err != nil {
			return err
		}
		if err := account.MoveHash(e.Tx, was.PasswordHash, acc.PasswordHash); err != nil {
			return err
		}
	}
	return account.Accounts.Put(e.Tx, acc.ID, *acc, account.NoExpiry)
}

// ageChange writes what a change of the account's fields means for its ageing.
func (e *Editor) ageChange(f *Found, was *account.Account) error {
	age := f.Age
	moved := f.Account.Passwordless != was.Passwordless
	if moved || f.Account.Disabled && !was.Disabled {
		f.Age.Epoch++
	}
	if f.Account.Disabled && !was.Disabled {
		f.Age.KeyEpoch++
	}
	switch {
	case moved && f.Account.Passwordless:
		f.Age.DropPassword()
	case was.MustChange && !f.Account.MustChange:
		f.Age.KeepPassword(e.Tx.Now())
	}
	if f.Age == age {
		return nil
	}
	return account.Ageings.Put(e.Tx, f.home, f.Age, account.NoExpiry)
}

func change[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func changeTime(to *time.Time, from *time.Time) {
	if from != nil {
		*to = from.UTC()
	}
}

// checkAccount checks an account as it will be, each fault behind its field.
func checkAccount(acc *account.Account) error {
	u := NewUser{
		Name: acc.Name, FirstName: acc.FirstName, LastName: acc.LastName, Language: acc.Language, Attributes: acc.Attributes, Start: acc.Start, End: acc.End,
		Passwordless: acc.Passwordless, MustChangePassword: acc.MustChange,
	}
	_, err := u.check()
	return err
}

// rename gives the account its new name, where it is another, and reserves the old.
func (e *Editor) rename(was, is *account.Account) error {
	before, after := typed.Name(was.Name), typed.Name(is.Name)
	if before == after {
		return nil
	}
	old, fresh := account.NameID(e.Index, before), account.NameID(e.Index, after)
	if err := e.Tx.Fetch(account.Names.Key(old), account.Names.Key(fresh)); err != nil {
		return err
	}
	if err := account.Names.Put(e.Tx, old, account.NameEntry{Account: is.ID, Deleted: true}, account.NoExpiry); err != nil {
		return err
	}
	return e.take(fresh, is.ID, is.Name)
}

// raise ends the sessions and pending logins of an account.
func (e *Editor) raise(f *Found) error {
	f.Age.Epoch++
	return account.Ageings.Put(e.Tx, f.home, f.Age, account.NoExpiry)
}

// EndSessions ends all sessions and pending logins of an account.
func (e *Editor) EndSessions(f *Found) error { return e.raise(f) }

// ResetFactors takes all second factors and recovery codes from an account, which ends
// its sessions and pending logins; see [mfa.Factors.TakeAway].
func (e *Editor) ResetFactors(f *Found) error {
	if f.Factors.TakeAway() {
		f.Age.Serial = f.Factors.Serial
	}
	return errors.Join(e.raise(f), mfa.FactorsTable.Put(e.Tx, f.home, f.Factors, account.NoExpiry))
}

// ErrNoFactor means that the account has no such second factor.
var ErrNoFactor = errors.New("directory: the account has no factor of that id")

// RemoveFactor removes one second factor of an account, which ends its sessions and
// pending logins; see [mfa.Factors.Remove]. The error is [ErrNoFactor] where there is none
// of that id.
func (e *Editor) RemoveFactor(f *Found, id string) (mfa.Factor, error) {
	x, ok := f.Factors.Find(e.Index, id)
	if !ok {
		return x, ErrNoFactor
	}
	f.Factors.Remove(e.Index, x)
	f.Age.Serial = f.Factors.Serial
	return x, errors.Join(e.raise(f), mfa.FactorsTable.Put(e.Tx, f.home, f.Factors, account.NoExpiry))
}

// SetPassword gives an account another password, by its hash, which ends its sessions
// and pending logins and what wrong passwords have locked. One that has to be changed
// is good for [account.GivenLife]. The error is [ErrPasswordless] for an account that can
// have none.
func (e *Editor) SetPassword(f *Found, pw NewHash, mustChange bool) error {
	if f.Account.Passwordless {
		return ErrPasswordless
	}
	was := f.Account.PasswordHash
	f.Account.PasswordHash, f.Account.MustChange = pw.Hash, mustChange
	f.Age.PasswordChanged, f.Age.HistorySalt, f.Age.History, f.Age.GraceUsed = e.Tx.Now(), pw.Salt, pw.History, 0
	f.Age.PasswordEnds = time.Time{}
	if mustChange {
		f.Age.PasswordEnds = e.Tx.Now().Add(account.GivenLife)
	}
	if err := e.Tx.Fetch(account.HashMixes.Key(account.TheHashMix)); err != nil {
		return err
	}
	return errors.Join(e.unlock(f), e.raise(f), account.MoveHash(e.Tx, was, pw.Hash), account.Accounts.Put(e.Tx, f.Account.ID, f.Account, account.NoExpiry))
}

// Delete deletes an account and its factors. Its name stays reserved, and its ageing
// stays, so that no session comes back with an account under an old id.
func (e *Editor) Delete(f *Found) error {
	id := f.Account.ID
	name := account.NameID(e.Index, typed.Name(f.Account.Name))
	proven := f.Factors.ProvenEmail()
	keys := append(account.EmailKeys(e.Index, proven), account.Names.Key(name), applieds.Key(id), account.HashMixes.Key(account.TheHashMix), mfa.DevicesTable.Key(f.home))
	if err := e.Tx.Fetch(keys...); err != nil {
		return err
	}
	return errors.Join(
		e.raise(f), account.MoveHash(e.Tx, f.Account.PasswordHash, ""),
		account.Names.Put(e.Tx, name, account.NameEntry{Account: id, Deleted: true}, account.NoExpiry),
		account.Accounts.Delete(e.Tx, id), e.bury(id), mfa.FactorsTable.Delete(e.Tx, f.home), mfa.DevicesTable.Delete(e.Tx, f.home),
		account.MoveEmail(e.Tx, e.Index, id, proven, ""),
	)
}

// bury notes that a program has deleted an account, where a file had made it.
func (e *Editor) bury(id string) error {
	last, known, err := applieds.Get(e.Tx, id)
	switch {
	case err != nil || !known:
		return err
	case last.Imported: // no file finds it by its name
		return applieds.Delete(e.Tx, id)
	}
	return applieds.Put(e.Tx, id, applied{Name: last.Name, Gone: true}, account.NoExpiry)
}

// FindAll reads accounts by their ids in one round; those that are gone are left
// out.
func (e *Editor) FindAll(ids []string) ([]*Found, error) {
	var keys []string
	for _, id := range ids {
		home := account.Home(e.Index, id)
		keys = append(keys, account.Accounts.Key(id), account.Ageings.Key(home), mfa.FactorsTable.Key(home))
	}
	if err := e.Tx.Peek(keys...); err != nil {
		return nil, err
	}
	var out []*Found
	for _, id := range ids {
		f, err := e.Find(id)
		switch {
		case errors.Is(err, ErrNoUser):
			continue
		case err != nil:
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}
