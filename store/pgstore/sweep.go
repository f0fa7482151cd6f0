package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// maxPortion is how many rows one statement deletes at most. It holds them
// locked meanwhile, so a caller that must not hold up whoever rewrites one of
// them asks for fewer.
const maxPortion = 2000

// deleteDue passes over rows that somebody has locked: who holds one is about to
// rewrite it, or is another node's sweep. The rows are locked, and looked at
// once more, before they are deleted, so one that was rewritten since stays.
const deleteDue = `
WITH gone AS (
	DELETE FROM sallyport_records WHERE key = ANY(ARRAY(
		SELECT key FROM sallyport_records WHERE expires > 0 AND expires < $1
		ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED))
	RETURNING version
)
SELECT count(*), count(*) FILTER (WHERE version <> 0) FROM gone`

// Sweep implements [store.Store]. It deletes tombstones that are older as well;
// they do not count, since they are no records. Deleting one is safe at any
// time: a change that counted on it makes it anew. Several nodes may sweep at
// once and share the work, so there is no lease to hold or to lose.
func (s *Store) Sweep(ctx context.Context, before time.Time, limit int) (n int, err error) {
	second := store.ExpirySeconds(before)
	for {
		if err := s.usable(ctx); err != nil || n >= limit {
			return n, err
		}
		most := min(limit-n, maxPortion)
		var rows, records int
		if err := s.pool.QueryRow(ctx, deleteDue, second, most).Scan(&rows, &records); err != nil {
			return n, fmt.Errorf("pgstore: sweeping: %w", s.because(ctx, err))
		}
		if n += records; rows < most {
			return n, nil
		}
	}
}
