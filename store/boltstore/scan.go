package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
)

// Bounds of one page of a scan, which is one read transaction.
const (
	pageRecords = 128
	pageBytes   = 1 << 20
)

// Scan implements [store.Store], in pages of at most 128 records or
// 1 MiB. A damaged page of the file ends it with [ErrCorrupt].
func (s *Store) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		from := max(prefix, after+"\x00") // no key holds a zero byte
		for from != "" {
			page, next, err := s.page(ctx, prefix, from)
			if err != nil {
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
			}
			from = next
		}
	}
}

type scanned struct {
	rec store.Record
	err error
}

// page reads records with that prefix from a key on. It returns the key at
// which the next page starts, or "" when there is none.
func (s *Store) page(ctx context.Context, prefix, from string) (page []scanned, next string, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		size := 0
		return s.judge(tx).each(tx, []byte(from), func(k, v []byte) bool {
			if !bytes.HasPrefix(k, []byte(prefix)) {
				return false
			}
			if len(page) == pageRecords || size > pageBytes {
				next = string(k)
				return false
			}
			rec, err := decode(string(k), k, v)
			page, size = append(page, scanned{rec, err}), size+len(v)
			return true
		}, func(err error) error { return err })
	})
	return page, next, err
}

// Backup writes the store as it is at one moment, while it goes on serving;
// [Open] opens the copy. Until it ends the file keeps what is replaced
// meanwhile, so a slow w makes it grow, and a commit that must map another
// gigabyte of it waits. Encrypt or guard the copy like the file.
func (s *Store) Backup(w io.Writer) error {
	var tx *bolt.Tx
	if err := guard(func() (err error) { tx, err = s.begin(false); return err }); err != nil {
		return err
	}
	defer tx.Rollback()
	if err := s.awaitDurable(context.Background(), uint64(tx.ID())); err != nil {
		return err
	}
	if _, err := tx.WriteTo(w); err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	return nil
}
