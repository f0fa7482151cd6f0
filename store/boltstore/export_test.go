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
