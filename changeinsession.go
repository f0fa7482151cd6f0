package sallyport

import (
	"errors"

	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/token"
)

// changeInSession changes the password of the account that a session is of.
func (e *Engine) changeInSession(t *detach.Call, d *passwordDialog) (outcome, error) {
	var ok bool
	if d.handle, ok = e.handles().Open(d.session); !ok {
		return outcome{}, ErrInvalidSession
	}
	d.requestID = rnd.UUID()
	return e.attempt(t, func(c *call) error { return c.changeBySession(d) })
}

// changeBySession judges the old password as a change by name does, and charges a wrong
// one to the session as well. The commit that sets the new one writes the new epoch
// into this session: all others end.
func (c *call) changeBySession(d *passwordDialog) error {
	d.changed, d.refused, d.over = false, nil, false
	session, err := c.readOwnSession(&d.dialog)
	if errors.Is(err, ErrInvalidSession) {
		d.over = true // no secret has been looked at
		return c.bury(d.handle, &session)
	}
	if err != nil {
		return err
	}
	if c.who.module != nil {
		c.out.answer = keptByModule
		return nil
	}
	if c.asked != nil {
		c.asked.session = d.handle.Session
	}
	right, err := c.judgePassword(&d.guess)
	switch {
	case err != nil:
		return err
	case !right:
		return c.missSessionPassword(&d.dialog)
	}
	stands := c.standsFor(d.handle, &session)
	if err := c.changeRight(d, nil, stands.ProvesFactor()); err != nil {
		return err
	}
	if !d.changed || c.out.requestID != "" { // it is refused, or staged
		return nil
	}
	return token.Follow(c.tx, session, c.who.age.Epoch)
}
