package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// AddressStatus says what a mailed key has done. The zero AddressStatus is a refusal.
type AddressStatus string

// The statuses.
const (
	AddressKeyDead  AddressStatus = ""          // unknown, spent, over, or the account has changed since
	AddressProven   AddressStatus = "proven"    // it is the account's address
	AddressRestored AddressStatus = "restored"  // a change was taken back
	AddressTaken    AddressStatus = "taken"     // another account has proven it meanwhile
	AddressRefused  AddressStatus = "too often" // the address was changed too often within 72 hours
)

// AddressResult is the answer to [Engine.ProveAddress] and [Engine.UndoAddress]. All but
// Status is empty unless something was done.
type AddressResult struct {
	Status    AddressStatus
	AccountID string
	Name      string // of the account
	Address   string // the account's from now on; empty where it had none
	Factor    bool   // the address is a second factor
}

// mailedKeys is the group of all who bring mailed keys: the page tells no address.
var mailedKeys = groupOf("", "mailed key")

// ProveAddress spends a key of [Engine.ChangeAddress]. In one commit the new address
// takes the place of the old one and all sessions and pending logins of the account end.
// Both addresses are told, each with a key of its own that takes the change back within
// 72 hours. Nobody is logged in.
//
// The new address is proven: it gets mail. It is a second factor only with
// [Config].ProvenAddressIsFactor, or where the old one was and the account has no other
// that can be asked for: the account would be without, and the new one was proven in a
// change that the old one has confirmed.
//
// A key that is not good is a status; an error is a fault.
func (e *Engine) ProveAddress(ctx context.Context, key string) (*AddressResult, error) {
	return e.spendKey(ctx, account.KeyAddress, key, (*call).proveAddress)
}

// UndoAddress spends a key of the mails of [Engine.ProveAddress] and restores the
// address that the account had before that change, as a factor where it was one,
// whatever was changed since. All sessions and pending logins of the account end, and
// both addresses are told. It takes back no other change: whoever changed the address
// may have changed the password too. Where another account has proven that address
// meanwhile it is AddressTaken, nothing changes, and the key stays good. Errors are as
// those of ProveAddress.
func (e *Engine) UndoAddress(ctx context.Context, key string) (*AddressResult, error) {
	return e.spendKey(ctx, account.KeyUndo, key, (*call).restoreAddress)
}

// keyCall is a mailed key of an account, which has been read.
type keyCall struct {
	account.MailedKey
	factors mfa.Factors
}

// spendKey reads a key with its account and spends it where spend has done something.
func (e *Engine) spendKey(ctx context.Context, p account.KeyPurpose, key string, spend func(*call, *keyCall) (AddressStatus, error)) (*AddressResult, error) {
	r := new(AddressResult)
	if !account.IsMailedKey(key) {
		return r, nil
	}
	id := account.MailedKeyID(e.index, p, key)
	out, err := e.run(ctx, mailedKeys, func(c *call) error {
		*r = AddressResult{}
		k, err := c.readKey(p, id)
		if err != nil || k == nil {
			return err
		}
		status, err := spend(c, k)
		if err != nil {
			return err
		}
		r.Status = status
		if status != AddressProven && status != AddressRestored {
			return nil
		}
		r.AccountID, r.Name, r.Address, r.Factor = c.who.id, c.who.acc.Name, k.factors.Email.Value, k.factors.Email.Confirmed()
		return k.Spend(c.tx, id)
	})
	if err != nil {
		return nil, err
	}
	e.notify(&out)
	return r, nil
}

// readKey reads the key of that id, and its account; nil where the key is dead. Three
// rounds: the key names the account, and the factors the address that it had.
func (c *call) readKey(p account.KeyPurpose, id string) (*keyCall, error) {
	k, live, err := account.ReadMailedKey(c.tx, p, id)
	if err != nil || !live {
		return nil, err
	}
	who := &c.who
	who.accountRef = c.ref(k.Account)
	if err := c.tx.Fetch(append(who.stateKeys(), account.EmailKeys(c.index, k.Address)...)...); err != nil {
		return nil, err
	}
	if err := who.readState(c.tx); err != nil || !who.known {
		return nil, err
	}
	f, err := mfa.ReadFactors(c.tx, who.home, who.leastSerial())
	return &keyCall{k, f}, err
}

