package sallyport

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// Need is what a step-up has to prove. It comes from the host's code, never from a request.
// The zero value is met by every second factor that the policy lets the account use.
type Need struct {
	// Methods are those that meet it, among those that the policy counts; none: all of
	// these. The account's password never does, nor a remembered device or grace.
	Methods []mfa.Method
	// RecoveryCodes says that a recovery code meets it too, with the option of an
	// authenticator.
	RecoveryCodes bool
	// Address is the network address of the caller, UserAddress as in [Login].
	Address, UserAddress string
}

// StepUp begins to prove a second factor anew in a session of the host's own, whose present
// handle it takes, for what takes more than the login did. It is answered FactorWanted, with
// RequestID and Options; nothing is sent before one of them is chosen by
// [Engine.AnswerStepUp], and links always want the number that their option has. The request
// lives for ten minutes and keeps the need. Another one, opened in the same session, ends it.
//
// It is Denied where nothing can meet the need: [ReasonEnrollmentWanted] says that the
// account has to add a factor first ([Engine.AddFactor]), [ReasonGuessesUsedUp] that none is
// judged for a while.
//
// Errors: a [ProtocolError]; [ErrInvalidSession]; [ErrUnknownRequest] for a handle that is
// not the session's present one any more; faults. One or two readings, and one commit.
func (e *Engine) StepUp(ctx context.Context, session string, need Need) (*Result, error) {
	d := &stepUpDialog{dialog: dialog{in: Login{Address: need.Address, UserAddress: need.UserAddress}, requestID: rnd.UUID()}}
	d.need = mfa.Need{Methods: slices.Clone(need.Methods), Recovery: need.RecoveryCodes}
	if !d.need.IsSound() {
		return nil, invalid("methods")
	}
	return e.stepUp(ctx, session, d, (*call).openStepUp)
}

// stepUpDialog is one call of a step-up over all attempts of its transaction.
type stepUpDialog struct {
	dialog
	text string // the handle as it came
	// refused is what the caller is told once the attempt has committed, in the place of
	// an answer.
	refused error
}

// stepUp runs one call of a step-up. It does not depend on its caller: a code may be judged.
func (e *Engine) stepUp(ctx context.Context, session string, d *stepUpDialog, fn func(*call, *stepUpDialog) error) (*Result, error) {
	if err := d.check(session); err != nil {
		return nil, err
	}
	var ok bool
	if d.handle, ok = e.handles().Open(session); !ok {
		return nil, ErrInvalidSession
	}
	d.text, d.confirms, d.from = session, mfa.StepUp, e.hostCall()
	t := e.calls.Begin(ctx, groupOf(d.in.Address, hostParty))
	defer t.End()
	out, err := e.detached(t, func(c *call) error { return fn(c, d) })
	t.End()
	if err == nil {
		err = d.refused
	}
	if err != nil {
		return nil, err
	}
	return e.finish(t, &out)
}

// detached is an attempt whose caller need not wait for it.
func (e *Engine) detached(t *detach.Call, fn func(*call) error) (outcome, error) {
	if err := t.Detach(); err != nil {
		return outcome{}, ended(err)
	}
	return e.attempt(t, fn)
}

// check refuses fields that are too long, before anything is read.
func (d *stepUpDialog) check(session string) error {
	in := &d.in
	return checkFields(
		field{"session", session}, field{"requestId", in.RequestID}, field{"MFAAvailableId", in.OptionID}, field{"secureCode", in.Code},
		field{"VGClientAddress", in.UserAddress}, field{"address", in.Address},
	)
}

// readStepUp reads the session of a step-up and its account with all that is judged, and
// what else is asked for, in one round. An account that is kept elsewhere is asked for anew.
// Without an error it reports whether the session is good: else that is told, and kept.
func (c *call) readStepUp(d *stepUpDialog, more ...string) (s token.Session, good bool, err error) {
	d.refused = nil
	s, err = c.findStepUp(d, more)
	if errors.Is(err, ErrInvalidSession) {
		d.refused = ErrInvalidSession
		return s, false, c.bury(d.handle, &s)
	}
	return s, err == nil, err
}

func (c *call) findStepUp(d *stepUpDialog, more []string) (s token.Session, err error) {
	ref := c.ownerOf(d.handle.Session, d.handle.Account)
	if err := c.expect(ref, false); err != nil {
		return s, err
	}
	if err := c.tx.FetchAndPeek(slices.Concat(ref.personKeys(), d.sessionKeys(), more), d.from.keys()); err != nil {
		return s, err
	}
	if err := c.authenticate(&d.from, token.GrantVGAuthenticator); err != nil {
		return s, err
	}
	if s, err = c.findOwn(d.handle); err != nil {
		return s, err
	}
	if err := c.meet(true); err != nil {
		return s, err
	}
	if s.Epoch != c.who.age.Epoch { // the host has ended it right now
		return s, ErrInvalidSession
	}
	d.guess.address = c.user(d.in.Address, d.in.UserAddress)
	return s, c.guardByName(&d.guess)
}

// openStepUp makes the request of a step-up, which takes the place of the session's last.
func (c *call) openStepUp(d *stepUpDialog) error {
	s, good, err := c.readStepUp(d)
	switch {
	case err != nil || !good:
		return err
	case c.handles().State(d.handle, &s, c.tx.Now()) != token.HandlePresent:
		d.refused = ErrUnknownRequest
		return nil
	}
	factors, err := mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
	if err != nil {
		return err
	}
	rules := c.loginPolicy()
	switch now := c.tx.Now(); {
	case factors.Ledger.Exhausted(now):
		c.out.answer = answers[mfa.Exhausted]
		return nil
	case len(factors.Meeting(d.need, rules, c.channels, now)) == 0:
		c.out.answer = denied(MFAEnrollmentRequired, ReasonEnrollmentWanted)
		return nil
	}
	c.out.requestID, c.out.answer = d.requestID, asks(FactorWanted, MFAAuthenticationRequired, NoReason)
	d.replaces = s.StepUp
	if err := token.OpenStepUp(c.tx, s, mfa.RequestRecord(c.index, d.requestID)); err != nil {
		return err
	}
	return c.beginRequest(&d.dialog, nil, factors, rules)
}
