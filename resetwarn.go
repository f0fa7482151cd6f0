package sallyport

import (
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// mailboxUndoesFactor reports whether a second factor is required of everybody, in
// general or in that application, and a mailbox alone sets a new password all the same.
func mailboxUndoesFactor(tx *store.Tx, app string) (bool, error) {
	if err := tx.Peek(directory.Applications.Key(app), directory.Policies.Key(directory.GeneralPolicy)); err != nil {
		return false, err
	}
	a, _, err := directory.Applications.Get(tx, app)
	if err != nil {
		return false, err
	}
	p, _, err := directory.Policies.Get(tx, directory.GeneralPolicy) // without one nothing is required
	return mfa.Merge(p.MFA, a.MFA).Mode == mfa.Required && !p.Passwords.ResetNeedsFactor, err
}
