package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// BeginReset has a key mailed to the owner of an account who forgot their password, by
// which [Engine.FinishReset] sets another within half an hour. It answers alike, after
// the same work, whether or not there is such an account, and whether or not anything
// is mailed: to an account that has no proven e-mail address nothing is, and to one
// whose password cannot be set by mail, a mail that says why not.
//
// An account gets three mails an hour. A network address makes ten calls an hour (IPv4,
// or an IPv6 /64), and an IPv6 /48 thirty. What is too much is dropped without a word.
// Errors are those of [Engine.Login].
func (e *Engine) BeginReset(ctx context.Context, in ResetRequest) error {
	if in.Username == "" {
		return invalid("Username")
	}
	if err := checkFields(field{"Username", in.Username}, field{"VGClientAddress", in.UserAddress}, field{"address", in.Address}); err != nil {
		return err
	}
	if err := e.takesPasswords(); err != nil {
		return err
	}
	client, err := e.clientOf(in.Caller, in.Address)
	if err != nil {
		return err
	}
	if e.throttled(&client) || !e.resets.Below(hostParty, e.clock(), resetsOfAll.Size, 0) {
		return ErrBusy
	}
	t := e.calls.Begin(ctx, groupOf(in.Address, client.id))
	if e.hosts != nil {
		t.Coarsen(newHashGrain) // one that is met anew is asked for once more
	}
	defer t.End()
	if err := t.Detach(); err != nil {
		return ended(err)
	}
	var mail *resetMail
	var begun bool
	_, err = e.attempt(t, func(c *call) (err error) {
		mail, begun, err = c.beginReset(&client, &in)
		return err
	})
	if err != nil {
		return err
	}
	t.End()
	if begun {
		e.resets.Below(hostParty, e.clock(), resetsOfAll.Size, 1)
	}
	e.mailReset(mail)
	t.Blur() // an account takes some microseconds more to read than none
	return nil
}

// beginReset makes a key where the account is to have one. What is read and written
// does not depend on the account: who is nobody, or is not to have a key, gets one that
// is good for nothing. It reports whether the network address may begin one at all.
func (c *call) beginReset(from *clientCall, in *ResetRequest) (m *resetMail, begun bool, err error) {
	if err := c.resetAccount(from, in.Username); err != nil {
		return nil, false, err
	}
	starts := startBudgets(c.index, startOfReset, c.user(in.Address, in.UserAddress))
	factors, err := c.readResetAccount(starts)
	if err != nil {
		return nil, false, err
	}
	if ok, err := mfa.TakeBudgets(c.tx, starts...); err != nil || !ok {
		return nil, false, err
	}
	reached, to := c.who.known && factors.Email.IsProven() && c.channels.Email, factors.Email.Value
	if !reached {
		to = "nobody@" + c.who.home
	}
	if err := c.tx.Fetch(mfa.BudgetKeys(c.index, mfa.Email, to)...); err != nil {
		return nil, false, err
	}
	paid, err := account.TakeResetMail(c.tx, c.who.home, func() (bool, error) { return mfa.TakeMail(c.tx, c.index, to) })
	if err != nil {
		return nil, false, err
	}
	if !reached || !paid {
		return nil, true, c.resetForNobody()
	}
	m, err = c.resetForOwner(to, c.whyNoReset(&factors))
	return m, true, err
}

// resetAccount makes the first round: the client, and the account that was named as in
// a login.
func (c *call) resetAccount(from *clientCall, sent string) error {
	if err := c.askName(sent); err != nil {
		return err
	}
	p, u := &c.who, c.typedUser(sent)
	*p = person{name: u.name}
	p.guard.NameID = u.guardID
	names, err := c.typedAtModules(sent)
	if err != nil {
		return err
	}
	keys := u.entryKeys()
	for i := range names {
		keys = append(keys, account.Names.Key(names[i].nameID))
	}
	if err := c.tx.FetchAndPeek(keys, from.keys()); err != nil {
		return err
	}
	if err := c.authenticate(from, token.GrantVGAuthenticator); err != nil {
		return err
	}
	if err := c.findTyped(&u); err != nil || p.known {
		return err
	}
	return c.takeAtModules(names)
}

// readResetAccount makes the second round: the account, and what it and the network
// address have used up.
func (c *call) readResetAccount(starts []mfa.Budget) (f mfa.Factors, err error) {
	keys := append(c.who.stateKeys(), account.ResetMails.Key(c.who.home))
	if err := c.tx.Fetch(append(keys, mfa.KeysOf(starts)...)...); err != nil {
		return f, err
	}
	if err := c.who.readState(c.tx); err != nil {
		return f, err
	}
	// A module is not asked: what strangers can begin costs it nothing, and takes no more
	// time for a name that it has.
	if err := c.fillNamed(); err != nil {
		return f, err
	}
	return mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
}

// resetForOwner makes the key and the mail of an account whose owner is to have one.
// Where there is a reason against it, the key is good for nothing and is not mailed.
func (c *call) resetForOwner(to string, why message.Reason) (*resetMail, error) {
	m, k := &resetMail{reader: reader{c.who.acc.Language, c.app.Name}, to: to, user: c.who.acc.Name, why: why}, account.MailedKey{Purpose: account.KeyReset}
	if why == "" {
		k.Account, k.Epoch, k.Address = c.who.id, c.who.age.Epoch, to
	}
	text, err := account.NewMailedKey(c.tx, c.index, k)
	if err != nil {
		return nil, err
	}
	if why == "" {
		m.key = text
	}
	return m, c.log(Event{Kind: EventResetAsked, Account: c.who.id, Client: c.client.ID, Detail: string(why)})
}

// resetForNobody writes as much as resetForOwner: the second key stands for the event.
func (c *call) resetForNobody() error {
	c.note(Event{Kind: EventResetAsked, Client: c.client.ID, Detail: "nothing was mailed"})
	for range 2 {
		if _, err := account.NewMailedKey(c.tx, c.index, account.MailedKey{Purpose: account.KeyReset}); err != nil {
			return err
		}
	}
	return nil
}
