package sallyport

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
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

// nodeClocks are the clocks of the nodes that share a store, as upkeep knows them.
type nodeClocks struct {
	db *store.DB
	id string // of this node

	apart atomic.Bool // by the last look

	mu     sync.Mutex // one upkeep at a time looks
	looked time.Time  // by the stopwatch, when they were last read; zero: never
	own    time.Time  // what this node's clock was then
	seen   map[string]sighting
}

// sighting is what a node's clock was, and since when, by the stopwatch, it has
// been known to be that.
type sighting struct{ clock, since time.Time }

// comparison is what a look at the clocks of other nodes has found. Which of two is
// wrong is not known here.
type comparison struct {
	by   time.Duration // by how much one is apart at least, 0 for no more than is allowed
	keep bool          // nothing may be deleted for that

	// ahead are the records that were far ahead of the clock at the first look, as
	// those of nodes that ended before it was set back. One of a node that lives
	// is among them.
	ahead []string
}

// compare records the clock of this node, and holds it against those of the others.
func (c *nodeClocks) compare(ctx context.Context, now, watch time.Time) (found comparison, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.db.Run(ctx, now, func(tx *store.Tx) error {
		return nodes.Put(tx, c.id, node{Clock: now}, time.Time{})
	})
	if err != nil {
		return comparison{keep: true}, err
	}
	others := map[string]time.Time{}
	for it, err := range nodes.Scan(ctx, c.db, now, "", "") {
		if err != nil {
			return comparison{keep: true}, fmt.Errorf("reading the clocks of nodes: %w", err)
		}
		if it.ID != c.id {
			others[it.ID] = it.Value.Clock
		}
		if it.ID != c.id && c.looked.IsZero() && it.Value.Clock.Sub(now) > longStep {
			found.ahead = append(found.ahead, it.ID)
		}
	}
	by, unsure := c.look(others, now, watch)
	if by <= maxApart {
		by = 0
	}
	c.apart.Store(by > 0)
	found.by, found.keep = by, unsure || by > 0
	c.db.SetApart(found.keep)
	return found, c.forget(ctx, now)
}

// forget deletes the records of nodes that have ended.
func (c *nodeClocks) forget(ctx context.Context, now time.Time) error {
	for id, s := range c.seen {
		if c.looked.Sub(s.since) < nodeKept {
			continue
		}
		if err := c.db.Run(ctx, now, func(tx *store.Tx) error { return nodes.Delete(tx, id) }); err != nil {
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
func (c *nodeClocks) look(others map[string]time.Time, now, watch time.Time) (by time.Duration, unsure bool) {
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
