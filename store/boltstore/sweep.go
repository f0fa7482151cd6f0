package boltstore

import (
	"bytes"
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
)

// maxPortion is how many records one request of a sweep deletes at most. Each
// lies on a page of its own at worst, which takes some 60 µs in a file of a
// million records, so a caller that must not hold writers up asks for fewer.
const maxPortion = 2000

// portion is a part of a sweep: from a key on, at most limit records that expired
// before that second, out of as many readings of at most [zoneSize].
type portion struct {
	before int64
	limit  int
	from   string

	swept int
	read  []stretch
	next  string // where the next portion begins
	ended bool   // nothing is due from there on
}

// Sweep implements [store.Store]. Deletions go into the same bbolt
// transaction as the changes that wait, which wait for the deletions of one
// call and for no commit more.
//
// It reads the zones in which something may be due, once each, and no other: beside
// a record that is due some 16 KiB of its neighbours, six pages, while deleting it
// writes four. What was written since the last sweep may be read once more, where
// a zone has grown by it. Whether there is anything to do it knows without reading.
//
// A file that was closed is inspected after it is opened, at most a minute for 3
// GB. What the inspection has not come by is swept later. What is damaged is passed
// over, and looked for again by each sweep.
func (s *Store) Sweep(ctx context.Context, before time.Time, limit int) (n int, err error) {
	p, most := portion{before: store.ExpirySeconds(before)}, maxPortion
	for n < limit && !p.ended {
		if err := errors.Join(ctx.Err(), s.usable()); err != nil {
			return n, err
		}
		if _, _, due := s.zones.due(p.from, p.before); !due {
			return n, nil
		}
		p.limit = min(limit-n, most)
		err := s.ask(&request{ctx: ctx, sweep: &p})
		if errors.Is(err, ErrFull) && p.limit > 1 {
			most = p.limit / 2 // deleting copies pages: fewer of them may fit
			continue
		}
		if err != nil {
			return n, err
		}
		n, p.from = n+p.swept, p.next
	}
	return n, ctx.Err()
}

// delete deletes the portion.
func (p *portion) delete(tx *bolt.Tx, j judgement, z *zones) error {
	p.swept, p.read, p.next, p.ended = 0, nil, p.from, false
	for p.swept < p.limit && len(p.read) < p.limit {
		first, next, due := z.due(p.next, p.before)
		if !due {
			p.ended = true
			return nil
		}
		s, err := p.zone(tx, j, first, next)
		if err != nil {
			return err
		}
		p.read, p.next = append(p.read, s), s.next
		if s.next == "" {
			p.ended = true
			return nil
		}
	}
	return nil
}

// zone reads the records from first to before next, at most [zoneSize] of them,
// and deletes those that are due. A damaged page is passed over, and what cannot be
// deleted for its sake; and a damaged record, of which the checksum may be all that
// is wrong, and a live record must not go. They leave the zone due.
func (p *portion) zone(tx *bolt.Tx, j judgement, first, next string) (stretch, error) {
	rest, read := zone{first: first, earliest: never}, 0
	var due [][]byte
	err := j.each(tx, []byte(first), func(k, v []byte) bool {
		if next != "" && string(k) >= next {
			return false
		}
		if read >= zoneSize || p.swept+len(due) == p.limit {
			next = string(k)
			return false
		}
		read += len(k) + len(v)
		_, expires, _, err := header(k, v)
		if err != nil {
			rest.earliest = 0
		}
		if expires != 0 && expires < p.before {
			due = append(due, bytes.Clone(k)) // a deletion may move what k points to
			return true
		}
		rest.size, rest.earliest = rest.size+len(k)+len(v), earlier(rest.earliest, expires)
		return true
	}, func(error) error {
		rest.earliest = 0
		return nil
	})
	if err != nil {
		return stretch{}, err
	}
	records := tx.Bucket(recordsBucket)
	for _, k := range due {
		_, expires, _, err := header(k, records.Get(k))
		if err != nil || expires == 0 || expires >= p.before {
			continue // the batch has rewritten or deleted it meanwhile
		}
		if j.key(k, true) != nil {
			rest.earliest = 0
			continue
		}
		if err := records.Delete(k); err != nil {
			return stretch{}, err
		}
		p.swept++
	}
	return stretch{first, next, []zone{rest}}, nil
}
