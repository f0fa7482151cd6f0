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

// maxPortion is how many records one request of a sweep deletes at most. Each
// lies on a page of its own at worst, which takes some 60 µs in a file of a
// million records, so a caller that must not hold writers up asks for fewer.
const maxPortion = 2000

// portion is a part of a sweep: at most limit records that expired before that
// second.
type portion struct {
	before int64
	limit  int

	swept int
	more  bool // the limit was reached
	wrote bool // the index, if not records
}

// Sweep implements [store.Store]. Deletions go into the same bbolt
// transaction as the changes that wait, which wait for the deletions of one
// call and for no commit more.
func (s *Store) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	n, most := 0, maxPortion
	for n < limit {
		p := &portion{before: store.ExpirySeconds(before), limit: min(limit-n, most)}
		if due, err := s.anyDue(ctx, p.before); err != nil || !due {
			return n, err
		}
		err := s.ask(&request{ctx: ctx, sweep: p})
		if errors.Is(err, ErrFull) && p.limit > 1 {
			most = p.limit / 2 // deleting copies pages: fewer of them may fit
			continue
		}
		if err != nil {
			return n, err
		}
		if n += p.swept; !p.more {
			return n, nil
		}
	}
	return n, ctx.Err()
}

// anyDue reports whether a sweep has anything to do, without a write transaction.
func (s *Store) anyDue(ctx context.Context, before int64) (due bool, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		return s.judge(tx).eachDue(tx, func(k []byte) bool {
			due = int64(binary.BigEndian.Uint64(k)) < before
			return false
		})
	})
	return due, err
}

// delete deletes the portion. An entry whose record is damaged is passed over:
// the checksum may be all that is wrong, and a live record must not go.
func (p *portion) delete(tx *bolt.Tx, j judgement) error {
	records, expiry := tx.Bucket(recordsBucket), tx.Bucket(expiryBucket)
	due, err := p.find(tx, j, records)
	if err != nil {
		return err
	}
	p.swept, p.more = 0, len(due) == p.limit
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
		p.swept++
	}
	p.wrote = len(due) > 0
	return nil
}

// find returns the entries of the index that are due.
func (p *portion) find(tx *bolt.Tx, j judgement, records *bolt.Bucket) (due [][]byte, err error) {
	err = j.eachDue(tx, func(k []byte) bool {
		if int64(binary.BigEndian.Uint64(k)) >= p.before {
			return false
		}
		if j.deletable(k) != nil {
			return true
		}
		if _, _, _, err := header(k[8:], records.Get(k[8:])); err == nil {
			due = append(due, bytes.Clone(k)) // a deletion may move what k points to
		}
		return len(due) < p.limit
	})
	return due, err
}
