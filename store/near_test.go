package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// Names of one length, so that nothing but the names tells the keys apart.
var (
	animals    = store.NewTable[person]("animal", store.TableOptions{})
	neighbours = store.NewTable[person]("neighbour", store.TableOptions{Near: true})
	besides    = store.NewTable[person]("alongside", store.TableOptions{Near: true, Cached: true})
)

// nearID is the nth id of a near record.
func nearID(n int) string { return fmt.Sprintf("%032x", n) }

func TestNearKey(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{neighbours.Key(nearID(1)), "of/" + nearID(1) + "/neighbour"},
		{besides.Key(nearID(1)), "of/" + nearID(1) + "/alongside"},
		{people.Key(nearID(1)), "person/" + nearID(1)},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestNearTables: two tables whose records lie beside each other have nothing to do
// with each other, whether a transaction knows few records or so many that it looks
// them up by a map.
func TestNearTables(t *testing.T) {
	for _, known := range []int{0, 100} {
		d := store.NewDB(memstore.New(), "p/")
		id, other := nearID(1), nearID(2)
		run(t, d, noon, func(tx *store.Tx) error {
			var keys []string
			for i := range known {
				keys = append(keys, people.Key(fmt.Sprint(i)))
			}
			if err := tx.Fetch(append(keys, animals.Key(id), people.Key(id), neighbours.Key(id), besides.Key(id))...); err != nil {
				return err
			}
			err := errors.Join(
				neighbours.Put(tx, id, person{Name: "Ann"}, time.Time{}),
				besides.Put(tx, id, person{Name: "Bob"}, time.Time{}),
				people.Put(tx, id, person{Name: "Cid"}, time.Time{}),
				animals.Put(tx, id, person{Name: "Rex"}, time.Time{}),
				neighbours.Insert(tx, other, person{Name: "Dan"}, time.Time{}),
			)
			for want, tab := range map[string]store.Table[person]{"Ann": neighbours, "Bob": besides, "Cid": people, "Rex": animals} {
				if p, ok, err := tab.Get(tx, id); err != nil || !ok || p.Name != want {
					t.Errorf("with %d others, of %s: got %q, %v, error %v; want %s", known, tab.Name(), p.Name, ok, err, want)
				}
			}
			return err
		})
		if v, err := d.Versions(t.Context(), neighbours.Key(other)); err != nil || v[0] == 0 {
			t.Errorf("with %d others: got version %d of what was inserted, error %v", known, v, err)
		}
		run(t, d, noon, func(tx *store.Tx) error { return neighbours.Delete(tx, id) })
		if _, ok := get(t, d, neighbours, noon, id); ok {
			t.Errorf("with %d others: what was deleted is there", known)
		}
		if p, ok := get(t, d, besides, noon, id); !ok || p.Name != "Bob" {
			t.Errorf("with %d others: got %q, %v; want Bob, which lay beside", known, p.Name, ok)
		}
	}
}

// TestNearScan: a scan of a near table yields its own records and no others, in
// order, and says which one is damaged.
func TestNearScan(t *testing.T) {
	s := memstore.New()
	d := store.NewDB(s, "p/")
	id := func(n int) string { return strings.Repeat("a", 31) + fmt.Sprint(n) }
	run(t, d, noon, func(tx *store.Tx) error {
		return errors.Join(
			neighbours.Put(tx, id(1), person{Name: "Ann"}, time.Time{}),
			besides.Put(tx, id(1), person{Name: "Bob"}, time.Time{}),
			besides.Put(tx, id(2), person{Name: "Cid"}, time.Time{}),
			neighbours.Put(tx, id(4), person{Name: "Dan"}, noon.Add(time.Second)),
			neighbours.Put(tx, id(5), person{Name: "Eve"}, time.Time{}),
			neighbours.Put(tx, nearID(5), person{Name: "Fay"}, time.Time{}),
		)
	})
	var damaged []store.Write
	for _, tab := range []store.Table[person]{neighbours, besides} {
		damaged = append(damaged, store.Write{Key: "p/" + tab.Key(id(3)), Value: []byte("{")})
	}
	if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: damaged}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		prefix, after string
		now           time.Time
		want          string
	}{
		{"", "", noon, "5=Fay 1=Ann 3! 4=Dan 5=Eve "},
		{"aaaaaaaaaaaa", "", noon, "1=Ann 3! 4=Dan 5=Eve "},
		{"aaaaaaaaaaaa", "", noon.Add(time.Hour), "1=Ann 3! 5=Eve "},
		{"aaaaaaaaaaaa", id(1), noon, "3! 4=Dan 5=Eve "},
		{"aaaaaaaaaaaa", id(2), noon, "3! 4=Dan 5=Eve "},
		{"aaaaaaaaaaaa", id(5), noon, ""},
		{"b", "", noon, ""},
	} {
		got := ""
		for it, err := range neighbours.Scan(t.Context(), d, c.now, c.prefix, c.after) {
			if len(it.ID) != 32 {
				t.Fatalf("got id %q", it.ID)
			}
			if errors.Is(err, store.ErrDamaged) {
				got += it.ID[31:] + "! "
			} else {
				got += it.ID[31:] + "=" + it.Value.Name + " "
			}
		}
		if got != c.want {
			t.Errorf("Scan(%q, %q) at %v: got %q, want %q", c.prefix, c.after, c.now, got, c.want)
		}
	}
}

