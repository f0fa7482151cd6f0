package sallyport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	// maxApart is how far the clocks of two nodes may be apart: half of what is
	// allowed for when something is believed that another node has made.
	maxApart = 30 * time.Second

	// nodeKept is how long the record of a node stays after it has ended, by the
	// stopwatch: records of nodes have no expiry, which would be that of a clock
	// that may be wrong.
	nodeKept = time.Hour
)

// nodes are kept under random ids.
var nodes = store.NewTable[node]("node", store.TableOptions{})

// node is the clock of a node, as it was at its last upkeep.
type node struct {
	Clock time.Time

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (n *node) Fields(f *record.Fields) {
	f.Time(1, "clock", &n.Clock)
	f.Rest(&n.Unknown)
}

// errApart is told by [Engine.Ready].
var errApart = errors.New("sallyport: the clock of this node and that of another are apart")

// clocks are what upkeep knows of the clocks of other nodes.
type clocks struct {
	looked time.Time // by the stopwatch, when they were last read; zero: never
	own    time.Time // what this node's clock was then
	seen   map[string]sighting
}

// sighting is what a node's clock was, and since when, by the stopwatch, it has
// been known to be that.
type sighting struct{ clock, since time.Time }

// compareClocks records the clock of this node, and holds it against those of the
// others. It reports whether one may be apart; which of the two is wrong is not
// known here.
func (e *Engine) compareClocks(ctx context.Context) (apart bool, err error) {
	limited, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	e.upkeep.Lock()
	defer e.upkeep.Unlock()
	now := e.clock()
	err = e.db.Run(limited, now, func(tx *store.Tx) error {
		return nodes.Put(tx, e.node, node{Clock: now}, time.Time{})
	})
	if err != nil {
		return false, err
	}
	others := map[string]time.Time{}
	for it, err := range nodes.Scan(limited, e.db, now, "", "") {
		if err != nil {
			return false, fmt.Errorf("reading the clocks of nodes: %w", err)
		}
		if it.ID != e.node {
			others[it.ID] = it.Value.Clock
		}
	}
	by, unsure := e.clocks.look(others, now, stopwatch())
	e.apart.Store(by > maxApart)
	if by > maxApart {
		e.logger.Error("the clocks of two nodes are apart: this one deletes nothing until they agree", "by", by, "allowed", maxApart)
	}
	return unsure || by > maxApart, e.forgetNodes(limited, now)
}

// forgetNodes deletes the records of nodes that have ended.
func (e *Engine) forgetNodes(ctx context.Context, now time.Time) error {
	for id, s := range e.clocks.seen {
		if e.clocks.looked.Sub(s.since) < nodeKept {
			continue
		}
		if err := e.db.Run(ctx, now, func(tx *store.Tx) error { return nodes.Delete(tx, id) }); err != nil {
			return err
		}
	}
	return nil
}

// look returns by how much the clock that is furthest from ours is apart at least.
// Only a record that has changed since the last look was written by a node that
// still lives, and no longer ago than that look: it may be older than now by as
// much, and never newer. Where there are others, nothing can be said at the first
// look, nor where our own clock was turned since the last.
func (c *clocks) look(others map[string]time.Time, now, watch time.Time) (by time.Duration, unsure bool) {
	since := watch.Sub(c.looked)
	unsure = len(others) > 0 && (c.looked.IsZero() || (now.Sub(c.own)-since).Abs() > maxApart)
	seen := make(map[string]sighting, len(others))
	for id, at := range others {
		was, known := c.seen[id]
		if known && was.clock.Equal(at) {
			seen[id] = was
			continue
		}
		seen[id] = sighting{at, watch}
		if known && !unsure {
			by = max(by, at.Sub(now), now.Add(-since).Sub(at))
		}
	}
	c.looked, c.own, c.seen = watch, now, seen
	return by, unsure
}

// Ready returns nil where the engine may be sent calls, and otherwise why not: it
// was closed ([ErrClosed]), or its clock and that of another node were found apart
// by the last [Engine.Maintain]. It reads nothing, for a route that a load balancer
// asks often.
func (e *Engine) Ready() error {
	switch {
	case e.isClosed():
		return ErrClosed
	case e.apart.Load():
		return errApart
	}
	return nil
}
