package sealed

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/store"
)

// maxTurns bounds how often one record is tried while others rewrite it, or
// while the outcome of a commit is unknown.
const maxTurns = 16

// Rekey reseals every record that is not sealed by the first key of the ring,
// and returns how many. It may run while the store serves, and again after a
// crash: what is done stays done. Records keep their epoch and, since their
// content does not change, their version, so that no transaction under way is
// voided. When it returns without an error, no record that was there at the
// start needs another key; processes that still hold the old ring may write
// such records, so give all of them the new one first.
//
// Records that cannot be opened are passed over; the error then wraps
// [store.ErrDamaged] and comes after all others are done.
func (s *Store) Rekey(ctx context.Context) (n int, err error) {
	bad := 0
	for rec, err := range s.inner.Scan(ctx, "", "") {
		var done bool
		if err == nil {
			done, err = s.reseal(ctx, rec)
		}
		switch {
		case errors.Is(err, store.ErrDamaged):
			bad++
		case err != nil:
			return n, fmt.Errorf("resealing: %w", err)
		case done:
			n++
		}
	}
	if bad > 0 {
		return n, fmt.Errorf("resealing: %w: %d records cannot be opened", store.ErrDamaged, bad)
	}
	return n, nil
}

// reseal brings one record under the first key, unless it is there already or
// has gone. rec is as the inner store holds it.
func (s *Store) reseal(ctx context.Context, rec store.Record) (done bool, err error) {
	ad := s.associated()
	defer s.rooms.Put(ad)
	for range maxTurns {
		if rec.Value == nil {
			return false, nil
		}
		by, epoch, err := s.keys.header(rec.Key, rec.Value)
		if err != nil {
			return false, err
		}
		if by == &s.keys.ring.keys[0] {
			return done, nil
		}
		opened, err := s.open(rec, ad)
		if err != nil {
			return false, err
		}
		w := store.Write{Key: rec.Key, Value: opened.Value, If: rec.Version, Expires: rec.Expires}
		w.Value = s.seal(nil, w, epoch, ad)
		err = s.inner.Commit(ctx, store.Change{ID: rec.Version, Writes: []store.Write{w}})
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, store.ErrUnknown):
			done = true // if the record turns out to be resealed, it was this
		case !errors.Is(err, store.ErrConflict):
			return false, err
		}
		recs, err := s.inner.Load(ctx, rec.Key)
		if err != nil {
			return false, err
		}
		rec = recs[0]
	}
	return false, fmt.Errorf("%w: %d turns", store.ErrConflict, maxTurns)
}
