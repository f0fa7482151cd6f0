package boltstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// TestSweepReadsAround ruins the pages of what is not due and lies elsewhere, under
// the open store: a sweep that read one would fail.
func TestSweepReadsAround(t *testing.T) {
	path := tempPath(t)
	s := open(t, path, boltstore.Options{})
	c := change()
	for i := range 900 {
		w := store.Write{Key: fmt.Sprintf("%c/%03d", "bmy"[i/300], i%300), Value: make([]byte, 400)}
		w.Expires = time.Unix(5000, 0)
		if i < 300 && i%2 == 0 {
			w.Expires = time.Unix(1000, 0)
		}
		c.Writes = append(c.Writes, w)
	}
	commit(t, s, c.Writes...)
	sweep := func(before int64, limit, want int) {
		t.Helper()
		if n, err := s.Sweep(t.Context(), time.Unix(before, 0), limit); n != want || err != nil {
			t.Errorf("Sweep before %d of %d at most: got %d and error %v, want %d", before, limit, n, err, want)
		}
	}
	sweep(900, 1000, 0) // reads what was written
	file, err := os.ReadFile(path)
	check(err)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	check(err)
	defer f.Close()
	ruined := 0
	for _, id := range pagesOf(file, 2) {
		if bytes.Contains(file[id*pageSize:][:pageSize], []byte("y/")) {
			_, err := f.WriteAt(make([]byte, 16), int64(id*pageSize))
			check(err)
			ruined++
		}
	}
	if ruined < 20 {
		t.Fatalf("%d pages were ruined", ruined)
	}
	sweep(2000, 100, 100)
	sweep(2000, 100, 50)
	sweep(2000, 100, 0)
	if _, err := s.Sweep(t.Context(), time.Unix(6000, 0), 1000); !errors.Is(err, boltstore.ErrCorrupt) {
		t.Errorf("Sweep of what is ruined: got error %v, want %v", err, boltstore.ErrCorrupt)
	}
}

