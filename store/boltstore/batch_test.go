package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

func TestGroupCommit(t *testing.T) {
	path := tempPath(t)
	s := open(t, path, boltstore.Options{})
	const callers, rounds = 64, 15
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			version := uint64(0)
			for n := range rounds {
				own := store.Write{Key: fmt.Sprintf("own/%02d", i), Value: []byte{byte(n)}, If: version}
				c := change(own, put(fmt.Sprintf("row/%02d/%02d", i, n), "x"))
				if err := s.Commit(t.Context(), c); err != nil {
					t.Errorf("Commit: %v", err)
					return
				}
				version = c.ID
				stale := change(store.Write{Key: own.Key, If: version + 1}, put(fmt.Sprintf("never/%d/%d", i, n), "x"))
				if err := s.Commit(t.Context(), stale); !errors.Is(err, store.ErrConflict) {
					t.Errorf("stale Commit: got error %v, want %v", err, store.ErrConflict)
				}
			}
		})
	}
	wg.Wait()
	check := func(s store.Store) {
		t.Helper()
		counts := map[string]int{}
		for _, r := range all(t, s) {
			kind, _, _ := strings.Cut(r.Key, "/")
			counts[kind]++
			if kind == "own" && r.Value[0] != rounds-1 {
				t.Errorf("%s: got round %d, want %d", r.Key, r.Value[0], rounds-1)
			}
		}
		if counts["own"] != callers || counts["row"] != callers*rounds || counts["never"] != 0 {
			t.Errorf("got %v, want %d own and %d row", counts, callers, callers*rounds)
		}
	}
	check(s)
	s.Close()
	if got := transactions(t, path); got >= callers*rounds {
		t.Errorf("%d commits took %d bbolt transactions, want them to share", callers*rounds, got)
	}
	check(open(t, path, boltstore.Options{}))
}

// transactions is how many bbolt transactions a file has seen.
func transactions(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.View(func(tx *bolt.Tx) error { n = tx.ID(); return nil })
	return n
}

// TestBatch judges each change against the winners before it.
func TestBatch(t *testing.T) {
	s := open(t, tempPath(t), boltstore.Options{})
	base := commit(t, s, put("a", "0"), put("b", "0"), store.Write{Key: "old", Value: []byte("0"), Expires: time.Unix(1000, 0)})
	replace := func(key, value string, id uint64) store.Write {
		return store.Write{Key: key, Value: []byte(value), If: id}
	}
	first := change(replace("a", "1", base), put("new", "1"))
	second := change(replace("a", "2", first.ID))
	gone := change(store.Write{Key: "b", If: base}, store.Write{Key: "old", If: base})
	back := change(put("b", "3"), store.Write{Key: "old", Value: []byte("3"), Expires: time.Unix(9000, 0)})
	cases := []struct {
		name   string
		change store.Change
		want   error
	}{
		{"first", first, nil},
		{"on the same version", change(replace("a", "x", base), put("lost", "x")), store.ErrConflict},
		{"on the winner's", second, nil},
		{"on a version since replaced", change(replace("a", "x", first.ID)), store.ErrConflict},
		{"an insert that was made meanwhile", change(put("new", "x")), store.ErrConflict},
		{"holding the winner's", change(store.Write{Key: "a", If: second.ID, Keep: true}, put("kept", "1")), nil},
		{"holding what was replaced", change(store.Write{Key: "a", If: base, Keep: true}, put("lost", "x")), store.ErrConflict},
		{"holding an absence that has ended", change(store.Write{Key: "new", Keep: true}, put("lost", "x")), store.ErrConflict},
		{"a refused change leaves nothing to meet", change(put("lost", "1")), nil},
		{"a delete", gone, nil},
		{"of what is deleted", change(replace("b", "x", base)), store.ErrConflict},
		{"a new start after the delete", back, nil},
		{"deleted and reborn is another", change(replace("b", "x", gone.ID)), store.ErrConflict},
		{"there and gone", change(put("brief", "x")), nil},
	}
	cases = append(cases, struct {
		name   string
		change store.Change
		want   error
	}{"gone again", change(store.Write{Key: "brief", If: cases[len(cases)-1].change.ID}), nil})
	var changes []store.Change
	for _, c := range cases {
		changes = append(changes, c.change)
	}
	for i, err := range s.CommitTogether(t.Context(), changes...) {
		if !errors.Is(err, cases[i].want) {
			t.Errorf("%s: got error %v, want %v", cases[i].name, err, cases[i].want)
		}
	}
	got := ""
	for _, r := range all(t, s) {
		got += r.Key + "=" + string(r.Value) + " "
	}
	if want := "a=2 b=3 kept=1 lost=1 new=1 old=3 "; got != want {
		t.Errorf("after the batch: got %q, want %q", got, want)
	}
	if n, err := s.Sweep(t.Context(), time.Unix(5000, 0), 10); n != 0 || err != nil {
		t.Errorf("Sweep: got %d and error %v, want the rewritten record spared", n, err)
	}
	if n, err := s.Sweep(t.Context(), time.Unix(10000, 0), 10); n != 1 || err != nil {
		t.Errorf("Sweep later: got %d and error %v, want 1", n, err)
	}
}

func TestBatchCancelled(t *testing.T) {
	s := open(t, tempPath(t), boltstore.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	errs := s.CommitTogether(ctx, change(put("a", "x")))
	if !errors.Is(errs[0], context.Canceled) || len(all(t, s)) != 0 {
		t.Errorf("got error %v and %d records, want %v and none", errs[0], len(all(t, s)), context.Canceled)
	}
}
