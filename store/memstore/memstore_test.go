package memstore_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New() })
}

// TestModel holds the store to a plain map through thousands of inserts,
// replacements, deletes and sweeps, with scans often or seldom between, some of
// them broken off: enough to cut, empty and join the chunks of its order.
func TestModel(t *testing.T) {
	for _, every := range []int{1, 7, 400, 3000} {
		t.Run(fmt.Sprint("scan after ", every), func(t *testing.T) {
			m := &model{s: memstore.New(), r: rand.New(rand.NewPCG(1, uint64(every))), recs: map[string]store.Record{}}
			for round := range 6 {
				for i := range 3000 {
					m.write(t, round)
					if i%every == 0 {
						m.peek(t)
					}
				}
				m.sweep(t, time.Unix(int64(100*round), 0))
				m.scan(t)
			}
		})
	}
}

// model is what the store should hold.
type model struct {
	s    *memstore.Store
	r    *rand.Rand
	id   uint64
	recs map[string]store.Record
}

func (m *model) key() string { return fmt.Sprintf("k/%04d", m.r.IntN(4000)) }

// write inserts, replaces or, more often in later rounds, deletes a record.
func (m *model) write(t *testing.T, round int) {
	m.id++
	w := store.Write{Key: m.key(), Value: []byte{byte(m.id)}}
	w.If = m.recs[w.Key].Version
	if n := m.r.IntN(1000); n > 100 {
		w.Expires = time.Unix(int64(n), 0).UTC()
	}
	if m.r.IntN(6) < round {
		w.Value = nil
	}
	if err := m.s.Commit(t.Context(), store.Change{ID: m.id, Writes: []store.Write{w}}); err != nil {
		t.Fatal(err)
	}
	delete(m.recs, w.Key)
	if w.Value != nil {
		m.recs[w.Key] = store.Record{Key: w.Key, Value: w.Value, Version: m.id, Expires: w.Expires}
	}
}

// peek reads a record, and begins a scan that it breaks off.
func (m *model) peek(t *testing.T) {
	key := m.key()
	recs, err := m.s.Load(t.Context(), key)
	if err != nil || recs[0].Version != m.recs[key].Version {
		t.Fatalf("Load(%q): got %v and error %v, want %v", key, recs, err, m.recs[key])
	}
	for rec, err := range m.s.Scan(&ending{t.Context(), m.r.IntN(9)}, "k/", key) {
		if err == nil && (rec.Key <= key || rec.Version != m.recs[rec.Key].Version) {
			t.Fatalf("Scan after %q: got %v, want %v", key, rec, m.recs[rec.Key])
		}
		break
	}
}

// ending is a context that ends after so many looks at it.
type ending struct {
	context.Context
	looks int
}

func (e *ending) Err() error {
	if e.looks--; e.looks < 0 {
		return context.Canceled
	}
	return nil
}

func (m *model) sweep(t *testing.T, before time.Time) {
	want := 0
	maps.DeleteFunc(m.recs, func(_ string, rec store.Record) bool {
		due := !rec.Expires.IsZero() && rec.Expires.Before(before)
		if due {
			want++
		}
		return due
	})
	if n, err := m.s.Sweep(t.Context(), before, 1<<20); n != want || err != nil {
		t.Errorf("Sweep: got %d and error %v, want %d", n, err, want)
	}
}

func (m *model) scan(t *testing.T) {
	keys := slices.Sorted(maps.Keys(m.recs))
	i := 0
	for rec, err := range m.s.Scan(t.Context(), "k/", "") {
		if err != nil || i >= len(keys) || !reflect.DeepEqual(rec, m.recs[keys[i]]) {
			t.Fatalf("Scan: record %d is %v, error %v", i, rec, err)
		}
		i++
	}
	if i != len(keys) {
		t.Errorf("Scan: got %d records, want %d", i, len(keys))
	}
}

// TestMemory: a session and its listing cost 550 bytes at most, of which 365 are
// keys and values; no more when all have been replaced; the values go with what is
// deleted; and 120 more at most when all have made way for others, however often.
func TestMemory(t *testing.T) {
	const sessions, limit, gone, again = 20_000, 550, 400, 670
	for _, scanned := range []bool{false, true} {
		before := heap()
		s := memstore.New()
		check := func(what string, limit uint64) {
			if scanned {
				for _, err := range s.Scan(t.Context(), "none", "") {
					t.Fatal(err)
				}
			}
			if got := (heap() - before) / sessions; got > limit {
				t.Errorf("%s, scanned %v: %d bytes a session, want %d at most", what, scanned, got, limit)
			}
		}
		fill(t, s, sessions)
		check("new", limit)
		for id := range uint64(sessions) {
			c := session(id + 1)
			for i := range c.Writes {
				c.Writes[i].If = c.ID
			}
			if err := s.Commit(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		check("replaced", limit)
		for range 3 {
			for id := range uint64(sessions) {
				c := session(id + 1)
				for i := range c.Writes {
					c.Writes[i].If, c.Writes[i].Value = c.ID, nil
				}
				if err := s.Commit(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			if got := (heap() - before) / sessions; got > gone {
				t.Errorf("deleted, scanned %v: %d bytes a session, want %d at most", scanned, got, gone)
			}
			fill(t, s, sessions)
			check("made again", again)
		}
		s.Close()
	}
}

// A sweep that finds nothing to delete looks at nothing, however much there is.
func BenchmarkSweepNothing(b *testing.B) {
	s := memstore.New()
	for i := range uint64(100_000) {
		w := store.Write{Key: fmt.Sprint("k/", i), Value: []byte("x"), Expires: time.Unix(2000, 0)}
		if err := s.Commit(b.Context(), store.Change{ID: i + 1, Writes: []store.Write{w}}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if n, err := s.Sweep(b.Context(), time.Unix(1000, 0), 1000); n != 0 || err != nil {
			b.Fatalf("got %d and error %v", n, err)
		}
	}
}
