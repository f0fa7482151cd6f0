package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// sweepBite is how many rows one statement deletes, so that none holds its
// locks for long.
const sweepBite = 256

// Both pass over rows that somebody has locked: who holds one is about to
// rewrite it, or is another node's sweep. The rows are locked, and looked at
// once more, before they are deleted, so one that was rewritten since stays.
const (
	sweepRecords = `
DELETE FROM sallyport_records WHERE key = ANY(ARRAY(
	SELECT key FROM sallyport_records WHERE expires > 0 AND expires < $1
	ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED))`
	sweepTombstones = `
DELETE FROM sallyport_records WHERE key = ANY(ARRAY(
	SELECT key FROM sallyport_records WHERE gone IS NOT NULL AND gone < $1
	ORDER BY gone LIMIT $2 FOR UPDATE SKIP LOCKED))`
)

// Sweep answers as [store.Store] says. It also removes the tombstones that are
// older, which neither count nor fall under the limit, since they are no
// records. Removing one is safe at any time: a change that counted on it makes
// it anew. Several nodes may sweep at once and share the work, so there is no
// lease to hold or to lose.
func (s *Store) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.sweep(ctx, sweepRecords, store.ExpirySeconds(before), limit)
	if err == nil && limit > 0 {
		_, err = s.sweep(ctx, sweepTombstones, store.ExpirySeconds(before), int(^uint(0)>>1))
	}
	return n, err
}

// sweep deletes in bites until the limit or a bite that is not full.
func (s *Store) sweep(ctx context.Context, sql string, before int64, limit int) (n int, err error) {
	for {
		if err := s.usable(ctx); err != nil {
			return n, err
		}
		bite := min(limit-n, sweepBite)
		if bite <= 0 {
			return n, nil
		}
		done, err := s.pool.Exec(ctx, sql, before, bite)
		if err != nil {
			return n, fmt.Errorf("pgstore: sweeping: %w", s.because(ctx, err))
		}
		if n += int(done.RowsAffected()); done.RowsAffected() < int64(bite) {
			return n, nil
		}
	}
}
