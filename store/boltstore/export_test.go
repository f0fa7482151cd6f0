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
