// Package memstore keeps a [store.Store] in memory: for tests, for trying
// things out, and for hosts whose logins may be forgotten at a restart.
//
// Nothing survives the process. In particular a restart forgets which codes
// were spent and how many guesses were made, so a host that keeps its accounts
// elsewhere should not use it in earnest.
package memstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// Bounds on how long the lock is held at a time, so that neither a long scan
// nor a long sweep makes logins wait: a page, and what is deleted together,
// which takes some four milliseconds at most.
const (
	pageRecords = 128
	pageBytes   = 1 << 20
	maxPortion  = 2000
)

// Store is a map with versions. Make one with [New]; all methods may be called
// from any number of goroutines.
type Store struct {
	mu     sync.RWMutex
	closed bool
	m      map[string]entry
	keys   order // the keys of m
	due    order // one [dueKey] for each entry that expires
}

var _ store.Store = (*Store)(nil)

type entry struct {
	value   []byte
	version uint64
	expires int64 // as [store.ExpirySeconds]
}

// New returns an empty store.
func New() *Store { return &Store{m: map[string]entry{}} }

// Load implements [store.Store]; the moment is that of the call.
func (s *Store) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if err := store.CheckKeys(keys...); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, store.ErrClosed
	}
	recs := make([]store.Record, len(keys))
	size := 0
	for _, k := range keys {
		size += len(s.m[k].value)
	}
	room := make([]byte, 0, size) // for all values, each of which ends where the next begins
	for i, k := range keys {
		recs[i], room = s.record(k, room)
	}
	return recs, nil
}

// record copies what stands under key into room. The caller holds the lock.
func (s *Store) record(key string, room []byte) (r store.Record, rest []byte) {
	e, ok := s.m[key]
	if !ok {
		return store.Record{Key: key}, room
	}
	n := len(e.value)
	value := append(room[:0:n], e.value...) // never nil, and full
	return store.Record{Key: key, Value: value, Version: e.version, Expires: store.ExpiryTime(e.expires)}, room[n:n]
}

// Commit implements [store.Store], never with [store.ErrUnknown].
func (s *Store) Commit(ctx context.Context, c store.Change) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil { // after the wait, which may have been long
		return err
	}
	if s.closed {
		return store.ErrClosed
	}
	for _, w := range c.Writes {
		if s.m[w.Key].version != w.If {
			return store.ErrConflict
		}
	}
	for _, w := range c.Writes {
		switch {
		case w.Keep:
		case w.Value == nil:
			s.delete(w.Key)
		default:
			s.put(w.Key, entry{bytes.Clone(w.Value), c.ID, store.ExpirySeconds(w.Expires)})
		}
	}
	return nil
}

func (s *Store) put(key string, e entry) {
	old, replaced := s.m[key]
	if !replaced {
		s.keys.insert(key)
	}
	if old.expires != e.expires {
		if old.expires != 0 {
			s.due.remove(dueKey(old.expires, key))
		}
		if e.expires != 0 {
			s.due.insert(dueKey(e.expires, key))
		}
	}
	s.m[key] = e
}

func (s *Store) delete(key string) {
	old, ok := s.m[key]
	if !ok {
		return
	}
	if old.expires != 0 {
		s.due.remove(dueKey(old.expires, key))
	}
	s.keys.remove(key)
	delete(s.m, key)
}

// Scan implements [store.Store]. It takes the lock once for each page of
// at most 128 records or 1 MiB, and never while it yields.
func (s *Store) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		from := max(prefix, after+"\x00") // no key holds a zero byte
		for from != "" {
			var page []store.Record
			var err error
			page, from, err = s.page(prefix, from)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(store.Record{}, err)
				return
			}
			for _, r := range page {
				if err := ctx.Err(); err != nil {
					yield(store.Record{}, err)
					return
				}
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// page copies records with that prefix from a key on. It returns the key at
// which the next page starts, or "" when there is none.
func (s *Store) page(prefix, from string) (page []store.Record, next string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, "", store.ErrClosed
	}
	s.keys.sortFresh()
	size := 0
	for k := range s.keys.from(from) {
		if !strings.HasPrefix(k, prefix) {
			break
		}
		if len(page) == pageRecords || size > pageBytes {
			return page, k, nil
		}
		r, _ := s.record(k, make([]byte, 0, len(s.m[k].value)))
		page, size = append(page, r), size+len(r.Value)
	}
	return page, "", nil
}

// Sweep implements [store.Store]. It takes the lock once for each 2,000
// records that it deletes, and looks at no others. Writers who call as fast as
// they can have the lock for a millisecond at a time before it gets its turn,
// so smaller portions would not keep up with them.
func (s *Store) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	n := 0
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		portion := min(limit-n, maxPortion)
		swept, err := s.sweep(store.ExpirySeconds(before), portion)
		if n += swept; err != nil || swept < portion || n >= limit {
			return n, err
		}
	}
}

// sweep deletes at most limit records whose expiry is below before.
func (s *Store) sweep(before int64, limit int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, store.ErrClosed
	}
	s.due.sortFresh()
	end := dueKey(before, "")
	var keys []string
	for d := range s.due.from("") {
		if d >= end || len(keys) >= limit {
			break
		}
		keys = append(keys, d[8:])
	}
	for _, k := range keys {
		s.delete(k)
	}
	return len(keys), nil
}

// dueKey sorts by expiry, then by key.
func dueKey(expires int64, key string) string {
	var room [8 + store.MaxKey]byte // on the stack, so that the text is all that is allocated
	return string(append(binary.BigEndian.AppendUint64(room[:0], uint64(expires)), key...))
}

// Close forgets everything.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.m, s.keys, s.due = true, nil, order{}, order{}
	return nil
}
