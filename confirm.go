package sallyport

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// Confirmation is the answer to a call that changes an account and wants the password
// and, where the account has one, a second factor: [Engine.ChangeAddress],
// [Engine.CloseAccount], [Engine.AddFactor], [Engine.RemoveFactor] and
// [Engine.RenewRecoveryCodes].
type Confirmation struct {
	// Outcome is Granted once all that is wanted was proven. FactorWanted and Waiting
	// want a code: the same call goes on with RequestID, the id of one of Options and,
	// once it has come, the code. With EnrollmentWanted and PasswordChangeWanted the
	// account has to do that first, in a login. Denied: nothing more can be done.
	Outcome Outcome
	Reason  Reason // as that of a [Result]
	// RequestID and Options are those of a [Result]: the request serves this change
	// and nothing else, and is answered by codes alone.
	RequestID string
	Options   []Option
	// Enrollment is where a factor is added, of [Engine.AddFactor].
	Enrollment *Enrollment
	// RecoveryCodes are those that [Engine.RenewRecoveryCodes] has drawn. They are told
	// here and never again.
	RecoveryCodes []string
}

// String hides the recovery codes from accidental printing.
func (c Confirmation) String() string {
	return fmt.Sprintf("sallyport.Confirmation(%s, %q, recovery codes hidden)", c.Outcome, c.Reason)
}

// GoString is like [Confirmation.String].
func (c Confirmation) GoString() string { return c.String() }

// confirmDialog is one call of such a change over all attempts of its transaction.
type confirmDialog struct {
	dialog
	// session is the handle that came in the place of a name, and over that it is not
	// good, or no longer.
	session string
	over    bool
	// confirmed makes the change, in the commit in which all that is wanted has been
	// proven.
	confirmed func(*call, *confirmDialog) error
	// begun, if not nil, goes on after a right password with the factors of the account,
	// and reports whether that was all: the answer stands.
	begun func(*call, *confirmDialog, *confirming) (done bool, err error)
	// ready, if not nil, reports whether a factor may be proven now; else something has
	// to be enrolled first.
	ready func(*mfa.Case) bool
}

// confirming is what the password of a change was right for.
type confirming struct {
	scopes  []string
	factors mfa.Factors
	rules   mfa.Policy
}

// check finds the calls that make no sense, before anything is read.
func (d *confirmDialog) check() error {
	in := &d.in
	switch {
	case d.session != "" && in.Caller != nil:
		return invalid("session") // it is the host's own
	case in.RequestID != "" && in.OptionID == "":
		return invalid("MFAAvailableId")
	case in.RequestID != "":
	case in.OptionID != "" || in.Code != "":
		return invalid("AuthenticationRequestId")
	case (in.Username == "") == (d.session == ""):
		return invalid("Username")
	case in.Password == "":
		return invalid("password")
	}
	return checkFields(
		field{"Username", in.Username}, field{"session", d.session}, field{"password", in.Password},
		field{"requestId", in.RequestID}, field{"MFAAvailableId", in.OptionID}, field{"secureCode", in.Code},
		field{"VGClientAddress", in.UserAddress}, field{"address", in.Address}, field{"ReturnURL", in.ReturnURL},
	)
}

// confirm runs one call of the change. A password, and a code, is judged and charged as
// in a login; beside a session also to that.
func (e *Engine) confirm(ctx context.Context, d *confirmDialog) (*Confirmation, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	client, err := e.clientOf(d.in.Caller, d.in.Address)
	if err != nil {
		return nil, err
	}
	if e.throttled(&client) {
		return nil, ErrBusy
	}
	if d.session != "" {
		var ok bool
		if d.handle, ok = e.handles().Open(d.session); !ok {
			return nil, ErrInvalidSession
		}
	}
	d.in.RequestID, d.in.OptionID = normalID(d.in.RequestID), normalID(d.in.OptionID)
	d.in.GrantType, d.from = token.GrantVGAuthenticator, client
	t := e.calls.Begin(ctx, groupOf(d.in.Address, client.id))
	defer t.End()
	out, err := e.confirmOnce(t, d)
	t.End()
	if err == nil && d.over {
		err = ErrInvalidSession
	}
	if err != nil {
		return nil, err
	}
	return e.told(t, &out)
}

func (e *Engine) confirmOnce(t *detach.Call, d *confirmDialog) (outcome, error) {
	if d.in.RequestID == "" {
		d.requestID, d.user, d.guess.password = rnd.UUID(), e.typedUser(d.in.Username), d.in.Password
		return e.attempt(t, func(c *call) error { return c.confirmFirst(d) })
	}
	d.in.Password = "" // it was proven by call 1
	if err := t.Detach(); err != nil {
		return outcome{}, ended(err)
	}
	return e.attempt(t, func(c *call) error { return c.confirmLater(d) })
}