// TestSweepAroundInspection: what the inspection has not come by, and will not, is
// swept all the same, sooner or later.
func TestSweepAroundInspection(t *testing.T) {
	file, want := largeImage(t)
	left := func(s *boltstore.Store) (due int) {
		for _, r := range all(t, s) {
			if !r.Expires.IsZero() {
				due++
			}
		}
		return due
	}
	total := 0
	for _, r := range want {
		if !r.Expires.IsZero() {
			total++
		}
	}
	end := time.Unix(20_000, 0)
	t.Run("it ended early", func(t *testing.T) {
		s, settle, err := boltstore.OpenUninspected(write(t, file))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if n, err := s.Sweep(t.Context(), end, 1000); n != 0 || err != nil {
			t.Errorf("Sweep before it: got %d and error %v, want nothing", n, err)
		}
		settle()
		if n, err := s.Sweep(t.Context(), end, 1000); n != 1000 || err != nil {
			t.Errorf("Sweep of 1000 at most: got %d and error %v", n, err)
		}
		if n, err := s.Sweep(t.Context(), end, 10_000); n != total-1000 || err != nil || left(s) != 0 {
			t.Errorf("Sweep of the rest: got %d and error %v, want %d, and %d are left", n, err, total-1000, left(s))
		}
	})
	t.Run("it has just begun", func(t *testing.T) {
		s := open(t, write(t, file), boltstore.Options{})
		first, err := s.Sweep(t.Context(), end, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		s.Inspected()
		rest, err := s.Sweep(t.Context(), end, 10_000)
		if first+rest != total || err != nil || left(s) != 0 {
			t.Errorf("Sweep before and after: got %d, %d and error %v, want %d together, and %d are left", first, rest, err, total, left(s))
		}
	})
	killed := bytes.Clone(file)
	clear(laterMeta(killed)[pageSize-16:]) // nothing vouches for the list of free pages
	for name, file := range map[string][]byte{"it is over": file, "all was read before": killed} {
		t.Run(name, func(t *testing.T) {
			s, e := open(t, write(t, file), boltstore.Options{}), expiries{}
			s.Inspected()
			for key, r := range want {
				e.add(key, r)
			}
			if n := e.hold(t, s); n < 100 {
				t.Errorf("got %d zones", n)
			}
			for _, z := range s.Zones() {
				if z.Earliest == 0 {
					t.Errorf("nothing is known from %q on", z.First)
				}
			}
			e.sweep(t, s, 4000, 10_000)
		})
	}
}

// TestSweepBesideDamage: what lies in a damaged page, and what cannot be deleted
// for its sake, is looked for again by each sweep, so that damage which was of the
// moment loses nothing.
func TestSweepBesideDamage(t *testing.T) {
	file, want := largeImage(t)
	expiring := map[string]int{}
	for key, r := range want {
		if !r.Expires.IsZero() {
			expiring[key]++
		}
	}
	keys := slices.Sorted(maps.Keys(want))
	for i := 3000; i < 3040; i += 5 { // leaves of which some end a zone
		t.Run(fmt.Sprint("leaf ", i), func(t *testing.T) {
			sweepBesideDamage(t, file, leafOf(t, file, keys[i]), len(expiring))
		})
	}
	const there = "r/4000"
	s := open(t, tempPath(t), boltstore.Options{})
	c := change()
	for i := range 9000 {
		w := store.Write{Key: fmt.Sprintf("r/%04d", i), Value: make([]byte, 500)}
		if w.Key == there {
			w.Expires = time.Unix(1000, 0)
		}
		c.Writes = append(c.Writes, w)
	}
	commit(t, s, c.Writes...)
	path := tempPath(t)
	f, err := os.Create(path)
	check(err)
	check(errors.Join(s.Backup(f), f.Close()))
	open(t, path, boltstore.Options{}).Close() // it has a list of free pages now
	file, err = os.ReadFile(path)
	check(err)
	t.Run("nothing else is due", func(t *testing.T) { sweepBesideDamage(t, file, leafOf(t, file, there), 1) })
}

// sweepBesideDamage sweeps a file in which a page is damaged, so that not all of
// what is due can be deleted, and then mends it.
func sweepBesideDamage(t *testing.T, file []byte, page, total int) {
	for _, inspected := range []bool{false, true} {
		b := bytes.Clone(file)
		clear(b[page*pageSize:][:pageSize])
		path := write(t, b)
		s, settle, err := boltstore.OpenUninspected(path)
		if err != nil {
			t.Fatal(err)
		}
		if settle(); inspected {
			s.Close()
			s = open(t, path, boltstore.Options{})
			s.Inspected()
		}
		end, n := time.Unix(20_000, 0), 0
		for range 2 {
			m, err := s.Sweep(t.Context(), end, 10_000)
			if n += m; err != nil || n == total || n < total-30 {
				t.Errorf("inspected %v: Sweep beside damage: got %d and error %v, want nearly all of %d", inspected, n, err, total)
			}
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		check(err)
		_, err = f.WriteAt(file[page*pageSize:][:pageSize], int64(page*pageSize))
		check(errors.Join(err, f.Close()))
		if m, err := s.Sweep(t.Context(), end, 10_000); n+m != total || err != nil {
			t.Errorf("inspected %v: Sweep once it can be read: got %d and error %v, want %d", inspected, m, err, total-n)
		}
		s.Close()
	}
}

// TestOldFile: a file of another form is refused, and left as it was. The first
// kept an order of expiry beside the records.
func TestOldFile(t *testing.T) {
	for name, tt := range map[string]struct {
		format  string
		buckets []string
	}{
		"the first form":         {"sallyport store 1", []string{"records", "expiry", "about"}},
		"by its name alone":      {"sallyport store 1", []string{"records", "about"}},
		"by its buckets alone":   {"sallyport store 2", []string{"records", "expiry", "about"}},
		"a form that is to come": {"sallyport store 3", []string{"records", "about"}},
	} {
		path := tempPath(t)
		db, err := bolt.Open(path, 0o600, nil)
		check(err)
		check(db.Update(func(tx *bolt.Tx) error {
			for _, b := range tt.buckets {
				if _, err := tx.CreateBucket([]byte(b)); err != nil {
					return err
				}
			}
			return tx.Bucket([]byte("about")).Put([]byte("format"), []byte(tt.format))
		}))
		check(db.Close())
		before, err := os.ReadFile(path)
		check(err)
		if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, boltstore.ErrForeign) || !strings.Contains(err.Error(), "another version") {
			t.Errorf("%s: Open: got error %v, want %v", name, err, boltstore.ErrForeign)
		}
		if _, err := boltstore.Check(t.Context(), path, boltstore.Options{}); !errors.Is(err, boltstore.ErrForeign) {
			t.Errorf("%s: Check: got error %v, want %v", name, err, boltstore.ErrForeign)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s: the file was changed (error %v)", name, err)
		}
	}
}
