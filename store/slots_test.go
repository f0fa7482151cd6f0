package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestP8FailedLoadIsNotAbsence: what a Load failed to read is unknown
// afterwards, and never absent, also for a function that goes on; whether the
// transaction knows few records or so many that it looks them up by a map.
func TestP8FailedLoadIsNotAbsence(t *testing.T) {
	for _, known := range []int{0, 10, 200} {
		t.Run(fmt.Sprint(known), func(t *testing.T) {
			f := faulty(t)
			d := store.NewDB(f, "p/")
			run(t, d, noon, func(tx *store.Tx) error { return people.Put(tx, "x", person{Name: "Ann"}, time.Time{}) })
			var others []string
			for i := range known {
				others = append(others, people.Key(fmt.Sprint("other", i)))
			}
			down := errors.New("down")
			f.Reset()
			run(t, d, noon, func(tx *store.Tx) error {
				if err := tx.Fetch(others...); err != nil {
					return err
				}
				f.At(storetest.Load, f.Calls(storetest.Load)+1, storetest.Fail(down))
				if err := tx.Fetch(people.Key("x"), people.Key("y")); !errors.Is(err, down) {
					t.Errorf("got error %v, want %v", err, down)
				}
				for range 2 {
					if p, ok, err := people.Get(tx, "x"); err != nil || !ok || p.Name != "Ann" {
						t.Errorf("after a Load that failed: got %q, %v, error %v; want Ann", p.Name, ok, err)
					}
				}
				return people.Put(tx, "other1", person{Name: "Bob"}, time.Time{})
			})
			if p, ok := get(t, d, people, noon, "other1"); !ok || p.Name != "Bob" {
				t.Errorf("got %q, %v; want Bob", p.Name, ok)
			}
		})
	}
}

// TestKeyOfNoTable: a transaction finds records by table and id, so a key that
// has no table is refused, and nothing is read.
func TestKeyOfNoTable(t *testing.T) {
	f := faulty(t)
	d := store.NewDB(f, "p/")
	f.Reset()
	run(t, d, noon, func(tx *store.Tx) error {
		for _, read := range []func(...string) error{tx.Fetch, tx.Peek} {
			if err := read(people.Key("x"), "bare"); !errors.Is(err, store.ErrInvalid) {
				t.Errorf("got error %v, want %v", err, store.ErrInvalid)
			}
		}
		return nil
	})
	if n := f.Calls(storetest.Load); n != 0 {
		t.Errorf("got %d loads, want none", n)
	}
}

// TestTxLeavesNothing: a transaction knows nothing of the one before it, however
// that ended and however much it knew, and one that was kept does not reach the
// next.
func TestTxLeavesNothing(t *testing.T) {
	refused := errors.New("refused")
	for _, tt := range []struct {
		name  string
		known int
		end   func() error
	}{
		{"committed", 1, func() error { return nil }},
		{"committed much", 200, func() error { return nil }},
		{"refused", 1, func() error { return refused }},
		{"panicked", 1, func() error { panic(refused) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := faulty(t)
			d := store.NewDB(f, "p/")
			var kept *store.Tx
			func() {
				defer func() { _ = recover() }()
				_ = d.Run(t.Context(), noon, func(tx *store.Tx) error {
					kept = tx
					for i := range tt.known {
						if err := people.Put(tx, fmt.Sprint("old", i), person{Name: "Ann"}, time.Time{}); err != nil {
							t.Error(err)
						}
					}
					return tt.end()
				})
			}()
			f.Reset()
			run(t, d, noon, func(tx *store.Tx) error {
				for _, id := range []string{"new1", "new2"} {
					if err := people.Put(tx, id, person{Name: "Bob"}, time.Time{}); err != nil {
						return err
					}
				}
				if err := people.Insert(kept, "lost", person{Name: "Eve"}, time.Time{}); err != nil {
					t.Errorf("a transaction that ended: %v", err)
				}
				return tx.Fetch(people.Key("old0"))
			})
			if n := f.Calls(storetest.Load); n != 3 {
				t.Errorf("got %d loads, want 3: nothing was known", n)
			}
			for _, id := range []string{"new1", "new2"} {
				if _, ok := get(t, d, people, noon, id); !ok {
					t.Errorf("what the next transaction wrote under %s is gone", id)
				}
			}
			if _, ok := get(t, d, people, noon, "lost"); ok {
				t.Error("what a transaction that had ended wrote is there")
			}
		})
	}
}
