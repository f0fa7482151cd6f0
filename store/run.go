package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport/internal/recent"
	"github.com/sallyport-auth/sallyport/internal/rnd"
)

const (
	// maxAttempts bounds how often one transaction runs. After its first
	// conflict a caller waits for its keys inside the process, so only other
	// processes can still collide with it.
	maxAttempts = 100
	// maxRepeats bounds how often a change of unknown outcome is sent again:
	// about two seconds of a backend that cannot say.
	maxRepeats = 8
)

// ErrAside, wrapped by the error of a transaction's function, says that the function
// decided nothing: its caller has something to do first and runs it anew. [DB.Run] then
// returns that error as it is, without asking whether what was read was ever there at one
// moment.
var ErrAside = errors.New("store: something else first")

// DB runs transactions on a [Store]. It adds what is neither the backend's nor
// the caller's: a key prefix, the queue of callers that met on a key, and
// decoded records by version. Make one a process and store with [NewDB]; all
// methods may be called from any number of goroutines.
type DB struct {
	s      Store
	opener Opener // s, if its values can be left closed
	prefix string
	queue  queue
	cache  cache
	room   room
	apart  atomic.Bool
}

// SetApart says whether the clocks of those who share the store are known to disagree, of
// which transactions that begin after it are told ([Tx.Apart]).
func (db *DB) SetApart(apart bool) { db.apart.Store(apart) }

// NewDB returns a DB on s, whose keys all begin with prefix. The prefix keeps
// two engines on one store apart; it may be empty. The DB does not own s.
func NewDB(s Store, prefix string) *DB {
	opener, _ := s.(Opener)
	return &DB{s: s, opener: opener, prefix: prefix, queue: queue{busy: map[string]*turn{}}, cache: cache{tables: map[string]*recent.Map[string, cached]{}}}
}

// Run calls fn in an optimistic transaction and commits what it wrote. If
// another transaction changed something that fn read, nothing is written and
// fn runs again, so fn must touch nothing but its arguments and results, and
// must set its results anew each time.
//
// When fn returns an error nothing is written and Run returns that error,
// unless what fn had read was never there at one moment: then it runs again. A
// refusal that has to be counted is therefore not an error: fn returns nil and
// hands the verdict out as data. That Run returned nil is the only proof that
// the transaction landed.
//
// now is the moment at which records are judged expired; see [Tx.At].
func (d *DB) Run(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	var mine []string // keys this caller queues for, since it met others there
	for range maxAttempts {
		done, met, err := d.attempt(ctx, now, fn, mine)
		if done || err != nil && met == nil {
			return err
		}
		mine = met
	}
	return fmt.Errorf("store: %d attempts: %w", maxAttempts, ErrConflict)
}

// Run is [DB.Run] on a store that is used for this one transaction only.
func Run(ctx context.Context, s Store, now time.Time, fn func(*Tx) error) error {
	return NewDB(s, "").Run(ctx, now, fn)
}

// attempt runs fn once. It returns the keys on which it met another
// transaction, to be queued for at the next attempt; then an error decides
// nothing yet.
func (d *DB) attempt(ctx context.Context, now time.Time, fn func(*Tx) error, mine []string) (done bool, met []string, err error) {
	release, err := d.queue.enter(ctx, mine)
	if err != nil {
		return false, nil, err
	}
	defer release()
	tx := &Tx{ctx: ctx, db: d, now: now, slots: slots{list: d.room.take()}}
	done, met, err = d.try(tx, fn, mine)
	d.room.leave(tx) // not after a panic: then somebody may still work with tx
	return done, met, err
}

