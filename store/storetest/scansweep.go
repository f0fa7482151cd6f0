package storetest

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// fill makes n records prefix/0000… in changes of 100.
func (e *env) fill(prefix string, n int, expires time.Time) (keys []string) {
	e.Helper()
	for len(keys) < n {
		var writes []store.Write
		for range min(100, n-len(keys)) {
			k := fmt.Sprintf("%s/%04d", prefix, len(keys))
			keys = append(keys, k)
			writes = append(writes, store.Write{Key: k, Value: []byte("v" + k), Expires: expires})
		}
		e.commit(writes...)
	}
	return keys
}

// scan returns the keys of a scan that must succeed.
func (e *env) scan(prefix, after string) (keys []string) {
	e.Helper()
	for r, err := range e.s.Scan(e.ctx, prefix, after) {
		if err != nil {
			e.Fatalf("Scan(%q, %q): %v", prefix, after, err)
		}
		keys = append(keys, r.Key)
	}
	return keys
}

func testScan(e *env) {
	id := e.commit(store.Write{Key: "b/1", Value: []byte("v"), Expires: time.Unix(2e9, 0)})
	for _, k := range []string{"a", "b", "b/", "b/2", "b/10", "b0", "c/1", "B/1"} {
		e.put(k, "v", time.Time{})
	}
	for _, c := range []struct {
		prefix, after string
		want          string
	}{
		{"", "", "B/1 a b b/ b/1 b/10 b/2 b0 c/1"},
		{"b/", "", "b/ b/1 b/10 b/2"},
		{"b/", "b/", "b/1 b/10 b/2"},
		{"b/", "b/1", "b/10 b/2"},
		{"b/", "b/15", "b/2"}, // after need not exist
		{"b/", "a", "b/ b/1 b/10 b/2"},
		{"b/", "b/2", ""},
		{"b/", "c", ""},
		{"b/1", "", "b/1 b/10"},
		{"", "b/2", "b0 c/1"},
		{"none", "", ""},
		{"c/1", "", "c/1"},
		{"c/1", "c/1", ""},
		{strings.Repeat("z", store.MaxKey+5), "", ""},
	} {
		if got := strings.Join(e.scan(c.prefix, c.after), " "); got != c.want {
			e.Errorf("Scan(%q, %q): got %q, want %q", c.prefix, c.after, got, c.want)
		}
	}
	for r := range e.s.Scan(e.ctx, "b/1", "") {
		e.want(r, "v", id)
		if want := time.Unix(2e9, 0); !r.Expires.Equal(want) {
			e.Errorf("Scan: got Expires %v, want %v", r.Expires, want)
		}
		break // leaving early is allowed
	}
}

func testScanPages(e *env) {
	keys := e.fill("p", 700, time.Time{})
	e.fill("o", 3, time.Time{})
	e.fill("q", 3, time.Time{})
	if got := e.scan("p/", ""); !slices.Equal(got, keys) {
		e.Errorf("Scan of 700: got %d records, from %q to %q", len(got), got[0], got[len(got)-1])
	}
	for _, i := range []int{0, 1, 99, 100, 127, 128, 255, 256, 511, 698, 699} {
		if got := e.scan("p/", keys[i]); !slices.Equal(got, keys[i+1:]) {
			e.Errorf("Scan after record %d: got %d records, want %d", i, len(got), 699-i)
		}
	}
}

// testScanCallsBack hangs on a backend that holds a lock or its only
// connection while it yields.
func testScanCallsBack(e *env) {
	keys := e.fill("c", 300, time.Time{})
	n := 0
	for r, err := range e.s.Scan(e.ctx, "c/", "") {
		if err != nil {
			e.Fatalf("Scan: %v", err)
		}
		if n++; n%50 != 1 {
			continue
		}
		e.want(e.load(r.Key), string(r.Value), r.Version)
		e.commit(store.Write{Key: "new/" + r.Key, Value: r.Value}, store.Write{Key: r.Key, Value: []byte("seen"), If: r.Version})
		e.scan("new/", "")
		if _, err := e.s.Sweep(e.ctx, time.Unix(1000, 0), 10); err != nil {
			e.Fatalf("Sweep: %v", err)
		}
	}
	if n != len(keys) {
		e.Errorf("Scan: got %d records, want %d", n, len(keys))
	}
}