// TestScanBesidePrefix: a scan yields no record of another DB, also where the prefix of
// that one is the name of the table, or that with which near keys begin.
func TestScanBesidePrefix(t *testing.T) {
	s := memstore.New()
	own := store.NewDB(s, "")
	for _, prefix := range []string{"", people.Name() + "/", "of/"} {
		run(t, store.NewDB(s, prefix), noon, func(tx *store.Tx) error {
			return errors.Join(people.Put(tx, "x", person{Name: "of " + prefix}, time.Time{}), neighbours.Put(tx, nearID(1), person{Name: "of " + prefix}, time.Time{}))
		})
	}
	for _, tab := range []store.Table[person]{people, neighbours} {
		n := 0
		for it, err := range tab.Scan(t.Context(), own, noon, "", "") {
			if n++; err != nil || it.Value.Name != "of " {
				t.Errorf("%s: got %q, %+v, %v", tab.Name(), it.ID, it.Value, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: got %d records, want 1", tab.Name(), n)
		}
	}
}

// TestNearScanFails: an error that ends a scan is told, though it has no key.
func TestNearScanFails(t *testing.T) {
	s := memstore.New()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var got error
	for _, err := range neighbours.Scan(t.Context(), store.NewDB(s, ""), noon, "", "") {
		got = err
	}
	if !errors.Is(got, store.ErrClosed) {
		t.Errorf("got %v, want %v", got, store.ErrClosed)
	}
}

func TestTableOf(t *testing.T) {
	for _, c := range []struct{ key, want string }{
		{people.Key("x"), "person"},
		{"p/" + people.Key("x"), "p/person"},
		{neighbours.Key(nearID(1)), "neighbour"},
		{"p/" + neighbours.Key(nearID(1)), "p/neighbour"},
		{"of/" + neighbours.Key(nearID(1)), "of/neighbour"}, // the prefix of a DB may be any word
		{"of/" + people.Key("x"), "of/person"},
		{"of/" + people.Key(nearID(1)), "of/person"},
		{"of/" + strings.Repeat("A", 32) + "/x", "of/" + strings.Repeat("A", 32)},
		{"of/" + nearID(1)[1:] + "/x", "of/" + nearID(1)[1:]},
		{"bare", ""},
		{"", ""},
	} {
		if got := store.TableOf(c.key); got != c.want {
			t.Errorf("TableOf(%q): got %q, want %q", c.key, got, c.want)
		}
	}
}

// FuzzTableOf reads any text as a key: what is said of it is shorter than it, and
// as an id it does not change what is said of the table.
func FuzzTableOf(f *testing.F) {
	f.Add("of/00000000000000000000000000000001/session")
	f.Add("p/of/00000000000000000000000000000001/session")
	f.Add("account/x")
	f.Add("of//")
	f.Add("/")
	f.Fuzz(func(t *testing.T, key string) {
		if got := store.TableOf(key); got != "" && len(got) >= len(key) {
			t.Errorf("TableOf(%q): got %q", key, got)
		}
		if strings.Contains(key, "/") {
			return
		}
		if got := store.TableOf(people.Key(key)); got != "person" {
			t.Errorf("of a person %q: got %q", key, got)
		}
		if got := store.TableOf(key + "/" + neighbours.Key(nearID(1))); got != strings.TrimPrefix(key+"/neighbour", "/") {
			t.Errorf("of a neighbour of %q: got %q", key, got)
		}
	})
}