// try is an attempt of a caller that has its turns.
func (d *DB) try(tx *Tx, fn func(*Tx) error, mine []string) (done bool, met []string, err error) {
	if err := fn(tx); err != nil {
		if errors.Is(err, ErrAside) {
			return false, nil, err
		}
		return false, tx.conflictedSince(), err
	}
	c := tx.change()
	if len(c.Writes) == 0 {
		return true, nil, nil
	}
	if d.queue.crowded() {
		if keys := tx.replaces(); d.queue.taken(keys, mine) {
			return false, keys, nil // others have waited longer
		}
	}
	c.ID = rnd.Uint64()
	switch err := d.commit(tx.ctx, c); {
	case err == nil:
		return true, nil, nil
	case errors.Is(err, ErrConflict):
		return false, tx.replaces(), nil
	default:
		return false, nil, fmt.Errorf("committing: %w", err)
	}
}

// commit sends c, and sends it again while the outcome is unknown. Once it was
// unknown, nothing but success or a conflict with others makes it known again:
// a later refusal (a closed store, an ended context) says nothing of the first
// sending.
func (d *DB) commit(ctx context.Context, c Change) error {
	err := d.s.Commit(ctx, c)
	if !errors.Is(err, ErrUnknown) {
		return err
	}
	for i := 0; err != nil && !errors.Is(err, ErrClosed) && i < maxRepeats; i++ {
		pause := time.NewTimer(10 * time.Millisecond << i)
		select {
		case <-ctx.Done():
			pause.Stop()
			return errors.Join(err, ctx.Err())
		case <-pause.C:
		}
		err = d.s.Commit(ctx, c)
		if errors.Is(err, ErrConflict) {
			landed, lerr := d.isLanded(ctx, c)
			if lerr != nil {
				err = lerr
				continue
			}
			if landed {
				return nil
			}
			return err
		}
	}
	if err != nil && !errors.Is(err, ErrUnknown) {
		err = errors.Join(ErrUnknown, err)
	}
	return err
}

// Versions returns the present versions of keys in one round trip, 0 for an
// absent one. It is for watching records, not for deciding on them.
func (d *DB) Versions(ctx context.Context, keys ...string) ([]uint64, error) {
	full := make([]string, len(keys))
	for i, k := range keys {
		full[i] = d.prefix + k
	}
	recs, err := d.load(ctx, full)
	if err != nil {
		return nil, fmt.Errorf("loading: %w", err)
	}
	versions := make([]uint64, len(recs))
	for i, r := range recs {
		versions[i] = r.Version
	}
	return versions, nil
}

// Sweep is [Store.Sweep], of the records of every engine on the store.
func (d *DB) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	return d.s.Sweep(ctx, before, limit)
}

// queue lets callers of one process that collided on a key go one at a time.
// Without it a few dozen callers on one key void each other's work again and again.
type queue struct {
	mu   sync.Mutex
	busy map[string]*turn
}

type turn struct {
	free    chan struct{} // holds one token while no caller is inside
	waiters int           // inside or waiting
}

// enter waits for the turn on every key, in the order given, which must be
// sorted, so that two callers never wait for each other.
func (q *queue) enter(ctx context.Context, keys []string) (release func(), err error) {
	if len(keys) == 0 {
		return func() {}, nil
	}
	var held []string
	release = func() {
		for _, k := range held {
			q.leave(k, true)
		}
	}
	for _, k := range keys {
		q.mu.Lock()
		t := q.busy[k]
		if t == nil {
			t = &turn{free: make(chan struct{}, 1)}
			t.free <- struct{}{}
			q.busy[k] = t
		}
		t.waiters++
		q.mu.Unlock()
		select {
		case <-t.free:
			held = append(held, k)
		case <-ctx.Done():
			q.leave(k, false)
			release()
			return nil, ctx.Err()
		}
	}
	return release, nil
}

func (q *queue) leave(k string, inside bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.busy[k]
	if t.waiters--; t.waiters == 0 {
		delete(q.busy, k)
	}
	if inside {
		t.free <- struct{}{}
	}
}

// crowded reports whether any caller has a turn or waits for one.
func (q *queue) crowded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.busy) > 0
}

// taken reports whether a caller other than the one that holds mine has the turn
// on one of keys.
func (q *queue) taken(keys, mine []string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, k := range keys {
		t := q.busy[k]
		if t != nil && !slices.Contains(mine, k) {
			return true
		}
	}
	return false
}
