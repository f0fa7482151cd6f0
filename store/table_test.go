package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

type person struct {
	Name string `json:"name"`
	Age  int    `json:"age,omitempty"`
}

var people = store.Table[person]{Name: "person", Schema: 1}

// run is a transaction that must succeed.
func run(t *testing.T, d *store.DB, now time.Time, fn func(*store.Tx) error) {
	t.Helper()
	if err := d.Run(t.Context(), now, fn); err != nil {
		t.Fatal(err)
	}
}

// get reads one person.
func get(t *testing.T, d *store.DB, tab store.Table[person], now time.Time, id string) (p person, ok bool) {
	t.Helper()
	run(t, d, now, func(tx *store.Tx) (err error) { p, ok, err = tab.Get(tx, id); return err })
	return p, ok
}

func TestTableInOneTransaction(t *testing.T) {
	d := store.NewDB(memstore.New(), "")
	run(t, d, noon, func(tx *store.Tx) error {
		steps := []struct {
			do   func() error
			want string
		}{
			{func() error { return nil }, ""},
			{func() error { return people.Put(tx, "x", person{Name: "Ann"}, time.Time{}) }, "Ann"},
			{func() error { return people.Put(tx, "x", person{Name: "Bob"}, noon.Add(time.Hour)) }, "Bob"},
			{func() error { return people.Delete(tx, "x") }, ""},
			{func() error { return people.Put(tx, "x", person{Name: "Cid"}, noon) }, ""}, // expires as it is written
			{func() error { return people.Put(tx, "x", person{Name: "Dan"}, time.Time{}) }, "Dan"},
		}
		for i, s := range steps {
			if err := s.do(); err != nil {
				return err
			}
			p, ok, err := people.Get(tx, "x")
			if err != nil || ok != (s.want != "") || p.Name != s.want {
				t.Errorf("step %d: got %q, %v, error %v; want %q", i, p.Name, ok, err, s.want)
			}
		}
		return nil
	})
	if p, ok := get(t, d, people, noon, "x"); !ok || p.Name != "Dan" {
		t.Errorf("after the commit: got %q, %v; want Dan", p.Name, ok)
	}
}

// A record met expired goes in the commit that met it, so that a clock that
// jumps back does not revive it.
func TestTableExpiry(t *testing.T) {
	s := memstore.New()
	d := store.NewDB(s, "")
	expires := noon.Add(1500 * time.Millisecond)
	run(t, d, noon, func(tx *store.Tx) error { return people.Put(tx, "x", person{Name: "Ann"}, expires) })

	if _, ok := get(t, d, people, expires.Add(-time.Nanosecond), "x"); !ok {
		t.Error("a nanosecond before its expiry it is gone")
	}
	if _, ok := get(t, d, people, expires, "x"); ok {
		t.Error("at its expiry it is still there")
	}
	if recs, err := s.Load(t.Context(), "person/x"); err != nil || recs[0].Value != nil {
		t.Errorf("met expired: got %q and error %v, want it deleted", recs[0].Value, err)
	}
	if _, ok := get(t, d, people, noon, "x"); ok {
		t.Error("the clock went back and it lives again")
	}
}

func TestTableExpiryRollsBack(t *testing.T) {
	s := memstore.New()
	d := store.NewDB(s, "")
	run(t, d, noon, func(tx *store.Tx) error { return people.Put(tx, "x", person{Name: "Ann"}, noon.Add(time.Second)) })
	broken := errors.New("broken")
	err := d.Run(t.Context(), noon.Add(time.Hour), func(tx *store.Tx) error {
		if _, ok, err := people.Get(tx, "x"); ok || err != nil {
			t.Errorf("got %v and error %v, want it expired", ok, err)
		}
		return broken
	})
	if recs, _ := s.Load(t.Context(), "person/x"); !errors.Is(err, broken) || recs[0].Value == nil {
		t.Errorf("got error %v, record %q; want %v and the record untouched", err, recs[0].Value, broken)
	}
}

func TestTableExpiryAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		expires time.Time
		alive   bool
	}{
		{time.Time{}, true},
		{time.Unix(0, 0), false}, // not never
		{time.Unix(-1e6, 0), false},
		{time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC), true},
		{time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC), true},
		{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), true},
	} {
		d := store.NewDB(memstore.New(), "")
		run(t, d, noon, func(tx *store.Tx) error { return people.Put(tx, "x", person{Name: "Ann"}, c.expires) })
		if _, ok := get(t, d, people, noon, "x"); ok != c.alive {
			t.Errorf("expires %v: got alive %v, want %v", c.expires, ok, c.alive)
		}
	}
}

