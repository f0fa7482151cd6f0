package sallyport

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/store"
)

// errAside ends an attempt that waits for the host, which is never asked while a
// transaction is open: then the call asks, and makes another attempt.
var errAside = fmt.Errorf("sallyport: the host is to be asked first: %w", store.ErrAside)

// maxAside bounds how often one call asks: by name, by id, for a password, before the
// grant, and to write.
const maxAside = 8

// asked is what the host, or a module, said of accounts in one call of the engine. It lives
// over all attempts of the transaction, so each question is put once.
type asked struct {
	host  *hostTable                  // the host's own; nil: there is none
	next  func(context.Context) error // what an attempt waits for
	times int

	named bool // by name, which may have found nobody
	found *hostAccount

	table     *hostTable // of the account that is known
	id        string
	acc       *hostAccount
	known     bool
	confirmed bool // asked once more, for the grant

	judged bool         // a module has judged the password
	right  *hostAccount // whose it is; nil: nobody's
	leave  func()       // gives back the turn that the call has at the module; nil: it has none

	request string // record of the request that the call is about
	mailed  string // record of the mailed key that the call is about
	session string // in which a password is changed
	wrote   string // the hash that was written to the host in this call
	sure    bool   // asked again, since the last answer was news

	// met commits what the last attempt found, where that fails: that the host has ended
	// sessions is kept whatever became of the call. Nil: nothing was found.
	met func(context.Context) error
}

// beginAsked returns what was said in a call that begins: nothing. It is nil where all
// accounts are the built-in directory's.
func beginAsked(host *hostTable, modules map[string]*moduleTable) *asked {
	if host == nil && len(modules) == 0 {
		return nil
	}
	return &asked{host: host}
}

// around runs a transaction, and runs it anew after each question that it ends with. What
// a call that failed had found of the host's doings is kept all the same.
func (a *asked) around(ctx context.Context, run func() error) error {
	if a == nil {
		return run()
	}
	defer func() {
		if a.leave != nil {
			a.leave()
		}
	}()
	err := run()
	for errors.Is(err, errAside) {
		if a.times++; a.times > maxAside {
			return errRestless
		}
		if err = a.next(ctx); err == nil {
			err = run()
		}
	}
	if err == nil || a.met == nil {
		return err
	}
	if fault := a.met(ctx); fault != nil {
		return fmt.Errorf("following the host: %w", fault)
	}
	return err
}

// errRestless ends a call that has asked too often.
var errRestless = fmt.Errorf("%w: the accounts change with each question", ErrAccounts)

// wait plans what an attempt that ends with the error waits for.
func (a *asked) wait(put func(context.Context) error) error {
	a.next = put
	return errAside
}

// byName returns the host's account of a name, which is asked for once in a call.
func (a *asked) byName(name string) (*hostAccount, error) {
	if a.named {
		return a.found, nil
	}
	return nil, a.wait(func(ctx context.Context) (err error) {
		if a.found, err = a.host.byName(ctx, name); err != nil {
			return err
		}
		if a.named = true; a.found != nil && !a.known {
			a.learn(a.host, a.found.ID, a.found)
		}
		return nil
	})
}

// byID returns the account of an id, which is asked for once in a call. For a look at what
// lives already an answer will do that is as old as the table allows.
func (a *asked) byID(t *hostTable, id string, look bool) (*hostAccount, error) {
	if a.known && a.table == t && a.id == id {
		return a.acc, nil
	}
	if look && t.fresh > 0 {
		if acc, ok := t.recall(id, t.fresh); ok {
			a.learn(t, id, acc)
			return acc, nil
		}
	}
	return nil, a.wait(func(ctx context.Context) error {
		find := t.byID
		if look && t.fresh > 0 {
			find = func(ctx context.Context, id string) (*hostAccount, error) { return t.look(ctx, id, t.fresh) }
		}
		acc, err := find(ctx, id)
		if err == nil {
			a.learn(t, id, acc)
			a.confirmed = t.module != "" && !look // no hash lies between the answer and the grant
		}
		return err
	})
}

func (a *asked) learn(t *hostTable, id string, acc *hostAccount) {
	a.table, a.id, a.acc, a.known = t, id, acc, true
}

// confirm asks for the account once more, right before it is granted anything. One that
// has another name now than when it was asked for by name is two accounts in one.
func (a *asked) confirm() error {
	if a.confirmed {
		return nil
	}
	return a.wait(func(ctx context.Context) error {
		acc, err := a.table.byID(ctx, a.id)
		switch {
		case err != nil:
			return err
		case acc != nil && a.found != nil && a.found.ID == a.id && acc.Name != a.found.Name:
			return a.table.fault(fmt.Errorf("the account %q is %q by name and %q by id: want one Name in both", a.id, a.found.Name, acc.Name))
		}
		a.confirmed = true
		a.learn(a.table, a.id, acc)
		return nil
	})
}

// makeSure asks for the account once more, after a reading of our record that the last
// answer does not agree with.
func (a *asked) makeSure() error {
	if a.sure {
		return nil
	}
	return a.wait(func(ctx context.Context) error {
		acc, err := a.table.byID(ctx, a.id)
		if err != nil {
			return err
		}
		a.sure = true
		a.learn(a.table, a.id, acc.heldBack(a.right).heldBack(a.found))
		return nil
	})
}

// heldBack is what is said of an account that this call was told of before, by a module
// that judged its password or by its name: what kept it out then still does, since a copy
// that is behind may be asked the second time.
func (a *hostAccount) heldBack(judged *hostAccount) *hostAccount {
	if a == nil || judged == nil || judged.ID != a.ID {
		return a
	}
	own := *a
	own.Unapproved, own.Disabled, own.Locked = a.Unapproved || judged.Unapproved, a.Disabled || judged.Disabled, a.Locked || judged.Locked
	own.MustChangePassword = a.MustChangePassword || judged.MustChangePassword
	if own.End.IsZero() {
		own.End = judged.End
	}
	if judged.passwordSet.After(a.passwordSet) {
		own.passwordSet = judged.passwordSet
	}
	return &own
}

// write plans to write a hash to the host, in the place of the one that was read, between
// two transactions of ours. It returns nil once that is done.
func (a *asked) write(hash string, before func(context.Context) error) error {
	switch {
	case a.wrote == hash:
		return nil
	case a.wrote != "":
		return a.table.fault(errors.New("two passwords in one call"))
	}
	return a.wait(func(ctx context.Context) error {
		if err := before(ctx); err != nil {
			return err
		}
		if err := a.table.setPassword(ctx, a.id, hash, a.acc.PasswordHash); err != nil {
			return err
		}
		a.wrote = hash
		return nil
	})
}

// hasWritten reports whether the host has another password by this call, which then has
// decided, whatever comes.
func (a *asked) hasWritten() bool { return a != nil && a.wrote != "" }
