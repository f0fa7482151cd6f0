package sallyport

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// KeyCall is a call with an API key. It prints as a placeholder.
type KeyCall struct {
	Key     string
	Address string // network address of the caller; wrong keys of loopback and private ones, and of none, are not counted: many may stand behind them
}

// String hides the key from accidental printing.
func (in KeyCall) String() string { return "sallyport.KeyCall(hidden)" }

// GoString is like [KeyCall.String].
func (in KeyCall) GoString() string { return in.String() }

// Key judges an API key and reads the account that it acts for. What it may do is what the
// account may now, as far as the key's scopes name it: a role or a permission that is none
// of them is not among those of the [Access]. It has proven no factor, and no session or
// other key comes of it.
//
// Two readings, which a commit holds together, and one where this node knows the key; once
// a day a write that it is used. What is no key costs none. Unknown and wrong keys are answered alike, after the same
// work. Errors: [ErrInvalidKey], whatever the reason; [ErrBusy] after twenty of them from
// that address within a minute; faults.
func (e *Engine) Key(ctx context.Context, in KeyCall) (*Access, error) {
	k, ok := token.ParseKey(in.Key)
	if !ok {
		return nil, ErrInvalidKey
	}
	from := peerOf(in.Address)
	if from != "" && !e.keyMisses.Below(from, e.clock(), keyMisses.Size, 0) {
		return nil, ErrBusy
	}
	var a *Access
	var stale bool
	err := e.read(ctx, func(c *call) error {
		a, stale = nil, false
		key, err := c.findKey(k)
		if err != nil {
			return err
		}
		if !c.opens(&key, k) {
			if from != "" { // here, so that who hangs up is counted as well
				c.keyMisses.Below(from, c.tx.Now(), keyMisses.Size, 1)
			}
			return errors.Join(c.payKey(k), key.CloseLate(c.tx, c.index, k))
		}
		stale = key.IsKeyStale(c.tx.Now())
		a, err = c.keyAccess(&key)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return nil, ErrInvalidKey
	case stale:
		e.touchKey(ctx, k)
	}
	return a, nil
}

// findKey reads a key and the account that it acts for; one that is nobody's is read like
// one that is.
func (c *call) findKey(k token.KeyText) (key token.APIKey, err error) {
	record := token.KeyRecord(c.index, k.ID)
	fetch := []string{token.APIKeys.Key(record)}
	met, known := c.owners.Get(record)
	if known {
		if err := c.expect(met.accountRef, true); err != nil {
			return key, err
		}
		fetch = append(fetch, met.liveKeys()...)
	}
	if err := c.tx.FetchAndPeek(fetch, []string{directory.Applications.Key(*c.application.Load())}); err != nil {
		return key, err
	}
	if key, _, err = token.APIKeys.Get(c.tx, record); err != nil {
		return key, err
	}
	ref := c.ref(key.Account)
	if key.Account == "" {
		ref = c.ref(nameless(c.index, record))
	}
	c.who = person{accountRef: ref}
	if err := c.tx.Fetch(ref.liveKeys()...); err != nil {
		return key, err
	}
	if err := c.who.readState(c.tx); err != nil {
		return key, err
	}
	if err := c.fill(true); err != nil {
		return key, err
	}
	if key.Account != "" && !known {
		c.owners.Put(record, owner{accountRef: ref})
	}
	return key, c.meet(false)
}

// opens reports whether the key is good for the account of the call as it is now.
func (c *call) opens(key *token.APIKey, k token.KeyText) bool {
	right := key.Opens(c.index, k, c.who.age.KeyEpoch, c.tx.Now())
	return right && c.who.usable(c.tx.Now())
}

// payKey makes the second reading of a wrong key of which this node knows the account, so
// that it costs what an unknown one does.
func (c *call) payKey(k token.KeyText) error {
	return c.tx.Fetch(c.ref(nameless(c.index, token.KeyRecord(c.index, k.ID))).liveKeys()...)
}

// keyAccess is what a key may do now.
func (c *call) keyAccess(key *token.APIKey) (*Access, error) {
	a := &Access{
		AccountID: c.who.publicID(), Name: c.who.acc.Name, Application: key.Application, KeyID: key.ID,
		Scopes: slices.Clone(key.Scopes), Expires: key.Expires, Language: c.who.acc.Language,
	}
	if err := c.tx.FetchAndPeek(nil, []string{directory.Applications.Key(key.Application)}); err != nil {
		return nil, err
	}
	app, ok, err := directory.Applications.Get(c.tx, key.Application)
	if err != nil || !ok {
		return a, err
	}
	a.Roles, a.Permissions = directory.RightsIn(&c.who.acc, &app)
	beyond := func(right string) bool { return !slices.Contains(key.Scopes, right) }
	a.Roles, a.Permissions = slices.DeleteFunc(a.Roles, beyond), slices.DeleteFunc(a.Permissions, beyond)
	return a, nil
}

// touchKey writes that a key is used today, as [Engine.writeUse] does.
func (e *Engine) touchKey(ctx context.Context, k token.KeyText) {
	e.writeUse(ctx, "an API key", func(tx *store.Tx) error {
		key, ok, err := token.APIKeys.Get(tx, token.KeyRecord(e.index, k.ID))
		if err != nil || !ok {
			return err
		}
		return key.TouchKey(tx, e.index)
	})
}
