package boltstore

import (
	"context"

	"github.com/sallyport-auth/sallyport/store"
)

// CommitTogether commits changes as one batch, in that order. Nobody else may
// write meanwhile.
func (s *Store) CommitTogether(ctx context.Context, changes ...store.Change) []error {
	batch := make([]*request, len(changes))
	for i, c := range changes {
		batch[i] = &request{ctx: ctx, change: c}
	}
	s.serve(batch)
	errs := make([]error, len(batch))
	for i, r := range batch {
		errs[i] = r.err
	}
	return errs
}

// CloseFile takes the file away under the store, as a disk that fails would.
func (s *Store) CloseFile() error { return s.file.Close() }

// InFlight makes the last commit look as if its sync were still under way,
// until land is called.
func (s *Store) InFlight() (land func()) {
	last := s.durable.Load()
	f := &flight{landed: make(chan struct{})}
	s.flight.Store(f)
	s.durable.Store(last - 1)
	return func() {
		s.durable.Store(last)
		close(f.landed)
	}
}

// RollbackTwice has a transaction abandoned that was rolled back before, as if
// its rollback failed.
func (s *Store) RollbackTwice() error {
	tx, err := s.begin(true)
	if err != nil {
		return err
	}
	if err := tx.Rollback(); err != nil {
		return err
	}
	return s.abandon(tx, nil)
}

// CommitFailed judges a commit of the next transaction that failed with err.
// With unreadable the file cannot be read any more.
func (s *Store) CommitFailed(err error, unreadable bool) error {
	next := s.durable.Load() + 1
	if unreadable {
		if err := s.db.Close(); err != nil {
			return err
		}
	}
	return s.uncommitted(next, err)
}

// Inspected waits until the inspection beside serving has ended.
func (s *Store) Inspected() { <-s.inspected }

// OpenUninspected opens a store whose inspection has not read anything, and ends
// with end.
func OpenUninspected(path string) (s *Store, end func(), err error) {
	s, err = open(path, Options{}.filled())
	if err != nil {
		return nil, nil, err
	}
	s.zones.await()
	close(s.inspected) // Close need not wait for it
	return s, s.zones.settle, nil
}

// Inspecting reports whether pages are still judged when they are used.
func (s *Store) Inspecting() bool { return s.inspection.Load() != nil }

// Zone is what the store knows of a run of keys.
type Zone struct {
	First    string
	Earliest int64
}

// Zones are those of the store, in order.
func (s *Store) Zones() (list []Zone) {
	s.zones.mu.Lock()
	defer s.zones.mu.Unlock()
	for _, c := range s.zones.chunks {
		for _, z := range c.list {
			list = append(list, Zone{z.first, z.earliest})
		}
	}
	return list
}
