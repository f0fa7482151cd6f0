package sallyport

import (
	"errors"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/token"
)

// changeInSession changes the password of the account that a session is of.
func (e *Engine) changeInSession(t *detach.Call, d *passwordDialog) (outcome, error) {
	x, ok := e.handles().Open(d.session)
	if !ok {
		return outcome{}, ErrInvalidSession
	}
	d.requestID = rnd.UUID()
	return e.attempt(t, func(c *call) error { return c.changeBySession(d, x) })
}

// changeBySession judges the old password as a change by name does, and charges a wrong
// one to the session as well. The commit that sets the new one writes the new epoch
// into this session: all others end.
func (c *call) changeBySession(d *passwordDialog, x token.Handle) error {
	d.changed, d.refused, d.over = false, nil, false
	session, err := c.readForChange(d, x)
	if errors.Is(err, ErrInvalidSession) {
		d.over = true // no secret has been looked at
		return c.bury(x, &session)
	}
	if err != nil {
		return err
	}
	if c.asked != nil {
		c.asked.session = x.Session
	}
	right, err := c.judgePassword(&d.guess)
	switch {
	case err != nil:
		return err
	case !right:
		return c.missInSession(d, session)
	}
	if err := c.changeRight(d, nil, len(session.Methods) > 1); err != nil {
		return err
	}
	if !d.changed || c.out.requestID != "" { // it is refused, or staged
		return nil
	}
	return token.Follow(c.tx, session, c.who.age.Epoch)
}

// readForChange reads the session with its account and what every login is judged by, and
// then the account's lockouts and factors: two rounds.
func (c *call) readForChange(d *passwordDialog, x token.Handle) (session token.Session, err error) {
	ref := c.ownerOf(x.Session, x.Account)
	err = c.tx.FetchAndPeek(append(ref.liveKeys(), token.Sessions.Key(x.Session)), append(d.from.keys(), account.HashMixes.Key(account.TheHashMix)))
	if err != nil {
		return session, err
	}
	if err := c.authenticate(&d.from, d.in.GrantType); err != nil {
		return session, err
	}
	if session, err = c.findOwn(x); err != nil {
		return session, err
	}
	p := &c.who
	p.name = typed.Name(p.acc.Name)
	p.guard.NameID, p.guard.Home = c.guardOf(p.acc.Name), p.home
	d.guess.address = c.user(d.in.Address, d.in.UserAddress)
	return session, c.tx.Fetch(append(p.personKeys(), p.guard.Keys()...)...)
}

// missInSession charges a wrong old password to its session. One that was not looked at
// costs nothing; after a right one whose caller has gone as much is written.
func (c *call) missInSession(d *passwordDialog, session token.Session) error {
	switch g := &d.guess; {
	case !g.done || g.locked:
		return nil
	case c.out.reason == NoReason: // lapsed
		return token.Follow(c.tx, session, session.Epoch)
	}
	return c.chargeSession(session, "wrong passwords")
}

// chargeSession counts a wrong secret in the session in which it was given. The fifth
// ends the session: whoever found it open has to guess as a stranger does.
func (c *call) chargeSession(session token.Session, what string) error {
	if err := token.Miss(c.tx, session); err != nil || !session.IsAtLastMiss() {
		return err
	}
	return c.log(Event{Kind: EventSessionEnded, Account: c.who.id, Client: session.Client, Detail: what})
}
