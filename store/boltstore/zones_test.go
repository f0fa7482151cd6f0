package boltstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// expiries is what a store should know of what expires: the version and the second
// of every record, 0 for never.
type expiries map[string]struct {
	version uint64
	expires int64
}

// failer is a test, or a check of rapid.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func (e expiries) add(key string, r store.Record) {
	known := e[key]
	known.version, known.expires = r.Version, store.ExpirySeconds(r.Expires)
	e[key] = known
}

// write puts records, whose values are so long, or deletes those that are there
// where the second is negative.
func (e expiries) write(t failer, s store.Store, size int, at map[string]int64) {
	t.Helper()
	c := change()
	for key, expires := range at {
		w := store.Write{Key: key, If: e[key].version}
		if expires >= 0 {
			w.Value, w.Expires = make([]byte, size), store.ExpiryTime(expires)
		}
		c.Writes = append(c.Writes, w)
		old := e[key]
		if delete(e, key); expires >= 0 {
			old.version, old.expires = c.ID, expires
			e[key] = old
		}
	}
	if err := s.Commit(context.Background(), c); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

// sweep has the store sweep and forgets what it must have deleted, which is all
// that is due if the limit allows for it.
func (e expiries) sweep(t failer, s store.Store, before int64, limit int) {
	t.Helper()
	want := 0
	for _, r := range e {
		if r.expires != 0 && r.expires < before {
			want++
		}
	}
	n, err := s.Sweep(context.Background(), store.ExpiryTime(before), limit)
	if err != nil || n != min(want, limit) {
		t.Fatalf("Sweep before %d of %d at most: got %d and error %v, want %d", before, limit, n, err, min(want, limit))
	}
	left := map[string]bool{}
	for r, err := range s.Scan(context.Background(), "", "") {
		if err != nil {
			t.Fatalf("Scan: %v", err)
		}
		left[r.Key] = true
	}
	for key, r := range e {
		switch due := r.expires != 0 && r.expires < before; {
		case left[key]:
		case due:
			delete(e, key)
			n--
		default:
			t.Fatalf("Sweep before %d deleted %q, which expires at %d", before, key, r.expires)
		}
	}
	if n != 0 || len(left) != len(e) {
		t.Fatalf("Sweep before %d: said %d more than it deleted, and %d are left of %d", before, n, len(left), len(e))
	}
}

// hold holds the zones to the one rule: none may believe that it is due later than
// it is. It returns how many there are.
func (e expiries) hold(t failer, s *boltstore.Store) int {
	t.Helper()
	zones := s.Zones()
	if zones[0].First != "" {
		t.Fatalf("the first zone begins at %q", zones[0].First)
	}
	for i := 1; i < len(zones); i++ {
		if zones[i-1].First >= zones[i].First {
			t.Fatalf("zones out of order: %q, %q", zones[i-1].First, zones[i].First)
		}
	}
	for key, r := range e {
		i := len(zones) - 1
		for zones[i].First > key {
			i--
		}
		if r.expires != 0 && zones[i].Earliest > r.expires {
			t.Fatalf("%q expires at %d, and its zone says %d", key, r.expires, zones[i].Earliest)
		}
	}
	return len(zones)
}

// TestZones makes up writes, deletions and sweeps, and opens the file again now and
// then, after it was closed and after a kill. Values are of a size that has some
// records fill a zone.
func TestZones(t *testing.T) {
	ran, checks, found := 0, 8, false // it waits for the disk most of the time
	if os.Getenv("SALLYPORT_LONG") != "" {
		checks = 1 << 30
	}
	rapid.Check(t, func(rt *rapid.T) {
		if ran++; ran > checks && !found {
			return
		}
		defer func() { found = found || rt.Failed() }() // then rapid looks for a shorter one
		path := tempPath(t)
		s, e := open(t, path, boltstore.Options{}), expiries{}
		defer func() { s.Close() }()
		key := rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%c/%02d", rapid.RuneFrom([]rune("abcd")).Draw(t, "kind"), rapid.IntRange(0, 60).Draw(t, "number"))
		})
		at := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, 50), rapid.Int64Range(1, 50))
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				size := rapid.SampledFrom([]int{10, 1000, 5000, 20_000}).Draw(rt, "size")
				e.write(rt, s, size, rapid.MapOfN(key, at, 1, 40).Draw(rt, "writes"))
			},
			"delete": func(rt *rapid.T) {
				gone := map[string]int64{}
				for _, k := range rapid.SliceOfN(key, 1, 20).Draw(rt, "keys") {
					if _, there := e[k]; there {
						gone[k] = -1
					}
				}
				e.write(rt, s, 0, gone)
			},
			"sweep": func(rt *rapid.T) {
				e.sweep(rt, s, rapid.Int64Range(1, 60).Draw(rt, "before"), rapid.SampledFrom([]int{1, 7, 1000}).Draw(rt, "limit"))
			},
			"open again": func(*rapid.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open(t, path, boltstore.Options{})
			},
			"kill": func(*rapid.T) {
				killed := tempPath(t)
				if err := crashImage(path, killed); err != nil {
					t.Fatal(err)
				}
				s.Close()
				s, path = open(t, killed, boltstore.Options{}), killed
			},
			"": func(rt *rapid.T) { e.hold(rt, s) },
		})
	})
}

