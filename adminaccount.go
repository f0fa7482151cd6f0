package sallyport

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// What the engine keeps of an account whoever owns it: its epoch, factors and locks.

// Unlock ends what locks an account: an administrator's lock, wrong passwords, and
// used-up guesses at codes. Of an account that the host owns, or a module keeps, the first
// is theirs.
func (a *Admin) Unlock(ctx context.Context, id string) error {
	ev := Event{Kind: EventUnlocked}
	if a.e.isElsewhere(id) {
		return a.changeKept(ctx, ev, id, func(c *call, ed *directory.Editor, f *directory.Found) error {
			return errors.Join(ed.Unlock(f), c.unlockTyped())
		})
	}
	_, err := a.change(ctx, ev, id, a.actor.isOwn(id), func(_ *call, ed *directory.Editor, f *directory.Found) error { return ed.Unlock(f) })
	return err
}

// EndSessions ends all sessions and pending logins of an account, and forgets its devices.
func (a *Admin) EndSessions(ctx context.Context, id string) error {
	if a.e.isElsewhere(id) {
		return a.AccountChanged(ctx, id)
	}
	_, err := a.change(ctx, Event{Kind: EventSessionsEnded}, id, false, func(_ *call, ed *directory.Editor, f *directory.Found) error { return ed.EndSessions(f) })
	return err
}

// AccountChanged ends all sessions and pending logins of an account that the host owns
// ([Config].Accounts) or a module keeps ([Config].Modules), and forgets its devices, at once
// and on every node: the host calls it when it has disabled or deleted the account, has
// changed its password or its rights, or wants it signed out. Without it the engine finds
// most of that by itself, within [Config].AccountsFreshness, and five minutes of an account
// of a module. A host's account that never logged in has nothing to end, which is no error.
// With the built-in directory it is [Admin.EndSessions].
func (a *Admin) AccountChanged(ctx context.Context, id string) error {
	if !a.e.isElsewhere(id) {
		return a.EndSessions(ctx, id)
	}
	return a.editKept(ctx, Event{Kind: EventSessionsEnded}, id, func(c *call) error {
		if c.who.age.ElsewhereID() == "" {
			return fmt.Errorf("reading account: %w: its epoch is gone", store.ErrDamaged)
		}
		c.who.age.Epoch++
		return account.Ageings.Put(c.tx, c.who.home, c.who.age, account.NoExpiry)
	})
}

var errNotHosted = errors.New("sallyport: the users are the built-in directory's: use DeleteUser")

// Forget deletes what the engine keeps of an account that the host owns, or a module keeps:
// its factors, its locks, its devices, its pending logins and its password history. Its
// sessions end. The next login with that id is the first of a new account; see
// [ErrAccountReused]. The host calls it when it has deleted the account, or gives its id to
// somebody else. Of the actor's own account, which would lose its factors, it is
// [ErrOwnAccount].
func (a *Admin) Forget(ctx context.Context, id string) error {
	switch {
	case !a.e.isElsewhere(id):
		return errNotHosted
	case a.actor.isOwnKept(id):
		return ErrOwnAccount
	}
	return a.editKept(ctx, Event{Kind: EventForgotten}, id, func(c *call) error {
		home := c.who.home
		return errors.Join(
			c.endKeys(),
			account.Ageings.Delete(c.tx, home), mfa.FactorsTable.Delete(c.tx, home),
			mfa.PendingTable.Delete(c.tx, home), mfa.DevicesTable.Delete(c.tx, home), account.Lockouts.Delete(c.tx, home),
		)
	})
}

// editKept runs one edit of our record of an account that the host owns or a module keeps,
// in one commit with its event. Of a host's account where there is none it does nothing.
func (a *Admin) editKept(ctx context.Context, ev Event, id string, fn func(*call) error) error {
	if err := a.actor.check(); err != nil {
		return err
	}
	var forget func()
	_, err := a.e.run(ctx, host, func(c *call) error {
		if err := c.findKept(id); err != nil {
			return err
		}
		forget = c.toForget()
		if err := c.tx.Fetch(append(c.who.personKeys(), account.Lockouts.Key(c.who.home), mfa.DevicesTable.Key(c.who.home))...); err != nil {
			return err
		}
		age, known, err := account.Ageings.Get(c.tx, c.who.home)
		if err != nil {
			return err
		}
		if _, factors, err := mfa.FactorsTable.Get(c.tx, c.who.home); err != nil || !known && !factors {
			if err == nil && c.hosts == nil {
				err = directory.ErrNoUser
			}
			return err
		}
		c.who.age = age
		if err := fn(c); err != nil {
			return err
		}
		told := ev
		told.Account = id
		return c.log(a.actor.sign(told))
	})
	if forget != nil {
		forget()
	}
	return err
}

// changeKept runs one edit of what is kept here of an account that the host owns or a
// module keeps.
func (a *Admin) changeKept(ctx context.Context, ev Event, id string, fn func(*call, *directory.Editor, *directory.Found) error) error {
	if a.actor.isOwnKept(id) {
		return ErrOwnAccount
	}
	return a.edit(ctx, ev, func(c *call, ed *directory.Editor) (string, error) {
		if err := c.findElsewhere(id); err != nil {
			return "", err
		}
		f, err := ed.FindKept(c.who.acc.Name, c.who.home)
		if err != nil {
			return "", err
		}
		return id, fn(c, ed, f)
	})
}
