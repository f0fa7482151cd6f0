package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// opening is a sealed store that counts what it opens one by one.
type opening struct {
	*sealed.Store
	inner store.Store
	opens int
}

func newOpening(t *testing.T) *opening {
	t.Helper()
	inner := memstore.New()
	s, err := sealed.New(inner, sealed.NewKeys())
	if err != nil {
		t.Fatal(err)
	}
	return &opening{Store: s, inner: inner}
}

func (o *opening) Open(rec store.Record) (store.Record, error) {
	o.opens++
	return o.Store.Open(rec)
}

// rest returns how a record rests.
func (o *opening) rest(t *testing.T, key string) store.Record {
	t.Helper()
	recs, err := o.inner.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return recs[0]
}

// alter changes how a record rests, and gives it that version.
func (o *opening) alter(t *testing.T, key string, value []byte, version uint64) {
	t.Helper()
	w := store.Write{Key: key, Value: value, If: o.rest(t, key).Version}
	if err := o.inner.Commit(t.Context(), store.Change{ID: version, Writes: []store.Write{w}}); err != nil {
		t.Fatal(err)
	}
}

// The tables of these tests, one with a cache and one without.
var (
	kept  = store.NewTable[text]("kept", store.TableOptions{Cached: true})
	fresh = store.NewTable[text]("fresh", store.TableOptions{})
)

// fill returns a DB in which "kept/x" and "fresh/x" say "genuine" and "kept/y"
// and "fresh/y" say "other". All but "kept/x" have not been read yet.
func fill(t *testing.T, o *opening) *store.DB {
	t.Helper()
	d := store.NewDB(o, "")
	run(t, d, noon, func(tx *store.Tx) error {
		return errors.Join(
			kept.Insert(tx, "x", "genuine", time.Time{}), kept.Insert(tx, "y", "other", time.Time{}),
			fresh.Insert(tx, "x", "genuine", time.Time{}), fresh.Insert(tx, "y", "other", time.Time{}))
	})
	run(t, d, noon, func(tx *store.Tx) error { return reads(tx, kept, "x", "genuine") })
	o.opens = 0
	return d
}

// reads wants a value, or that the record is absent.
func reads(tx *store.Tx, tab store.Table[text], id string, want text) error {
	got, ok, err := tab.Get(tx, id)
	if err == nil && (got != want || ok != (want != "")) {
		return errors.New("got " + string(got) + ", want " + string(want))
	}
	return err
}

// A closed value is opened when it is needed, and once in a transaction.
func TestOpenedWhenNeeded(t *testing.T) {
	for _, c := range []struct {
		name  string
		fn    func(*store.Tx) error
		opens int
	}{
		{"known", func(tx *store.Tx) error { return reads(tx, kept, "x", "genuine") }, 0},
		{"a miss", func(tx *store.Tx) error { return reads(tx, kept, "y", "other") }, 1},
		{"a miss, read twice", func(tx *store.Tx) error {
			return errors.Join(reads(tx, kept, "y", "other"), reads(tx, kept, "y", "other"))
		}, 1},
		{"no cache", func(tx *store.Tx) error { return reads(tx, fresh, "x", "genuine") }, 1},
		{"no cache, read twice", func(tx *store.Tx) error {
			return errors.Join(reads(tx, fresh, "x", "genuine"), reads(tx, fresh, "x", "genuine"))
		}, 1},
		{"fetched and one of them read", func(tx *store.Tx) error {
			return errors.Join(tx.FetchAndPeek([]string{fresh.Key("x"), kept.Key("y")}, []string{fresh.Key("y")}), reads(tx, fresh, "y", "other"))
		}, 1},
		{"the version alone", func(tx *store.Tx) error {
			err := tx.Fetch(fresh.Key("x"))
			if tx.Version(fresh.Key("x")) == 0 {
				return errors.New("no version")
			}
			return err
		}, 0},
		{"absent", func(tx *store.Tx) error {
			return errors.Join(reads(tx, kept, "z", ""), reads(tx, fresh, "z", ""))
		}, 0},
		{"inserted", func(tx *store.Tx) error {
			return errors.Join(fresh.Insert(tx, "z", "new", time.Time{}), reads(tx, fresh, "z", "new"))
		}, 0},
		{"replaced unread", func(tx *store.Tx) error {
			return errors.Join(fresh.Put(tx, "x", "new", time.Time{}), reads(tx, fresh, "x", "new"))
		}, 0},
		{"read and replaced", func(tx *store.Tx) error {
			return errors.Join(reads(tx, fresh, "x", "genuine"), fresh.Put(tx, "x", "new", time.Time{}), reads(tx, fresh, "x", "new"))
		}, 1},
		{"known and replaced", func(tx *store.Tx) error {
			return errors.Join(reads(tx, kept, "x", "genuine"), kept.Put(tx, "x", "new", time.Time{}), reads(tx, kept, "x", "new"))
		}, 0},
		{"deleted unread", func(tx *store.Tx) error {
			return errors.Join(fresh.Delete(tx, "x"), reads(tx, fresh, "x", ""))
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOpening(t)
			d := fill(t, o)
			run(t, d, noon, c.fn)
			if o.opens != c.opens {
				t.Errorf("got %d values opened, want %d", o.opens, c.opens)
			}
		})
	}
}

