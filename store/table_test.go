package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

type person struct {
	Name string
	Age  int
	Rest record.Unknown
}

func (p *person) Fields(f *record.Fields) {
	f.Text(1, "name", &p.Name)
	f.Int(2, "age", &p.Age)
	f.Rest(&p.Rest)
}

var people = store.NewTable[person]("person", store.TableOptions{})

// number and text are the least of records.
type (
	number int
	text   string
)

func (n *number) Fields(f *record.Fields) {
	f.Int(1, "n", (*int)(n))
	f.End()
}

func (t *text) Fields(f *record.Fields) {
	f.Text(1, "s", (*string)(t))
	f.End()
}

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

// TestTableEnvelope: what a program of the same schema wrote is read, also if a
// newer one did that says so; all else denies.
func TestTableEnvelope(t *testing.T) {
	const ann = "\x09\x03Ann"
	for _, c := range []struct {
		name, raw string
		want      error
	}{
		{"as it is written", "\x01\x01\x01\x00" + ann, nil},
		{"a field that is not known", "\x01\x01\x01\x00" + ann + "\x19\x01x", nil},
		{"by this program", "\x01\x05\x01\x00" + ann, nil},
		{"by this program, not for those before it", "\x01\x05\x05\x00" + ann, nil},
		{"by a newer program", "\x01\x06\x05\x00" + ann, nil},
		{"by a newer program, not for this one", "\x01\x06\x06\x00" + ann, store.ErrNewer},
		{"for readers newer than its writer", "\x01\x01\x02\x00" + ann, store.ErrDamaged},
		{"for no reader", "\x01\x01\x00\x00" + ann, store.ErrDamaged},
		{"another form", "\x02\x01\x01\x00" + ann, store.ErrDamaged},
		{"a number longer than it need be", "\x01\x81\x00\x01\x00" + ann, store.ErrDamaged},
		{"an expiry of 64 bits", "\x01\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + ann, store.ErrDamaged},
		{"an expiry of over 64 bits", "\x01\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02" + ann, store.ErrDamaged},
		{"cut off", "\x01\x01\x01", store.ErrDamaged},
		{"nothing", "", store.ErrDamaged},
		{"text", `{"s":1,"d":{}}`, store.ErrDamaged},
		{"a field cut off", "\x01\x01\x01\x00\x09\x03An", store.ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := memstore.New()
			w := store.Write{Key: "person/x", Value: append([]byte{}, c.raw...)}
			if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{w}}); err != nil {
				t.Fatal(err)
			}
			var p person
			err := store.Run(t.Context(), s, noon, func(tx *store.Tx) (err error) { p, _, err = people.Get(tx, "x"); return err })
			if !errors.Is(err, c.want) || c.want == nil && p.Name != "Ann" {
				t.Errorf("got %+v, %v, want %v", p, err, c.want)
			}
			if c.want != nil && !errors.Is(err, store.ErrDamaged) {
				t.Errorf("got %v, want it to wrap %v", err, store.ErrDamaged)
			}
		})
	}
}

// elder is a person whose age of 100 needs readers that know of it, and one of 300 more
// than this program.
type elder struct{ person }

func (p *elder) Fields(f *record.Fields) {
	p.person.Fields(f)
	f.Needs(p.Age / 50)
}

