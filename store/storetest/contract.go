package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

func testLoadOrder(e *env) {
	a, b := e.put("t/a", "A", time.Time{}), e.put("t/b", "B", time.Time{})
	recs := e.loadAll("t/b", "t/none", "t/a", "t/b")
	e.want(recs[0], "B", b)
	e.want(recs[2], "A", a)
	e.want(recs[3], "B", b)
	if r := recs[1]; r.Value != nil || r.Version != 0 || !r.Expires.IsZero() {
		e.Errorf("absent record: got %+v, want only its key", r)
	}
	e.loadAll() // no keys, no records, no error
}

func testEmptyValue(e *env) {
	id := e.commit(store.Write{Key: "empty", Value: []byte{}})
	e.want(e.load("empty"), "", id)
	for r, err := range e.s.Scan(e.ctx, "empty", "") {
		if err != nil || r.Value == nil {
			e.Errorf("Scan of an empty value: got %v, error %v, want a value that is not nil", r.Value, err)
		}
	}
	e.commit(store.Write{Key: "empty", If: id}) // a nil value deletes
	e.absent("empty")
}

func testVersion(e *env) {
	id := e.commit(store.Write{Key: "a", Value: []byte("1")}, store.Write{Key: "b", Value: []byte("2")})
	e.want(e.load("a"), "1", id)
	e.want(e.load("b"), "2", id)
	again := e.commit(store.Write{Key: "a", Value: []byte("1"), If: id}) // the same bytes, yet another version
	e.want(e.load("a"), "1", again)
	e.want(e.load("b"), "2", id)
}

func testVersionAfterDelete(e *env) {
	first := e.put("a", "x", time.Time{})
	e.commit(store.Write{Key: "a", If: first})
	second := e.put("a", "x", time.Time{})
	e.want(e.load("a"), "x", second)
	e.refused(store.ErrConflict, store.Write{Key: "a", Value: []byte("y"), If: first})
	e.refused(store.ErrConflict, store.Write{Key: "a", If: first, Keep: true})
}

func testIf(e *env) {
	id := e.put("a", "x", time.Time{})
	e.refused(store.ErrConflict, store.Write{Key: "a", Value: []byte("y")})                 // present, thought absent
	e.refused(store.ErrConflict, store.Write{Key: "a", Value: []byte("y"), If: id + 1})     // another version
	e.refused(store.ErrConflict, store.Write{Key: "a", If: id + 1})                         // deletes are held too
	e.refused(store.ErrConflict, store.Write{Key: "a"})                                     // a delete of what should be absent
	e.refused(store.ErrConflict, store.Write{Key: "none", Value: []byte("y"), If: id})      // absent, thought present
	e.refused(store.ErrConflict, store.Write{Key: "none", If: id})                          // a delete of what is absent
	e.refused(store.ErrConflict, store.Write{Key: "a", Value: []byte("y"), If: ^uint64(0)}) // all bits of a version count
}

func testAbsence(e *env) {
	e.commit(store.Write{Key: "lock", Keep: true}, store.Write{Key: "a", Value: []byte("x")}) // absent it was
	id := e.put("lock", "held", time.Time{})
	e.refused(store.ErrConflict, store.Write{Key: "lock", Keep: true}, store.Write{Key: "b", Value: []byte("x")})
	e.commit(store.Write{Key: "lock", If: id})
	e.commit(store.Write{Key: "lock", Keep: true}, store.Write{Key: "b", Value: []byte("x")}) // absent again
	e.absent("lock")
	e.put("lock", "again", time.Time{}) // a held absence does not stand in the way
}

func testKeep(e *env) {
	when := time.Unix(1_000_000, 0)
	id := e.put("a", "x", when)
	e.commit(store.Write{Key: "a", Value: []byte("not written"), If: id, Keep: true}, store.Write{Key: "b", Value: []byte("y")})
	r := e.load("a")
	e.want(r, "x", id)
	if !r.Expires.Equal(when) {
		e.Errorf("Expires after Keep: got %v, want %v", r.Expires, when)
	}
	e.commit(store.Write{Key: "a", If: id, Keep: true}, store.Write{Key: "none", Keep: true}) // a change may only hold
	e.want(e.load("a"), "x", id)
	e.refused(store.ErrConflict, store.Write{Key: "a", If: id + 1, Keep: true})
	e.refused(store.ErrConflict, store.Write{Key: "none", If: id, Keep: true})
}

func testAtomic(e *env) {
	a, b := e.put("a", "1", time.Time{}), e.put("b", "2", time.Time{})
	for bad := range 4 {
		writes := []store.Write{
			{Key: "a", Value: []byte("changed"), If: a},
			{Key: "b", If: b},
			{Key: "c", Value: []byte("new")},
			{Key: "d", Keep: true},
		}
		writes[bad].If++
		e.refused(store.ErrConflict, writes...)
	}
}

