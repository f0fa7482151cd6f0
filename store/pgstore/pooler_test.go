package pgstore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/pgstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestPooler proves the contract through PgBouncer, as Debian's defaults have it,
// in both of its modes.
func TestPooler(t *testing.T) {
	for _, mode := range []string{"session", "transaction"} {
		t.Run(mode, func(t *testing.T) {
			another := func(t *testing.T, s store.Store) store.Store { return at{open(t, s.(at).url), s.(at).url} }
			storetest.RunBackend(t, storetest.Backend{
				Open: func(t *testing.T) store.Store {
					_, pooled := pgtest.PooledURL(t, mode)
					return at{open(t, pooled), pooled}
				},
				Reopen: another,
			})
		})
	}
}

// TestPoolerSharesConnections: nothing that a connection knows is counted on. Two
// stores in different schemas, of which one is on a pool of the host's, take turns
// on the same few connections.
func TestPoolerSharesConnections(t *testing.T) {
	_, one := pgtest.PooledURL(t, "transaction")
	_, two := pgtest.PooledURL(t, "transaction")
	bare, schema := withoutSchema(t, two+"&pool_max_conns=30")
	lent, err := pgstore.New(t.Context(), pool(t, bare), pgstore.Options{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	stores := []*pgstore.Store{open(t, one+"&pool_max_conns=30"), lent}
	together(60, func(i int) {
		s := stores[i%2]
		for range 20 {
			if err := s.Commit(t.Context(), change(put("k/"+string(rune('A'+i)), "x"))); err != nil && !errors.Is(err, store.ErrConflict) {
				t.Errorf("Commit: %v", err)
				return
			}
			if _, err := s.Load(t.Context(), "k/A"); err != nil {
				t.Errorf("Load: %v", err)
				return
			}
		}
	})
	for i, s := range stores {
		n := 0
		for _, err := range s.Scan(t.Context(), "k/", "") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 30 {
			t.Errorf("store %d: got %d records, want its own 30", i, n)
		}
	}
}

// TestPoolerRefuses: what a pooler does not hand on is named, with the cure.
func TestPoolerRefuses(t *testing.T) {
	_, pooled := pgtest.PooledURL(t, "transaction")
	for _, tt := range []struct{ more, says string }{
		{"&statement_timeout=5s", "statement_timeout"},
		{"&work_mem=1MB", "work_mem"},
	} {
		_, err := pgstore.Open(t.Context(), pooled+tt.more, pgstore.Options{})
		if !errors.Is(err, pgstore.ErrPooler) || !strings.Contains(err.Error(), "pooler") || !strings.Contains(err.Error(), "ALTER ROLE … SET "+tt.says) {
			t.Errorf("%s: got error %v, want %v and the cure", tt.more, err, pgstore.ErrPooler)
		}
	}
	_, err := pgstore.Open(t.Context(), strings.Replace(pooled, "search_path=", "search_path=public,", 1), pgstore.Options{})
	if !errors.Is(err, pgstore.ErrPooler) || !strings.Contains(err.Error(), "search_path") {
		t.Errorf("two schemas: got error %v, want %v", err, pgstore.ErrPooler)
	}
	_, err = pgstore.Open(t.Context(), pooled+"&options=-c%20work_mem%3D1MB", pgstore.Options{})
	if !errors.Is(err, pgstore.ErrPooler) || !strings.Contains(err.Error(), "PGOPTIONS") || strings.Contains(err.Error(), "SET options") {
		t.Errorf("options: got error %v, want %v and where they may come from", err, pgstore.ErrPooler)
	}
	commit(t, open(t, pooled+"&application_name=mine"), put("a", "x"))
	_, schema := withoutSchema(t, pooled)
	s, err := pgstore.Open(t.Context(), strings.Replace(pooled, "search_path=", "search_path=public,", 1), pgstore.Options{Schema: schema})
	if err != nil {
		t.Fatalf("two schemas in the path, and one asked for: %v", err)
	}
	defer s.Close()
	if r := load(t, s, "a"); r.Value == nil {
		t.Error("the schema asked for is not the one in use")
	}
}
