package sallyport

import (
	"context"
	"errors"
	"strings"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// SignOut ends the session of a handle. One that is not good, or no longer, is no
// error. A session of an account that may not log in at the moment ends too, so that it
// does not go on once the account may.
func (e *Engine) SignOut(ctx context.Context, handle string) error {
	x, ok := e.handles().Open(handle)
	if !ok {
		return nil
	}
	_, err := e.run(ctx, host, func(c *call) error {
		session, err := c.findOwn(x)
		if err != nil && !errors.Is(err, ErrInvalidSession) {
			return err
		}
		if session.Ended || !c.handles().Opens(x, &session, c.tx.Now()) {
			return nil
		}
		if err := c.log(Event{Kind: EventSignedOut, Account: session.Account, Client: session.Client}); err != nil {
			return err
		}
		return token.EndSession(c.tx, session)
	})
	return err
}

// SignOutOthers ends all other sessions and pending logins of the account that a session
// is of, on every client and node, and forgets its remembered devices; the session goes
// on. Errors: [ErrInvalidSession]; faults.
func (e *Engine) SignOutOthers(ctx context.Context, handle string) error {
	return e.inSession(handle, e.changing(ctx), func(c *call, s *token.Session) error {
		return c.endSessions(s)
	})
}

// SignOutAll is [Engine.SignOutOthers] that ends the session itself too.
func (e *Engine) SignOutAll(ctx context.Context, handle string) error {
	return e.inSession(handle, e.changing(ctx), func(c *call, _ *token.Session) error {
		return c.endSessions(nil)
	})
}

// endSessions raises the epoch of the account of the call, of which all its sessions,
// pending logins and remembered devices die but the session that is to stay.
func (c *call) endSessions(stays *token.Session) error {
	p := &c.who
	p.age.Epoch++
	if err := account.Ageings.Put(c.tx, p.home, p.age, account.NoExpiry); err != nil {
		return err
	}
	if stays != nil {
		if err := token.Follow(c.tx, *stays, p.age.Epoch); err != nil {
			return err
		}
	}
	return c.log(Event{Kind: EventSessionsEnded, Account: p.id, Client: hostParty})
}

// EndSession ends one session of the account that a session is of, by its id in
// [Engine.Sessions]; its own is one of them. For an id that none has, or that has ended,
// there is nothing to do, which is no error. Errors: [ErrInvalidSession]; faults.
func (e *Engine) EndSession(ctx context.Context, handle, id string) error {
	return e.inSession(handle, e.changing(ctx), func(c *call, _ *token.Session) error {
		_, err := c.endSession(id)
		return err
	})
}

// endSession ends a session of the account of the call, and reports whether there was one.
func (c *call) endSession(id string) (ended bool, err error) {
	p := &c.who
	if len(id) != sessionIDLength || !strings.HasPrefix(id, token.SessionPrefix(p.home)) || strings.Trim(id, "0123456789abcdef") != "" {
		return false, nil
	}
	if err := c.tx.Fetch(token.Sessions.Key(id)); err != nil {
		return false, err
	}
	s, ok, err := c.session(id)
	if err != nil || !ok || s.Account != p.id || s.Ended {
		return false, err
	}
	if err := token.EndSession(c.tx, s); err != nil {
		return false, err
	}
	return true, c.log(Event{Kind: EventSignedOut, Account: p.id, Client: s.Client, Detail: "from another session"})
}

// sessionIDLength is that of the id of a session.
const sessionIDLength = 32

var errNoSession = errors.New("sallyport: the account has no such session")

// EndSession ends a session of an account, as [Engine.EndSession] does. That the account
// has none of that id is an error here.
func (a *Admin) EndSession(ctx context.Context, id, session string) error {
	return a.commit(ctx, func(c *call, _ *directory.Editor) (Event, error) {
		if err := c.readAnyones(id); err != nil {
			return Event{}, err
		}
		ended, err := c.endSession(session)
		if err == nil && !ended {
			err = errNoSession
		}
		return Event{Kind: EventSessionsEnded, Account: c.who.publicID(), Detail: "one"}, err
	})
}