// TestTableLeastReader: what is written says which readers it needs, and is not written
// where this program is not one of them.
func TestTableLeastReader(t *testing.T) {
	elders := store.NewTable[elder]("elder", store.TableOptions{})
	for age, want := range map[int]byte{0: 1, 50: 1, 100: 2, 150: 3, 200: 4, 250: 5, 300: 0} {
		s := memstore.New()
		err := store.Run(t.Context(), s, noon, func(tx *store.Tx) error {
			return elders.Put(tx, "x", elder{person{Name: "Ann", Age: age}}, time.Time{})
		})
		if (err != nil) != (want == 0) {
			t.Errorf("age %d: got %v", age, err)
		}
		if want == 0 {
			continue
		}
		list, err := s.Load(t.Context(), "elder/x")
		if err != nil || list[0].Value[1] != 5 || list[0].Value[2] != want {
			t.Errorf("age %d: got %v, %v, want it written by 5 for %d", age, list, err, want)
		}
		err = store.Run(t.Context(), s, noon, func(tx *store.Tx) error {
			if p, ok, err := elders.Get(tx, "x"); err != nil || !ok || p.Age != age {
				t.Errorf("age %d: read %+v, %v, %v", age, p, ok, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestTableSize: a record has 64 KiB at most, and as many as a backend takes where
// its table is large.
func TestTableSize(t *testing.T) {
	const head = len("\x01\x01\x01\x00" + "\x09\x80\x80\x04")
	small := store.NewTable[text]("text", store.TableOptions{})
	large := store.NewTable[text]("text", store.TableOptions{Large: true})
	for _, c := range []struct {
		tab  store.Table[text]
		size int
		want error
	}{
		{small, store.MaxRecord - head, nil},
		{small, store.MaxRecord - head + 1, store.ErrTooLarge},
		{large, store.MaxRecord, nil},
		{large, store.MaxValue - head, nil},
		{large, store.MaxValue - head + 1, store.ErrTooLarge},
	} {
		s := memstore.New()
		v := text(strings.Repeat("x", c.size))
		err := store.Run(t.Context(), s, noon, func(tx *store.Tx) error { return c.tab.Put(tx, "x", v, time.Time{}) })
		if !errors.Is(err, c.want) {
			t.Errorf("%d bytes: got %v, want %v", c.size, err, c.want)
		}
		if err != nil {
			continue
		}
		err = store.Run(t.Context(), s, noon, func(tx *store.Tx) error {
			got, _, err := c.tab.Get(tx, "x")
			if got != v {
				t.Errorf("got %d bytes, want %d", len(got), c.size)
			}
			return err
		})
		if err != nil {
			t.Errorf("%d bytes: reading: %v", c.size, err)
		}
		err = store.Run(t.Context(), s, noon, func(tx *store.Tx) error { _, _, err := small.Get(tx, "x"); return err })
		if tooLarge := c.size > store.MaxRecord-head; errors.Is(err, store.ErrDamaged) != tooLarge {
			t.Errorf("%d bytes in a table that is not large: got %v", c.size, err)
		}
	}
}

// TestTableDescribe: the expiry, and every field that is not zero.
func TestTableDescribe(t *testing.T) {
	got, err := people.Describe(store.Record{Key: "person/x", Value: []byte("\x01\x01\x01\x01\x09\x03Ann\x10\x06")})
	want := []store.Field{{Name: "(expires)", Value: "1970-01-01T00:00:00.000000001Z"}, {Name: "name", Value: `"Ann"`}, {Name: "age", Value: "3"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := people.Describe(store.Record{Value: []byte("{")}); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want %v", err, store.ErrDamaged)
	}
	if people.Name() != "person" {
		t.Errorf("got %q", people.Name())
	}
}

func TestTableScan(t *testing.T) {
	s := memstore.New()
	d := store.NewDB(s, "p/")
	run(t, d, noon, func(tx *store.Tx) error {
		return errors.Join(
			people.Put(tx, "a-1", person{Name: "Ann"}, time.Time{}),
			people.Put(tx, "a-2", person{Name: "Bob"}, noon.Add(time.Second)),
			people.Put(tx, "a-4", person{Name: "Dan"}, time.Time{}),
			people.Put(tx, "b-1", person{Name: "Eve"}, time.Time{}),
			store.NewTable[person]("personal", store.TableOptions{}).Put(tx, "a-5", person{Name: "Fay"}, time.Time{}),
		)
	})
	damaged := store.Write{Key: "p/person/a-3", Value: []byte("{")}
	if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{damaged}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		prefix, after string
		now           time.Time
		want          string
	}{
		{"", "", noon, "a-1=Ann a-2=Bob a-3! a-4=Dan b-1=Eve "},
		{"a-", "", noon.Add(time.Hour), "a-1=Ann a-3! a-4=Dan "},
		{"a-", "a-2", noon, "a-3! a-4=Dan "},
		{"a-", "a-4", noon, ""},
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

// TestCommitted: what a transaction plans is not met by a scan beside it.
func TestCommitted(t *testing.T) {
	s := memstore.New()
	d := store.NewDB(s, "p/")
	run(t, d, noon, func(tx *store.Tx) error { return people.Put(tx, "1", person{Name: "Ann"}, time.Time{}) })
	run(t, d, noon, func(tx *store.Tx) error {
		if err := people.Put(tx, "2", person{Name: "Bob"}, time.Time{}); err != nil {
			return err
		}
		got := ""
		for it, err := range people.Committed(tx, "") {
			got += it.ID
			if err != nil {
				return err
			}
		}
		if got != "1" {
			t.Errorf("got %q, want what had landed", got)
		}
		return nil
	})
}

// FuzzTable reads a stored record of any table: it is a value or ErrDamaged, and
// a value survives being written again.
func FuzzTable(f *testing.F) {
	f.Add([]byte("\x01\x01\x01\x00\x09\x03Ann\x10\x06"))
	f.Add([]byte("\x01\x01\x01\x01"))
	f.Add([]byte("\x01\x02\x02\x00"))
	f.Add([]byte("\x01\x01\x01\x00\x19\x01x"))
	f.Add([]byte(`{"s":1,"d":{}}`))
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

// TestTableHint: the store is told the next full hour, and a record is over at its
// own end all the same.
func TestTableHint(t *testing.T) {
	for _, c := range []struct{ expires, want time.Time }{
		{time.Time{}, time.Time{}},
		{noon, noon},
		{noon.Add(1), noon.Add(time.Hour)},
		{noon.Add(time.Hour - 1), noon.Add(time.Hour)},
		{noon.Add(time.Hour), noon.Add(time.Hour)},
	} {
		s := memstore.New()
		d := store.NewDB(s, "")
		run(t, d, noon.Add(-time.Hour), func(tx *store.Tx) error {
			return errors.Join(people.Put(tx, "x", person{Name: "Ann"}, c.expires), people.Insert(tx, "y", person{Name: "Bob"}, c.expires))
		})
		recs, err := s.Load(t.Context(), "person/x", "person/y")
		if err != nil || !recs[0].Expires.Equal(c.want) || !recs[1].Expires.Equal(c.want) {
			t.Errorf("%s: got %s and %s, %v, want %s", c.expires, recs[0].Expires, recs[1].Expires, err, c.want)
		}
	}
}
