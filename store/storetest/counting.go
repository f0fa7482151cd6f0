package storetest

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// Counts is what a store was asked for. Refused and failed calls count too.
type Counts struct {
	Loads   int // rounds
	Loaded  int // records asked for in them
	Commits int
	Writes  int // of them, without Keep
	Keeps   int // records held and not written
	Scans   int
	Sweeps  int
}

// Counting is a store that counts. Make one with [NewCounting]; all methods
// may be called from any number of goroutines.
type Counting struct {
	inner store.Store

	mu     sync.Mutex
	counts Counts
}

var _ store.Store = (*Counting)(nil)

// NewCounting returns a store that does what inner does, and counts.
func NewCounting(inner store.Store) *Counting { return &Counting{inner: inner} }

// Counts returns the counts since the last [Counting.Reset].
func (c *Counting) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts
}

// Reset returns the counts and starts from 0 again.
func (c *Counting) Reset() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.counts
	c.counts = Counts{}
	return was
}

func (c *Counting) add(f func(*Counts)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.counts)
}

// Load counts a round and its keys.
func (c *Counting) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	c.add(func(n *Counts) { n.Loads++; n.Loaded += len(keys) })
	return c.inner.Load(ctx, keys...)
}

// Commit counts a commit and its writes.
func (c *Counting) Commit(ctx context.Context, ch store.Change) error {
	c.add(func(n *Counts) {
		n.Commits++
		for _, w := range ch.Writes {
			if w.Keep {
				n.Keeps++
			} else {
				n.Writes++
			}
		}
	})
	return c.inner.Commit(ctx, ch)
}

// Scan counts a scan.
func (c *Counting) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	c.add(func(n *Counts) { n.Scans++ })
	return c.inner.Scan(ctx, prefix, after)
}

// Sweep counts a sweep.
func (c *Counting) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	c.add(func(n *Counts) { n.Sweeps++ })
	return c.inner.Sweep(ctx, before, limit)
}

// Close closes the inner store.
func (c *Counting) Close() error { return c.inner.Close() }
