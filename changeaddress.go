package sallyport

import (
	"context"
	"errors"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// AddressChange is a call by which an account is to have another e-mail address. It
// prints as a placeholder.
type AddressChange struct {
	Caller      *Caller // nil is the host itself
	Address     string  // network address of the caller, for budgets; may be empty
	UserAddress string  // as in [Login]
	// Username names the account, as in [Login]; or Session does, which is the handle of
	// a session of the host's own and takes its place. A call that goes on with a
	// request needs no name, and the handle where the first one brought it.
	Username, Session string
	Password          string // the present one
	Email             string // the new address
	// RequestID, OptionID and Code go on with a request, as in [Login].
	RequestID, OptionID, Code string
}

// String hides the password from accidental printing.
func (AddressChange) String() string { return "sallyport.AddressChange(hidden)" }

// GoString is like [AddressChange.String].
func (in AddressChange) GoString() string { return in.String() }

// errNoMail means that a key cannot be mailed.
var errNoMail = errors.New("sallyport: no e-mail sender: set Config.Email, without which no address can be proven")

// ChangeAddress mails a key, good for 24 hours, to the address that an account is to
// have, once the present password and, where the account has a factor, a code of it
// were right. Nothing changes before [Engine.ProveAddress] is given the key: the present
// address stays proven, a factor and in use.
//
// The answer is the same whether or not the address is another account's; only its owner
// is told, by mail. It is also the same where no mail goes out since the budgets are
// used up: three a day an address, ten an hour an account.
//
// A wrong password is charged as at call 1 of a login, a wrong code as at call 3; five
// of them in one session end it. Errors are those of [Engine.Login], and
// [ErrInvalidSession] for a handle that is not good. Where the users are the host's own,
// their addresses are too: [ErrHostAccounts].
func (e *Engine) ChangeAddress(ctx context.Context, in AddressChange) (*Confirmation, error) {
	if e.hosts != nil {
		return nil, ErrHostAccounts
	}
	if !e.channels.Email {
		return nil, errNoMail
	}
	d := &confirmDialog{session: in.Session, confirmed: (*call).mailAddressKey}
	d.in = Login{
		Caller: in.Caller, Address: in.Address, UserAddress: in.UserAddress, Username: in.Username, Password: in.Password,
		RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code,
	}
	d.confirms = mfa.ChangeAddress
	if in.RequestID == "" {
		if d.address = typed.Email(in.Email); !typed.CheckEmail(d.address) {
			return nil, invalid("email")
		}
	}
	return e.confirm(ctx, d)
}

// mailAddressKey mints the key that proves a new address. For an address of another
// account as much is written, and nobody has that key.
func (c *call) mailAddressKey(d *confirmDialog) error {
	p := &c.who
	if err := c.log(Event{Kind: EventAddressAsked, Account: p.id, Client: c.client.ID}); err != nil {
		return err
	}
	within, err := mfa.TakeMail(c.tx, c.index, d.address, addressBudgets(c.index, p.home, d.address)...)
	if err != nil || !within {
		return err
	}
	key, err := account.NewMailedKey(c.tx, c.index, account.MailedKey{
		Purpose: account.KeyAddress, Account: p.id, Epoch: p.age.Epoch, Address: d.address,
	})
	if err != nil {
		return err
	}
	owner, err := account.OtherHolder(c.tx, account.EmailID(c.index, d.address), p.id)
	if err != nil {
		return err
	}
	mail := c.proofMail(d.address, key)
	if owner != "" {
		mail = c.takenMail(owner)
	}
	c.out.mails = append(c.out.mails, mail)
	return nil
}
