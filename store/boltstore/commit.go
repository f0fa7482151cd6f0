package boltstore

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/sallyport-auth/sallyport/store"
)

// maxChange is how many bytes one change has at most, which bbolt holds in memory
// twice.
const maxChange = 256 << 20

// Commit implements [store.Store]. A context that ends before the change is
// taken into a batch leaves nothing behind; after that Commit waits for the
// outcome. The backend's own errors are [ErrFull], [ErrCorrupt]
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

// write judges and writes a batch in one bbolt transaction. Its error concerns
// the whole batch.
func (s *Store) write(batch []*request) error {
	tx, err := guarded(func() (*bolt.Tx, error) { return s.begin(true) })
	if err != nil {
		return err
	}
	p, err := guarded(func() (*plan, error) { return s.fill(tx, batch) })
	if err == nil && p.wrote {
		err = s.finish(tx)
	} else {
		err = s.abandon(tx, err)
	}
	if err == nil {
		s.zones.follow(batch, p.list)
	}
	return err
}

// fill puts into tx what the batch may write. Nothing is written before all
// changes are judged.
func (s *Store) fill(tx *bolt.Tx, batch []*request) (*plan, error) {
	judge := s.judge(tx)
	p := newPlan(tx, judge, batch)
	p.judgeAll(batch)
	if err := p.write(); err != nil {
		return nil, err
	}
	for _, r := range batch {
		if r.err != nil || r.sweep == nil {
			continue
		}
		if err := r.sweep.delete(tx, judge, s.zones); err != nil {
			return nil, err
		}
		p.wrote = p.wrote || r.sweep.swept > 0
	}
	return p, nil
}

// abandon ends a transaction of which nothing is on disk: there was nothing to
// write, or err came before. A rollback reads no page, so one that fails leaves
// bbolt's locks taken.
func (s *Store) abandon(tx *bolt.Tx, err error) error {
	if rerr := guard(tx.Rollback); rerr != nil {
		s.stuck.Store(true)
		err = errors.Join(err, rerr)
	}
	if err != nil {
		s.fail(fmt.Errorf("%w: %w", ErrFailed, err))
	}
	return err
}

// finish commits tx.
func (s *Store) finish(tx *bolt.Tx) error {
	id, returned := uint64(tx.ID()), false
	s.watchman.passed = false
	err := guard(func() (err error) {
		err = tx.Commit()
		returned = true
		return err
	})
	switch {
	case err == nil:
		s.durable.Store(id)
		return nil
	case returned:
		return s.uncommitted(id, err)
	}
	// Its locks are still taken. Ended by the watchman, it can be rolled back
	// without a walk; its free pages are lost then, but so is the store.
	if ended, ok := errors.AsType[endedCommit](err); ok && guard(tx.Rollback) == nil {
		return s.uncommitted(id, ended.error)
	}
	s.stuck.Store(true)
	return s.broken(err, true)
}

// uncommitted judges a commit that failed and that bbolt has rolled back: one
// that did not land for want of room is [ErrFull], and the store goes on.
func (s *Store) uncommitted(id uint64, err error) error {
	landed, verr := guarded(func() (bool, error) { return s.landed(id) })
	if verr != nil {
		s.stuck.Store(true)
		return s.broken(errors.Join(err, verr), true)
	}
	if isFull(err) && !landed {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return s.broken(err, landed)
}

// landed reports whether readers would see the bbolt transaction of that id.
func (s *Store) landed(id uint64) (bool, error) {
	tx, err := s.db.Begin(false)
	if err != nil {
		return false, err
	}
	return uint64(tx.ID()) >= id, tx.Rollback()
}

// broken closes the store to all further calls. The error is of unknown outcome
// if the batch may be on disk.
func (s *Store) broken(err error, mayBeOnDisk bool) error {
	err = fmt.Errorf("writing the batch: %w", err)
	s.fail(fmt.Errorf("%w: %w", ErrFailed, err))
	if mayBeOnDisk {
		return unknownError{err}
	}
	return err
}

func isFull(err error) bool {
	return errors.Is(err, bolterrors.ErrMaxSizeReached) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
