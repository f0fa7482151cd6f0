package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// testSequences holds the store to the model through sequences of calls made
// up at random, and finds a short one where they part. The flags of rapid
// (-rapid.seed and so on) apply.
func testSequences(e *env) {
	ran, found := 0, false
	for range long(1, 5) {
		rapid.Check(e.T, func(t *rapid.T) {
			// A durable store takes milliseconds a call, so that rapid's hundred
			// checks are too many for every day. Once one has failed, all count:
			// rapid looks for a shorter one.
			if ran++; ran > long(30, 1<<30) && !found {
				return
			}
			whole := false
			defer func() { found = found || !whole }()
			s := &sequence{e: e, m: model{}}
			s.empty(t)
			t.Repeat(map[string]func(*rapid.T){
				"":       s.same,
				"commit": s.commit,
				"wrong":  s.wrong,
				"ended":  s.ended,
				"load":   s.load,
				"scan":   s.scan,
				"sweep":  s.sweep,
				"reopen": s.reopen,
			})
			whole = true
		})
	}
}

// sequence is a store beside its model.
type sequence struct {
	e   *env
	m   model
	old []uint64 // versions that once were
}

// The values to draw from: few, and alike, so that they meet.
var (
	someKeys = rapid.SampledFrom([]string{"a", "A", "a/", "a//b", "a/b", "a%", "a_b", "aab", "b/1", "b/10", "b/2", "~",
		strings.Repeat("k", store.MaxKey)})
	somePrefix = rapid.SampledFrom([]string{"", "a", "A", "a/", "a%", "a_", "b/1", "c", "~"})
	someValues = rapid.SampledFrom([]string{"", "x", "x", "y", "\x00", "y\x00", strings.Repeat("long ", 200)})
	someTimes  = rapid.SampledFrom([]time.Time{{}, {}, time.Unix(1000, 0), time.Unix(1000, 1), time.Unix(1001, 0),
		time.Unix(2000, 999_999_999), time.Unix(-1, 0), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)})
)

// empty deletes what an earlier sequence has left.
func (s *sequence) empty(t *rapid.T) {
	var c store.Change
	for _, r := range s.all(t, "", "") {
		c.Writes = append(c.Writes, store.Write{Key: r.Key, If: r.Version})
	}
	if c.ID = rnd.Uint64(); len(c.Writes) > 0 {
		if err := s.e.s.Commit(s.e.ctx, c); err != nil {
			t.Fatalf("deleting all: %v", err)
		}
	}
}

func (s *sequence) all(t *rapid.T, prefix, after string) (recs []store.Record) {
	for r, err := range s.e.s.Scan(s.e.ctx, prefix, after) {
		if err != nil {
			t.Fatalf("Scan(%q, %q): %v", prefix, after, err)
		}
		recs = append(recs, r)
	}
	return recs
}

func wantAll(t *rapid.T, what string, got, want []store.Record) {
	if !slices.EqualFunc(got, want, equal) {
		t.Fatalf("%s:\ngot  %v\nwant %v", what, got, want)
	}
}

// same holds everything in the store to the model.
func (s *sequence) same(t *rapid.T) { wantAll(t, "in the store", s.all(t, "", ""), s.m.scan("", "")) }

// change draws a change; right reports whether its versions are to be the present
// ones.
func (s *sequence) change(t *rapid.T, right bool) store.Change {
	c := store.Change{ID: rnd.Uint64()}
	for _, k := range rapid.SliceOfNDistinct(someKeys, 1, 4, rapid.ID[string]).Draw(t, "keys") {
		w := store.Write{Key: k, If: s.m[k].Version}
		switch rapid.SampledFrom([]string{"put", "put", "put", "delete", "keep"}).Draw(t, k) {
		case "put":
			w.Value = []byte(someValues.Draw(t, "value"))
			w.Expires = someTimes.Draw(t, "expires")
		case "keep":
			w.Keep = true
		}
		c.Writes = append(c.Writes, w)
	}
	if !right {
		w := &c.Writes[rapid.IntRange(0, len(c.Writes)-1).Draw(t, "wrong one")]
		w.If = rapid.SampledFrom(append([]uint64{0, w.If + 1, 1}, s.old...)).Draw(t, "wrong version")
	}
	return c
}

// judge commits c to both.
func (s *sequence) judge(t *rapid.T, what string, c store.Change) (landed bool) {
	got, want := s.e.s.Commit(s.e.ctx, c), s.m.commit(c)
	if !errors.Is(got, want) || want == nil && got != nil {
		t.Fatalf("%s: got error %v, want %v", what, got, want)
	}
	return want == nil
}

func (s *sequence) commit(t *rapid.T) {
	c := s.change(t, true)
	s.judge(t, "Commit", c)
	s.old = append(s.old, c.ID)
	if rapid.IntRange(0, 3).Draw(t, "again if 0") == 0 { // as after an unknown outcome
		s.judge(t, "the identical Commit again", c)
	}
}

func (s *sequence) wrong(t *rapid.T) {
	c := s.change(t, false)
	if s.judge(t, "Commit", c) {
		s.old = append(s.old, c.ID)
	}
}

// ended calls everything with a context that has ended.
func (s *sequence) ended(t *rapid.T) {
	ctx, cancel := context.WithCancel(s.e.ctx)
	cancel()
	if err := s.e.s.Commit(ctx, s.change(t, true)); !errors.Is(err, context.Canceled) {
		t.Fatalf("Commit in a context that has ended: got error %v, want %v", err, context.Canceled)
	}
}

func (s *sequence) load(t *rapid.T) {
	keys := rapid.SliceOfN(someKeys, 0, 6).Draw(t, "keys")
	got, err := s.e.s.Load(s.e.ctx, keys...)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	wantAll(t, "Load", got, s.m.load(keys...))
}

func (s *sequence) scan(t *rapid.T) {
	prefix := somePrefix.Draw(t, "prefix")
	after := rapid.OneOf(rapid.Just(""), someKeys, somePrefix).Draw(t, "after")
	wantAll(t, "Scan", s.all(t, prefix, after), s.m.scan(prefix, after))
}

// sweep leaves to the store which of the expired records it takes.
func (s *sequence) sweep(t *rapid.T) {
	before := someTimes.Draw(t, "before")
	limit := rapid.SampledFrom([]int{0, 1, 2, 100}).Draw(t, "limit")
	due := s.m.due(before)
	n, err := s.e.s.Sweep(s.e.ctx, before, limit)
	if err != nil || n > limit || n == 0 && limit > 0 && len(due) > 0 {
		t.Fatalf("Sweep(%v, %d) with %d records to take: got %d and error %v", before, limit, len(due), n, err)
	}
	left := model{}
	for _, r := range s.all(t, "", "") {
		left[r.Key] = r
	}
	gone := slices.DeleteFunc(due, func(k string) bool { _, there := left[k]; return there })
	for _, k := range gone {
		delete(s.m, k)
	}
	if len(gone) != n {
		t.Fatalf("Sweep(%v, %d): said %d, but %d of the expired records are gone; left are %q", before, limit, n, len(gone), slices.Sorted(maps.Keys(left)))
	}
}

// reopen is seldom, for it is expensive.
func (s *sequence) reopen(t *rapid.T) {
	if s.e.b.Reopen != nil && rapid.IntRange(0, 4).Draw(t, "reopen if 0") == 0 {
		s.e.reopen()
	}
}
