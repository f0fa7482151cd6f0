package boltstore

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/sallyport-auth/sallyport/store"
)

// guard calls fn and turns a panic into [ErrCorrupt]. bbolt trusts the file:
// a damaged page makes it panic, or read outside the mapped file, which ends
// the process unless the goroutine has asked for a panic instead. So every
// call into bbolt that reads pages stands inside a guard.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch p := recover().(type) {
		case nil:
		case endedCommit:
			err = p
		default:
			err = corrupt(p)
		}
	}()
	return fn()
}

// guarded is guard for a function that also returns a value.
func guarded[T any](fn func() (T, error)) (v T, err error) {
	err = guard(func() (err error) {
		v, err = fn()
		return err
	})
	return v, err
}

func corrupt(reason any) error { return fmt.Errorf("%w: %v", ErrCorrupt, reason) }

// view calls fn in a read transaction, and returns when everything that fn
// saw is on disk. What fn keeps it must copy.
func (s *Store) view(ctx context.Context, fn func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	id := 0
	err := guard(func() error {
		tx, err := s.begin(false)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		id = tx.ID()
		return fn(tx)
	})
	if err != nil {
		return err
	}
	return s.awaitDurable(ctx, uint64(id))
}

// begin starts a bbolt transaction. A panic in here leaves bbolt's own locks
// taken, so the next caller would wait for ever; the mutex ensures that no caller
// is waiting, and the store is closed to later ones.
func (s *Store) begin(writable bool) (tx *bolt.Tx, err error) {
	s.beginning.Lock()
	defer s.beginning.Unlock()
	if err := s.usable(); err != nil && !writable {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			s.stuck.Store(true)
			err = corrupt(p)
			s.fail(err)
		}
	}()
	tx, err = s.db.Begin(writable)
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		err = store.ErrClosed
	}
	return tx, err
}

// awaitDurable waits until the bbolt transaction of that id is on disk. A commit
// can be seen from the moment at which its meta page is written, a sync before
// it is durable; a verdict that rests on it must not leave before.
func (s *Store) awaitDurable(ctx context.Context, id uint64) error {
	for {
		f := s.flight.Load() // before durable: the flight that made id visible, or a later one
		if id <= s.durable.Load() {
			return nil
		}
		if err := s.failure.Load(); err != nil {
			return *err
		}
		select {
		case <-f.landed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
