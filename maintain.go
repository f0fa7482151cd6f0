package sallyport

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/sallyport-auth/sallyport/internal/portion"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	// sweepAfter is how long expired records stay, so that no node whose clock
	// is behind misses what another has seen.
	sweepAfter = 3 * time.Hour

	// upkeepTime bounds one call of Maintain, of which the sessions that are
	// too many get trimTime at most. What is left is for the next call.
	upkeepTime = 45 * time.Second
	trimTime   = 15 * time.Second
)

// Maintain rotates the signing keys, ends sessions that are too many, holds this
// node's clock against those of the others ([Engine.Ready]), and, unless one is
// apart, deletes the accounts of people who signed up and were not approved in time,
// and what expired a good while ago, for as long as there is something to delete and
// at most about 45 seconds. Of the trail that is 30 days an hour at most,
// so that a clock that runs ahead does not take all of it. Last it wraps weak password
// hashes that were imported ([Admin.WrapHashes]), for 15 seconds at most and only while
// nobody is having a password judged. It works in small
// portions, of which none holds up a login for more than a few milliseconds, so the
// host may call it at any time: about each minute, on one node or on all. When ctx
// ends it stops between two portions; what is done stays done.
func (e *Engine) Maintain(ctx context.Context) error {
	if e.isClosed() {
		return ErrClosed
	}
	return e.guarded(func() error { return e.maintain(ctx) })
}

func (e *Engine) maintain(ctx context.Context) error {
	fresh := newFreshKeys(e.cfg.KeyRotation)
	started := stopwatch()
	limited, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	err := e.db.Run(limited, e.clock(), func(tx *store.Tx) error {
		gone := func(over []string) []string { return e.over.gone(over, started) }
		return rotateKeys(tx, false, fresh, gone)
	})
	if err != nil {
		return err
	}
	keep, err := e.compareClocks(limited)
	if err != nil {
		return err
	}
	if err := e.replaceKeys(limited); err != nil {
		return err
	}
	if _, err := e.readRing(limited); err != nil {
		return err
	}
	err = e.within(ctx, trimTime, e.trimArrivals)
	if err != nil {
		return err
	}
	if !keep {
		err = e.within(ctx, trimTime, e.dropUnapproved)
		if err = errors.Join(err, e.within(ctx, upkeepTime-stopwatch().Sub(started), e.sweep)); err != nil {
			return err
		}
	}
	return e.within(ctx, min(wrapTime, upkeepTime-stopwatch().Sub(started)), e.wrapIdly)
}

// compareClocks holds the clock of this node against those of the others, and reports
// whether nothing may be deleted for what it found.
func (e *Engine) compareClocks(ctx context.Context) (keep bool, err error) {
	now := e.clock()
	found, err := e.clocks.compare(ctx, now, stopwatch())
	if found.by > 0 {
		e.logger.Error("the clocks of two nodes are apart: this one deletes nothing until they agree", "by", found.by, "allowed", maxApart)
	}
	if len(found.ahead) > 0 {
		e.stepped.Store(&setBack{to: now, nodes: found.ahead})
	}
	return found.keep, err
}

// within gives work so much time. That it runs out is no error.
func (e *Engine) within(ctx context.Context, limit time.Duration, work func(context.Context) error) error {
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := work(timed)
	if timed.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

// trimArrivals ends the sessions that are too many, of accounts that have
// logged in since the last call. Those that it did not come to are kept for the
// next.
func (e *Engine) trimArrivals(ctx context.Context) (err error) {
	for account := range e.arrivals.Take() {
		if err == nil {
			err = e.trimSessions(ctx, account)
		}
		if err != nil {
			e.arrivals.Add(account)
		}
	}
	return err
}

// sweep deletes in portions what expired a good while ago, until one has found
// less than a store deletes where there is more.
func (e *Engine) sweep(ctx context.Context) error {
	var p portion.Size
	for {
		if e.isClosed() {
			return ErrClosed
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		before, err := e.trail.limit(ctx, e.db, e.clock().Add(-sweepAfter))
		if err != nil {
			return err
		}
		limit, started := p.Next(), stopwatch()
		n, err := e.db.Sweep(ctx, before, limit)
		if err != nil || n < min(limit, portion.Min) {
			return err
		}
		p.Took(n, stopwatch().Sub(started))
		runtime.Gosched() // writers that wait go first
	}
}
