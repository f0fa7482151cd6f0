package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// FactorChange is a call by which the owner of an account changes its second factors in a
// session of the host's own: [Engine.AddFactor], [Engine.RemoveFactor] and
// [Engine.RenewRecoveryCodes]. It prints as a placeholder.
type FactorChange struct {
	Session              string // its handle, which every call brings
	Address, UserAddress string // as in [Login]
	Password             string // the present one; of the first call
	Factor               string // id of the one to be removed; of the first call of RemoveFactor
	ReturnURL            string // as in [Login]; of the first call of AddFactor
	// RequestID, OptionID and Code go on with a request, as in [Login].
	RequestID, OptionID, Code string
}

// String hides the password from accidental printing.
func (FactorChange) String() string { return "sallyport.FactorChange(hidden)" }

// GoString is like [FactorChange.String].
func (in FactorChange) GoString() string { return in.String() }

// AddFactor adds a second factor beside those that the account has: up to
// [mfa.MaxAuthenticators] authenticators, and [mfa.MaxAddresses] e-mail addresses and as many
// numbers. The first call, with
// the password, is answered EnrollmentWanted: what is to be added is confirmed by
// [Engine.ConfirmTOTP] or [Engine.ConfirmVerification] with the RequestID, or on the page
// of [Confirmation].Enrollment. It waits then until AddFactor, with RequestID, one of
// Options and its code, has proven a factor that the account has already; the code must
// have been sent, or its step begun, after that ([ReasonTooEarly]). An account that never had a
// factor has the new one at once, or once the address on record was proven; one that once
// had takes an invitation ([ReasonInvitationWanted], see [Engine.AcceptInvitation]), as
// does each where the policy says so.
//
// The commit that makes it a factor ends all other sessions and pending logins; this
// session goes on. Every other address is told, with a link that removes the factor.
//
// Wrong passwords and codes are charged, and errors are, as those of
// [Engine.ChangeAddress]; a handle is required.
func (e *Engine) AddFactor(ctx context.Context, in FactorChange) (*Confirmation, error) {
	d := &confirmDialog{begun: (*call).beginAddition, ready: (*mfa.Case).HasStaged}
	d.confirmed = func(*call, *confirmDialog) error { return nil } // the proof itself has added it
	return e.changeFactors(ctx, in, mfa.AddFactor, d)
}

// RemoveFactor removes a factor of the account, which in.Factor names by its id in
// [Engine.Factors], once the password and a code of any of its factors were right. An
// address stays on record, proven, and is asked for no code any more; the recovery codes go
// with the last authenticator. The last factor that could be asked for stays where one is
// wanted of the account ([ReasonLastFactor]). Where none is left its owner signs in by the
// password alone, and the next one takes an invitation ([Admin.Invite]): who has a new
// phone adds that first.
//
// It ends all other sessions and pending logins; this session goes on. Every address is
// told. There is no link that takes it back: the mailbox of a lost phone would undo the
// removal of that phone. Charges and errors are as those of [Engine.AddFactor].
func (e *Engine) RemoveFactor(ctx context.Context, in FactorChange) (*Confirmation, error) {
	if in.RequestID == "" && in.Factor == "" {
		return nil, invalid("factor")
	}
	d := &confirmDialog{begun: (*call).beginRemoval, confirmed: (*call).removeFactor}
	d.factor = in.Factor
	return e.changeFactors(ctx, in, mfa.RemoveFactor, d)
}

// RenewRecoveryCodes draws new recovery codes, once the password and a code of a factor
// were right, and hands them out in [Confirmation].RecoveryCodes, once. The old ones are
// void in the same commit. How many there are says the policy. An account without an
// authenticator has none ([ReasonNoRecovery]).
//
// It ends all other sessions and pending logins; this session goes on. Every address is
// told. Charges and errors are as those of [Engine.AddFactor].
func (e *Engine) RenewRecoveryCodes(ctx context.Context, in FactorChange) (*Confirmation, error) {
	d := &confirmDialog{begun: (*call).beginRenewal, confirmed: (*call).renewRecovery}
	return e.changeFactors(ctx, in, mfa.RenewRecovery, d)
}

func (e *Engine) changeFactors(ctx context.Context, in FactorChange, confirms string, d *confirmDialog) (*Confirmation, error) {
	if in.Session == "" {
		return nil, invalid("session")
	}
	if err := checkFields(field{"factor", in.Factor}); err != nil {
		return nil, err
	}
	d.session, d.confirms = in.Session, confirms
	d.in = Login{
		Address: in.Address, UserAddress: in.UserAddress, Password: in.Password, ReturnURL: in.ReturnURL,
		RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code,
	}
	return e.confirm(ctx, d)
}

// beginAddition begins the request in which a factor is added.
func (c *call) beginAddition(d *confirmDialog, by *confirming) (done bool, err error) {
	switch c.out.outcome {
	case Granted, FactorWanted, EnrollmentWanted:
	default:
		return false, nil
	}
	f, now := &by.factors, c.tx.Now()
	list := f.Addable(by.rules, c.channels)
	switch {
	case !f.CanEnroll(by.rules, c.channels, now, false):
		return true, c.refuseChange(d, ReasonInvitationWanted)
	case len(list) == 0:
		return true, c.refuseChange(d, ReasonNothingToAdd)
	}
	c.out.requestID, c.out.answer = d.requestID, enrollmentFirst
	c.out.enrollment = &Enrollment{URL: c.enrollmentURL(d.requestID), Transports: list}
	return true, c.beginRequest(&d.dialog, by.scopes, *f, by.rules)
}

