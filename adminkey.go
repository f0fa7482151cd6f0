package sallyport

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// NewKey describes an API key that is to be made.
type NewKey struct {
	// Label says in words what it is for, at most 64 characters.
	Label string
	// Scopes are what it may do: names of roles and paths of permissions, each of which
	// counts while its owner has it, and names of the host's own, for [guard.Scope]. A key
	// without any may do nothing but say whose it is.
	Scopes []string
	// Life is how long it lives: 0 means 90 days, and 366 days are the most.
	Life time.Duration
}

// APIKey is an API key, for its owner or an administrator to see. It belongs to the caller.
type APIKey struct {
	ID          string // its public part, with which its text begins behind "sp_"; no credential
	Label       string
	Application string // id of the one that its roles and permissions are of
	Scopes      []string
	Created     time.Time
	Expires     time.Time
	LastUse     time.Time // the day, as its beginning in UTC; zero: never
}

// CreatedKey is a key that has just been made, or rotated. It prints as a placeholder.
type CreatedKey struct {
	APIKey
	// Text is the key. It is shown this once, and kept nowhere: only its digest is.
	Text string
}

// String hides the key from accidental printing.
func (k CreatedKey) String() string { return "sallyport.CreatedKey(hidden)" }

// GoString is like [CreatedKey.String].
func (k CreatedKey) GoString() string { return k.String() }

var errKeyByKey = errors.New("sallyport: an API key makes no key: sign in to do so")

// isKey reports whether an API key is at work.
func (a *Actor) isKey() bool { return a.Access != nil && a.Access.KeyID != "" }

// ErrNoKey means that the account has no such API key.
var ErrNoKey = errors.New("sallyport: the account has no such API key")

