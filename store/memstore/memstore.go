// Package memstore keeps a [store.Store] in memory: for tests, for trying
// things out, and for hosts whose logins may be forgotten at a restart.
//
// Nothing survives the process. In particular a restart forgets which codes
// were spent and how many guesses were made, so a host that keeps its accounts
// elsewhere should not use it in earnest.
//
// A record costs its key and its value and about 70 bytes. The memory of those
// that are deleted is used for others, and not given back to the system.
package memstore

import (
	"context"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// maxPortion bounds how many records a sweep deletes while it holds the lock,
// which takes about a millisecond.
const maxPortion = 1000

// Store is a map with versions. Make one with [New]; all methods may be called
// from any number of goroutines.
type Store struct {
	mu     sync.RWMutex
	closed bool
	recs   records
	table  table
	order  order
	due    due

	sorting chan struct{} // held by the scan that sorts
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	s := &Store{sorting: make(chan struct{}, 1)}
	s.recs.push(record{}) // the absent one
	s.table, s.order.recs, s.due.recs = newTable(&s.recs), &s.recs, &s.recs
	return s
}

// found is what stands under a key, to be copied after the lock is released: a
// text never changes.
type found struct {
	data    string // empty if the key is absent
	version uint64
	expires int64
}

func (r *record) found() found { return found{r.data, r.version, r.expires} }

// size is the length of the value.
func (f *found) size() int {
	if f.version == 0 {
		return 0
	}
	_, v := split(f.data)
	return len(v)
}

// record copies what was found into room, and returns what is left of it.
func (f *found) record(key string, room []byte) (r store.Record, rest []byte) {
	if f.version == 0 {
		return store.Record{Key: key}, room
	}
	_, v := split(f.data)
	n := len(v)
	value := append(room[:0:n], v...) // never nil, and full
	return store.Record{Key: key, Value: value, Version: f.version, Expires: store.ExpiryTime(f.expires)}, room[n:n]
}

// usual is how many keys a login reads or writes together, for lists on the stack.
const usual = 24

// Load implements [store.Store]; the moment is that of the call.
func (s *Store) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if err := store.CheckKeys(keys...); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var few [usual]found
	all, err := s.find(few[:0], keys)
	if err != nil {
		return nil, err
	}
	recs := make([]store.Record, len(keys))
	size := 0
	for i := range all {
		size += all[i].size()
	}
	room := make([]byte, 0, size) // for all values, each of which ends where the next begins
	for i, k := range keys {
		recs[i], room = all[i].record(k, room)
	}
	return recs, nil
}

// find appends what stands under each key.
func (s *Store) find(to []found, keys []string) ([]found, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, store.ErrClosed
	}
	for _, k := range keys {
		to = append(to, s.recs.at(s.table.find(k)).found())
	}
	return to, nil
}

// Commit implements [store.Store], never with [store.ErrUnknown].
func (s *Store) Commit(ctx context.Context, c store.Change) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	var fewTexts [usual]string
	texts := fewTexts[:0] // made before the lock is held
	for i := range c.Writes {
		text := ""
		if w := &c.Writes[i]; !w.Keep && w.Value != nil {
			text = join(w.Key, w.Value)
		}
		texts = append(texts, text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil { // after the wait, which may have been long
		return err
	}
	if s.closed {
		return store.ErrClosed
	}
	var fewPlaces [usual]uint32
	places := fewPlaces[:0]
	for i := range c.Writes {
		at := s.table.find(c.Writes[i].Key)
		if s.recs.at(at).version != c.Writes[i].If {
			return store.ErrConflict
		}
		places = append(places, at)
	}
	for i := range c.Writes {
		w := &c.Writes[i]
		switch {
		case texts[i] != "":
			s.put(places[i], record{data: texts[i], version: c.ID, expires: store.ExpirySeconds(w.Expires)})
		case !w.Keep && places[i] != 0:
			s.delete(places[i])
		}
	}
	return nil
}

// put replaces record i, or adds one if that is the absent one.
func (s *Store) put(i uint32, n record) {
	old := int64(0)
	if i == 0 {
		i = s.recs.add(n)
		s.table.add(i)
		s.order.insert(i)
	} else {
		r := s.recs.at(i)
		old = r.expires
		r.data, r.version, r.expires = n.data, n.version, n.expires
	}
	switch {
	case old == n.expires:
	case old == 0:
		s.due.add(i)
	case n.expires == 0:
		s.due.remove(i)
	default:
		s.due.change(i)
	}
}

func (s *Store) delete(i uint32) {
	r := s.recs.at(i)
	s.table.remove(i)
	if r.expires != 0 {
		s.due.remove(i)
	}
	if s.order.remove(i) {
		s.recs.release(i)
		return
	}
	r.version = 0
	r.forgetValue()
}

// Sweep implements [store.Store]. It takes the lock once for each 1,000 records
// that it deletes, and looks at no others. Writers who call as fast as they can
// have the lock for a millisecond at a time before it gets its turn, so much
// smaller portions would not keep up with them.
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
func (s *Store) sweep(before int64, limit int) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, store.ErrClosed
	}
	for n < limit {
		i := s.due.first()
		if i == 0 || s.recs.at(i).expires >= before {
			break
		}
		s.delete(i)
		n++
	}
	return n, nil
}

// Close forgets everything.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.recs, s.table, s.order, s.due = records{}, table{}, order{}, due{}
	return nil
}