// beginRemoval refuses what cannot be removed before a code of another factor is asked for.
func (c *call) beginRemoval(d *confirmDialog, by *confirming) (done bool, err error) {
	if c.out.outcome != Granted && c.out.outcome != FactorWanted {
		return false, nil
	}
	why, err := c.staysFactor(&by.factors, d.factor, by.rules)
	if err != nil || why == NoReason {
		return false, err
	}
	return true, c.refuseChange(d, why)
}

// staysFactor says why the owner cannot remove a factor.
func (c *call) staysFactor(f *mfa.Factors, id string, rules mfa.Policy) (Reason, error) {
	x, known := f.Find(c.index, id)
	if !known {
		return ReasonUnknownFactor, nil
	}
	wanted, err := c.isFactorWanted(rules)
	if err != nil || f.CanGiveUp(c.index, x, wanted, c.channels) {
		return NoReason, err
	}
	return ReasonLastFactor, nil
}

// isFactorWanted reports whether a second factor is wanted of the account, though it had
// none, in this application or in another in which it has a role.
func (c *call) isFactorWanted(rules mfa.Policy) (bool, error) {
	acc := &c.who.acc
	if directory.WantsFactor(acc, rules, false) {
		return true, nil
	}
	var keys []string
	for _, g := range acc.Roles {
		keys = append(keys, directory.Applications.Key(g.Application))
	}
	if err := c.tx.Peek(keys...); err != nil {
		return false, err
	}
	for _, g := range acc.Roles {
		app, ok, err := directory.Applications.Get(c.tx, g.Application)
		if err != nil || ok && directory.WantsFactor(acc, directory.MFAPolicy(acc, c.policy, &app), false) {
			return true, err
		}
	}
	return false, nil
}

// removeFactor removes the factor that the request names.
func (c *call) removeFactor(d *confirmDialog) error {
	f, err := mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
	if err != nil {
		return err
	}
	rules := directory.MFAPolicy(&c.who.acc, c.policy, &c.app)
	why, err := c.staysFactor(&f, d.factor, rules)
	if err != nil {
		return err
	}
	if why != NoReason {
		return c.refuseChange(d, why)
	}
	x, _ := f.Find(c.index, d.factor)
	c.tellFactors(mfa.Notice{Kind: mfa.FactorRemoved, Removed: x.Transport}, &f)
	f.GiveUp(c.index, x)
	return c.saveFactors(d, &f, Event{Kind: EventFactorRemoved, Detail: x.Transport.String()})
}

// beginRenewal refuses new recovery codes where there are none to be had.
func (c *call) beginRenewal(d *confirmDialog, by *confirming) (done bool, err error) {
	if c.out.outcome != Granted && c.out.outcome != FactorWanted {
		return false, nil
	}
	if !by.factors.Has(mfa.Authenticator) || by.rules.RecoveryCodes == 0 {
		return true, c.refuseChange(d, ReasonNoRecovery)
	}
	return false, nil
}

// renewRecovery draws new recovery codes.
func (c *call) renewRecovery(d *confirmDialog) error {
	f, err := mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
	if err != nil {
		return err
	}
	rules := directory.MFAPolicy(&c.who.acc, c.policy, &c.app)
	if !f.Has(mfa.Authenticator) || rules.RecoveryCodes == 0 {
		return c.refuseChange(d, ReasonNoRecovery)
	}
	c.out.recoveryCodes = f.RenewRecovery(c.index, c.who.id, rules.RecoveryCodes, c.tx.Now())
	c.tellFactors(mfa.Notice{Kind: mfa.RecoveryRenewed}, &f)
	return c.saveFactors(d, &f, Event{Kind: EventRecoveryRenewed})
}

// saveFactors writes factors that are others now. It raises the account's epoch, which
// ends every session and request but the session of the call.
func (c *call) saveFactors(d *confirmDialog, f *mfa.Factors, ev Event) error {
	p := &c.who
	p.age.Epoch++
	p.age.Serial = f.Serial
	if err := account.Ageings.Put(c.tx, p.home, p.age, account.NoExpiry); err != nil {
		return err
	}
	if err := mfa.FactorsTable.Put(c.tx, p.home, *f, account.NoExpiry); err != nil {
		return err
	}
	if err := c.keepSession(d.handle.Session, p.age.Epoch-1); err != nil {
		return err
	}
	if d.in.RequestID != "" { // its page is shown that it went well
		if err := mfa.CarryOver(c.tx, mfa.RequestRecord(c.index, d.in.RequestID), p.age.Epoch-1, p.age.Epoch); err != nil {
			return err
		}
	}
	ev.Account, ev.Client = p.id, c.client.ID
	return c.log(ev)
}

// tellFactors tells every address of a change of factors, as they were before. Nobody
// without a code of a factor brings it about, so it is told whatever else was.
func (c *call) tellFactors(n mfa.Notice, before *mfa.Factors) {
	n.User, n.To = c.who.acc.Name, before.Targets(c.channels)
	if len(n.To) > 0 {
		c.out.notices = append(c.out.notices, n)
	}
}

// refuseChange answers, behind a right password, that this change cannot be made.
func (c *call) refuseChange(d *confirmDialog, why Reason) error {
	c.out.answer = denied(ProcessCanceled, why)
	return c.log(Event{Kind: EventRefused, Account: c.who.id, Client: c.client.ID, Status: c.out.status, Detail: d.confirms})
}
