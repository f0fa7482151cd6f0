package memstore

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/store"
)

// Bounds on what a scan does at a time while it holds the lock, so that logins
// wait less than a millisecond for it: what it hands out, looks at, takes to be
// sorted, and sorts in.
const (
	pageRecords = 128
	pageLooks   = 1024
	takeRecords = 1024
	sortRecords = 256
	sortPortion = 1 << 16 // sorted together, without the lock
)

// Scan implements [store.Store]. The first scan after many writes sorts their
// keys, which takes about a microsecond each. No other caller but one who scans
// waits for that.
func (s *Store) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		err := s.settle(ctx)
		from := max(prefix, after+"\x00") // no key holds a zero byte
		for from != "" {
			var page []found
			if err == nil {
				page, from, err = s.page(prefix, from)
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(store.Record{}, err)
				return
			}
			for _, f := range page {
				if err := ctx.Err(); err != nil {
					yield(store.Record{}, err)
					return
				}
				key, value := split(f.data)
				r, _ := f.record(strings.Clone(key), make([]byte, 0, len(value)))
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// page finds records with that prefix from a key on. It returns the key at which
// the next page starts, or "" when there is none.
func (s *Store) page(prefix, from string) (page []found, next string, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, "", store.ErrClosed
	}
	looks := 0
	for r := range s.order.from(from) {
		key := r.key()
		if !strings.HasPrefix(key, prefix) {
			break
		}
		if len(page) == pageRecords || looks == pageLooks {
			return page, strings.Clone(key), nil
		}
		looks++
		if r.version != 0 {
			page = append(page, r.found())
		}
	}
	return page, "", nil
}

// settle sorts in all that was written before the call. Others who scan wait for
// it; what was begun is left for the next if ctx ends.
func (s *Store) settle(ctx context.Context) error {
	select {
	case s.sorting <- struct{}{}:
		defer func() { <-s.sorting }()
	case <-ctx.Done():
		return ctx.Err()
	}
	err := s.settleWaiting(ctx) // what an earlier call left
	if err == nil {
		err = s.locked(func() {
			s.order.fresh, s.order.waiting = s.order.waiting, s.order.fresh
		})
	}
	if err == nil {
		err = s.settleWaiting(ctx)
	}
	if err == nil {
		err = s.tidy(ctx)
	}
	return err
}

// settleWaiting sorts in all that waits.
func (s *Store) settleWaiting(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var batch []named
		more := true
		for more && len(batch) < sortPortion {
			err := s.locked(func() {
				batch = s.order.take(batch, takeRecords)
				more = s.order.waiting.n > 0
			})
			if err != nil {
				return err
			}
		}
		slices.SortFunc(batch, func(a, b named) int { return strings.Compare(a.key, b.key) })
		c := 0
		for part := range slices.Chunk(batch, sortRecords) {
			if err := s.locked(func() { c = s.order.sortIn(part, c) }); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
	}
}

// tidy frees the order of deleted records, if they are many.
func (s *Store) tidy(ctx context.Context) error {
	untidy, more := false, true
	if err := s.locked(func() { untidy = s.order.isUntidy() }); err != nil || !untidy {
		return err
	}
	for c := 0; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.locked(func() {
			if more = c < len(s.order.chunks); more {
				c = s.order.tidy(c)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// locked calls fn with the lock held, unless the store is closed.
func (s *Store) locked(fn func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	fn()
	return nil
}
