package sealed_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

func rotated(t testing.TB, k sealed.Keys) sealed.Keys {
	t.Helper()
	k, err := k.Rotated()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func retired(t testing.TB, k sealed.Keys) sealed.Keys {
	t.Helper()
	k, err := k.Retired()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestRotation(t *testing.T) {
	inner, old := memstore.New(), sealed.NewKeys()
	put(t, seal(t, inner, old), "session/0a", "old")
	both := rotated(t, old)
	s := seal(t, inner, both)
	put(t, s, "session/0b", "new")
	if got := load(t, s, "session/0a"); string(got.Value) != "old" {
		t.Errorf("sealed by the old key: got %q, want it to open", got.Value)
	}
	onlyNew := seal(t, inner, retired(t, both))
	if got := load(t, onlyNew, "session/0b"); string(got.Value) != "new" {
		t.Errorf("sealed by the new key: got %q, want it to open", got.Value)
	}
	unreadable(t, "the old key is gone", onlyNew, "session/0a")
	unreadable(t, "the new key is not known", seal(t, inner, old), "session/0b")
}

// rekeyed is a store with n records under an old key and its ring with a new
// one in front.
func rekeyed(t *testing.T, n int) (inner *memstore.Store, both sealed.Keys, ids map[string]uint64) {
	t.Helper()
	inner, ids = memstore.New(), map[string]uint64{}
	old := sealed.NewKeys()
	s := seal(t, inner, old)
	for i := range n {
		k := fmt.Sprintf("r/%03d", i)
		ids[k] = put(t, s, k, "value of "+k)
	}
	return inner, rotated(t, old), ids
}

// wantRekeyed wants every record to open under the first key alone, with the
// version and the expiry that it had.
func wantRekeyed(t *testing.T, inner store.Store, both sealed.Keys, ids map[string]uint64) {
	t.Helper()
	s := seal(t, inner, retired(t, both))
	n := 0
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil || string(r.Value) != "value of "+r.Key || r.Version != ids[r.Key] || !r.Expires.Equal(time.Unix(1000, 0)) {
			t.Errorf("rekeyed %s: got %q of version %d until %v, error %v", r.Key, r.Value, r.Version, r.Expires, err)
		}
		n++
	}
	if n != len(ids) {
		t.Errorf("rekeyed: got %d records, want %d", n, len(ids))
	}
}

func TestRekey(t *testing.T) {
	inner, both, ids := rekeyed(t, 300)
	s := seal(t, inner, both)
	for _, want := range []int{300, 0} {
		if n, err := s.Rekey(t.Context()); n != want || err != nil {
			t.Errorf("Rekey: got %d and error %v, want %d", n, err, want)
		}
	}
	wantRekeyed(t, inner, both, ids)
}

// A crash at any commit leaves every record readable, and the next run does
// the rest.
func TestRekeyInterrupted(t *testing.T) {
	crash := errors.New("crash")
	for at := 1; at <= 12; at++ {
		inner, both, ids := rekeyed(t, 10)
		f := storetest.NewFaulty(inner)
		f.At(storetest.Any, at, storetest.Fail(crash)) // call 1 is the scan
		s := seal(t, f, both)
		n, err := s.Rekey(t.Context())
		if want := min(max(at-2, 0), 10); n != want || at <= 11 != errors.Is(err, crash) {
			t.Errorf("crash at call %d: got %d and error %v, want %d", at, n, err, want)
		}
		f.Reset()
		for k := range ids {
			if got := load(t, s, k); string(got.Value) != "value of "+k {
				t.Errorf("after the crash: %s is %q", k, got.Value)
			}
		}
		if rest, err := s.Rekey(t.Context()); rest != 10-n || err != nil {
			t.Errorf("resumed: got %d and error %v, want %d", rest, err, 10-n)
		}
		wantRekeyed(t, inner, both, ids)
	}
}

func TestRekeyCancelled(t *testing.T) {
	inner, both, _ := rekeyed(t, 10)
	f := storetest.NewFaulty(inner)
	ctx, cancel := context.WithCancel(t.Context())
	f.At(storetest.Commit, 4, storetest.Cancel(cancel))
	if n, err := seal(t, f, both).Rekey(ctx); n != 3 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d and error %v, want 3 and %v", n, err, context.Canceled)
	}
}

func TestRekeyAmongOthers(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(s store.Store, inner store.Store, both sealed.Keys) storetest.Action
		want int
	}{
		{"the answer is lost", func(_, _ store.Store, _ sealed.Keys) storetest.Action { return storetest.Then(store.ErrUnknown) }, 3},
		{"the commit is lost", func(_, _ store.Store, _ sealed.Keys) storetest.Action { return storetest.Fail(store.ErrUnknown) }, 3},
		{"rewritten meanwhile under the new key", func(s, _ store.Store, _ sealed.Keys) storetest.Action {
			return func(_ context.Context, next func() error) error { put(t, s, "r/001", "later"); return next() }
		}, 2},
		{"rewritten meanwhile under the old key", func(_, inner store.Store, both sealed.Keys) storetest.Action {
			return func(_ context.Context, next func() error) error {
				raw := load(t, inner, "r/001") // the same value as a process with the old ring would write it
				put(t, inner, "r/001", string(raw.Value))
				return next()
			}
		}, 3},
		{"deleted meanwhile", func(_, inner store.Store, _ sealed.Keys) storetest.Action {
			return func(ctx context.Context, next func() error) error {
				w := store.Write{Key: "r/001", If: load(t, inner, "r/001").Version}
				if err := inner.Commit(ctx, store.Change{ID: 1, Writes: []store.Write{w}}); err != nil {
					return err
				}
				return next()
			}
		}, 2},
	} {
		inner, both, _ := rekeyed(t, 3)
		f := storetest.NewFaulty(inner)
		s := seal(t, f, both)
		f.At(storetest.Commit, 2, c.do(seal(t, inner, both), inner, both))
		if n, err := s.Rekey(t.Context()); n != c.want || err != nil {
			t.Errorf("%s: got %d and error %v, want %d", c.name, n, err, c.want)
		}
		for r, err := range seal(t, inner, retired(t, both)).Scan(t.Context(), "", "") {
			if err != nil {
				t.Errorf("%s: %s does not open under the new key: %v", c.name, r.Key, err)
			}
		}
	}
}

func TestRekeyPassesOverDamage(t *testing.T) {
	inner, both, ids := rekeyed(t, 5)
	put(t, inner, "r/002", "damaged")
	delete(ids, "r/002")
	n, err := seal(t, inner, both).Rekey(t.Context())
	if n != 4 || !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %d and error %v, want 4 and %v", n, err, store.ErrDamaged)
	}
	if err := inner.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{{Key: "r/002", If: load(t, inner, "r/002").Version}}}); err != nil {
		t.Fatal(err)
	}
	wantRekeyed(t, inner, both, ids)
}
