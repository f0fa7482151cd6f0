package boltstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"syscall"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/sallyport-auth/sallyport/store"
)

const (
	maxBatch      = 1024      // requests in one bbolt transaction
	maxBatchBytes = 4 << 20   // and bytes, after which no more are taken
	maxChange     = 256 << 20 // bytes of one change, which bbolt holds in memory twice
)

// request is what a caller asks of the committer: a change, or a bite of a
// sweep. Once the committer has taken it, the caller waits on done and then
// reads the rest.
type request struct {
	ctx    context.Context
	change store.Change
	sweep  *bite // instead of a change
	size   int   // bytes of the change
	done   chan struct{}

	err   error
	grows bool // needs more room than it gives back
}

// Commit answers as [store.Store] says. A context that ends before the
// committer has taken the change leaves nothing behind; after that Commit
// waits for the outcome. The backend's own errors are [ErrFull], [ErrCorrupt]
// and [ErrFailed]. The keys and values of one change have 256 MiB at most together.
func (s *Store) Commit(ctx context.Context, c store.Change) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	size := 0
	for _, w := range c.Writes {
		size += len(w.Key) + len(w.Value)
	}
	if size > maxChange {
		return fmt.Errorf("%w: change of %d bytes", store.ErrTooLarge, size)
	}
	return s.ask(&request{ctx: ctx, change: c, size: size})
}

// ask hands r to the committer and waits for its answer.
func (s *Store) ask(r *request) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if err := s.usable(); err != nil {
		return err
	}
	r.done = make(chan struct{})
	select {
	case s.requests <- r:
	case <-r.ctx.Done():
		return r.ctx.Err()
	case <-s.closing:
		return store.ErrClosed
	}
	<-r.done
	return r.err
}

// run is the committer. It ends with Close.
func (s *Store) run() {
	defer close(s.stopped)
	for {
		select {
		case r := <-s.requests:
			batch := s.gather(r)
			s.serve(batch)
			for _, r := range batch {
				close(r.done)
			}
		case <-s.closing:
			return
		}
	}
}

// gather takes what else is waiting. Yielding once lets the callers whose
// batch has just ended come back first, so that they share the next commit
// instead of missing it by a hair; with nobody there it costs nothing.
func (s *Store) gather(first *request) []*request {
	runtime.Gosched()
	batch, size := []*request{first}, first.size
	for len(batch) < maxBatch && size < maxBatchBytes {
		select {
		case r := <-s.requests:
			batch, size = append(batch, r), size+r.size
		default:
			return batch
		}
	}
	return batch
}

// serve writes a batch. If it does not fit, what needs no more room than it
// gives back gets one more try without the rest, so that a full store still
// ends sessions, counts misses and can be swept.
func (s *Store) serve(batch []*request) {
	s.transact(batch)
	var rest []*request
	for _, r := range batch {
		if errors.Is(r.err, ErrFull) && !r.grows {
			rest = append(rest, r)
		}
	}
	if len(rest) > 0 && len(rest) < len(batch) {
		s.transact(rest)
	}
}

// transact judges and writes requests in one bbolt transaction, and sets their
// errors.
func (s *Store) transact(batch []*request) {
	f := &flight{landed: make(chan struct{})}
	s.flight.Store(f)
	defer close(f.landed)

	err := s.usableForWrites()
	if err == nil {
		err = s.write(batch)
	}
	if err == nil {
		return
	}
	for _, r := range batch {
		if r.err != nil { // refused, but by a state that may never have been
			r.err = withoutUnknown(err)
		} else {
			r.err = err
		}
	}
}

// usableForWrites is usable without the look at closing: what was taken is
// served.
func (s *Store) usableForWrites() error {
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// unknownError is a failure after which the batch may be on disk.
type unknownError struct{ cause error }

func (e unknownError) Error() string   { return store.ErrUnknown.Error() + ": " + e.cause.Error() }
func (e unknownError) Unwrap() []error { return []error{store.ErrUnknown, e.cause} }

func withoutUnknown(err error) error {
	if u, ok := errors.AsType[unknownError](err); ok {
		return u.cause
	}
	return err
}

// write answers an error that concerns the whole batch.
func (s *Store) write(batch []*request) (err error) {
	var tx *bolt.Tx
	if err := guard(func() (err error) { tx, err = s.begin(true); return err }); err != nil {
		return err
	}
	wrote := false
	err = guard(func() (err error) {
		p := newPlan(tx, batch)
		for _, r := range batch {
			if r.err = r.ctx.Err(); r.err == nil && r.sweep == nil {
				r.err = guard(func() error { return p.judge(r) })
			}
		}
		if wrote, err = p.write(); err != nil {
			return err
		}
		for _, r := range batch {
			if r.err == nil && r.sweep != nil {
				if err := sweep(tx, r.sweep); err != nil {
					return err
				}
				wrote = wrote || r.sweep.wrote
			}
		}
		return nil
	})
	if err == nil && wrote {
		return s.finish(tx)
	}
	// Nothing to write, or nothing on disk yet. A rollback reads no page.
	if rerr := guard(tx.Rollback); rerr != nil {
		s.stuck.Store(true)
		err = errors.Join(err, rerr)
	}
	if err != nil {
		s.fail(fmt.Errorf("%w: %w", ErrFailed, err))
	}
	return err
}

// finish commits tx. After an error bbolt has rolled back, and the id of the
// transaction that readers would see tells whether the commit may have landed.
func (s *Store) finish(tx *bolt.Tx) error {
	id, landed := uint64(tx.ID()), true
	done := false
	err := guard(func() error {
		err := tx.Commit()
		done = true
		return err
	})
	switch {
	case err == nil:
		s.durable.Store(id)
		return nil
	case !done: // bbolt panicked, and its locks are still taken
		s.stuck.Store(true)
	default:
		if verr := guard(func() error {
			tx, err := s.db.Begin(false)
			if err != nil {
				return err
			}
			landed = uint64(tx.ID()) >= id
			return tx.Rollback()
		}); verr != nil {
			s.stuck.Store(true)
			err = errors.Join(err, verr)
		}
	}
	if isFull(err) && !landed {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	err = fmt.Errorf("writing the batch: %w", err)
	s.fail(fmt.Errorf("%w: %w", ErrFailed, err))
	if landed {
		return unknownError{err}
	}
	return err
}

func isFull(err error) bool {
	return errors.Is(err, bolterrors.ErrMaxSizeReached) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
