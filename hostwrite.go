package sallyport

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// A password of an account that the host owns becomes another in three steps: a commit of
// ours that ends all sessions and says which hash is on its way, the host's own, and the
// commit of the call. A crash between them, or a write that the host loses, leaves sessions
// ended and the old password good; that the host has the new one after all is seen at the
// next call.

// takesPasswords returns why a password cannot become another here: since the host owns the
// users, and takes none.
func (e *Engine) takesPasswords() error {
	if e.hosts != nil && e.hosts.writer == nil {
		return ErrHostAccounts
	}
	return nil
}

// errModulePassword ends what would change a password that a module keeps. No call gets so
// far.
var errModulePassword = errors.New("sallyport: the password is kept by a module")

// writeHost has the host take a hash in the place of the one that was read. It does nothing
// for the built-in directory.
func (c *call) writeHost(hash string) error {
	p := &c.who
	switch {
	case !p.hosted:
		return nil
	case p.module != nil:
		return errModulePassword
	}
	if err := c.takesPasswords(); err != nil {
		return err
	}
	if err := c.asked.confirm(); err != nil {
		return err
	}
	e, b := c.Engine, begunPassword{p.accountRef, p.age, c.asked.request, c.asked.mailed, c.asked.session, c.hostDigest(p.accountRef, hash)}
	err := c.asked.write(hash, func(ctx context.Context) error { return e.beginPassword(ctx, &b) })
	if err != nil {
		return err
	}
	p.age.HostDigest, p.age.HostPending, p.age.PendingSame = b.digest, "", false
	return nil
}

// begunPassword is a password that is about to be written to the host.
type begunPassword struct {
	account accountRef
	age     account.Ageing // as read, for an account that is met for the first time
	request string         // record of the request that goes along; empty: none
	mailed  string         // of the mailed key that does; empty: none
	session string         // and the session that does; empty: none
	digest  string
}

// beginPassword ends all that the old password opened, the request of the call aside, and
// says which hash may be found at the host from now on.
func (e *Engine) beginPassword(ctx context.Context, b *begunPassword) error {
	return e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		keys := []string{account.Ageings.Key(b.account.home)}
		if b.request != "" {
			keys = append(keys, mfa.RequestTable.Key(b.request))
		}
		if b.mailed != "" {
			keys = append(keys, account.MailedKeys.Key(b.mailed))
		}
		if b.session != "" {
			keys = append(keys, token.Sessions.Key(b.session))
		}
		if err := tx.Fetch(keys...); err != nil {
			return err
		}
		age, ok, err := account.Ageings.Get(tx, b.account.home)
		if err != nil {
			return err
		}
		if !ok {
			age = b.age
		}
		was := age.Epoch
		age.Epoch++
		age.HostPending, age.PendingSame = b.digest, false
		if b.request != "" {
			if err := mfa.CarryOver(tx, b.request, was, age.Epoch); err != nil {
				return err
			}
		}
		if b.session != "" {
			s, ok, err := token.Sessions.Get(tx, b.session)
			if err != nil {
				return err
			}
			if ok && s.Epoch == was {
				if err := token.Follow(tx, s, age.Epoch); err != nil {
					return err
				}
			}
		}
		if b.mailed != "" {
			age.KeyEpoch++
			if err := account.CarryOver(tx, b.mailed, was, age.Epoch); err != nil {
				return err
			}
		}
		return account.Ageings.Put(tx, b.account.home, age, account.NoExpiry)
	})
}

// renewHosted has the host take a renewed hash of the same password, which ends nothing.
func (e *Engine) renewHosted(ctx context.Context, r *renewal, hash string) error {
	ref := e.hostRef(r.hostID)
	digest := e.hostDigest(ref, hash)
	step := func(change func(*account.Ageing) bool) (done bool, err error) {
		err = e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
			age, ok, err := account.Ageings.Get(tx, ref.home)
			if done = false; err != nil || !ok || !change(&age) {
				return err
			}
			done = true
			return account.Ageings.Put(tx, ref.home, age, account.NoExpiry)
		})
		return done, err
	}
	begun, err := step(func(a *account.Ageing) bool {
		if a.HostDigest != e.hostDigest(ref, r.hash) {
			return false
		}
		a.HostPending, a.PendingSame = digest, true
		return true
	})
	if err != nil || !begun {
		return err
	}
	if err := e.hosts.setPassword(ctx, r.hostID, hash, r.hash); err != nil {
		return fmt.Errorf("the host: %w", err)
	}
	_, err = step(func(a *account.Ageing) bool {
		if a.HostPending != digest {
			return false
		}
		a.HostDigest, a.HostPending, a.PendingSame = digest, "", false
		return true
	})
	return err
}