// told does what may only follow the commit, and makes the answer.
func (e *Engine) told(t *detach.Call, out *outcome) (*Confirmation, error) {
	if out.message != nil && !e.deliver(out.requestID, out) {
		out.answer = answers[mfa.FailedSending]
	}
	e.notify(out)
	e.post(out)
	if out.renewal != nil {
		e.renew(out.renewal)
	}
	if err := e.tellUnstored(out.untold); err != nil {
		return nil, err
	}
	if t.Gone() {
		t.Blur()
		return nil, ended(t.Ended())
	}
	return &Confirmation{
		Outcome: out.outcome, Reason: out.reason, RequestID: out.requestID, Options: out.options,
		Enrollment: out.enrollment, RecoveryCodes: out.recoveryCodes,
	}, nil
}

// confirmFirst judges the password as call 1 of a login does. Where the account has a
// second factor it begins the request in which that is proven.
func (c *call) confirmFirst(d *confirmDialog) error {
	d.over = false
	scopes, session, err := c.readConfirmed(d)
	if errors.Is(err, ErrInvalidSession) {
		d.over = true // no secret has been looked at
		return c.bury(d.handle, &session)
	}
	if err == nil && c.who.module != nil && !mfa.ChangesFactors(d.confirms) {
		c.out.answer = keptByModule
		return nil
	}
	if err != nil || c.answeredUnread(&d.guess) {
		return err
	}
	if err := c.tx.Fetch(slices.Concat(c.who.personKeys(), c.who.guard.Keys(), c.addressKeys(d.address))...); err != nil {
		return err
	}
	if d.returnURL, err = c.returnURL(d.in.ReturnURL); err != nil {
		return err
	}
	right, err := c.judgePassword(&d.guess)
	if err != nil {
		return err
	}
	if !right {
		return c.missSessionPassword(&d.dialog)
	}
	factors, err := mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
	if err != nil {
		return err
	}
	rules := directory.MFAPolicy(&c.who.acc, c.policy, &c.app)
	f := c.who.facts(c.tx.Now())
	f.password, f.hasRole = true, true
	c.ageFacts(&f)
	f.grace = false // a password that has run out opens a login by grace, and nothing else
	c.factorFacts(&f, &factors, rules)
	if f.factor == factorNone && factors.Any() {
		f.factor = c.factorStands(&factors, rules) // though no login asks for it
	}
	c.out.answer = assess(f)
	if d.begun != nil {
		if done, err := d.begun(c, d, &confirming{scopes, factors, rules}); err != nil || done {
			return err
		}
	}
	switch c.out.outcome {
	case Granted:
		return d.confirmed(c, d)
	case FactorWanted:
		c.out.requestID = d.requestID
		return c.beginRequest(&d.dialog, scopes, factors, rules)
	}
	return c.log(Event{Kind: EventRefused, Account: c.who.id, Client: c.client.ID, Status: c.out.status, Detail: d.confirms})
}

// readConfirmed makes the first round by the name, or both by the session, whose lockouts
// are looked at when its password is judged.
func (c *call) readConfirmed(d *confirmDialog) (scopes []string, session token.Session, err error) {
	if d.session == "" {
		scopes, err = c.readFirst(&d.dialog)
	} else {
		session, err = c.readOwnSession(&d.dialog)
	}
	return scopes, session, err
}

// confirmLater sends a code, or judges one.
func (c *call) confirmLater(d *confirmDialog) error {
	c.out.requestID = d.in.RequestID
	request, err := c.readLater(&d.dialog)
	if err != nil {
		return err
	}
	bound, err := c.inSession(&d.dialog, request)
	if err != nil {
		return err
	}
	if ok, err := c.belongs(&d.in, request); err != nil {
		return err
	} else if !bound || !ok {
		c.out.answer = answers[mfa.Dead]
		return nil
	}
	if d.ready != nil && request.Live() && !d.ready(request) {
		c.out.answer, c.out.options = enrollmentFirst, optionsOf(request.Request) // what it can be answered with then
		return nil
	}
	tries := request.Request.Tries
	v, err := c.chooseOrAnswer(&d.in, request)
	if err != nil {
		return err
	}
	if v == mfa.Passed {
		request.End()
		c.out.answer, d.address, d.factor = granted(facts{}), request.Request.NewAddress, request.Request.Factor
		if err := c.followFactors(request); err != nil {
			return err
		}
		if err := c.logRecovery(request); err != nil {
			return err
		}
		if err := request.Save(c.tx); err != nil {
			return err
		}
		return d.confirmed(c, d)
	}
	if v != mfa.Lapsed { // by a caller who has gone: there is no status to tell
		c.out.answer = answerOf(v, request, d.in.OptionID)
	}
	return c.keepRefusal(&d.dialog, request, v, tries)
}
