package sallyport

import (
	"context"
	"errors"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
)

// FinishReset sets another password by a mailed key. Where the account has a confirmed
// factor other than that mailbox, one has to be proven first, in calls that each bring
// the key: the first one opens a request and is answered with its options.
//
// The key is judged first, then the factor, then the password. Setting it spends the
// key, ends every session, pending login and other key of the account, and locks that
// wrong passwords alone have set; the owner is told at every proven address. Nobody is
// logged in. Five wrong codes, or five refused passwords, end the key. Errors are those
// of [Engine.Login]; what a call decides stands whether or not ctx ends.
func (e *Engine) FinishReset(ctx context.Context, in ResetFinish) (*ResetResult, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := e.takesPasswords(); err != nil {
		return nil, err
	}
	client, err := e.clientOf(in.Caller, in.Address)
	if err != nil {
		return nil, err
	}
	if e.throttled(&client) {
		return nil, ErrBusy
	}
	in.RequestID, in.OptionID = normalID(in.RequestID), normalID(in.OptionID)
	d := &resetDialog{
		in: in, from: client, key: account.MailedKeyID(e.index, account.KeyReset, in.Key),
		requestID: rnd.UUID(), fresh: newPassword{password: in.NewPassword},
	}
	t := e.calls.Begin(ctx, groupOf(in.Address, client.id))
	t.Coarsen(newHashGrain)
	defer t.End()
	if err := t.Detach(); err != nil {
		return nil, ended(err)
	}
	out, err := e.attempt(t, func(c *call) error { return c.finishReset(d) })
	t.End()
	if err != nil {
		return nil, err
	}
	if out.message != nil && !e.deliver(out.requestID, &out) {
		out.answer = answers[mfa.FailedSending]
	}
	e.notify(&out)
	if t.Gone() {
		t.Blur()
		return nil, ended(t.Ended())
	}
	return d.result(&out), nil
}

// check finds the calls that make no sense, before anything is read.
func (in *ResetFinish) check() error {
	switch {
	case in.Key == "":
		return invalid("key")
	case in.RequestID == "" && in.OptionID != "":
		return invalid("requestId")
	case in.OptionID == "" && in.Code != "":
		return invalid("MFAAvailableId")
	}
	return checkFields(
		field{"key", in.Key}, field{"requestId", in.RequestID}, field{"MFAAvailableId", in.OptionID}, field{"secureCode", in.Code},
		field{"VGClientAddress", in.UserAddress}, field{"address", in.Address},
	)
}

// finishReset judges the key, then the factor, then the password.
func (c *call) finishReset(d *resetDialog) error {
	d.verdict, d.refused = "", nil
	r, live, err := c.readReset(d)
	if err != nil {
		return err
	}
	if !live {
		return c.resetOver(d, ResetKeyUnknown)
	}
	if r.factors.HasBesideMail() {
		if proven, err := c.proveBesideMail(d, r); err != nil || !proven {
			return err
		}
	} else {
		r.request = nil // it proves nothing that is wanted
	}
	if r.request != nil {
		c.out.requestID = d.in.RequestID
		c.out.notices = append(c.out.notices, r.request.Tell...)
	}
	if d.in.NewPassword == "" {
		c.wantReset(NoReason)
		return r.save(c)
	}
	return c.resetTo(d, r)
}

// resetTo judges the new password and sets it.
func (c *call) resetTo(d *resetDialog, r *reset) error {
	p := &c.who
	p.guard = account.Guard{NameID: c.guardOf(p.acc.Name), Home: p.home, Known: true}
	if err := c.tx.Fetch(p.guard.Keys()...); err != nil {
		return err
	}
	place := password.Place{Name: p.guard.NameID, Address: c.user(d.in.Address, d.in.UserAddress), Client: c.client.ID}
	judged, err := c.judgeNew(&d.fresh, place, c.wordsOf(r.factors.Email.Value))
	if err != nil {
		return err
	}
	c.tx.At(c.clock()) // the gate may have taken a while
	var live bool
	if r.key, live, err = account.ReadMailedKey(c.tx, account.KeyReset, d.key); err != nil {
		return err
	}
	if !live || r.request != nil && !c.tx.Now().Before(r.request.Request.Expires) {
		return c.resetOver(d, ResetKeyUnknown)
	}
	if err := p.guard.Read(c.tx); err != nil {
		return err
	}
	if err := p.guard.Settle(c.tx, c.policy.LockRules); err != nil {
		return err
	}
	if d.refused, _ = errors.AsType[*password.PolicyError](judged.any()); d.refused != nil {
		return c.refuseReset(d, r, judged.itself == nil)
	}
	return c.setReset(d, r)
}

// refuseReset counts a password that breaks the policy. What speaks of the account is
// charged like a miss too, since it tells of passwords and addresses.
func (c *call) refuseReset(d *resetDialog, r *reset, tells bool) error {
	if tells {
		if err := c.who.guard.Miss(c.tx, c.policy.LockRules, c.tx.Now(), nil); err != nil {
			return err
		}
	}
	if err := r.key.Refuse(c.tx, d.key); err != nil {
		return err
	}
	c.wantReset(ReasonPasswordWeak)
	if !r.key.Spent.IsZero() {
		c.out.outcome = Denied
	}
	return r.save(c)
}

// setReset makes the new password the account's, which ends all that the old one has
// opened and every other key.
func (c *call) setReset(d *resetDialog, r *reset) error {
	p := &c.who
	if r.request != nil {
		before := len(r.request.Tell)
		r.request.EndReset()
		c.out.notices = append(c.out.notices, r.request.Tell[before:]...)
	} else if n, told := r.factors.TellReset(p.acc.Name, c.channels, c.tx.Now()); told {
		c.out.notices = append(c.out.notices, n)
		if err := mfa.FactorsTable.Put(c.tx, p.home, *r.factors, account.NoExpiry); err != nil {
			return err
		}
	}
	if err := r.key.Spend(c.tx, d.key); err != nil {
		return err
	}
	if err := p.guard.Clear(c.tx, c.policy.LockRules, c.tx.Now()); err != nil {
		return err
	}
	if c.asked != nil {
		c.asked.mailed = d.key
	}
	if id := c.addressLock(r.factors.Email.Value); id != "" {
		if err := account.Lockouts.Delete(c.tx, id); err != nil {
			return err
		}
	}
	p.age.KeyEpoch++
	if err := c.setPassword(d.fresh.staged(), EventPasswordReset); err != nil {
		return err
	}
	d.verdict, c.out.requestID = PasswordChanged, ""
	c.out.answer = answer{outcome: Granted}
	return r.save(c)
}
