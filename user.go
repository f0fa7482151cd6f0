package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// User is an account as an administrator sees it. It belongs to the caller.
type User struct {
	ID                  string
	Name                string // as it is shown
	FirstName, LastName string
	Language            string // in which they are written to, a tag as RFC 5646 has it; empty: not known
	Attributes          []account.Attribute

	Email, Mobile string // on record
	EmailProven   bool   // its owner has shown that it is theirs, as a factor or without
	// EmailFactor and MobileFactor say that the owner has proven that address, so
	// that codes go there; Authenticator, that there is an authenticator app.
	EmailFactor, MobileFactor, Authenticator bool
	MFA                                      *bool // as in [directory.NewUser]

	Approved, Disabled bool
	Locked             bool      // by an administrator
	LockedUntil        time.Time // by wrong passwords; zero: not, or no longer
	MustChangePassword bool
	PasswordEnds       time.Time // of one that an administrator has set and that has to be changed: until when it is good; zero: no end
	HasPassword        bool
	Passwordless       bool      // it can have none: its owner proves an address
	Start, End         time.Time // zero: always, and for ever
	// Falls is when an account that somebody signed up for is deleted unless it is
	// approved before; zero: never.
	Falls time.Time

	Roles []string // in the application that is meant, see [Admin.In]
}

// viewUser is an account as an administrator sees it, with the edits of this call.
func (c *call) viewUser(f *directory.Found, app *directory.ApplicationRecord) (*User, error) {
	lock, err := directory.LockOf(c.tx, c.index, f)
	if err != nil {
		return nil, err
	}
	u := newUser(f, app)
	if lock.After(c.tx.Now()) {
		u.LockedUntil = lock
	}
	return u, nil
}

func newUser(f *directory.Found, app *directory.ApplicationRecord) *User {
	acc, x := &f.Account, &f.Factors
	u := &User{
		ID: acc.ID, Name: acc.Name, FirstName: acc.FirstName, LastName: acc.LastName, Language: acc.Language, Attributes: acc.Attributes,
		Email: x.Email.Value, Mobile: x.Mobile.Value,
		EmailProven: x.Email.IsProven(), EmailFactor: x.Email.Confirmed(), MobileFactor: x.Mobile.Confirmed(), Authenticator: x.Has(mfa.Authenticator), MFA: acc.MFA,
		Approved: acc.Approved, Disabled: acc.Disabled, Locked: acc.Locked,
		MustChangePassword: acc.MustChange, HasPassword: acc.PasswordHash != "", Passwordless: acc.Passwordless, Start: acc.Start, End: acc.End, Falls: acc.Falls,
		PasswordEnds: f.Age.PasswordEnds,
	}
	u.Roles, _ = directory.RightsIn(acc, app)
	return u
}