func testScanWhileWriting(e *env) {
	keys := e.fill("w", 300, time.Time{})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer func() {
		close(stop)
		wg.Wait()
	}()
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			k := fmt.Sprintf("w/%04d-new", i%300)
			r, err := e.s.Load(e.ctx, k)
			if err == nil {
				w := store.Write{Key: k, Value: []byte("x"), If: r[0].Version}
				if r[0].Value != nil {
					w.Value = nil // there and gone again
				}
				_, err = e.try(w)
			}
			if err != nil {
				e.Errorf("writing: %v", err)
				return
			}
		}
	})
	for range 5 {
		var old []string
		last := ""
		for _, k := range e.scan("w/", "") {
			if k <= last {
				e.Fatalf("Scan: %q came after %q", k, last)
			}
			if last = k; !strings.HasSuffix(k, "-new") {
				old = append(old, k)
			}
		}
		if !slices.Equal(old, keys) {
			e.Errorf("Scan: got %d of the %d records that nobody touched", len(old), len(keys))
		}
	}
}

// sweepAll sweeps until nothing is left to sweep, and returns how many.
func (e *env) sweepAll(before time.Time) (n int) {
	e.Helper()
	for {
		got, err := e.s.Sweep(e.ctx, before, 50)
		if err != nil {
			e.Fatalf("Sweep: %v", err)
		}
		if got < 0 || got > 50 {
			e.Fatalf("Sweep with limit 50: got %d", got)
		}
		if got == 0 {
			return n
		}
		n += got
	}
}

func testSweep(e *env) {
	at := time.Unix(1_900_000_000, 0)
	e.put("never", "x", time.Time{})
	e.put("before", "x", at.Add(-time.Second))
	e.put("long-before", "x", time.Unix(-1, 0))
	e.put("exactly", "x", at)
	e.put("rounded", "x", at.Add(-time.Millisecond)) // rounded up to at, which is not before at
	e.put("after", "x", at.Add(time.Second))
	if n := e.sweepAll(time.Time{}); n != 0 {
		e.Errorf("Sweep before the zero time: got %d, want 0", n)
	}
	if n := e.sweepAll(at); n != 2 {
		e.Errorf("Sweep: got %d, want 2", n)
	}
	if got, want := strings.Join(e.scan("", ""), " "), "after exactly never rounded"; got != want {
		e.Errorf("left after Sweep: got %q, want %q", got, want)
	}
	e.absent("before")
	e.put("before", "again", time.Time{}) // a swept key is as free as any
	if n := e.sweepAll(at.Add(time.Hour)); n != 3 {
		e.Errorf("Sweep an hour later: got %d, want 3", n)
	}
	if got, want := strings.Join(e.scan("", ""), " "), "before never"; got != want {
		e.Errorf("left after Sweep: got %q, want %q", got, want)
	}
}

// testSweepFar: an expiry is kept to the second also far ahead, beyond what 31
// and 32 bits of seconds hold.
func testSweepFar(e *env) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ahead := []time.Time{from.AddDate(0, 0, 400), from.AddDate(13, 0, 0), from.AddDate(101, 0, 0)}
	for i, at := range ahead {
		e.put(fmt.Sprint("exactly-", i), "x", at)
		e.put(fmt.Sprint("rounded-", i), "x", at.Add(-time.Millisecond))
	}
	if n := e.sweepAll(from); n != 0 {
		e.Errorf("Sweep of today: got %d, want 0", n)
	}
	for i, at := range ahead {
		if n := e.sweepAll(at); n != 0 {
			e.Errorf("Sweep before %v: got %d, want 0", at, n)
		}
		for _, key := range []string{"exactly-", "rounded-"} {
			if got := e.load(fmt.Sprint(key, i)).Expires; !got.Equal(at) {
				e.Errorf("%s%d: got Expires %v, want %v", key, i, got, at)
			}
		}
		if n := e.sweepAll(at.Add(time.Second)); n != 2 {
			e.Errorf("Sweep a second after %v: got %d, want 2", at, n)
		}
	}
}

