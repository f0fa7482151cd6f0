package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/token"
)

// Renew exchanges the handle of a session for its successor, for a host that keeps it in a
// cookie: where [Access].RenewDue says so, so that whoever has a copy of the old one has
// none of what the session may do since. The old one stands in for it for thirty seconds,
// until the new one has come back, and gets the same successor again, so that a lost answer
// signs nobody out. After that it ends the session ([EventSessionEnded]).
//
// One reading and one commit. Errors: [ErrInvalidSession]; faults.
func (e *Engine) Renew(ctx context.Context, handle string) (*Session, error) {
	x, ok := e.handles().Open(handle)
	if !ok {
		return nil, ErrInvalidSession
	}
	var out *Session
	err := e.inSession(handle, e.changing(ctx), func(c *call, s *token.Session) error {
		text, renewed, err := c.handles().Renew(c.tx, x, s)
		if err != nil || !renewed {
			return err
		}
		a, err := c.access(s)
		if err == nil {
			out = &Session{Handle: text, Access: *a}
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case out == nil:
		return nil, ErrInvalidSession
	}
	return out, nil
}