func TestTableInsert(t *testing.T) {
	c := storetest.NewCounting(memstore.New())
	d := store.NewDB(c, "")
	run(t, d, noon, func(tx *store.Tx) error { return people.Insert(tx, "x", person{Name: "Ann"}, time.Time{}) })
	want := storetest.Counts{Commits: 1, Writes: 1}
	if got := c.Counts(); got != want {
		t.Errorf("Insert: got %+v, want %+v", got, want)
	}
	err := d.Run(t.Context(), noon, func(tx *store.Tx) error {
		return people.Insert(tx, "x", person{Name: "Bob"}, time.Time{})
	})
	if p, _ := get(t, d, people, noon, "x"); !errors.Is(err, store.ErrConflict) || p.Name != "Ann" {
		t.Errorf("Insert over a record: got error %v, %q; want %v and Ann", err, p.Name, store.ErrConflict)
	}
	err = d.Run(t.Context(), noon, func(tx *store.Tx) error {
		if _, _, err := people.Get(tx, "y"); err != nil {
			return err
		}
		return people.Insert(tx, "y", person{}, time.Time{})
	})
	if !errors.Is(err, store.ErrInvalid) {
		t.Errorf("Insert of what was read: got error %v, want %v", err, store.ErrInvalid)
	}
	err = d.Run(t.Context(), noon, func(tx *store.Tx) error {
		return errors.Join(people.Insert(tx, "z", person{}, time.Time{}), tx.Fetch(people.Key("z")))
	})
	if !errors.Is(err, store.ErrInvalid) {
		t.Errorf("Fetch of what was inserted: got error %v, want %v", err, store.ErrInvalid)
	}
}

// counting decodes slowly enough to be counted.
type counted struct{ N int }

var decoded int // how often counted was decoded; the tests of this package are not parallel

func (c *counted) UnmarshalJSON(b []byte) error {
	decoded++
	return json.Unmarshal(b, &c.N)
}

func (c counted) MarshalJSON() ([]byte, error) { return json.Marshal(c.N) }

func TestTableCachesByVersion(t *testing.T) {
	tab := store.Table[counted]{Name: "cached", Schema: 1, Cached: true}
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
	tab := store.Table[counted]{Name: "cached", Schema: 1, Cached: true, Kept: true}
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

// A table that appends its own JSON writes the envelope as encoding/json does,
// and an error of it undoes the transaction.
func TestTableAppends(t *testing.T) {
	broken := errors.New("broken")
	plain := store.Table[int]{Name: "n", Schema: 3}
	own := plain
	own.Append = func(b []byte, v int) ([]byte, error) {
		if v < 0 {
			return b, broken
		}
		return strconv.AppendInt(b, int64(v), 10), nil
	}
	for _, expires := range []time.Time{{}, noon, time.Unix(-1, 0)} {
		var raw [2]string
		for i, tab := range []store.Table[int]{plain, own} {
			s := memstore.New()
			run(t, store.NewDB(s, ""), noon, func(tx *store.Tx) error { return tab.Put(tx, "x", 7, expires) })
			recs, err := s.Load(t.Context(), "n/x")
			if err != nil {
				t.Fatal(err)
			}
			raw[i] = string(recs[0].Value)
		}
		if raw[0] != raw[1] || raw[0] == "" {
			t.Errorf("expires %v: the library writes %q, the table %q", expires, raw[0], raw[1])
		}
	}
	if err := store.Run(t.Context(), memstore.New(), noon, func(tx *store.Tx) error { return own.Put(tx, "x", -1, time.Time{}) }); !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
}

func TestTableCacheIsBounded(t *testing.T) {
	tab := store.Table[int]{Name: "cached", Schema: 1, Cached: true}
	d := store.NewDB(memstore.New(), "")
	const n = 5000 // more than are kept
	for i := range n {
		id := fmt.Sprint(i)
		run(t, d, noon, func(tx *store.Tx) error { return tab.Insert(tx, id, i, time.Time{}) })
		run(t, d, noon, func(tx *store.Tx) error {
			if v, ok, err := tab.Get(tx, id); v != i || !ok || err != nil {
				t.Errorf("got %d, %v, error %v; want %d", v, ok, err, i)
			}
			return nil
		})
	}
}

func TestTableUpgrade(t *testing.T) {
	d := store.NewDB(memstore.New(), "")
	old := store.Table[string]{Name: "person", Schema: 1}
	run(t, d, noon, func(tx *store.Tx) error { return old.Put(tx, "x", "Ann", time.Time{}) })
	next := store.Table[person]{Name: "person", Schema: 2, Upgrade: func(schema int, raw json.RawMessage) (p person, err error) {
		if schema != 1 {
			t.Errorf("Upgrade from schema %d, want 1", schema)
		}
		return p, json.Unmarshal(raw, &p.Name)
	}}
	if p, ok := get(t, d, next, noon, "x"); !ok || p.Name != "Ann" {
		t.Errorf("upgraded: got %+v, %v; want Ann", p, ok)
	}
	run(t, d, noon, func(tx *store.Tx) error { return next.Put(tx, "x", person{Name: "Ann", Age: 40}, time.Time{}) })
	for _, c := range []struct {
		name string
		tab  store.Table[person]
		id   string
	}{
		{"written by a later version", store.Table[person]{Name: "person", Schema: 1}, "x"},
		{"no way to upgrade", store.Table[person]{Name: "person", Schema: 3}, "x"},
	} {
		err := d.Run(t.Context(), noon, func(tx *store.Tx) error { _, _, err := c.tab.Get(tx, c.id); return err })
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: got error %v, want %v", c.name, err, store.ErrDamaged)
		}
	}
}

