package pgstore

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// maxPortion is how many rows one statement deletes at most. It holds them
// locked meanwhile, so a caller that must not hold up whoever rewrites one of
// them asks for fewer.
const maxPortion = 2000

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

// Sweep implements [store.Store]. Once no record is left it deletes the
// tombstones that are older, as many as there are and at most limit in one
// statement; they neither count nor fall under the limit, since they are no
// records. Deleting one is safe at any time: a change that counted on it makes
// it anew. Several nodes may sweep at once and share the work, so there is no
// lease to hold or to lose.
func (s *Store) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	portion, second := min(limit, maxPortion), store.ExpirySeconds(before)
	n, err := s.sweep(ctx, sweepRecords, second, portion, limit)
	if err == nil && n < limit {
		_, err = s.sweep(ctx, sweepTombstones, second, portion, math.MaxInt)
	}
	return n, err
}

// sweep deletes in portions, until the limit or a portion that is not full.
func (s *Store) sweep(ctx context.Context, sql string, before int64, portion, limit int) (n int, err error) {
	for {
		if err := s.usable(ctx); err != nil || n >= limit {
			return n, err
		}
		most := min(limit-n, portion)
		done, err := s.pool.Exec(ctx, sql, before, most)
		if err != nil {
			return n, fmt.Errorf("pgstore: sweeping: %w", s.because(ctx, err))
		}
		if n += int(done.RowsAffected()); done.RowsAffected() < int64(most) {
			return n, nil
		}
	}
}
