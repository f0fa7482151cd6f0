package sallyport

import (
	"context"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// FactorList is what an account can prove beside its password. It belongs to the caller.
type FactorList struct {
	Factors       []mfa.Factor // authenticators in the order in which they were added, then e-mail addresses and numbers, those on record first
	RecoveryCodes int          // how many are good
}

// ErrNoFactor means that the account has no such factor.
var ErrNoFactor = directory.ErrNoFactor

// Factors lists the second factors of the account that a session of the host's own is of.
// It changes nothing. The error is [ErrInvalidSession] for a handle that is not good.
func (e *Engine) Factors(ctx context.Context, handle string) (*FactorList, error) {
	var list *FactorList
	err := e.inSession(handle, e.looking(ctx), func(c *call, _ *token.Session) error {
		f, err := c.readFactors()
		if err != nil {
			return err
		}
		list = &FactorList{f.List(c.index), f.RecoveryLeft()}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// readFactors reads the factors of the account of the call.
func (c *call) readFactors() (f mfa.Factors, err error) {
	if err := c.tx.Fetch(mfa.FactorsTable.Key(c.who.home)); err != nil {
		return f, err
	}
	return mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
}

// RenameFactor gives an authenticator another name, as [mfa.FactorName] reads it. A name
// proves nothing, so the session is enough. Errors: [ErrInvalidSession]; [ErrNoFactor],
// also for an address, which goes by itself; a [ProtocolError] for what is no name.
func (e *Engine) RenameFactor(ctx context.Context, handle, id, name string) error {
	clean, ok := mfa.FactorName(name)
	if !ok {
		return invalid("name")
	}
	if err := checkFields(field{"factor", id}); err != nil {
		return err
	}
	return e.inSession(handle, e.changing(ctx), func(c *call, _ *token.Session) error {
		f, err := c.readFactors()
		if err != nil {
			return err
		}
		f.Authenticators = slices.Clone(f.Authenticators)
		d := f.Device(id)
		if d == nil {
			return ErrNoFactor
		}
		d.Name = clean
		if err := mfa.FactorsTable.Put(c.tx, c.who.home, f, account.NoExpiry); err != nil {
			return err
		}
		return c.log(Event{Kind: EventFactorRenamed, Account: c.who.id})
	})
}
