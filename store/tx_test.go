package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// A transaction that read twice saw two moments, and must be proven; one that
// read once must not cost a commit.
func TestRunProvesReads(t *testing.T) {
	f := faulty(t)
	read := func(keys ...string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			for _, k := range keys {
				if _, _, err := counters.Get(tx, k); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if err := store.Run(t.Context(), f, noon, read("a")); err != nil || f.Calls(storetest.Commit) != 0 {
		t.Errorf("one Load: got error %v and %d commits, want none", err, f.Calls(storetest.Commit))
	}
	f.Reset()
	f.At(storetest.Commit, 1, meanwhile(t, f, "a"))
	var sum []int
	err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
		a, _, err := counters.Get(tx, "a")
		b, _, err2 := counters.Get(tx, "b")
		sum = append(sum, int(a+b))
		return errors.Join(err, err2)
	})
	if err != nil || fmt.Sprint(sum) != "[1 2]" {
		t.Errorf("two Loads: got error %v, sums %v; want none and [1 2]", err, sum)
	}
}

// An error drawn from two reads between which somebody wrote both says nothing;
// one drawn from a single moment stands, and costs no further read.
func TestRunProvesErrors(t *testing.T) {
	differ := errors.New("a and b differ")
	for _, c := range []struct {
		name        string
		change      []string // what somebody else adds to before the second Load
		together    bool     // both are read at once
		runs, loads int
		want        error
	}{
		{"torn", []string{"a", "b"}, false, 2, 6, nil}, // 2, the other's, the proof, 2
		{"one moment", nil, false, 1, 3, differ},
		{"one read", nil, true, 1, 1, differ},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := faulty(t)
			if c.want == nil {
				if err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error { return add(tx, "b") }); err != nil {
					t.Fatal(err)
				}
			}
			f.Reset()
			if c.change != nil {
				f.At(storetest.Load, 2, func(_ context.Context, next func() error) error {
					if err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
						if err := tx.Fetch(counters.Key("a"), counters.Key("b")); err != nil {
							return err
						}
						return errors.Join(add(tx, "a"), add(tx, "b"))
					}); err != nil {
						t.Error(err)
					}
					return next()
				})
			}
			runs := 0
			err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
				runs++
				if c.together {
					if err := tx.Fetch(counters.Key("a"), counters.Key("b")); err != nil {
						return err
					}
				}
				a, _, err1 := counters.Get(tx, "a")
				b, _, err2 := counters.Get(tx, "b")
				if err := errors.Join(err1, err2); err != nil {
					return err
				}
				if a != b {
					return differ
				}
				return nil
			})
			if got := f.Calls(storetest.Load); !errors.Is(err, c.want) || runs != c.runs || got != c.loads {
				t.Errorf("got error %v, %d runs, %d loads; want %v, %d and %d", err, runs, got, c.want, c.runs, c.loads)
			}
		})
	}
}

func TestRunFetchIsOneRound(t *testing.T) {
	c := storetest.NewCounting(memstore.New())
	err := store.Run(t.Context(), c, noon, func(tx *store.Tx) error {
		if err := tx.FetchAndPeek([]string{counters.Key("a"), counters.Key("b")}, []string{counters.Key("c")}); err != nil {
			return err
		}
		if err := tx.Fetch(counters.Key("a")); err != nil { // known by now
			return err
		}
		return errors.Join(add(tx, "a"), add(tx, "b"), add(tx, "a"))
	})
	want := storetest.Counts{Loads: 1, Loaded: 3, Commits: 1, Writes: 2}
	if got := c.Counts(); err != nil || got != want {
		t.Errorf("got error %v, %+v; want none and %+v", err, got, want)
	}
	if got := count(t, c, "a"); got != 2 {
		t.Errorf("a transaction does not see its own writes: got %d, want 2", got)
	}
}

func TestRunPeekIsNotHeld(t *testing.T) {
	for _, c := range []struct {
		name string
		peek bool
		runs int
	}{{"peeked", true, 1}, {"fetched", false, 2}} {
		f := faulty(t)
		f.At(storetest.Commit, 1, meanwhile(t, f, "a"))
		runs := 0
		err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
			runs++
			if c.peek {
				if err := tx.Peek(counters.Key("a")); err != nil {
					return err
				}
			}
			if _, _, err := counters.Get(tx, "a"); err != nil {
				return err
			}
			return add(tx, "b")
		})
		if err != nil || runs != c.runs {
			t.Errorf("%s: got error %v and %d runs, want none and %d", c.name, err, runs, c.runs)
		}
	}
	// What was peeked and then written is held after all.
	f := faulty(t)
	f.At(storetest.Commit, 1, meanwhile(t, f, "a"))
	err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
		return errors.Join(tx.Peek(counters.Key("a")), add(tx, "a"))
	})
	if got := count(t, f, "a"); err != nil || got != 3 {
		t.Errorf("peeked and written: got error %v and count %d, want none and 3", err, got)
	}
}

// A delete of what is absent writes nothing, and holds the absence.
func TestRunHoldsDeletedAbsence(t *testing.T) {
	f := faulty(t)
	f.At(storetest.Commit, 1, meanwhile(t, f, "b"))
	runs := 0
	err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
		runs++
		return errors.Join(tx.Peek(counters.Key("b")), counters.Delete(tx, "b"), add(tx, "a"))
	})
	if got := count(t, f, "b"); err != nil || runs != 2 || got != 0 {
		t.Errorf("got error %v, %d runs, count %d; want none, 2 and 0", err, runs, got)
	}
}

func TestRunPrefix(t *testing.T) {
	s := memstore.New()
	one, two := store.NewDB(s, "one/"), store.NewDB(s, "two/")
	for range 2 {
		if err := one.Run(t.Context(), noon, func(tx *store.Tx) error { return add(tx, "a") }); err != nil {
			t.Fatal(err)
		}
	}
	if err := two.Run(t.Context(), noon, func(tx *store.Tx) error { return add(tx, "a") }); err != nil {
		t.Fatal(err)
	}
	recs, err := s.Load(t.Context(), "one/counter/a", "two/counter/a", "counter/a")
	if err != nil || recs[0].Value == nil || recs[1].Value == nil || recs[2].Value != nil {
		t.Errorf("got error %v and %v, want two counters apart", err, recs)
	}
}

func TestRunClockOnlyRises(t *testing.T) {
	err := store.Run(t.Context(), memstore.New(), noon, func(tx *store.Tx) error {
		tx.At(noon.Add(-time.Hour))
		if got := tx.Now(); !got.Equal(noon) {
			t.Errorf("Now after an earlier At: got %v, want %v", got, noon)
		}
		tx.At(noon.Add(time.Hour))
		if got, want := tx.Now(), noon.Add(time.Hour); !got.Equal(want) {
			t.Errorf("Now after a later At: got %v, want %v", got, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// lying is a store whose Load returns something else than was asked.
type lying struct {
	store.Store
	answer func([]store.Record) []store.Record
}

func (l lying) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := l.Store.Load(ctx, keys...)
	return l.answer(recs), err
}

func TestRunRefusesWrongRecords(t *testing.T) {
	for name, answer := range map[string]func([]store.Record) []store.Record{
		"too few":     func(r []store.Record) []store.Record { return r[:len(r)-1] },
		"another key": func(r []store.Record) []store.Record { r[0].Key += "x"; return r },
	} {
		err := store.Run(t.Context(), lying{memstore.New(), answer}, noon, func(tx *store.Tx) error { return add(tx, "a") })
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: got error %v, want %v", name, err, store.ErrDamaged)
		}
	}
}