// testLargeAtomic finds a backend that cuts a change into pieces: the one write
// that conflicts stands where a later piece would have it.
func testLargeAtomic(e *env) {
	id := e.put("bulk/present", "x", time.Time{})
	const n = 3000
	writes := make([]store.Write, n)
	for _, bad := range []int{0, n / 2, n - 1} {
		for i := range writes {
			writes[i] = store.Write{Key: fmt.Sprintf("bulk/%04d", i), Value: []byte("x")}
		}
		writes[bad] = store.Write{Key: "bulk/present", Value: []byte("y"), If: id + 1}
		e.refused(store.ErrConflict, writes...)
	}
}

func testDelete(e *env) {
	e.commit() // nothing to write is no error
	id := e.put("a", "x", time.Time{})
	e.commit(store.Write{Key: "a", If: id}, store.Write{Key: "none"}) // also of what is absent, as was said
	e.absent("a")
	e.absent("none")
	e.same(nil)
}

func testAliasIn(e *env) {
	value := []byte("before")
	id := e.commit(store.Write{Key: "a", Value: value})
	copy(value, "AFTER!")
	e.want(e.load("a"), "before", id)
}

func testAliasOut(e *env) {
	id := e.put("a", "before", time.Time{})
	first := e.load("a")
	copy(first.Value, "AFTER!")
	e.want(e.load("a"), "before", id)
	for r := range e.s.Scan(e.ctx, "", "") {
		copy(r.Value, "AFTER!")
	}
	kept := e.load("a")
	e.want(kept, "before", id)
	for i := range 200 { // make the backend reuse what it can
		e.put(fmt.Sprintf("fill/%d", i%10), strings.Repeat("z", 500), time.Time{})
	}
	e.put("a", "another", time.Time{})
	if got := string(kept.Value); got != "before" {
		e.Errorf("bytes handed out changed to %q", got)
	}
	if got := append(kept.Value, "..."...); string(got[:6]) != "before" {
		e.Errorf("bytes handed out changed to %q", got)
	}
}

func testAnyBytes(e *env) {
	value := make([]byte, 256)
	for i := range value {
		value[i] = byte(i)
	}
	id := e.put("bytes", string(value), time.Time{})
	e.want(e.load("bytes"), string(value), id)
}

