package storetest_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// disk is what outlives a ref.
type disk struct {
	mu   sync.Mutex
	rows map[string]row
}

type row struct {
	value   []byte
	version uint64
	expires int64
	damaged bool
	unswept bool // the sweep does not know of it
}

// ref is a store that keeps the whole contract, and has a place for each way
// to break it: a function that is not nil stands in for what is right. The
// methods with lower-case names are its parts, for those that assemble them
// wrongly.
type ref struct {
	*disk
	closed bool

	key     func(string) string
	version func(key string, old row, c store.Change) uint64
	value   func([]byte) []byte
	expiry  func(time.Time) int64
	out     func(key string, r row) store.Record
	crash   func() map[string]row

	cut   int // how the next commit is cut off, 0 not at all
	late  *store.Change
	calls int // until late lands
	blind bool
}

var _ store.Store = (*ref)(nil)

// base is how the backend finds the ref in whatever wraps it.
func (s *ref) base() *ref { return s }

func (s *ref) at(key string) string {
	if s.key != nil {
		return s.key(key)
	}
	return key
}

// record is what stands under key, or an error that it is damaged.
func (s *ref) record(key string) (store.Record, error) {
	r, ok := s.rows[s.at(key)]
	switch {
	case !ok:
		return store.Record{Key: key}, nil
	case s.out != nil:
		return s.out(key, r), nil
	case r.damaged:
		return store.Record{Key: key}, store.ErrDamaged
	}
	return store.Record{Key: key, Value: append([]byte{}, r.value...), Version: r.version, Expires: store.ExpiryTime(r.expires)}, nil
}

// usable begins every call. The caller holds the lock.
func (s *ref) usable(ctx context.Context) error {
	if s.closed {
		return store.ErrClosed
	}
	if s.calls--; s.late != nil && s.calls < 0 { // it has been on the way until now
		c := *s.late
		s.late = nil
		if s.blind || s.compare(c) == nil {
			s.apply(c)
		}
	}
	return ctx.Err()
}

func (s *ref) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if err := store.CheckKeys(keys...); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	recs := make([]store.Record, len(keys))
	for i, k := range keys {
		var err error
		if recs[i], err = s.record(k); err != nil {
			return nil, err
		}
	}
	return recs, nil
}

// compare holds every write to its version. The caller holds the lock.
func (s *ref) compare(c store.Change) error {
	for _, w := range c.Writes {
		r := s.rows[s.at(w.Key)]
		if r.damaged {
			return store.ErrDamaged
		}
		if r.version != w.If {
			return store.ErrConflict
		}
	}
	return nil
}

// apply writes without a look. The caller holds the lock.
func (s *ref) apply(c store.Change) {
	for _, w := range c.Writes {
		key := s.at(w.Key)
		switch {
		case w.Keep:
		case w.Value == nil:
			delete(s.rows, key)
		default:
			r := row{value: append([]byte{}, w.Value...), version: c.ID, expires: store.ExpirySeconds(w.Expires)}
			if s.version != nil {
				r.version = s.version(key, s.rows[key], c)
			}
			if s.value != nil {
				r.value = s.value(w.Value)
			}
			if s.expiry != nil {
				r.expires = s.expiry(w.Expires)
			}
			s.rows[key] = r
		}
	}
}

var errRefused = errors.New("connection refused")

func (s *ref) Commit(ctx context.Context, c store.Change) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	cut := s.cut
	s.cut = 0
	switch cut {
	case 1: // lost on the way there
		return store.ErrUnknown
	case 2: // not there yet
		s.late, s.calls = &c, 1
		if s.blind {
			s.calls = 6
		}
		return store.ErrUnknown
	case 3:
		return errRefused
	}
	if err := s.compare(c); err != nil {
		return err
	}
	s.apply(c)
	if cut == 4 { // lost on the way back
		return store.ErrUnknown
	}
	return nil
}

// snapshot copies all that is there.
func (s *ref) snapshot() map[string]row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.rows)
}

// page returns at most n records after a key.
func (s *ref) page(ctx context.Context, prefix, after string, n int) (recs []store.Record, errs []error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, nil, err
	}
	var keys []string
	for k := range s.rows {
		if strings.HasPrefix(k, prefix) && k > after {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys[:min(n, len(keys))] {
		r, err := s.record(k)
		recs, errs = append(recs, r), append(errs, err)
	}
	return recs, errs, nil
}

const refPage = 50

func (s *ref) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for {
			recs, errs, err := s.page(ctx, prefix, after, refPage)
			if err != nil {
				yield(store.Record{}, err)
				return
			}
			for i, r := range recs {
				if err := ctx.Err(); err != nil {
					yield(store.Record{}, err)
					return
				}
				if !yield(r, errs[i]) {
					return
				}
				after = r.Key
			}
			if len(recs) < refPage {
				return
			}
		}
	}
}

// due are the keys that expired before. The caller holds the lock.
func (s *ref) due(before time.Time) (keys []string) {
	for k, r := range s.rows {
		if r.expires != 0 && r.expires < store.ExpirySeconds(before) && !r.unswept {
			keys = append(keys, k)
		}
	}
	return keys
}

func (s *ref) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return 0, err
	}
	keys := s.due(before)
	keys = keys[:min(len(keys), max(limit, 0))]
	for _, k := range keys {
		delete(s.rows, k)
	}
	return len(keys), nil
}

func (s *ref) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// refBackend is everything that a backend can offer, over what wrap makes of
// each ref.
func refBackend(wrap func(*ref) store.Store) storetest.Backend {
	on := func(rows map[string]row) store.Store { return wrap(&ref{disk: &disk{rows: rows}}) }
	base := func(s store.Store) *ref { return s.(interface{ base() *ref }).base() }
	return storetest.Backend{
		Open:   func(*testing.T) store.Store { return on(map[string]row{}) },
		Reopen: func(_ *testing.T, s store.Store) store.Store { return on(base(s).snapshot()) },
		Crash: func(_ *testing.T, s store.Store) store.Store {
			if r := base(s); r.crash != nil {
				return on(r.crash())
			}
			return on(base(s).snapshot())
		},
		Damage: func(_ *testing.T, s store.Store, key string) {
			r := base(s)
			r.mu.Lock()
			defer r.mu.Unlock()
			was := r.rows[key]
			was.damaged = true
			r.rows[key] = was
		},
		Cut: func(_ *testing.T, s store.Store, n int) (store.Store, func()) {
			r := base(s)
			r.mu.Lock()
			defer r.mu.Unlock()
			r.cut = 1 + n%4
			return s, func() {}
		},
	}
}

// The store that the broken ones break passes everything.
func TestUnbroken(t *testing.T) {
	storetest.RunBackend(t, refBackend(func(r *ref) store.Store { return r }))
}
