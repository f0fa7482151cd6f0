package sallyport

import (
	"context"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// Profile is what the owner of an account may see of it. Its factors, devices and sessions
// have lists of their own: [Engine.Factors], [Engine.Devices], [Engine.Sessions]. It belongs
// to the caller.
type Profile struct {
	AccountID string // as in [Access]
	Name      string // the user name
	// Email and Mobile are on record, and empty where none is. EmailProven says that the
	// owner has shown that Email is theirs, so that it gets mail. Of an account that is kept
	// elsewhere they are as its last login found them.
	Email, Mobile string
	EmailProven   bool
	Language      string // in which they are written to, a tag as RFC 5646 has it; empty: not known

	// HasPassword says that there is a password which [Engine.ChangePassword] changes: none
	// of an account without one, of a module's, or of a host that changes them itself.
	HasPassword bool
	// PasswordChanged is when that last became another; zero: not known, or none.
	PasswordChanged time.Time

	// ChangesEmail says that [Engine.ChangeAddress] changes Email: the account and its
	// password are kept here, and mail can be sent.
	ChangesEmail bool

	// HostAccount says that the host owns the account ([Config].Accounts), and Module is
	// the one that keeps it, as configured; empty: none does. What either has of the
	// account, such as its address and its language, becomes another there.
	HostAccount bool
	Module      string
}

// Profile returns what the owner of a session of the host's own may see of their account.
// One reading. Errors: [ErrInvalidSession]; faults.
func (e *Engine) Profile(ctx context.Context, handle string) (*Profile, error) {
	var p *Profile
	err := e.inSessionWith(handle, e.looking(ctx), accountRef.factorKeys, func(c *call, _ *token.Session) error {
		f, err := c.readFactors()
		if err != nil {
			return err
		}
		p = c.ownProfile(&f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// factorKeys are the records of an account in which its factors stand.
func (r accountRef) factorKeys() []string { return []string{mfa.FactorsTable.Key(r.home)} }

// ownProfile is that of the account of the call, whose records have been read.
func (c *call) ownProfile(f *mfa.Factors) *Profile {
	who := &c.who
	p := &Profile{
		AccountID: who.publicID(), Name: who.acc.Name, Language: who.acc.Language,
		Email: f.Email.Value, EmailProven: f.Email.IsProven(), Mobile: f.Mobile.Value,
		HasPassword: c.changesPassword(), HostAccount: who.hostID() != "",
	}
	if who.module != nil {
		p.Module = who.module.name
	}
	p.ChangesEmail = p.HasPassword && !p.HostAccount && c.channels.Email
	if p.HasPassword {
		p.PasswordChanged = who.age.PasswordChanged
	}
	return p
}

// changesPassword reports whether the account of the call has a password that becomes
// another here.
func (c *call) changesPassword() bool {
	acc := &c.who.acc
	return c.who.module == nil && !acc.Passwordless && acc.PasswordHash != "" && c.takesPasswords() == nil
}

// SetLanguage sets in which language the owner of a session is written to: a tag as RFC 5646
// has it, such as de or pt-BR; an empty one leaves it to [Config].Language. A language proves
// nothing, so the session is enough. One commit, with [EventUserChanged] where it becomes
// another. Errors: [ErrInvalidSession]; a [ProtocolError] that names the field, for what is
// no tag; [ErrHostAccounts] and [ErrModuleAccount] where the account is kept elsewhere;
// faults.
func (e *Engine) SetLanguage(ctx context.Context, handle, tag string) error {
	switch {
	case e.hosts != nil:
		return ErrHostAccounts
	case typed.CheckLanguage(tag) != nil:
		return invalid("language")
	}
	return e.inSession(handle, e.changing(ctx), func(c *call, _ *token.Session) error {
		acc := c.who.acc
		switch {
		case c.who.module != nil:
			return ErrModuleAccount
		case acc.Language == tag:
			return nil
		}
		acc.Language = tag
		if err := account.Accounts.Put(c.tx, acc.ID, acc, account.NoExpiry); err != nil {
			return err
		}
		return c.log(Event{Kind: EventUserChanged, Account: c.who.id, Client: hostParty, Detail: "language"})
	})
}
