package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// testDamage wants a damaged record to be told as such: neither as absent,
// which would unspend a code, nor as the end of a scan.
func testDamage(e *env) {
	keys := e.fill("m", 200, time.Time{}) // more than a page of any backend
	for _, i := range []int{0, 50, 199} {
		e.b.Damage(e.T, e.s, keys[i])
		if recs, err := e.s.Load(e.ctx, keys[i]); !errors.Is(err, store.ErrDamaged) {
			e.Errorf("Load of a damaged record: got %v and error %v, want %v", recs, err, store.ErrDamaged)
		}
		if recs, err := e.s.Load(e.ctx, keys[100], keys[i]); !errors.Is(err, store.ErrDamaged) {
			e.Errorf("Load of a sound and a damaged record: got %v and error %v, want %v", recs, err, store.ErrDamaged)
		}
	}
	n := 0
	for r, err := range e.s.Scan(e.ctx, "m/", "") {
		if n == len(keys) {
			e.Fatalf("Scan: %q came after the last record", r.Key)
		}
		damaged := n == 0 || n == 50 || n == 199
		if r.Key != keys[n] || errors.Is(err, store.ErrDamaged) != damaged || !damaged && err != nil || damaged && r.Value != nil {
			e.Fatalf("Scan: got %q, value %q, error %v, want %q, damaged %v", r.Key, r.Value, err, keys[n], damaged)
		}
		n++
	}
	if n != len(keys) {
		e.Errorf("Scan over damaged records: got %d records, want %d", n, len(keys))
	}
	if r := e.load(keys[100]); string(r.Value) != "v"+keys[100] {
		e.Errorf("a sound record beside them: got %q", r.Value)
	}
	if err := e.s.Commit(e.ctx, store.Change{ID: rnd.Uint64(), Writes: []store.Write{{Key: keys[50], Value: []byte("x")}}}); err == nil {
		e.Error("Commit over a damaged record as though it were absent: no error")
	}
}

// testUnknown cuts commits off under way. The identical change, repeated,
// settles what became of the first; what is settled stays, whatever comes late.
func testUnknown(e *env) {
	counter := uint64(0) // the version of the record that all replace
	settled := map[string]uint64{}
	sort := map[string]int{}
	for n := range long(16, 240) {
		event := fmt.Sprintf("event/%03d", n)
		c := store.Change{ID: rnd.Uint64(), Writes: []store.Write{
			{Key: "counter", Value: fmt.Append(nil, n), If: counter},
			{Key: event, Value: []byte("x")},
		}}
		what := e.cut(n, c)
		if sort[what]++; what == cutFailed {
			e.absent(event)
			e.commit(store.Write{Key: event, Keep: true}) // and it can be held to be absent
			continue
		}
		counter, settled[event] = c.ID, c.ID
		if r := e.load("counter"); r.Version != c.ID {
			e.Fatalf("cut %d: the change %s, but the counter has version %d, want %d", n, what, r.Version, c.ID)
		}
		if n%3 == 0 { // somebody else goes on; what comes late must not undo it
			counter = e.put("counter", "moved on", time.Time{})
		}
	}
	if r := e.load("counter"); r.Version != counter {
		e.Errorf("at the end the counter has version %d, want %d", r.Version, counter)
	}
	for _, r := range e.all() {
		if v, ok := settled[r.Key]; r.Key != "counter" && (!ok || v != r.Version) {
			e.Errorf("%q: version %d is there, want %d", r.Key, r.Version, v)
		}
		delete(settled, r.Key)
	}
	for event := range settled {
		e.Errorf("%q had landed and is gone", event)
	}
	if sort[cutUnknown]+sort[cutLanded] == 0 {
		e.Errorf("Backend.Cut cut nothing off: got %v", sort)
	}
	e.Logf("commits that were cut: %v", sort)
}

// What becomes of a commit that is cut off.
const (
	cutKnown   = "was acknowledged"
	cutFailed  = "failed for certain"
	cutLanded  = "had landed"
	cutUnknown = "landed when it was repeated"
)

// cut commits c while the backend cuts it off, and settles what became of it.
func (e *env) cut(n int, c store.Change) string {
	s, end := e.b.Cut(e.T, e.s, n)
	defer end()
	err := s.Commit(e.ctx, c)
	switch {
	case err == nil:
		return cutKnown
	case errors.Is(err, store.ErrConflict):
		e.Fatalf("cut %d: got a conflict, want no answer or success", n)
	case !errors.Is(err, store.ErrUnknown): // nothing was written, now or later
		return cutFailed
	}
	err = e.repeat(s, c)
	switch {
	case err == nil:
		return cutUnknown
	case !errors.Is(err, store.ErrConflict):
		e.Fatalf("cut %d: repeating the change: %v", n, err)
	}
	return cutLanded
}

// repeat sends c again until its outcome is known: nil, or a conflict with what
// it has written itself.
func (e *env) repeat(s store.Store, c store.Change) (err error) {
	for range 50 {
		if err = s.Commit(e.ctx, c); err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			continue // whatever it says, it does not tell of the first
		}
		recs, lerr := s.Load(e.ctx, c.Writes[1].Key)
		switch {
		case lerr != nil:
			err = lerr
		case recs[0].Version == c.ID:
			return err // it had landed
		default:
			return fmt.Errorf("a conflict, but nobody else could have landed: the event has version %d, want %d", recs[0].Version, c.ID)
		}
	}
	return err
}