// proveAddress puts the address of the key in the place of the account's.
func (c *call) proveAddress(k *keyCall) (AddressStatus, error) {
	p, f := &c.who, &k.factors
	if k.Epoch != p.age.Epoch || !p.usable(c.tx.Now()) {
		return AddressKeyDead, nil
	}
	if other, err := account.OtherHolder(c.tx, account.EmailID(c.index, k.Address), p.id); err != nil || other != "" {
		return AddressTaken, err
	}
	was, is := f.Email, mfa.Address{Value: k.Address, Proven: c.tx.Now()}
	if c.cfg.ProvenAddressIsFactor || was.Confirmed() && !f.CanProveBesideMail(c.channels) {
		is.Validated = c.tx.Now()
	}
	shared, err := c.isOthers(was)
	if err != nil {
		return "", err
	}
	if !f.ReplaceEmail(is, p.age.Epoch+1, shared, c.tx.Now()) {
		return AddressRefused, nil
	}
	if err := c.moveAddress(was, f); err != nil {
		return "", err
	}
	for _, to := range []mfa.Address{was, f.Email} {
		if err := c.tellAddress(to); err != nil {
			return "", err
		}
	}
	c.tellOthers(mfa.NewAddress, f)
	return AddressProven, c.log(Event{Kind: EventAddressChanged, Account: p.id})
}

// isOthers reports whether another account has proven that address of the account.
func (c *call) isOthers(a mfa.Address) (bool, error) {
	if !a.IsProven() {
		return false, nil
	}
	other, err := account.OtherHolder(c.tx, account.EmailID(c.index, a.Value), c.who.id)
	return other != "", err
}

// tellAddress mails to one of the addresses of a change, if it is proven, that there
// was one, and a key that takes it back.
func (c *call) tellAddress(to mfa.Address) error {
	if !to.IsProven() {
		return nil
	}
	p := &c.who
	key, err := account.NewMailedKey(c.tx, c.index, account.MailedKey{Purpose: account.KeyUndo, Account: p.id, Epoch: p.age.Epoch, Address: to.Value})
	if err != nil {
		return err
	}
	if c.channels.Email {
		target := mfa.Target{Over: mfa.Email, Address: to.Value}
		c.out.notices = append(c.out.notices, mfa.Notice{Kind: mfa.NewAddress, User: p.acc.Name, To: []mfa.Target{target}, Undo: key})
	}
	return nil
}

// tellOthers tells a proven number, and the further addresses, of what happened to the
// address on record.
func (c *call) tellOthers(kind mfa.NoticeKind, f *mfa.Factors) {
	if only := (mfa.Factors{Mobile: f.Mobile, Further: f.Further}); len(only.Targets(c.channels)) > 0 {
		c.out.notices = append(c.out.notices, mfa.Notice{Kind: kind, User: c.who.acc.Name, To: only.Targets(c.channels)})
	}
}

// moveAddress writes factors whose e-mail address has become another, raises the epoch,
// and keeps the index true.
func (c *call) moveAddress(was mfa.Address, f *mfa.Factors) error {
	p := &c.who
	p.age.Epoch++
	p.age.Serial = f.Serial
	before := mfa.Factors{Email: was}
	if err := account.MoveEmail(c.tx, c.index, p.id, before.ProvenEmail(), f.ProvenEmail()); err != nil {
		return err
	}
	if err := account.Ageings.Put(c.tx, p.home, p.age, account.NoExpiry); err != nil {
		return err
	}
	return mfa.FactorsTable.Put(c.tx, p.home, *f, account.NoExpiry)
}

// restoreAddress takes back the change that the key tells of, with all since. The state
// of the account does not matter: nobody is let in.
func (c *call) restoreAddress(k *keyCall) (AddressStatus, error) {
	p, f := &c.who, &k.factors
	was, told := f.Email, f.Targets(c.channels)
	former, there := f.FormerEmail(k.Epoch)
	if !there {
		return AddressKeyDead, nil
	}
	if taken, err := c.isOthers(former.Address); err != nil || taken && !former.Shared {
		return AddressTaken, err
	}
	f.RestoreEmail(k.Epoch)
	if err := c.moveAddress(was, f); err != nil {
		return "", err
	}
	if len(told) > 0 {
		c.out.notices = append(c.out.notices, mfa.Notice{Kind: mfa.AddressRestored, User: p.acc.Name, To: told})
	}
	return AddressRestored, c.log(Event{Kind: EventAddressRestored, Account: p.id})
}
