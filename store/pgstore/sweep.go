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
		SELECT key FROM sallyport_records WHERE expires > 0 AND expires >= $1 AND expires < $2
		ORDER BY expires LIMIT $3 FOR UPDATE SKIP LOCKED))
	RETURNING version, expires
)
SELECT count(*), count(*) FILTER (WHERE version <> 0), coalesce(max(expires), 0) FROM gone`

// Sweep implements [store.Store]. It deletes tombstones that are older as well;
// they do not count, since they are no records. Deleting one is safe at any
// time: a change that counted on it makes it anew. Several nodes may sweep at
// once and share the work, so there is no lease to hold or to lose.
//
// Each portion begins where the last one of this process ended, since to find
// the first row that is due, all that were deleted before it are passed until
// they are vacuumed. One that finds too little looks once more from the
// beginning, for what was passed over or is new there.
func (s *Store) Sweep(ctx context.Context, before time.Time, limit int) (n int, err error) {
	end := store.ExpirySeconds(before)
	for {
		if err := s.usable(ctx); err != nil || n >= limit {
			return n, err
		}
		from, most := s.swept.Load(), min(limit-n, maxPortion)
		var rows, records int
		var last int64
		if err := s.pool.QueryRow(ctx, s.sql.sweep, s.with(from, end, most)...).Scan(&rows, &records, &last); err != nil {
			return n, fmt.Errorf("pgstore: sweeping: %w", s.because(ctx, err))
		}
		n += records
		switch {
		case rows == most:
			s.swept.Store(last)
		case from > 0:
			s.swept.Store(0)
		default:
			return n, nil
		}
	}
}
