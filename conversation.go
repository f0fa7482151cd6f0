package sallyport

import (
	"cmp"
	"context"

	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// Login judges one call of the conversation. A refusal is a [Result]. Errors:
// a [ProtocolError] for a call that no status can answer, [ErrNoCaller],
// [ErrBusy], and faults; after any error nothing was granted.
//
// From the first look at a secret on, the call no longer depends on ctx: a wrong
// one is charged whether or not its caller waits for the answer. What is granted
// may lapse when ctx ends.
//
// A call that sends a link returns at once with LinkSent; [Engine.Wait] holds it
// instead.
func (e *Engine) Login(ctx context.Context, in Login) (*Result, error) {
	return e.login(ctx, &in)
}

// login is [Engine.Login] without a copy of what is sent: [Engine.Wait] has it on its
// stack for as long as a call is held. It keeps nothing of in.
func (e *Engine) login(ctx context.Context, in *Login) (*Result, error) {
	in.GrantType = cmp.Or(in.GrantType, token.GrantVGAuthenticator)
	if err := in.check(); err != nil {
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
	t := e.calls.Begin(ctx, groupOf(in.Address, client.id))
	defer t.End()
	out, err := e.converse(t, &dialog{in: *in, from: client, login: true, guess: guess{password: in.Password, devices: deviceTokensOf(in)}})
	t.End()
	if err != nil {
		return nil, err
	}
	r, err := e.finish(t, &out)
	if err != nil {
		return nil, err
	}
	r.grantType = in.GrantType
	return r, nil
}

// converse runs the transaction of a call.
func (e *Engine) converse(t *detach.Call, d *dialog) (outcome, error) {
	if d.in.RequestID == "" {
		d.requestID = rnd.UUID()
		if d.in.isPasswordless() {
			d.user = e.typedUser(d.in.Username)
			if err := t.Detach(); err != nil {
				return outcome{}, ended(err)
			}
			return e.attempt(t, func(c *call) error { return c.firstPasswordless(d) })
		}
		d.invitation = e.invitationRecord(d.in.Invitation)
		if err := e.readUser(d); err != nil {
			return outcome{}, err
		}
		if d.guess.other != nil {
			t.Coarsen(newHashGrain)
		}
		return e.attempt(t, func(c *call) error { return c.first(d) })
	}
	if d.in.Password == "" { // else once the password has its turn
		if err := t.Detach(); err != nil {
			return outcome{}, ended(err)
		}
	}
	return e.attempt(t, func(c *call) error { return c.later(d) })
}

// finish does what may only follow the commit: it sends, signs, and makes the
// Result. A caller who has gone is told nothing, whatever was decided, after a time
// that does not depend on it; a code or link that was decided on is sent all the
// same.
func (e *Engine) finish(t *detach.Call, out *outcome) (*Result, error) {
	r := &Result{
		RequestID: out.requestID, Identity: out.identity, Options: out.options, Enrollment: out.enrollment,
		Obstacle: out.obstacle, Rule: out.rule, LinkSent: out.linkSent, holdLinks: out.holdLinks,
	}
	r.tell(out.answer)
	r.GraceLeft, r.FactorGraceLeft = out.graceLeft, out.skipsLeft
	if out.queued {
		e.queue(out)
	} else if out.message != nil && !e.deliver(out.requestID, out) {
		r.tell(answers[mfa.FailedSending])
		r.LinkSent = false
	}
	e.notify(out)
	if out.renewal != nil {
		e.renew(out.renewal)
	}
	if err := e.tellUnstored(out.untold); err != nil {
		return nil, err
	}
	if out.grant != nil {
		e.remember(out.grant)
	}
	if t.Gone() {
		t.Blur()
		return nil, ended(t.Ended())
	}
	if out.blurred && out.grant == nil {
		t.Blur()
	}
	r.DeviceToken = out.deviceToken
	if out.session != nil {
		r.Session = out.session
	} else if out.grant != nil {
		tokens, err := e.sign(out.grant)
		if err != nil {
			return nil, err
		}
		r.Tokens = tokens
	}
	if _, ok := rnd.ParseUUID(r.RequestID); !ok {
		r.RequestID = rnd.UUID() // names nothing
	}
	return r, nil
}
