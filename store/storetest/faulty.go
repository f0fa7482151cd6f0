package storetest

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// Op is a kind of call on a store.
type Op int

// The kinds of calls. Any counts them all together.
const (
	Any Op = iota
	Load
	Commit
	Scan
	Sweep
	ops
)

// String names the method.
func (o Op) String() string {
	if o < 0 || o >= ops {
		return "unknown"
	}
	return [...]string{"Any", "Load", "Commit", "Scan", "Sweep"}[o]
}

// Action stands in for one call: it may make the real one by calling next, and
// its error is the answer. A Load that made the real call and returns nil
// returns the real records.
type Action func(ctx context.Context, next func() error) error

// Fail returns err and does nothing.
func Fail(err error) Action {
	return func(context.Context, func() error) error { return err }
}

// Panic panics with v.
func Panic(v any) Action {
	return func(context.Context, func() error) error { panic(v) }
}

// Delay sends on entered, waits until release is closed or the context ends,
// and then makes the call. Either channel may be nil: nothing is sent, or the
// call waits for its context alone.
func Delay(entered chan<- struct{}, release <-chan struct{}) Action {
	return func(ctx context.Context, next func() error) error {
		if entered != nil {
			entered <- struct{}{}
		}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return next()
	}
}

// Cancel calls cancel, which should end the context of the caller, and then
// makes the call.
func Cancel(cancel func()) Action {
	return func(_ context.Context, next func() error) error {
		cancel()
		return next()
	}
}

// CancelAfter makes the call and calls cancel before it answers.
func CancelAfter(cancel func()) Action {
	return func(_ context.Context, next func() error) error {
		defer cancel()
		return next()
	}
}

// Then makes the call and returns err all the same. Then(store.ErrUnknown) at
// a Commit is a connection that died after the change had landed; an error of
// the call itself comes first.
func Then(err error) Action {
	return func(_ context.Context, next func() error) error {
		if e := next(); e != nil {
			return e
		}
		return err
	}
}

// Faulty is a store that fails at chosen calls. Make one with [NewFaulty];
// all methods may be called from any number of goroutines.
//
// To enumerate the faults of a journey, run it once, ask [Faulty.Calls] how
// many calls it made, and run it again for each of them with a fault there.
type Faulty struct {
	inner store.Store

	mu     sync.Mutex
	calls  [ops]int
	faults map[fault]Action
}

type fault struct {
	op Op
	n  int
}

var _ store.Store = (*Faulty)(nil)

// NewFaulty returns a store that does what inner does until told otherwise.
func NewFaulty(inner store.Store) *Faulty {
	return &Faulty{inner: inner, faults: map[fault]Action{}}
}

// At plans an action for the n-th call of that kind, counted from 1 since the
// last [Faulty.Reset]. If two are planned for one call, that of the kind is
// taken and not that of [Any]. A nil action takes the plan back.
func (f *Faulty) At(op Op, n int, do Action) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if do == nil {
		delete(f.faults, fault{op, n})
		return
	}
	f.faults[fault{op, n}] = do
}

// Calls returns how many calls of that kind there were since the last
// [Faulty.Reset].
func (f *Faulty) Calls(op Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

// Reset forgets all plans and counts from 0 again.
func (f *Faulty) Reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = [ops]int{}
	clear(f.faults)
}

// do counts a call and makes it, or what is planned in its place.
func (f *Faulty) do(ctx context.Context, op Op, next func() error) error {
	f.mu.Lock()
	f.calls[op]++
	f.calls[Any]++
	act := f.faults[fault{op, f.calls[op]}]
	if act == nil {
		act = f.faults[fault{Any, f.calls[Any]}]
	}
	f.mu.Unlock()
	if act == nil {
		return next()
	}
	return act(ctx, next)
}

// Load is a call of kind [Load].
func (f *Faulty) Load(ctx context.Context, keys ...string) (recs []store.Record, err error) {
	err = f.do(ctx, Load, func() (err error) {
		recs, err = f.inner.Load(ctx, keys...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return recs, nil
}

// Commit is a call of kind [Commit].
func (f *Faulty) Commit(ctx context.Context, c store.Change) error {
	return f.do(ctx, Commit, func() error { return f.inner.Commit(ctx, c) })
}

// Scan is a call of kind [Scan] each time it is ranged over. An error that is
// planned for it is yielded in place of the records, or after them if the
// action made the call.
func (f *Faulty) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		ended := false
		err := f.do(ctx, Scan, func() error {
			for r, err := range f.inner.Scan(ctx, prefix, after) {
				if !yield(r, err) {
					ended = true
					break
				}
			}
			return nil
		})
		if err != nil && !ended {
			yield(store.Record{}, err)
		}
	}
}

// Sweep is a call of kind [Sweep].
func (f *Faulty) Sweep(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = f.do(ctx, Sweep, func() (err error) {
		n, err = f.inner.Sweep(ctx, before, limit)
		return err
	})
	return n, err
}

// Close closes the inner store. It is not counted.
func (f *Faulty) Close() error { return f.inner.Close() }
