package pgstore

import (
	"context"
	"fmt"
	"iter"

	"github.com/sallyport-auth/sallyport/store"
)

// Bounds of one page of a scan: it ends with the record that passes either.
const (
	pageRecords = 128
	pageBytes   = 1 << 20
)

// scanPage sums the lengths of the values before each record, which does not
// read them, so that a page of large values is a short one. No key holds a
// byte of 255, so the second bound is the end of the prefix.
const scanPage = `
SELECT key, version, expires, value
FROM (
	SELECT key, version, expires, value, sum(size) OVER (ORDER BY key) - size AS before
	FROM (
		SELECT key, version, expires, value, coalesce(octet_length(value), 0) AS size FROM sallyport_records
		WHERE key > $1 AND key >= $2 AND key < $2 || '\xff'::bytea AND version <> 0
		ORDER BY key LIMIT $3
	) AS page
) AS page
WHERE before <= $4
ORDER BY key`

// Scan implements [store.Store], in pages of at most 128 records, each one
// statement. Between them it holds neither a transaction nor a connection.
func (s *Store) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for more := true; more; {
			var page []row
			var err error
			if page, more, err = s.page(ctx, prefix, after); err != nil {
				yield(store.Record{}, err)
				return
			}
			for _, r := range page {
				if err := ctx.Err(); err != nil {
					yield(store.Record{}, err)
					return
				}
				if !yield(r.rec, r.err) {
					return
				}
				after = r.rec.Key
			}
		}
	}
}

// page reads records with that prefix after a key, and reports whether there may
// be more of them.
func (s *Store) page(ctx context.Context, prefix, after string) (page []row, more bool, err error) {
	if err := s.usable(ctx); err != nil {
		return nil, false, err
	}
	page, err = s.read(ctx, s.sql.scan, []byte(after), []byte(prefix), pageRecords, pageBytes)
	if err != nil {
		return nil, false, fmt.Errorf("pgstore: scanning: %w", err)
	}
	size := 0
	for _, r := range page {
		size += len(r.rec.Value)
	}
	return page, len(page) == pageRecords || size > pageBytes, nil
}
