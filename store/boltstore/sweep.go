package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
)

// sweepBite is how many records one request of a sweep deletes: each lies on a
// page of its own at worst, so this is how much dearer a commit may become for
// those who share it (about 4 ms at a million records).
const sweepBite = 64

// bite is a part of a sweep: at most limit records that expired before that
// second.
type bite struct {
	before int64
	limit  int

	swept int
	more  bool // the limit was reached
	wrote bool // the index, if not records
}

// Sweep answers as [store.Store] says. It deletes in bites of 64, each a
// request of its own to the committer, so that changes pass between them.
func (s *Store) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	n, most := 0, sweepBite
	for n < limit {
		b := &bite{before: store.ExpirySeconds(before), limit: min(limit-n, most)}
		if due, err := s.anyDue(ctx, b.before); err != nil || !due {
			return n, err
		}
		err := s.ask(&request{ctx: ctx, sweep: b})
		if errors.Is(err, ErrFull) && most > 1 {
			most /= 2 // deleting copies pages: fewer of them may fit
			continue
		}
		if err != nil {
			return n, err
		}
		if n += b.swept; !b.more {
			return n, nil
		}
	}
	return n, ctx.Err()
}

// anyDue says whether a sweep has anything to do, without a write transaction.
func (s *Store) anyDue(ctx context.Context, before int64) (due bool, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		k, _ := tx.Bucket(expiryBucket).Cursor().First()
		due = k != nil && int64(binary.BigEndian.Uint64(k)) < before
		return nil
	})
	return due, err
}

// sweep does one bite. An entry whose record is damaged is passed over: the
// checksum may be all that is wrong, and a live record must not go.
func sweep(tx *bolt.Tx, b *bite) error {
	records, expiry := tx.Bucket(recordsBucket), tx.Bucket(expiryBucket)
	var due [][]byte
	c := expiry.Cursor()
	for k, _ := c.First(); k != nil && len(due) < b.limit; k, _ = c.Next() {
		if int64(binary.BigEndian.Uint64(k)) >= b.before {
			break
		}
		if _, _, _, err := header(k[8:], records.Get(k[8:])); err == nil {
			due = append(due, bytes.Clone(k)) // a deletion may move what k points to
		}
	}
	b.swept, b.more = 0, len(due) == b.limit
	for _, k := range due {
		_, expires, _, err := header(k[8:], records.Get(k[8:]))
		if err != nil {
			return err
		}
		if err := expiry.Delete(k); err != nil {
			return err
		}
		if expires != int64(binary.BigEndian.Uint64(k)) {
			continue // an entry without its record, in a file opened in spite of damage
		}
		if err := records.Delete(k[8:]); err != nil {
			return err
		}
		b.swept++
	}
	b.wrote = len(due) > 0
	return nil
}
