package sallyport

import (
	"context"
	"iter"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
)

// User is an account as an administrator sees it. It belongs to the caller.
type User struct {
	ID                  string
	Name                string // as it is shown
	FirstName, LastName string
	Attributes          []account.Attribute

	Email, Mobile string // on record
	// EmailFactor and MobileFactor say that the owner has proven that address, so
	// that codes go there; Authenticator, that there is an authenticator app.
	EmailFactor, MobileFactor, Authenticator bool
	MFA                                      *bool // as in [directory.NewUser]

	Approved, Disabled bool
	Locked             bool      // by an administrator
	LockedUntil        time.Time // by wrong passwords; zero: not, or no longer
	MustChangePassword bool
	HasPassword        bool
	Start, End         time.Time // zero: always, and for ever

	Roles []string // in the application of the engine's own calls
}

// viewUser is an account as an administrator sees it, with the edits of this call.
func (c *call) viewUser(f *directory.Found) (*User, error) {
	lock, err := directory.LockOf(c.tx, c.index, f)
	if err != nil {
		return nil, err
	}
	u := newUser(f, &c.app)
	if lock.After(c.tx.Now()) {
		u.LockedUntil = lock
	}
	return u, nil
}

func newUser(f *directory.Found, app *directory.ApplicationRecord) *User {
	acc, x := &f.Account, &f.Factors
	u := &User{
		ID: acc.ID, Name: acc.Name, FirstName: acc.FirstName, LastName: acc.LastName, Attributes: acc.Attributes,
		Email: x.Email.Value, Mobile: x.Mobile.Value,
		EmailFactor: x.Email.Confirmed(), MobileFactor: x.Mobile.Confirmed(), Authenticator: x.Authenticator != nil, MFA: acc.MFA,
		Approved: acc.Approved, Disabled: acc.Disabled, Locked: acc.Locked,
		MustChangePassword: acc.MustChange, HasPassword: acc.PasswordHash != "", Start: acc.Start, End: acc.End,
	}
	u.Roles, _ = directory.RightsIn(acc, app)
	return u
}

// usersPage is how many accounts are read together.
const usersPage = 200

// Users lists the accounts in the order of their ids, after that one; "" begins at
// the first. It reads in pages, none of which holds up a login: what changes
// meanwhile may be missed or met. LockedUntil is left out. A fault ends the list.
func (a *Admin) Users(ctx context.Context, after string) iter.Seq2[*User, error] {
	return func(yield func(*User, error) bool) {
		if err := a.actor.check(); err != nil {
			yield(nil, err)
			return
		}
		var page []string
		for it, err := range account.Accounts.Scan(ctx, a.e.db, a.e.clock(), "", after) {
			if err != nil {
				yield(nil, err)
				return
			}
			if page = append(page, it.ID); len(page) == usersPage {
				if !a.yieldUsers(ctx, page, yield) {
					return
				}
				page = page[:0]
			}
		}
		a.yieldUsers(ctx, page, yield)
	}
}

// yieldUsers reads a page of accounts in one round and yields them. It reports
// whether the list goes on.
func (a *Admin) yieldUsers(ctx context.Context, ids []string, yield func(*User, error) bool) bool {
	var list []*User
	err := a.e.read(ctx, func(c *call) error {
		list = nil
		ed, err := c.editor()
		if err != nil {
			return err
		}
		found, err := ed.FindAll(ids)
		for _, f := range found {
			list = append(list, newUser(f, &c.app))
		}
		return err
	})
	if err != nil {
		return yield(nil, err)
	}
	for _, u := range list {
		if !yield(u, nil) {
			return false
		}
	}
	return true
}
