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
	counters = store.NewTable[number]("counter", store.TableOptions{})
	events   = store.NewTable[text]("event", store.TableOptions{})
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
func count(t *testing.T, s store.Store, id string) (n number) {
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
				if got := count(t, f, "a"); !errors.Is(err, c.want) || int(got) != c.count || runs != 1 || sent != c.sent {
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
				var n number
				err := d.Run(t.Context(), noon, func(tx *store.Tx) (err error) { n, _, err = counters.Get(tx, "hot"); return err })
				if err != nil || int(n) != callers {
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
