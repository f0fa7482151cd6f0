package store_test

import (
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
