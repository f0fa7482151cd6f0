package sallyport

import (
	"context"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// AddressView is what a page shows of a mailed key of an address.
type AddressView struct {
	User     string // the name of the account
	Language string // of the account, a tag such as de; empty: not known
	Address  string // that will be the account's; empty: it will have none
	Undo     bool   // the key takes a change back; else it proves a new address
	// Done says that the key has done its work. Of one that has taken a change back the
	// address is not told any more.
	Done bool
	Ends time.Time     // when the key dies
	Left time.Duration // how long that is from now
	// Nonce is for the page, to be sent back with its form. Nobody else knows it.
	Nonce string
}

// ViewAddressKey returns what a key of [Engine.ProveAddress] or [Engine.UndoAddress] is
// about. It changes nothing, however often robots call it. The error for a key that is
// not good, and has done nothing either, is [ErrUnknownRequest].
func (e *Engine) ViewAddressKey(ctx context.Context, key string) (AddressView, error) {
	var v AddressView
	if !account.IsMailedKey(key) {
		return v, ErrUnknownRequest
	}
	prove, undo := account.MailedKeyID(e.index, account.KeyAddress, key), account.MailedKeyID(e.index, account.KeyUndo, key)
	err := e.read(ctx, func(c *call) error {
		if err := c.tx.Fetch(account.MailedKeys.Key(prove), account.MailedKeys.Key(undo)); err != nil {
			return err
		}
		k, live, err := account.ReadMailedKey(c.tx, account.KeyAddress, prove)
		if err == nil && k.Purpose == "" {
			k, live, err = account.ReadMailedKey(c.tx, account.KeyUndo, undo)
		}
		if err != nil {
			return err
		}
		v, err = c.viewKey(k, live)
		v.Nonce = c.pageNonce("address", key)
		return err
	})
	if err != nil {
		return AddressView{}, err
	}
	return v, nil
}

// viewKey reads the account of a key, and returns what the key is about.
func (c *call) viewKey(k account.MailedKey, live bool) (v AddressView, err error) {
	if !live && !k.IsUsed() {
		return v, ErrUnknownRequest
	}
	p := &c.who
	p.accountRef = c.ref(k.Account)
	if err := p.fetch(c.tx); err != nil {
		return v, err
	}
	if !p.known {
		return v, ErrUnknownRequest
	}
	f, err := mfa.ReadFactors(c.tx, p.home, p.leastSerial())
	if err != nil {
		return v, err
	}
	ends := k.Ends()
	v = AddressView{User: p.acc.Name, Language: p.acc.Language, Address: k.Address, Undo: k.Purpose == account.KeyUndo, Done: !live, Ends: ends, Left: ends.Sub(c.tx.Now())}
	good := k.Epoch == p.age.Epoch && p.usable(c.tx.Now())
	if v.Undo && v.Done {
		v.Address = ""
	} else if v.Undo {
		former, there := f.FormerEmail(k.Epoch)
		v.Address, good = former.Value, there
	}
	if !good && !v.Done {
		return AddressView{}, ErrUnknownRequest
	}
	return v, nil
}
