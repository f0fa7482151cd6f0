package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

var (
	noon     = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	counters = store.Table[int]{Name: "counter", Schema: 1}
	events   = store.Table[string]{Name: "event", Schema: 1}
)

// add is the body of most transactions here: it counts one up.
func add(tx *store.Tx, id string) error {
	n, _, err := counters.Get(tx, id)
	if err != nil {
		return err
	}
	return counters.Put(tx, id, n+1, time.Time{})
}

// count reads a counter in a transaction of its own.
func count(t *testing.T, s store.Store, id string) (n int) {
	t.Helper()
	err := store.Run(t.Context(), s, noon, func(tx *store.Tx) (err error) {
		n, _, err = counters.Get(tx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// faulty is a store with a counter "a" that stands at 1.
func faulty(t *testing.T) *storetest.Faulty {
	t.Helper()
	f := storetest.NewFaulty(memstore.New())
	if err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error { return add(tx, "a") }); err != nil {
		t.Fatal(err)
	}
	f.Reset()
	return f
}

// meanwhile commits an addition by somebody else before the call goes through.
func meanwhile(t *testing.T, s store.Store, id string) storetest.Action {
	return func(ctx context.Context, next func() error) error {
		if err := store.Run(t.Context(), s, noon, func(tx *store.Tx) error { return add(tx, id) }); err != nil {
			t.Errorf("meanwhile: %v", err)
		}
		return next()
	}
}

func TestRunAgainAfterConflict(t *testing.T) {
	f := faulty(t)
	f.At(storetest.Commit, 1, meanwhile(t, f, "a"))
	runs := 0
	err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
		runs++
		return add(tx, "a")
	})
	if got := count(t, f, "a"); err != nil || runs != 2 || got != 3 {
		t.Errorf("got error %v, %d runs, count %d; want none, 2 and 3", err, runs, got)
	}
}

func TestRunHoldsAbsence(t *testing.T) {
	f := faulty(t)
	f.At(storetest.Commit, 1, meanwhile(t, f, "absent"))
	runs := 0
	err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
		runs++
		if _, ok, err := counters.Get(tx, "absent"); ok || err != nil {
			return err
		}
		return add(tx, "a")
	})
	if got := count(t, f, "a"); err != nil || runs != 2 || got != 1 {
		t.Errorf("got error %v, %d runs, count %d; want none, 2 and 1", err, runs, got)
	}
}

func TestRunRollsBackOnError(t *testing.T) {
	f := faulty(t)
	broken := errors.New("broken")
	err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
		if err := add(tx, "a"); err != nil {
			return err
		}
		return broken
	})
	if got := count(t, f, "a"); !errors.Is(err, broken) || got != 1 || f.Calls(storetest.Commit) != 0 {
		t.Errorf("got error %v, count %d, %d commits; want %v, 1 and none", err, got, f.Calls(storetest.Commit), broken)
	}
}

// A refusal is data: the function returns nil and its count lands.
func TestRunCommitsRefusals(t *testing.T) {
	f := faulty(t)
	refused := false
	err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
		refused = true
		return add(tx, "a")
	})
	if got := count(t, f, "a"); err != nil || !refused || got != 2 {
		t.Errorf("got error %v, refused %v, count %d; want none, true and 2", err, refused, got)
	}
}

// Every failing call must leave the caller with an error and the store as it
// was, or with success and the change made once.
func TestRunAtEveryFault(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		do   storetest.Action
		want error
	}{
		{"fail", storetest.Fail(broken), broken},
		{"closed", storetest.Fail(store.ErrClosed), store.ErrClosed},
		{"too large", storetest.Fail(store.ErrTooLarge), store.ErrTooLarge},
	} {
		for n := 1; n <= 3; n++ { // two Loads and a Commit
			f := faulty(t)
			f.At(storetest.Any, n, c.do)
			err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
				return errors.Join(add(tx, "a"), add(tx, "b"))
			})
			if a, b := count(t, f, "a"), count(t, f, "b"); !errors.Is(err, c.want) || a != 1 || b != 0 {
				t.Errorf("%s at call %d: got error %v, counts %d and %d; want %v, 1 and 0", c.name, n, err, a, b, c.want)
			}
		}
	}
}

