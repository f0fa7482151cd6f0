package password

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// ErrOverloaded means that the gate refused a caller at once, or took its place
// in the queue away, because others had a better claim to it. Nothing was done;
// the caller may come again in a second or two.
var ErrOverloaded = errors.New("password: too many at once")

// GateConfig says how much a [Gate] lets in. Zero fields have their defaults.
type GateConfig struct {
	Permits int // callers inside at once; default GOMAXPROCS
	Queue   int // callers waiting at most; default 256
}

// Place says where a caller stands in the queue of a [Gate]. Its fields are
// only compared.
type Place struct {
	// Name is the name as it is hashed for, in one canonical spelling.
	Name string

	// Address is the IP address of the caller, in any spelling. What does not
	// parse is none.
	Address string

	// Client is whom the caller came through. It counts only for callers
	// without an address.
	Client string
}

// Gate bounds how many callers hash passwords at once and is fair to those who
// wait. All methods may be called from any number of goroutines; it owns none
// itself. The zero Gate refuses everybody with [ErrOverloaded].
//
// A name has one caller inside at a time, so that a flood of guesses at one
// name leaves the other processors to others.
//
// Each caller stands in one group: its IPv4 address, its IPv6 /48, or, without
// an address, its client. Turns go round the groups, in a group round its /64s,
// in those round the names, and within a name the first to come is the first to
// go. A caller whose turn comes while its name is inside has it as soon as the
// name is free. So whoever is alone in a group sees at most two callers of every
// other group go in before, not counting those that use the time while a caller
// of the same name is inside.
//
// When the queue is full, the longest group gives way to a newcomer whose
// group, with the newcomer, stays shorter: of its longest /64, and there of the
// longest name, the newest waiter is refused. Otherwise the newcomer is. Thus a
// flood has what nobody else asks for and no more, whatever part of the queue
// it took before; callers of one group are not protected from each other by
// that. A single name needs no bound of its own: whoever counts wrong passwords
// looks at the count again after waiting, and the queue of a locked name is
// gone without a hash.
//
// A caller is never refused while a permit is free and its name is not inside,
// however long the queue of busy names. How long to wait is up to the caller's
// context.
//
// To keep a permit for callers who are known already, such as devices that
// logged in before, make a second Gate with one permit and send there those whom
// [Gate.DoNow] turns away here.
type Gate struct {
	permits int

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
		inside:  make(map[string]bool, c.Permits),
		queue:   queue{limit: c.Queue},
	}, nil
}

// Do runs f on the caller's goroutine once there is a permit for it, and
// returns nil after f has. Otherwise f has not begun, and the error is
// [ErrOverloaded], or wraps that of ctx, which ended first.
//
// Waited reports whether the caller stood in the queue. What was read before
// may then be out of date: the name may have been locked meanwhile, and is to
// be looked at again before hashing.
//
// The permit is held until f returns or panics, and ctx does not change that: a
// hash goes on working when its caller has hung up, and a permit freed earlier
// would let callers who hang up fill the memory. F must not call Do of the same
// gate, which would wait for itself.
func (g *Gate) Do(ctx context.Context, p Place, f func(waited bool)) error {
	waited, err := g.enter(ctx, p)
	if err != nil {
		return err
	}
	defer g.leave(p.Name)
	f(waited)
	return nil
}

// enter takes a permit, or waits for one.
func (g *Gate) enter(ctx context.Context, p Place) (waited bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, stopped(err)
	}
	w, err := g.arrive(p)
	if w == nil {
		return false, err
	}
	select {
	case <-w.ended:
		return true, w.err
	case <-ctx.Done():
		g.withdraw(w)
		return true, stopped(ctx.Err())
	}
}

// DoNow runs f on the caller's goroutine if a permit is free and no caller of that name
// is inside, and otherwise reports false at once: f has not begun then. It is for callers
// who have another gate to go to.
func (g *Gate) DoNow(name string, f func()) bool {
	g.mu.Lock()
	free := g.admits(name)
	if free {
		g.inside[name] = true
	}
	g.mu.Unlock()
	if !free {
		return false
	}
	defer g.leave(name)
	f()
	return true
}

// DoIdle runs f on the caller's goroutine if nobody is inside and nobody waits, and
// otherwise reports false at once. It is for work that nobody waits for: the most that
// it costs a caller who comes meanwhile is the time of one f, where the gate has one
// permit.
func (g *Gate) DoIdle(f func()) bool {
	if !g.enterIdle() {
		return false
	}
	defer g.leave(idleName)
	f()
	return true
}

// idleName is inside for [Gate.DoIdle]. No name that is hashed for looks like it.
const idleName = "\x00idle"

func (g *Gate) enterIdle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.permits == 0 || len(g.inside) > 0 || g.queue.all.length > 0 {
		return false
	}
	g.inside[idleName] = true
	return true
}

func stopped(err error) error { return fmt.Errorf("waiting to hash a password: %w", err) }

// arrive takes a permit if there is one, or a place in the queue, which it
// returns.
func (g *Gate) arrive(p Place) (*waiter, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.admits(p.Name) {
		g.inside[p.Name] = true
		return nil, nil
	}
	w := &waiter{name: p.Name, ended: make(chan struct{})}
	displaced, ok := g.queue.push(w, pathOf(p))
	if !ok {
		return nil, ErrOverloaded
	}
	if displaced != nil {
		displaced.err = ErrOverloaded
		close(displaced.ended)
	}
	return w, nil
}

// admits reports whether a caller of this name can go in. If one can, none who
// waits could: whenever a permit or a name becomes free, the next is called.
func (g *Gate) admits(name string) bool {
	return len(g.inside) < g.permits && !g.inside[name]
}

// withdraw takes w out of the queue. If it was called at the same moment, it
// hands its permit on.
func (g *Gate) withdraw(w *waiter) {
	g.mu.Lock()
	called := !g.queue.remove(w) && w.err == nil
	g.mu.Unlock()
	if called {
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
		close(w.ended)
	}
}