func testOddKeys(e *env) {
	keys := []string{"a", "A", "a/", "a//b", "a/b", "A/b", "a%", "a_", "a*", "a?", `a\`, `a\\`, "a'", `a"`, "a`", "a;--",
		"..", "../x", "/", "//", "a.b", "a:b", "{}", "[x]", "$1", "a+b", "!", "~", "null", "NULL", "0", "00", "-1",
		strings.Repeat("k", store.MaxKey), strings.Repeat("k", store.MaxKey-1)}
	ids := map[string]uint64{}
	for _, k := range keys {
		ids[k] = e.commit(store.Write{Key: k, Value: []byte("v" + k)}) // fails if two keys fall together
	}
	for i, r := range e.loadAll(keys...) {
		e.want(r, "v"+keys[i], ids[keys[i]])
	}
	slices.Sort(keys)
	var got []string
	for _, r := range e.all() {
		got = append(got, r.Key)
	}
	if !slices.Equal(got, keys) {
		e.Errorf("Scan: got %q, want byte order %q", got, keys)
	}
	for _, prefix := range []string{"a%", "a_", "a*", `a\`, "a'", "A", "."} { // no letter of a prefix is special
		var want, got []string
		for _, k := range keys {
			if strings.HasPrefix(k, prefix) {
				want = append(want, k)
			}
		}
		for r := range e.s.Scan(e.ctx, prefix, "") {
			got = append(got, r.Key)
		}
		if !slices.Equal(got, want) {
			e.Errorf("Scan of %q: got %q, want %q", prefix, got, want)
		}
	}
}

func testBadKeys(e *env) {
	for _, k := range []string{"", " ", "a b", "a\n", "\x00", "a\x00b", "a\x7f", "ä", "a\xff", strings.Repeat("k", store.MaxKey+1)} {
		if _, err := e.s.Load(e.ctx, "fine", k); !errors.Is(err, store.ErrInvalid) {
			e.Errorf("Load %q: got error %v, want %v", k, err, store.ErrInvalid)
		}
		e.refused(store.ErrInvalid, store.Write{Key: "fine", Value: []byte("x")}, store.Write{Key: k, Value: []byte("x")})
		e.refused(store.ErrInvalid, store.Write{Key: k, Keep: true})
	}
}

func testBadChanges(e *env) {
	w := store.Write{Key: "a", Value: []byte("x")}
	if err := e.s.Commit(e.ctx, store.Change{Writes: []store.Write{w}}); !errors.Is(err, store.ErrInvalid) {
		e.Errorf("a change without ID: got error %v, want %v", err, store.ErrInvalid)
	}
	e.refused(store.ErrInvalid, w, store.Write{Key: "b", Value: []byte("x")}, w)
	e.refused(store.ErrInvalid, w, store.Write{Key: "a", Keep: true})
	e.same(nil)
}

func testManyWrites(e *env) {
	most := make([]store.Write, store.MaxWrites, store.MaxWrites+1)
	for i := range most {
		most[i] = store.Write{Key: fmt.Sprintf("many/%06d", i), Value: []byte{byte(i)}}
	}
	e.refused(store.ErrTooLarge, append(most, store.Write{Key: "one-more", Keep: true})...)
	if testing.Short() {
		most = most[:2000]
	}
	id := e.commit(most...)
	last := len(most) - 1
	e.want(e.load(most[last].Key), string(most[last].Value), id)
	if got := len(e.scan("many/", most[last-10].Key)); got != 10 {
		e.Errorf("after a change of %d writes: got %d of its last 10 records", len(most), got)
	}
	e.absent("one-more")
}

// testLargeValue leaves the last KiB of a value to backends that add to it.
func testLargeValue(e *env) {
	large := strings.Repeat("v", store.MaxValue-1024)
	id := e.put("large", large, time.Time{})
	if r := e.load("large"); string(r.Value) != large || r.Version != id {
		e.Errorf("a value of %d bytes came back as %d", len(large), len(r.Value))
	}
	e.refused(store.ErrTooLarge, store.Write{Key: "small", Value: []byte("x")}, store.Write{Key: "larger", Value: make([]byte, store.MaxValue+1)})
}

func testCancelled(e *env) {
	e.put("a", "x", time.Unix(1000, 0))
	before := e.all()
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	if _, err := e.s.Load(ctx, "a"); !errors.Is(err, context.Canceled) {
		e.Errorf("Load: got error %v, want %v", err, context.Canceled)
	}
	for range 20 {
		err := e.s.Commit(ctx, store.Change{ID: rnd.Uint64(), Writes: []store.Write{{Key: "b", Value: []byte("x")}}})
		if !errors.Is(err, context.Canceled) {
			e.Errorf("Commit: got error %v, want %v", err, context.Canceled)
		}
	}
	if n, err := e.s.Sweep(ctx, time.Unix(1e9, 0), 10); n != 0 || !errors.Is(err, context.Canceled) {
		e.Errorf("Sweep: got %d and error %v, want %v", n, err, context.Canceled)
	}
	if _, err := first(e.s.Scan(ctx, "", "")); !errors.Is(err, context.Canceled) {
		e.Errorf("Scan: got error %v, want %v", err, context.Canceled)
	}
	e.same(before)
	e.scanCancelledMidway()
}

func (e *env) scanCancelledMidway() {
	for i := range 40 {
		e.put(fmt.Sprintf("s/%02d", i), strings.Repeat("v", 100_000), time.Time{}) // more than a page of any backend
	}
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	var last error
	for _, err := range e.s.Scan(ctx, "s/", "") {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		e.Errorf("Scan cancelled while it yields: ended with error %v, want %v", last, context.Canceled)
	}
}

func testExpires(e *env) {
	for _, c := range []struct {
		name     string
		in, want time.Time
	}{
		{"never", time.Time{}, time.Time{}},
		{"whole", time.Unix(1_900_000_000, 0), time.Unix(1_900_000_000, 0)},
		{"rounded-up", time.Unix(1_900_000_000, 1), time.Unix(1_900_000_001, 0)},
		{"nearly-next", time.Unix(1_900_000_000, 999_999_999), time.Unix(1_900_000_001, 0)},
		{"1970", time.Unix(0, 0), time.Unix(1, 0)}, // not never
		{"before-1970", time.Unix(-5, 0), time.Unix(1, 0)},
		{"far", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
	} {
		e.put(c.name, "x", c.in)
		if got := e.load(c.name).Expires; !got.Equal(c.want) || got.IsZero() != c.want.IsZero() {
			e.Errorf("%s: Expires %v came back as %v, want %v", c.name, c.in, got, c.want)
		}
	}
	e.put("whole", "x", time.Time{})
	if got := e.load("whole").Expires; !got.IsZero() {
		e.Errorf("rewritten to live for ever: got Expires %v", got)
	}
}

func testClose(e *env) {
	e.put("a", "x", time.Time{})
	for range 2 {
		if err := e.s.Close(); err != nil {
			e.Fatalf("Close: %v", err)
		}
	}
	if _, err := e.s.Load(e.ctx, "a"); !errors.Is(err, store.ErrClosed) {
		e.Errorf("Load after Close: got error %v, want %v", err, store.ErrClosed)
	}
	if _, err := e.try(store.Write{Key: "b", Value: []byte("x")}); !errors.Is(err, store.ErrClosed) {
		e.Errorf("Commit after Close: got error %v, want %v", err, store.ErrClosed)
	}
	if _, err := e.s.Sweep(e.ctx, time.Unix(1e9, 0), 10); !errors.Is(err, store.ErrClosed) {
		e.Errorf("Sweep after Close: got error %v, want %v", err, store.ErrClosed)
	}
	if _, err := first(e.s.Scan(e.ctx, "", "")); !errors.Is(err, store.ErrClosed) {
		e.Errorf("Scan after Close: got error %v, want %v", err, store.ErrClosed)
	}
}

// first returns what a scan yields first.
func first(scan func(func(store.Record, error) bool)) (r store.Record, err error) {
	for r, err = range scan {
		break
	}
	return r, err
}
