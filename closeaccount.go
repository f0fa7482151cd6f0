package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// AccountClosing is a call by which the owner of an account closes it. Its fields are
// those of an [AddressChange]. It prints as a placeholder.
type AccountClosing struct {
	Caller                    *Caller
	Address, UserAddress      string
	Username, Session         string
	Password                  string
	RequestID, OptionID, Code string
}

// String hides the password from accidental printing.
func (AccountClosing) String() string { return "sallyport.AccountClosing(hidden)" }

// GoString is like [AccountClosing.String].
func (in AccountClosing) GoString() string { return in.String() }

// CloseAccount deletes an account once its password and, where it has a factor, a code
// of it were right. Its name stays reserved, its sessions and pending logins end, and
// its proven addresses are told. It cannot be taken back. A wrong password or code is
// charged, and errors are, as those of [Engine.ChangeAddress].
func (e *Engine) CloseAccount(ctx context.Context, in AccountClosing) (*Confirmation, error) {
	if e.hosts != nil {
		return nil, ErrHostAccounts
	}
	d := &confirmDialog{session: in.Session, confirmed: (*call).closeAccount}
	d.in = Login{
		Caller: in.Caller, Address: in.Address, UserAddress: in.UserAddress, Username: in.Username, Password: in.Password,
		RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code,
	}
	d.confirms = mfa.CloseAccount
	return e.confirm(ctx, d)
}

// closeAccount deletes the account of the call.
func (c *call) closeAccount(*confirmDialog) error {
	ed := &directory.Editor{Tx: c.tx, Index: c.index, Application: &c.app}
	f, err := ed.Find(c.who.id)
	if err != nil {
		return err
	}
	if to := f.Factors.Targets(c.channels); len(to) > 0 {
		c.out.notices = append(c.out.notices, mfa.Notice{Kind: mfa.AccountClosed, User: f.Account.Name, To: to})
	}
	if err := ed.Delete(f); err != nil {
		return err
	}
	return c.log(Event{Kind: EventAccountClosed, Account: c.who.id, Client: c.client.ID})
}
