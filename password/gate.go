package password

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// ErrOverloaded means that the gate refused a caller at once, because the queue
// or the caller's share of it was full. Nothing was done; the caller may come
// again after about [RetryAfter].
var ErrOverloaded = errors.New("password: too many at once")

// RetryAfter is what to tell a caller who met [ErrOverloaded]: about the time
// in which a full queue of default length drains.
const RetryAfter = 2 * time.Second

// GateConfig says how much a [Gate] lets in. Zero fields have their defaults.
type GateConfig struct {
	Permits int // callers inside at once; default GOMAXPROCS
	Queue   int // callers waiting at most; default 256
}

// Gate bounds how many callers hash passwords at once and is fair to those who
// wait. All methods may be called from any number of goroutines; it owns none
// itself. The zero Gate refuses everybody with [ErrOverloaded].
//
// A name has one caller inside at a time, so that a flood of guesses at one
// name leaves the other processors to others. A name, and an address, has at
// most a quarter of the queue, and a name from one address an eighth. Addresses
// take turns, within an address names do, and within a name the first to come
// is the first to go; a caller without address takes turns as if its name were
// one. How long to wait is up to the caller's context.
//
// A caller is never refused while a permit is free and its name is not inside,
// however long the queue of busy names.
//
// To keep a permit for callers who are known already, such as devices that
// logged in before, make a second Gate with one permit and send them there.
type Gate struct {
	permits int
	share   int // of the queue, for one name and for one address

	mu     sync.Mutex
	inside map[string]bool // names; as many as permits are taken
	queue  queue
}

const defaultQueue = 256

// NewGate returns a gate for c. Numbers below 0 are refused.
func NewGate(c GateConfig) (*Gate, error) {
	if c.Permits < 0 || c.Queue < 0 {
		return nil, fmt.Errorf("password: gate with %d permits and a queue of %d, want none below 0", c.Permits, c.Queue)
	}
	if c.Permits == 0 {
		c.Permits = runtime.GOMAXPROCS(0)
	}
	if c.Queue == 0 {
		c.Queue = defaultQueue
	}
	return &Gate{
		permits: c.Permits,
		share:   max(1, c.Queue/4),
		inside:  make(map[string]bool, c.Permits),
		queue:   queue{limit: c.Queue, names: make(map[string]int)},
	}, nil
}

// Do runs f on the caller's goroutine once there is a permit for it, and
// returns nil after f has. Otherwise f has not begun, and the error is
// [ErrOverloaded], or wraps that of ctx, which ended first.
//
// The permit is held until f returns or panics, and ctx does not change that: a
// hash goes on working when its caller has hung up, and a permit freed earlier
// would let callers who hang up fill the memory.
//
// Name is the name as it is hashed for, in one canonical spelling. Addr is where
// the caller comes from, "" if that is unknown or of no concern; such a caller
// is not limited by address. Both are only compared. F must not call Do of the
// same gate, which would wait for itself.
func (g *Gate) Do(ctx context.Context, name, addr string, f func()) error {
	if err := g.enter(ctx, name, addr); err != nil {
		return err
	}
	defer g.leave(name)
	f()
	return nil
}

// enter takes a permit, or waits for one.
func (g *Gate) enter(ctx context.Context, name, addr string) error {
	if err := ctx.Err(); err != nil {
		return stopped(err)
	}
	g.mu.Lock()
	if g.admits(name) {
		g.inside[name] = true
		g.mu.Unlock()
		return nil
	}
	w := &waiter{name: name, group: groupOf(name, addr), called: make(chan struct{})}
	queued := g.queue.push(w, g.share)
	g.mu.Unlock()
	if !queued {
		return ErrOverloaded
	}
	select {
	case <-w.called:
		return nil
	case <-ctx.Done():
		g.withdraw(w)
		return stopped(ctx.Err())
	}
}

func stopped(err error) error { return fmt.Errorf("waiting to hash a password: %w", err) }

// admits reports whether a caller of this name can go in. If one can, none who
// waits could: whenever a permit or a name becomes free, the next is called.
func (g *Gate) admits(name string) bool {
	return len(g.inside) < g.permits && !g.inside[name]
}

// withdraw takes w out of the queue. If it was called at the same moment, it
// hands its permit on.
func (g *Gate) withdraw(w *waiter) {
	g.mu.Lock()
	queued := g.queue.remove(w)
	g.mu.Unlock()
	if !queued {
		g.leave(w.name)
	}
}

// leave frees the permit of name and calls the next, if any can go in. One
// permit and one name became free, so no second could.
func (g *Gate) leave(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.inside, name)
	if w := g.queue.pop(g.admits); w != nil {
		g.inside[w.name] = true
		close(w.called)
	}
}