func testSweepLimit(e *env) {
	e.fill("old", 300, time.Unix(1000, 0))
	e.fill("live", 10, time.Unix(3000, 0))
	for _, limit := range []int{0, -1} {
		if n, err := e.s.Sweep(e.ctx, time.Unix(2000, 0), limit); n != 0 || err != nil {
			e.Errorf("Sweep with limit %d: got %d and error %v, want 0", limit, n, err)
		}
	}
	for _, limit := range []int{1, 7, 250} {
		before := len(e.scan("old/", ""))
		n, err := e.s.Sweep(e.ctx, time.Unix(2000, 0), limit)
		if err != nil || n < min(limit, 50) || n > limit {
			e.Errorf("Sweep with limit %d and more to take: got %d and error %v, want the limit, or 50 at least", limit, n, err)
		}
		if gone := before - len(e.scan("old/", "")); gone != n {
			e.Errorf("Sweep with limit %d: said %d, %d are gone", limit, n, gone)
		}
	}
	e.sweepAll(time.Unix(2000, 0))
	if got := len(e.scan("", "")); got != 10 {
		e.Errorf("left after Sweep: got %d records, want 10", got)
	}
}

func testSweepRewritten(e *env) {
	old, before := time.Unix(1000, 0), time.Unix(2000, 0)
	e.put("later", "x", old)
	e.put("later", "y", time.Unix(3000, 0))
	e.put("never", "x", old)
	e.put("never", "y", time.Time{})
	e.put("earlier", "x", time.Unix(3000, 0))
	e.put("earlier", "y", old)
	id := e.put("deleted", "x", old)
	e.commit(store.Write{Key: "deleted", If: id})
	e.put("same", "x", old)
	e.put("same", "y", old)
	id = e.put("reborn", "x", old)
	e.commit(store.Write{Key: "reborn", If: id})
	e.put("reborn", "y", time.Time{})
	if n := e.sweepAll(before); n != 2 {
		e.Errorf("Sweep: got %d, want 2", n)
	}
	if got, want := strings.Join(e.scan("", ""), " "), "later never reborn"; got != want {
		e.Errorf("left after Sweep: got %q, want %q", got, want)
	}
}

// testSweepRace rewrites expired records while they are swept, one by one and
// at the same pace: what was acknowledged must stay.
func testSweepRace(e *env) {
	keys := e.fill("r", 120, time.Unix(1000, 0))
	kept := map[string]uint64{}
	poke := make(chan struct{}, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(poke)
		for _, k := range keys {
			r, err := e.s.Load(e.ctx, k)
			if err != nil {
				e.Errorf("Load: %v", err)
				return
			}
			select {
			case poke <- struct{}{}:
			default:
			}
			runtime.Gosched() // let the sweep choose
			id, err := e.try(store.Write{Key: k, Value: []byte("kept"), If: r[0].Version, Expires: time.Unix(3000, 0)})
			switch {
			case err == nil:
				kept[k] = id
			case !errors.Is(err, store.ErrConflict):
				e.Errorf("Commit: %v", err)
				return
			}
		}
	})
	wg.Go(func() {
		for range poke {
			if _, err := e.s.Sweep(e.ctx, time.Unix(2000, 0), 1); err != nil {
				e.Errorf("Sweep: %v", err)
				return
			}
		}
	})
	wg.Wait()
	e.sweepAll(time.Unix(2000, 0))
	for k, id := range kept {
		e.want(e.load(k), "kept", id)
	}
	if got := len(e.scan("", "")); got != len(kept) {
		e.Errorf("left: got %d records, want %d", got, len(kept))
	}
}
