package sallyport

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// Session judges the handle of a [Session] and reads the session and the account it
// names, so that disabling, deleting or signing out acts at once. One reading, and
// once in six minutes a write that says that it is used: a session that nobody uses
// ends within the hour. Errors: [ErrInvalidSession], whatever the reason; faults. An
// access token is no handle.
func (e *Engine) Session(ctx context.Context, handle string) (*Access, error) {
	x, ok := e.handles().Open(handle)
	if !ok {
		return nil, ErrInvalidSession
	}
	var a *Access
	var stale bool
	err := e.read(ctx, func(c *call) error {
		a, stale = nil, false
		session, err := c.findOwn(x)
		if errors.Is(err, ErrInvalidSession) {
			return c.bury(x, &session)
		}
		if err != nil {
			return err
		}
		stands := c.standsFor(x, &session)
		if a, err = c.access(&stands); err != nil {
			return err
		}
		if c.isFormer(x, &session) {
			_, less := session.Before()
			a.RenewDue = !less // the answer with its successor may be lost; of a step-up it is not given again
		} else {
			stale = session.IsStale(c.tx.Now())
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return nil, ErrInvalidSession
	case stale:
		e.touch(ctx, x.Session)
	}
	return a, nil
}

// runner runs a transaction, or a look.
type runner func(func(*call) error) error

func (e *Engine) looking(ctx context.Context) runner {
	return func(fn func(*call) error) error { return e.read(ctx, fn) }
}

func (e *Engine) changing(ctx context.Context) runner {
	return func(fn func(*call) error) error {
		_, err := e.run(ctx, host, fn)
		return err
	}
}

// inSession has fn run in the session of a handle, which has been read with its account.
// One that is not good is [ErrInvalidSession], and is ended where it is met dead.
func (e *Engine) inSession(handle string, run runner, fn func(*call, *token.Session) error) error {
	return e.inSessionWith(handle, run, nil, fn)
}

// inSessionWith is inSession with further records of the account, read in the same round.
func (e *Engine) inSessionWith(handle string, run runner, also func(accountRef) []string, fn func(*call, *token.Session) error) error {
	x, ok := e.handles().Open(handle)
	if !ok {
		return ErrInvalidSession
	}
	over := false
	err := run(func(c *call) error {
		session, err := c.findOwnWith(x, also)
		if over = errors.Is(err, ErrInvalidSession); over {
			return c.bury(x, &session)
		}
		if err != nil {
			return err
		}
		return fn(c, &session)
	})
	if err == nil && over {
		return ErrInvalidSession
	}
	return err
}

// SessionCookie returns the name of the cookie in which a host keeps handles, and whether
// it is for https alone, which it is but with an http issuer on a loopback address. The
// name has eight characters made from keys and prefix: cookies take no notice of ports, so
// another engine on the same host has another name.
func (e *Engine) SessionCookie() (name string, secure bool) {
	name = "sp-" + e.index.ID("cookie", e.cfg.Prefix)[:8]
	if secure = strings.HasPrefix(e.cfg.Issuer, "https:"); secure {
		name = "__Host-" + name
	}
	return name, secure
}

func (e *Engine) handles() token.HandleSealer {
	return token.HandleSealer{Index: e.index, Prefix: e.cfg.Prefix}
}

// findOwn reads the session and the account that a handle names, in one round.
func (c *call) findOwn(x token.Handle) (session token.Session, err error) {
	return c.findOwnWith(x, nil)
}

// findOwnWith is findOwn with further records of the account; nil: none.
func (c *call) findOwnWith(x token.Handle, also func(accountRef) []string) (session token.Session, err error) {
	c.who = person{accountRef: c.ownerOf(x.Session, x.Account)}
	if err := c.expect(c.who.accountRef, true); err != nil {
		return session, err
	}
	application := *c.application.Load()
	keys := append(c.who.liveKeys(), token.Sessions.Key(x.Session))
	if also != nil {
		keys = append(keys, also(c.who.accountRef)...)
	}
	if err := c.tx.FetchAndPeek(keys, []string{directory.Applications.Key(application), roundKey}); err != nil {
		return session, err
	}
	session, _, err = c.session(x.Session)
	if err != nil {
		return session, err
	}
	if err := c.who.readState(c.tx); err != nil {
		return session, err
	}
	if err := c.meetLive(&session); err != nil {
		return session, err
	}
	if session.Client != hostParty || !c.handles().Admits(x, &session, c.who.age.Epoch, c.tx.Now()) || !c.who.usable(c.tx.Now()) {
		return session, ErrInvalidSession
	}
	return session, nil
}

// isFormer reports whether a handle that opens a session is the one before its present one.
func (c *call) isFormer(x token.Handle, s *token.Session) bool {
	return s.RenewedOnce() && c.handles().State(x, s, c.tx.Now()) == token.HandleFormer
}

// standsFor is the session as a handle that opens it stands for it: the one before the
// present one for what was proven before. It is not to be written.
func (c *call) standsFor(x token.Handle, s *token.Session) token.Session {
	if !c.isFormer(x, s) {
		return *s
	}
	before, _ := s.Before()
	return before
}

// bury ends a session that died of not being used, so that no clock that jumps back
// revives it, and one of which a handle comes back that was exchanged for another long
// ago: somebody has a copy. Of one that was met over its absolute end the store deletes
// the record, in the same commit.
func (c *call) bury(x token.Handle, session *token.Session) error {
	now := c.tx.Now()
	copied := c.handles().State(x, session, now) == token.HandleSpent && !session.Ended
	if !copied && !c.handles().IsIdle(x, session, now) {
		return nil
	}
	if err := token.EndSession(c.tx, *session); err != nil || !copied {
		return err
	}
	return c.log(Event{Kind: EventSessionEnded, Account: session.Account, Client: session.Client, Detail: "a spent handle came back"})
}

// access is what a session stands for now. Its account has been read.
func (c *call) access(s *token.Session) (*Access, error) {
	a := &Access{
		AccountID: c.who.publicID(), Name: c.who.acc.Name, ClientID: s.Client, Application: s.Application,
		Scopes: slices.Clone(s.Scopes), Methods: slices.Clone(s.Methods), SessionID: s.ID, RenewDue: s.RenewDue, Kept: s.Kept,
		AuthTime: s.AuthTime, Expires: s.End(), Language: c.who.acc.Language,
	}
	app, ok, err := directory.Applications.Get(c.tx, s.Application)
	if err == nil && ok {
		a.Roles, a.Permissions = directory.RightsIn(&c.who.acc, &app)
	}
	return a, err
}

// touch writes that a session is used, as [Engine.writeUse] does.
func (e *Engine) touch(ctx context.Context, id string) {
	e.writeUse(ctx, "a session", func(tx *store.Tx) error {
		session, ok, err := token.Sessions.Get(tx, id)
		if err != nil || !ok {
			return err
		}
		return token.Touch(tx, session)
	})
}

// useLimit bounds the write that something is used.
const useLimit = 5 * time.Second

// writeUse writes that something is used, which has been judged good: it replaces what it
// reads, so it loses to whatever ends it meanwhile. Whatever keeps it from being written
// keeps nobody out, for longer than useLimit neither: the next use tries again.
func (e *Engine) writeUse(ctx context.Context, what string, fn func(*store.Tx) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), useLimit)
	defer cancel()
	if err := e.guarded(func() error { return e.db.Run(ctx, e.clock(), fn) }); err != nil {
		e.logger.Warn("that "+what+" is used was not written", "error", err)
	}
}