// CreateKey makes an API key with which a program acts for an account, in the engine's own
// application or that of [Admin.In]. It ends with its life, when it is revoked, when the
// account is disabled or deleted, and when its password is reset by mail. An actor that is
// an API key itself makes none. Errors: [token.ErrTooManyKeys]; those of a life, label or
// scopes that are too long; those of [Admin].
func (a *Admin) CreateKey(ctx context.Context, account string, n NewKey) (out *CreatedKey, err error) {
	made := token.NewAPIKey{Scopes: n.Scopes, Label: n.Label, Life: n.Life}
	if err := made.Check(); err != nil {
		return nil, err
	}
	if a.actor.isKey() {
		return nil, errKeyByKey
	}
	err = a.commit(ctx, func(c *call, ed *directory.Editor) (Event, error) {
		if err := c.readKeyOwner(account); err != nil {
			return Event{}, err
		}
		made.Account, made.Home, made.Epoch, made.Application = c.who.id, c.who.home, c.who.age.KeyEpoch, ed.Application.ID
		if err := c.dropDeadKeys(); err != nil {
			return Event{}, err
		}
		key, text, err := token.BeginKey(c.tx, c.index, made)
		out = &CreatedKey{keyOf(&key), text}
		return Event{Kind: EventKeyMade, Account: c.who.publicID(), Detail: key.ID}, err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Keys lists the API keys of an account that are good, in the order in which they were made.
func (a *Admin) Keys(ctx context.Context, account string) (list []APIKey, err error) {
	err = a.view(ctx, func(c *call, _ *directory.Editor) error {
		list = nil
		if err := c.readKeyOwner(account); err != nil {
			return err
		}
		keys, err := c.listedKeys()
		for i := range keys {
			if keys[i].LivesFor(c.who.age.KeyEpoch, c.tx.Now()) {
				list = append(list, keyOf(&keys[i]))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// RotateKey gives an API key of an account another secret, and returns its new text. The
// old one is good for overlap more, at most seven days. Its end stays as it is. Errors:
// [ErrNoKey], and those of [Admin].
func (a *Admin) RotateKey(ctx context.Context, account, id string, overlap time.Duration) (out *CreatedKey, err error) {
	if a.actor.isKey() {
		return nil, errKeyByKey
	}
	err = a.commit(ctx, func(c *call, _ *directory.Editor) (Event, error) {
		key, err := c.keyOfAccount(account, id)
		if err != nil {
			return Event{}, err
		}
		text, err := key.Rotate(c.tx, c.index, overlap)
		out = &CreatedKey{keyOf(&key), text}
		return Event{Kind: EventKeyRotated, Account: c.who.publicID(), Detail: id}, err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// RevokeKey ends an API key of an account at once, on every node. Errors: [ErrNoKey], and
// those of [Admin].
func (a *Admin) RevokeKey(ctx context.Context, account, id string) error {
	return a.commit(ctx, func(c *call, _ *directory.Editor) (Event, error) {
		key, err := c.keyOfAccount(account, id)
		if err != nil {
			return Event{}, err
		}
		return Event{Kind: EventKeyRevoked, Account: c.who.publicID(), Detail: id}, key.EndKey(c.tx, c.index, c.who.home)
	})
}

func keyOf(k *token.APIKey) APIKey {
	return APIKey{ID: k.ID, Label: k.Label, Application: k.Application, Scopes: k.Scopes, Created: k.Created, Expires: k.Expires, LastUse: k.LastUse}
}

// readKeyOwner reads an account, whoever owns it, and the list of its keys.
func (c *call) readKeyOwner(id string) error {
	if err := c.readAnyones(id); err != nil {
		return err
	}
	return c.tx.Fetch(token.KeyLists.Key(c.who.home))
}

// listedKeys reads the keys in the list of the account of the call.
func (c *call) listedKeys() (out []token.APIKey, err error) {
	list, _, err := token.KeyLists.Get(c.tx, c.who.home)
	if err != nil {
		return nil, err
	}
	var fetch []string
	for _, id := range list.IDs {
		fetch = append(fetch, token.APIKeys.Key(token.KeyRecord(c.index, id)))
	}
	if err := c.tx.Fetch(fetch...); err != nil {
		return nil, err
	}
	for _, id := range list.IDs {
		key, ok, err := token.APIKeys.Get(c.tx, token.KeyRecord(c.index, id))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, key)
		}
	}
	return out, nil
}

// dropDeadKeys takes keys that are over from the list of the account, so that they make
// room.
func (c *call) dropDeadKeys() error {
	keys, err := c.listedKeys()
	if err != nil {
		return err
	}
	var list token.KeyList
	for i := range keys {
		if keys[i].LivesFor(c.who.age.KeyEpoch, c.tx.Now()) {
			list.IDs = append(list.IDs, keys[i].ID)
		}
	}
	return list.Put(c.tx, c.who.home)
}

// endKeys ends all API keys of the account of the call, which is forgotten.
func (c *call) endKeys() error {
	if err := c.tx.Fetch(token.KeyLists.Key(c.who.home)); err != nil {
		return err
	}
	keys, err := c.listedKeys()
	if err != nil {
		return err
	}
	for i := range keys {
		err = errors.Join(err, token.APIKeys.Delete(c.tx, token.KeyRecord(c.index, keys[i].ID)))
	}
	return errors.Join(err, token.KeyLists.Delete(c.tx, c.who.home))
}

// keyOfAccount reads a key of an account by its id.
func (c *call) keyOfAccount(account, id string) (key token.APIKey, err error) {
	if err := c.readKeyOwner(account); err != nil {
		return key, err
	}
	record := token.KeyRecord(c.index, id)
	if err := c.tx.Fetch(token.APIKeys.Key(record)); err != nil {
		return key, err
	}
	key, ok, err := token.APIKeys.Get(c.tx, record)
	if err == nil && (!ok || key.Account != c.who.id || !key.LivesFor(c.who.age.KeyEpoch, c.tx.Now())) {
		err = ErrNoKey
	}
	return key, err
}
