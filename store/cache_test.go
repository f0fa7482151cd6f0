package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// counted counts how often it is decoded.
type counted struct{ N int }

var decoded int // the tests of this package are not parallel

func (c *counted) Fields(f *record.Fields) {
	was := c.N
	if f.Int(1, "n", &c.N); c.N != was {
		decoded++
	}
	f.End()
}

func TestTableCachesByVersion(t *testing.T) {
	tab := store.NewTable[counted]("cached", store.TableOptions{Cached: true})
	d := store.NewDB(memstore.New(), "p/")
	put := func(n int, expires time.Time) {
		run(t, d, noon, func(tx *store.Tx) error { return tab.Put(tx, "x", counted{n}, expires) })
	}
	read := func(now time.Time) (c counted, ok bool) {
		run(t, d, now, func(tx *store.Tx) (err error) { c, ok, err = tab.Get(tx, "x"); return err })
		return c, ok
	}
	put(1, time.Time{})
	decoded = 0
	for range 3 {
		if c, ok := read(noon); !ok || c.N != 1 {
			t.Errorf("got %d, %v; want 1", c.N, ok)
		}
	}
	if decoded != 1 {
		t.Errorf("three reads of one version decoded it %d times, want once", decoded)
	}
	put(2, noon.Add(time.Minute)) // another version is another value
	if c, ok := read(noon); !ok || c.N != 2 {
		t.Errorf("after a Put: got %d, %v; want 2", c.N, ok)
	}
	if _, ok := read(noon.Add(time.Hour)); ok {
		t.Error("a cached value outlived its expiry")
	}
}

// What a Kept table wrote need not be decoded by whoever wrote it, is never
// taken for what somebody else wrote since, and comes from no transaction that
// did not land.
func TestTableKeepsWhatItWrote(t *testing.T) {
	tab := store.NewTable[counted]("cached", store.TableOptions{Cached: true, Kept: true})
	s := memstore.New()
	d, other := store.NewDB(s, "p/"), store.NewDB(s, "p/")
	read := func(now time.Time) (c counted, ok bool) {
		run(t, d, now, func(tx *store.Tx) (err error) { c, ok, err = tab.Get(tx, "x"); return err })
		return c, ok
	}
	decoded = 0
	run(t, d, noon, func(tx *store.Tx) error { return tab.Insert(tx, "x", counted{1}, time.Time{}) })
	if c, ok := read(noon); !ok || c.N != 1 || decoded != 0 {
		t.Errorf("after an Insert: got %d, %v, decoded %d times; want 1, and never decoded", c.N, ok, decoded)
	}
	run(t, d, noon, func(tx *store.Tx) error { return tab.Put(tx, "x", counted{2}, noon.Add(time.Minute)) })
	if c, ok := read(noon); !ok || c.N != 2 || decoded != 0 {
		t.Errorf("after a Put: got %d, %v, decoded %d times; want 2, and never decoded", c.N, ok, decoded)
	}
	undone := errors.New("undone")
	err := d.Run(t.Context(), noon, func(tx *store.Tx) error {
		if err := tab.Put(tx, "x", counted{3}, time.Time{}); err != nil {
			return err
		}
		return undone
	})
	if c, ok := read(noon); !errors.Is(err, undone) || !ok || c.N != 2 {
		t.Errorf("after a Put that was undone (%v): got %d, %v; want 2", err, c.N, ok)
	}
	run(t, other, noon, func(tx *store.Tx) error { return tab.Put(tx, "x", counted{4}, noon.Add(time.Minute)) })
	if c, ok := read(noon); !ok || c.N != 4 {
		t.Errorf("after a Put of another process: got %d, %v; want 4", c.N, ok)
	}
	run(t, d, noon, func(tx *store.Tx) error { return tab.Put(tx, "x", counted{5}, noon.Add(time.Minute)) })
	if _, ok := read(noon.Add(time.Minute)); ok {
		t.Error("a kept value outlived its expiry")
	}
	run(t, d, noon, func(tx *store.Tx) error { return tab.Put(tx, "x", counted{6}, time.Time{}) })
	run(t, d, noon, func(tx *store.Tx) error {
		if err := tab.Put(tx, "x", counted{7}, time.Time{}); err != nil {
			return err
		}
		return tab.Delete(tx, "x")
	})
	if c, ok := read(noon); ok {
		t.Errorf("after a Delete: got %d", c.N)
	}
}

func TestTableCacheIsBounded(t *testing.T) {
	tab := store.NewTable[number]("cached", store.TableOptions{Cached: true})
	d := store.NewDB(memstore.New(), "")
	const n = 5000 // more than are kept
	for i := range n {
		id := fmt.Sprint(i)
		run(t, d, noon, func(tx *store.Tx) error { return tab.Insert(tx, id, number(i), time.Time{}) })
		run(t, d, noon, func(tx *store.Tx) error {
			if v, ok, err := tab.Get(tx, id); v != number(i) || !ok || err != nil {
				t.Errorf("got %d, %v, error %v; want %d", v, ok, err, i)
			}
			return nil
		})
	}
}
