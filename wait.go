package sallyport

import (
	"context"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/hold"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// Wait is [Engine.Login], but holds a call that sends or resumes a link until
// the link is answered or its time is over, the client's holdLinks has run out, the
// account's epoch moves, the context ends, or the engine closes. At most one call a
// request is held, three an account and 5,000 a process, half of them of logins that
// began without a password; others are answered at once. A call that is given up claims nothing: the outcome waits for the next,
// which goes on waiting for the same link.
func (e *Engine) Wait(ctx context.Context, in Login) (*Result, error) { return e.waitLogin(ctx, &in) }

// waitLogin stands by itself so that [Engine.Wait] is made a part of its callers: the login that
// they pass is then on the heap, and not twice on the stack while the call waits.
func (e *Engine) waitLogin(ctx context.Context, in *Login) (*Result, error) {
	return e.waitOn(ctx, e.waitingLogin(ctx, in))
}

// waitingLogin stands by itself so that what it needs is off the stack while the call waits.
//
//go:noinline
func (e *Engine) waitingLogin(ctx context.Context, in *Login) *waiting {
	return &waiting{request: in.RequestID, option: in.OptionID, ask: func() (*Result, error) {
		r, err := e.login(ctx, in)
		in.Password = "" // proven by now; asking again must not charge it again
		return r, err
	}}
}

// waiting is a call that waits for a link: a request and an option of it, and the id of the
// session that it is of, if it is of one.
type waiting struct {
	request, option, session string
	ask                      func() (*Result, error)
	until, seen              time.Time // zero: as long as the link lives
}

// waitOn asks again and again, each time that what it waits for has changed. Like await it
// has little on the stack.
func (e *Engine) waitOn(ctx context.Context, w *waiting) (*Result, error) {
	for {
		r, held, err := e.askOrHold(ctx, w)
		if held == nil {
			return r, err
		}
		if again, err := e.await(ctx, held); err != nil {
			return nil, err
		} else if !again {
			return r, nil
		}
	}
}

// askOrHold asks until there is an answer, or a call that is to be awaited.
func (e *Engine) askOrHold(ctx context.Context, w *waiting) (*Result, *hold.Call, error) {
	for {
		r, err := w.ask()
		if err != nil || !r.LinkSent || w.isOver(r, e.clock()) {
			return r, nil, err
		}
		held, again, err := e.hold(ctx, w)
		if err != nil {
			return nil, nil, err
		}
		if held != nil || !again {
			return r, held, nil
		}
	}
}

// isOver reports whether the client waits no longer.
func (w *waiting) isOver(r *Result, now time.Time) bool {
	switch {
	case r.holdLinks == nil:
	case w.until.IsZero():
		w.until = now.Add(*r.holdLinks)
	case now.Before(w.seen): // the clock was set back, and the end with it
		w.until = w.until.Add(now.Sub(w.seen))
	}
	w.seen = now
	return !w.until.IsZero() && !now.Before(w.until)
}

// hold enters a call that waits until the request of a live link changes, the link expires
// or its own time comes; it is to be awaited. Without one, it reports whether to ask again.
func (e *Engine) hold(ctx context.Context, w *waiting) (held *hold.Call, again bool, err error) {
	held, live, err := e.heldCall(ctx, w)
	if err != nil {
		return nil, false, err
	}
	if !live {
		return nil, true, nil // changed or over since
	}
	if !w.until.IsZero() && w.until.Before(held.Ends) {
		held.Ends = w.until
	}
	if !e.held.Enter(held) {
		return nil, false, nil
	}
	return held, false, nil
}

// await waits until a call that is held is to be asked again, which it reports. It has
// little on the stack: that is what thousands of calls at once are made of.
func (e *Engine) await(ctx context.Context, held *hold.Call) (again bool, err error) {
	defer e.held.Leave(held)
	look, stop := e.lookAtHost()
	defer stop()
	was := e.lastTold(held.Account)
	for {
		select {
		case <-held.Changed():
			return true, nil
		case <-look:
			if !e.stillThere(ctx, was) {
				return true, nil
			}
		case <-e.calls.Done():
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// heldCall reads what a call on a link waits for, and whether the link is live.
func (e *Engine) heldCall(ctx context.Context, w *waiting) (held *hold.Call, live bool, err error) {
	record := mfa.RequestRecord(e.index, normalID(w.request))
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	err = e.guarded(func() error {
		return e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
			held, live = &hold.Call{ID: record}, false
			r, err := mfa.FindRecord(tx, record)
			if err != nil || r == nil {
				return err
			}
			home := e.ref(r.Account).home
			keys := []string{mfa.RequestTable.Key(record), account.Ageings.Key(home), mfa.PendingTable.Key(home)}
			if w.session != "" {
				keys = append(keys, token.Sessions.Key(w.session), roundKey)
			}
			if err := tx.Peek(keys[1:]...); err != nil {
				return err
			}
			held.Account, held.Guest = r.Account, r.Unproven()
			if over, err := w.isDead(tx, r, home); err != nil || over {
				return err
			}
			if held.Ends, err = r.LinkEnds(tx, home, record, normalID(w.option)); err != nil {
				return err
			}
			held.Records = nil
			for _, k := range keys {
				held.Records = append(held.Records, hold.Record{Key: k, Version: tx.Version(k)})
			}
			live = held.Ends.After(tx.Now())
			return nil
		})
	})
	return held, live, err
}

// isDead reports whether the account or the session of the call has changed since it was
// asked: from now on only further changes are seen. A login behind no password goes on
// whatever becomes of its account, as for nobody.
func (w *waiting) isDead(tx *store.Tx, r *mfa.Request, home string) (bool, error) {
	if w.session != "" {
		s, _, err := sessionIn(tx, w.session)
		if err != nil || !s.LiveFor(r.Epoch, tx.Now()) {
			return true, err
		}
	}
	age, _, err := account.Ageings.Get(tx, home)
	return err == nil && !r.Unproven() && age.Epoch != r.Epoch, err
}
