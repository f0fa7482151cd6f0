package sallyport

import (
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// proveBesideMail takes one step of proving a factor other than the mailbox that the
// key came to, and reports whether one is proven. Else it has answered.
func (c *call) proveBesideMail(d *resetDialog, r *reset) (proven bool, err error) {
	request := r.request
	switch {
	case d.in.RequestID == "":
		return false, c.openReset(d, r)
	case request == nil || !request.Live():
		return false, c.resetOver(d, PasswordRequestOver)
	case request.PassEarlier():
		return true, nil
	}
	c.out.requestID = d.in.RequestID
	if d.in.OptionID == "" {
		c.offerReset(request.Request)
		return false, request.Save(c.tx)
	}
	v, err := c.stepOfReset(d, r)
	if err != nil || v == mfa.Passed {
		return v == mfa.Passed, err
	}
	c.out.notices = append(c.out.notices, request.Tell...)
	if v != mfa.Lapsed { // by a caller who has gone: there is nothing to tell
		c.out.answer = answerOf(v, request, d.in.OptionID)
	}
	if v == mfa.Dead {
		d.verdict = PasswordRequestOver
	}
	if err := c.logVerdict(v, request.Unchecked); err != nil {
		return false, err
	}
	return false, request.Save(c.tx)
}

// stepOfReset has a code sent, or judges one. A wrong one that is charged is charged
// to the key as well; the last one of the request ends it.
func (c *call) stepOfReset(d *resetDialog, r *reset) (v mfa.Verdict, err error) {
	if d.in.Code == "" {
		v, c.out.message, err = r.request.Choose(c.tx, d.in.OptionID)
		return v, err
	}
	before := r.request.Request.Tries
	v = r.request.Answer(d.in.OptionID, d.in.Code)
	switch {
	case v == mfa.Lapsed: // as much is written as for a wrong one
		return v, r.key.Keep(c.tx, d.key)
	case r.request.Request.Tries == before:
		return v, c.logRecovery(r.request)
	}
	return v, r.key.Miss(c.tx, d.key, !r.request.Live())
}

// openReset opens the request in which a factor is proven.
func (c *call) openReset(d *resetDialog, r *reset) error {
	p, f := &c.who, r.factors
	rules := directory.MFAPolicy(&p.acc, c.policy, &c.app)
	switch {
	case f.Unproven.Exhausted(c.tx.Now()):
		c.out.answer = answers[mfa.Exhausted]
		return nil
	case len(f.BesideMail(rules, c.channels, c.tx.Now())) == 0:
		c.out.answer = denied(MFAEnrollmentRequired, ReasonNoFactor)
		return nil
	}
	user := c.user(d.in.Address, d.in.UserAddress)
	request, tell, err := mfa.Begin(c.tx, c.index, mfa.NewRequest{
		ID: d.requestID, Account: p.id, Home: p.home, Epoch: p.age.Epoch, Client: c.client.ID, Instance: c.client.Instance, Application: c.app.ID,
		Name: p.acc.Name, From: user, Peer: peerOf(user), Purpose: mfa.ResetPassword, Key: d.key,
		Factors: f, Policy: rules, Channels: c.channels,
	})
	if err != nil {
		return err
	}
	c.out.requestID = d.requestID
	c.out.notices = append(c.out.notices, tell...)
	c.offerReset(request)
	return c.log(Event{Kind: EventChallenge, Account: p.id, Client: c.client.ID, Status: c.out.status, Detail: "reset"})
}

// offerReset wants one of the options of the request.
func (c *call) offerReset(r *mfa.Request) {
	c.out.answer = asks(FactorWanted, MFAAuthenticationRequired, NoReason)
	c.out.options = optionsOf(r)
}