func TestRunCancelled(t *testing.T) {
	for n := 1; n <= 2; n++ {
		f := faulty(t)
		ctx, cancel := context.WithCancel(t.Context())
		f.At(storetest.Any, n, storetest.Cancel(cancel))
		err := store.Run(ctx, f, noon, func(tx *store.Tx) error { return add(tx, "a") })
		if got := count(t, f, "a"); !errors.Is(err, context.Canceled) || got != 1 {
			t.Errorf("cancelled at call %d: got error %v, count %d; want %v and 1", n, err, got, context.Canceled)
		}
	}
	f := faulty(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.At(storetest.Commit, 1, storetest.CancelAfter(cancel))
	err := store.Run(ctx, f, noon, func(tx *store.Tx) error { return add(tx, "a") })
	if got := count(t, f, "a"); err != nil || got != 2 {
		t.Errorf("cancelled after the commit: got error %v, count %d; want none and 2", err, got)
	}
}

// TestRunUnknown lets the answer to a commit be lost, in every way.
func TestRunUnknown(t *testing.T) {
	lost, never := storetest.Then(store.ErrUnknown), storetest.Fail(store.ErrUnknown)
	for _, c := range []struct {
		name    string
		commits []storetest.Action
		sent    int // commits at least
		want    error
		count   int
	}{
		{"it had landed", []storetest.Action{lost}, 2, nil, 2},
		{"it had not landed", []storetest.Action{never}, 2, nil, 2},
		{"unknown three times, landed at first", []storetest.Action{lost, never, never}, 4, nil, 2},
		{"unknown three times, landed at last", []storetest.Action{never, never, lost}, 4, nil, 2},
		{"landed, then the store was closed", []storetest.Action{lost, storetest.Fail(store.ErrClosed)}, 2, store.ErrUnknown, 2},
		{"never landed, then the store was closed", []storetest.Action{never, storetest.Fail(store.ErrClosed)}, 2, store.ErrUnknown, 1},
		{"unknown for ever", []storetest.Action{never, never, never, never, never, never, never, never, never}, 9, store.ErrUnknown, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the pauses take no time
				f := faulty(t)
				for i, do := range c.commits {
					f.At(storetest.Commit, i+1, do)
				}
				runs := 0
				err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
					runs++
					if err := events.Insert(tx, "mine", "counted", time.Time{}); err != nil {
						return err
					}
					return add(tx, "a")
				})
				sent := f.Calls(storetest.Commit)
				f.Reset()
				if got := count(t, f, "a"); !errors.Is(err, c.want) || got != c.count || runs != 1 || sent != c.sent {
					t.Errorf("got error %v, count %d, %d runs, %d commits; want %v, %d, 1 and %d", err, got, runs, sent, c.want, c.count, c.sent)
				}
			})
		})
	}
}

// A change that landed unseen, and whose counter somebody else then moved on,
// is still recognised by the record that nobody else writes.
func TestRunUnknownThenOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := faulty(t)
		f.At(storetest.Commit, 1, storetest.Then(store.ErrUnknown))
		f.At(storetest.Commit, 2, meanwhile(t, f, "a"))
		err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
			return errors.Join(events.Insert(tx, "mine", "counted", time.Time{}), add(tx, "a"))
		})
		if got := count(t, f, "a"); err != nil || got != 3 {
			t.Errorf("got error %v, count %d; want none and 3", err, got)
		}
	})
}

// A change that did not land, and was overtaken, runs anew.
func TestRunUnknownThenConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := faulty(t)
		f.At(storetest.Commit, 1, storetest.Fail(store.ErrUnknown))
		f.At(storetest.Commit, 2, meanwhile(t, f, "a"))
		runs := 0
		err := store.Run(t.Context(), f, noon, func(tx *store.Tx) error {
			runs++
			return errors.Join(events.Insert(tx, fmt.Sprint("run", runs), "counted", time.Time{}), add(tx, "a"))
		})
		if got := count(t, f, "a"); err != nil || got != 3 || runs != 2 {
			t.Errorf("got error %v, count %d, %d runs; want none, 3 and 2", err, got, runs)
		}
	})
}

// TestRunQueue lets 64 callers count on one key, at once or one after the
// other, while each takes a millisecond between its read and its commit.
// Without the queue they void each other's work: a caller in the middle needs
// 32 attempts.
func TestRunQueue(t *testing.T) {
	const callers = 64
	for _, c := range []struct {
		name    string
		apart   time.Duration // between the arrivals
		commits int           // at most
	}{
		{"all at once", 0, 2 * callers}, // one that is lost to the first, one in turn
		{"in a stream", 300 * time.Microsecond, callers + 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the milliseconds take no time
				s := storetest.NewCounting(memstore.New())
				d := store.NewDB(s, "p/")
				var wg sync.WaitGroup
				for i := range callers {
					wg.Go(func() {
						time.Sleep(time.Duration(i) * c.apart)
						err := d.Run(t.Context(), noon, func(tx *store.Tx) error {
							err := add(tx, "hot")
							time.Sleep(time.Millisecond)
							return err
						})
						if err != nil {
							t.Errorf("Run: %v", err)
						}
					})
				}
				wg.Wait()
				if got := s.Counts().Commits; got > c.commits {
					t.Errorf("%d callers made %d commits, want at most %d", callers, got, c.commits)
				}
				var n int
				err := d.Run(t.Context(), noon, func(tx *store.Tx) (err error) { n, _, err = counters.Get(tx, "hot"); return err })
				if err != nil || n != callers {
					t.Errorf("got %d and error %v, want %d", n, err, callers)
				}
			})
		})
	}
}

func TestRunQueueCancelled(t *testing.T) {
	f := faulty(t)
	d := store.NewDB(f, "")
	inside, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		runs := 0
		err := d.Run(t.Context(), noon, func(tx *store.Tx) error {
			if runs++; runs == 2 { // after the conflict it has the turn
				close(inside)
				<-release
			}
			return add(tx, "a")
		})
		if err != nil {
			t.Errorf("the first: %v", err)
		}
	})
	f.At(storetest.Commit, 1, meanwhile(t, f, "a"))
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	err := d.Run(ctx, noon, func(tx *store.Tx) error {
		runs++
		cancel() // before it waits for its turn
		return add(tx, "a")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the second: got error %v, want %v", err, context.Canceled)
	}
	close(release)
	wg.Wait()
	if got := count(t, f, "a"); got != 3 {
		t.Errorf("count: got %d, want 3", got)
	}
	if err := d.Run(t.Context(), noon, func(tx *store.Tx) error { return add(tx, "a") }); err != nil {
		t.Errorf("the turn was not given back: %v", err)
	}
}

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
		sum = append(sum, a+b)
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
