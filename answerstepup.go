package sallyport

import (
	"context"
	"fmt"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// StepUpAnswer is one call that goes on with a step-up: an option of its request is chosen,
// or answered by Code. It prints as a placeholder.
type StepUpAnswer struct {
	RequestID, OptionID  string
	Code                 string // empty: the option is chosen, or its link asked after
	Address, UserAddress string // as in [Need]
}

// String hides the code from accidental printing.
func (StepUpAnswer) String() string { return "sallyport.StepUpAnswer(hidden)" }

// GoString is like [StepUpAnswer.String].
func (in StepUpAnswer) GoString() string { return in.String() }

// AnswerStepUp goes on with a request of [Engine.StepUp], by the present handle of the same
// session. Without a code it chooses an option, upon which a message is sent, and is answered
// Waiting; called again it asks after the link ([Engine.WaitStepUp] holds the call instead).
// With Granted the session has proven a second factor now, and [Result].Session has its
// Access and a new handle. The one before it stands for thirty seconds, until the new one
// has come back, for what was proven before, and after that ends the session. Whoever lost
// the answer gets it again by the same call with the former handle, in that time; by
// [Engine.Renew] nobody does. Neither life of the session grows.
//
// A wrong code is charged as one behind a right password is, and to the session, which five
// wrong passwords and codes end. Denied means that the request has ended.
//
// Errors: a [ProtocolError]; [ErrInvalidSession]; [ErrUnknownRequest] for a request that is
// unknown, over, of another session, or whose need the policy does not let the option meet
// any more, and for a former handle; faults.
func (e *Engine) AnswerStepUp(ctx context.Context, session string, in StepUpAnswer) (*Result, error) {
	switch {
	case in.RequestID == "":
		return nil, invalid("requestId")
	case in.OptionID == "":
		return nil, invalid("MFAAvailableId")
	}
	d := &stepUpDialog{dialog: dialog{in: Login{
		RequestID: normalID(in.RequestID), OptionID: normalID(in.OptionID), Code: in.Code, Address: in.Address, UserAddress: in.UserAddress,
	}}}
	return e.stepUp(ctx, session, d, (*call).answerStepUp)
}

// WaitStepUp is [Engine.AnswerStepUp], but holds a call that sends a link or asks after one
// until it is answered or its time is over, as [Engine.Wait] does and within the same bounds.
func (e *Engine) WaitStepUp(ctx context.Context, session string, in StepUpAnswer) (*Result, error) {
	return e.waitOn(ctx, e.waitingStepUp(ctx, session, &in))
}

// waitingStepUp stands by itself as waitingLogin does.
//
//go:noinline
func (e *Engine) waitingStepUp(ctx context.Context, session string, in *StepUpAnswer) *waiting {
	w := &waiting{request: in.RequestID, option: in.OptionID, ask: func() (*Result, error) { return e.AnswerStepUp(ctx, session, *in) }}
	if x, ok := e.handles().Open(session); ok {
		w.session = x.Session
	}
	return w
}

// answerStepUp sends a code or link, or judges one.
func (c *call) answerStepUp(d *stepUpDialog) error {
	record := mfa.RequestRecord(c.index, d.in.RequestID)
	s, good, err := c.readStepUp(d, mfa.RequestTable.Key(record))
	if err != nil || !good {
		return err
	}
	c.out.requestID = d.in.RequestID
	request, err := c.stepUpOf(d, &s, record)
	switch {
	case err != nil:
		return err
	case request == nil:
		d.refused = ErrUnknownRequest
		return nil
	case request.Repeats(d.in.OptionID, d.in.Code):
		return c.repeatStepUp(d, &s)
	case c.handles().State(d.handle, &s, c.tx.Now()) != token.HandlePresent:
		d.refused = ErrUnknownRequest
		guess := request.Request.State == mfa.Granted && d.in.Code != "" // at the code that was right
		return c.missSession(&d.dialog, guess, false)
	case !request.Meets(d.in.OptionID):
		d.refused = ErrUnknownRequest
		return nil
	}
	return c.judgeStepUp(d, &s, request)
}

// stepUpOf makes the case of the request, which has been read; nil where it is none of this
// session's.
func (c *call) stepUpOf(d *stepUpDialog, s *token.Session, record string) (*mfa.Case, error) {
	r, err := mfa.FindRecord(c.tx, record)
	p := &c.who
	if err != nil || r == nil || s.StepUp != record { // which is of this session then, and its account
		return nil, err
	}
	if d.in.Code == "" { // a code sends nothing, so no budget is looked at
		if err := c.tx.Fetch(r.BudgetKeys(c.index, d.in.OptionID)...); err != nil {
			return nil, err
		}
	}
	request, err := mfa.Take(c.tx, c.index, record, r, mfa.Terms{
		Policy: c.loginPolicy(), Channels: c.channels, Home: p.home, Peer: peerOf(d.guess.address), Epoch: p.age.Epoch, Least: p.leastSerial(),
		Since: p.age.Since, Client: c.client.ID, Instance: c.client.Instance, Confirms: d.confirms, Lapse: c.gone(),
	})
	if err != nil || !request.Known() {
		return nil, err
	}
	return request, nil
}

func (c *call) judgeStepUp(d *stepUpDialog, s *token.Session, request *mfa.Case) error {
	tries, link := request.Request.Tries, request.IsLink(d.in.OptionID)
	v, err := c.chooseOrAnswer(&d.in, request)
	if err != nil {
		return err
	}
	c.out.linkSent = link && d.in.Code == "" && v == mfa.Waiting
	switch {
	case v == mfa.Passed:
		return c.grantStepUp(d, s, request)
	case v == mfa.Dead && !(link && request.Live()):
		d.refused = ErrUnknownRequest
	case v != mfa.Lapsed: // by a caller who has gone: there is no status to tell
		c.out.answer = answerOf(v, request, d.in.OptionID)
	}
	return c.keepRefusal(&d.dialog, request, v, tries)
}

// grantStepUp writes the proof into the session, whose handle becomes another one.
func (c *call) grantStepUp(d *stepUpDialog, s *token.Session, request *mfa.Case) error {
	if err := c.confirm(); err != nil {
		return err
	}
	method := "otp"
	if request.IsLink(d.in.OptionID) {
		method = "link"
	}
	request.EndStepUp(d.in.OptionID, d.in.Code)
	if err := c.logRecovery(request); err != nil {
		return err
	}
	handle, err := c.handles().StepUp(c.tx, d.handle, s, method)
	if err != nil {
		return fmt.Errorf("stepping up: %w", err)
	}
	if err := c.tellStepUp(s, handle); err != nil {
		return err
	}
	if err := c.log(Event{Kind: EventSteppedUp, Account: c.who.id, Client: s.Client, Status: c.out.status, Detail: method}); err != nil {
		return err
	}
	return request.Save(c.tx)
}

// repeatStepUp gives the answer that granted again, to whoever has it lost: they have shown
// the code, or the ids that stand on one page alone, and the handle. It changes nothing.
func (c *call) repeatStepUp(d *stepUpDialog, s *token.Session) (err error) {
	handle := d.text
	if c.handles().State(d.handle, s, c.tx.Now()) == token.HandleFormer {
		if handle, err = c.handles().Successor(d.handle); err != nil {
			return err
		}
	}
	return c.tellStepUp(s, handle)
}

func (c *call) tellStepUp(s *token.Session, handle string) error {
	access, err := c.access(s)
	if err != nil {
		return err
	}
	c.out.answer, c.out.session = granted(facts{}), &Session{Handle: handle, Access: *access}
	return nil
}