func TestTableScan(t *testing.T) {
	s := memstore.New()
	d := store.NewDB(s, "p/")
	run(t, d, noon, func(tx *store.Tx) error {
		return errors.Join(
			people.Put(tx, "a/1", person{Name: "Ann"}, time.Time{}),
			people.Put(tx, "a/2", person{Name: "Bob"}, noon.Add(time.Second)),
			people.Put(tx, "a/4", person{Name: "Dan"}, time.Time{}),
			people.Put(tx, "b/1", person{Name: "Eve"}, time.Time{}),
			store.Table[person]{Name: "personal", Schema: 1}.Put(tx, "a/5", person{Name: "Fay"}, time.Time{}),
		)
	})
	damaged := store.Write{Key: "p/person/a/3", Value: []byte("{")}
	if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{damaged}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		prefix, after string
		now           time.Time
		want          string
	}{
		{"", "", noon, "a/1=Ann a/2=Bob a/3! a/4=Dan b/1=Eve "},
		{"a/", "", noon.Add(time.Hour), "a/1=Ann a/3! a/4=Dan "},
		{"a/", "a/2", noon, "a/3! a/4=Dan "},
		{"a/", "a/4", noon, ""},
		{"c", "", noon, ""},
	} {
		got := ""
		for it, err := range people.Scan(t.Context(), d, c.now, c.prefix, c.after) {
			if errors.Is(err, store.ErrDamaged) {
				got += it.ID + "! "
			} else {
				got += it.ID + "=" + it.Value.Name + " "
			}
		}
		if got != c.want {
			t.Errorf("Scan(%q, %q) at %v: got %q, want %q", c.prefix, c.after, c.now, got, c.want)
		}
	}
}

// FuzzTable reads a stored record of any table: it is a value or ErrDamaged, and
// a value survives being written again.
func FuzzTable(f *testing.F) {
	f.Add([]byte(`{"s":1,"d":{"name":"Ann","age":3}}`))
	f.Add([]byte(`{"s":1,"e":1,"d":{}}`))
	f.Add([]byte(`{"s":2,"d":{}}`))
	f.Add([]byte(`{"s":1,"d":{}}trailing`))
	f.Add([]byte(`{"s":1,"d":null}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > store.MaxValue {
			return
		}
		s := memstore.New()
		d := store.NewDB(s, "")
		w := store.Write{Key: "person/x", Value: append([]byte{}, raw...)}
		if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{w}}); err != nil {
			t.Fatal(err)
		}
		var p person
		var ok bool
		err := d.Run(t.Context(), noon, func(tx *store.Tx) (err error) {
			if p, ok, err = people.Get(tx, "x"); err == nil && ok {
				err = people.Put(tx, "y", p, time.Time{})
			}
			return err
		})
		if err != nil {
			if !errors.Is(err, store.ErrDamaged) {
				t.Errorf("got error %v, want %v", err, store.ErrDamaged)
			}
			return
		}
		if again, found := get(t, d, people, noon, "y"); found != ok || again != p {
			t.Errorf("written again: got %+v, want %+v", again, p)
		}
	})
}
