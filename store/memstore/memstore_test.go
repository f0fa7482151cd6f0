package memstore_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
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
// replacements and deletes, enough to cut and empty the chunks of its order.
func TestModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := memstore.New()
	model := map[string]store.Record{}
	id := uint64(0)
	for round := range 6 {
		for range 3000 {
			id++
			key := fmt.Sprintf("k/%04d", r.IntN(4000))
			w := store.Write{Key: key, Value: []byte{byte(id)}, If: model[key].Version, Expires: time.Unix(int64(1+r.IntN(1000)), 0)}
			if r.IntN(6) < round { // more and more deletes
				w.Value = nil
			}
			if err := s.Commit(t.Context(), store.Change{ID: id, Writes: []store.Write{w}}); err != nil {
				t.Fatal(err)
			}
			delete(model, key)
			if w.Value != nil {
				model[key] = store.Record{Key: key, Value: w.Value, Version: id, Expires: w.Expires}
			}
		}
		before := time.Unix(int64(100*round), 0)
		want := 0
		maps.DeleteFunc(model, func(_ string, rec store.Record) bool {
			if rec.Expires.Before(before) {
				want++
				return true
			}
			return false
		})
		if n, err := s.Sweep(t.Context(), before, 1<<20); n != want || err != nil {
			t.Errorf("round %d: Sweep: got %d and error %v, want %d", round, n, err, want)
		}
		keys := slices.Sorted(maps.Keys(model))
		i := 0
		for rec, err := range s.Scan(t.Context(), "k/", "") {
			if err != nil || i >= len(keys) || rec.Key != keys[i] || rec.Version != model[keys[i]].Version {
				t.Fatalf("round %d: Scan: record %d is %q, error %v", round, i, rec.Key, err)
			}
			i++
		}
		if i != len(keys) {
			t.Errorf("round %d: Scan: got %d records, want %d", round, i, len(keys))
		}
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