// Whoever asks for versions opens nothing, a record that was damaged included.
func TestVersionsOpenNothing(t *testing.T) {
	o := newOpening(t)
	d := fill(t, o)
	o.alter(t, "fresh/x", []byte("damaged"), 7)
	got, err := d.Versions(t.Context(), fresh.Key("x"), fresh.Key("z"))
	if err != nil || got[0] != 7 || got[1] != 0 || o.opens != 0 {
		t.Errorf("got %v, error %v and %d values opened, want [7 0] and none", got, err, o.opens)
	}
}

// What was altered behind the seal is damaged when it is opened, and what is
// known of the very same version is still the value that was written.
func TestAlteredBehindTheSeal(t *testing.T) {
	alterations := map[string]func(o *opening, table string) []byte{
		"a byte changed": func(o *opening, table string) []byte {
			b := o.rest(t, table+"/x").Value
			b[len(b)-1] ^= 1
			return b
		},
		"another key's value": func(o *opening, table string) []byte { return o.rest(t, table+"/y").Value },
		"cut short":           func(o *opening, table string) []byte { return o.rest(t, table+"/x").Value[:20] },
		"emptied":             func(*opening, string) []byte { return []byte{} },
		"never sealed":        func(*opening, string) []byte { return []byte(strings.Repeat("plain ", 20)) },
	}
	for _, c := range []struct {
		name    string
		tab     store.Table[text]
		rewrite bool // the version changes too
		forget  bool // by another DB, which has not read the record
		damaged bool
	}{
		{"no cache", fresh, false, false, true},
		{"no cache, another version", fresh, true, false, true},
		{"known", kept, false, false, false},
		{"known in another version", kept, true, false, true},
		{"not known", kept, false, true, true},
	} {
		for what, alter := range alterations {
			o := newOpening(t)
			d := fill(t, o)
			key := c.tab.Key("x")
			version := o.rest(t, key).Version
			if c.rewrite {
				version = rnd.Uint64()
			}
			o.alter(t, key, alter(o, c.tab.Name()), version)
			if c.forget {
				d = store.NewDB(o, "")
			}
			if !c.damaged {
				run(t, d, noon, func(tx *store.Tx) error { return reads(tx, c.tab, "x", "genuine") })
				continue
			}
			wantDamaged(t, c.name+", "+what, d, c.tab)
		}
	}
}

// wantDamaged reads x twice in one transaction, and again in another.
func wantDamaged(t *testing.T, name string, d *store.DB, tab store.Table[text]) {
	t.Helper()
	for range 2 {
		err := d.Run(t.Context(), noon, func(tx *store.Tx) error {
			v, ok, err := tab.Get(tx, "x")
			if !errors.Is(err, store.ErrDamaged) || ok || v != "" {
				t.Errorf("%s: got %q, %v, error %v; want %v", name, v, ok, err, store.ErrDamaged)
			}
			_, _, err = tab.Get(tx, "x")
			return err
		})
		if !errors.Is(err, store.ErrDamaged) || strings.Contains(err.Error(), tab.Key("x")) {
			t.Errorf("%s: got error %v, want %v without the key", name, err, store.ErrDamaged)
		}
	}
}