// TestManyZones fills several chunks of the list of zones, and empties them.
func TestManyZones(t *testing.T) {
	s, e := open(t, tempPath(t), boltstore.Options{}), expiries{}
	r := rand.New(rand.NewPCG(5, 6))
	some := func(n int, expires func(i int) int64) map[string]int64 {
		writes := map[string]int64{}
		for range n {
			i := r.IntN(4000)
			writes[fmt.Sprintf("%04d", i)] = expires(i)
		}
		return writes
	}
	most := 0
	for round := range int64(12) {
		e.write(t, s, 10_000, some(800, func(i int) int64 { return 100*round + int64(i) + 1 }))
		e.write(t, s, 10_000, some(100, func(int) int64 { return 0 }))
		e.sweep(t, s, 1, 1) // reads what has grown
		most = max(most, e.hold(t, s))
		e.sweep(t, s, 100*round, 10_000)
		e.hold(t, s)
	}
	if most < 1000 {
		t.Errorf("%d zones at most, want so many that they take several chunks", most)
	}
	for before := int64(1000); before < 6000; before += 500 {
		e.sweep(t, s, before, 10_000)
		e.hold(t, s)
	}
	gone := map[string]int64{}
	for key := range e {
		gone[key] = -1
	}
	e.write(t, s, 0, gone)
	if n := e.hold(t, s); n > 2 {
		t.Errorf("nothing is left, and %d zones are", n)
	}
}

// TestZonesFromInspection writes beside the inspection of a file that was closed:
// what it reads and what is written meanwhile must add up.
func TestZonesFromInspection(t *testing.T) {
	file, want := largeImage(t)
	s, e := open(t, write(t, file), boltstore.Options{}), expiries{}
	for key, r := range want {
		e.add(key, r)
	}
	keys := make([]string, 0, len(want))
	for key := range want {
		keys = append(keys, key)
	}
	r := rand.New(rand.NewPCG(7, 8))
	for s.Inspecting() {
		writes := map[string]int64{}
		for range 20 {
			key := keys[r.IntN(len(keys))]
			if _, there := e[key]; !there {
				key += "/new"
			}
			switch r.IntN(3) {
			case 0:
				writes[key+"/new"] = 1 + r.Int64N(20_000)
			case 1:
				writes[key] = 1 + r.Int64N(20_000)
			default:
				if _, there := e[key]; there {
					writes[key] = -1
				}
			}
		}
		e.write(t, s, 500, writes)
		if _, err := s.Sweep(t.Context(), time.Unix(1, 0), 10); err != nil { // nothing is due, but some is read
			t.Fatal(err)
		}
	}
	s.Inspected()
	e.hold(t, s)
	e.sweep(t, s, 4000, 100_000)
	e.sweep(t, s, 30_000, 100_000)
}
