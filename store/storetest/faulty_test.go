package storetest_test

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

var errBroken = errors.New("broken")

func insert(ctx context.Context, s store.Store, key string) error {
	return s.Commit(ctx, store.Change{ID: 1, Writes: []store.Write{{Key: key, Value: []byte("x")}}})
}

// has reports whether a key is there, without being counted.
func has(t *testing.T, s store.Store, key string) bool {
	t.Helper()
	recs, err := s.Load(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	return recs[0].Value != nil
}

// Without plans both wrappers are stores like any other.
func TestContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store {
		return storetest.NewFaulty(storetest.NewCounting(memstore.New()))
	})
}

func TestFaultyCommit(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(cancel func()) storetest.Action
		want   error
		landed bool
	}{
		{"none", func(func()) storetest.Action { return nil }, nil, true},
		{"fail", func(func()) storetest.Action { return storetest.Fail(errBroken) }, errBroken, false},
		{"then", func(func()) storetest.Action { return storetest.Then(store.ErrUnknown) }, store.ErrUnknown, true},
		{"cancel", func(cancel func()) storetest.Action { return storetest.Cancel(cancel) }, context.Canceled, false},
		{"cancel after", func(cancel func()) storetest.Action { return storetest.CancelAfter(cancel) }, nil, true},
	} {
		inner := memstore.New()
		f := storetest.NewFaulty(inner)
		ctx, cancel := context.WithCancel(t.Context())
		f.At(storetest.Commit, 2, c.do(cancel))
		if err := insert(ctx, f, "first"); err != nil {
			t.Errorf("%s: the call before: got error %v", c.name, err)
		}
		err := insert(ctx, f, "second")
		if !errors.Is(err, c.want) || has(t, inner, "second") != c.landed {
			t.Errorf("%s: got error %v, landed %v; want %v, %v", c.name, err, has(t, inner, "second"), c.want, c.landed)
		}
		if err := insert(t.Context(), f, "third"); err != nil {
			t.Errorf("%s: the call after: got error %v", c.name, err)
		}
		cancel()
	}
}

func TestFaultyThenKeepsTheCallsError(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	f.At(storetest.Commit, 1, storetest.Then(store.ErrUnknown))
	if err := f.Commit(t.Context(), store.Change{}); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("got error %v, want %v", err, store.ErrInvalid)
	}
}

func TestFaultyPanic(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	f.At(storetest.Load, 1, storetest.Panic("boom"))
	func() {
		defer func() {
			if got := recover(); got != "boom" {
				t.Errorf("recovered %v, want boom", got)
			}
		}()
		f.Load(t.Context(), "a")
	}()
	if _, err := f.Load(t.Context(), "a"); err != nil { // no lock is left behind
		t.Errorf("the call after: got error %v", err)
	}
}

func TestFaultyDelay(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	entered, release := make(chan struct{}), make(chan struct{})
	f.At(storetest.Commit, 1, storetest.Delay(entered, release))
	done := make(chan error)
	go func() { done <- insert(t.Context(), f, "a") }()
	<-entered
	if has(t, f, "a") {
		t.Error("landed before it was released")
	}
	close(release)
	if err := <-done; err != nil || !has(t, f, "a") {
		t.Errorf("after the release: got error %v, landed %v", err, has(t, f, "a"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.At(storetest.Commit, 2, storetest.Delay(entered, nil))
	go func() { done <- insert(ctx, f, "b") }()
	<-entered
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while delayed: got error %v, want %v", err, context.Canceled)
	}
}

func TestFaultyCountsByKind(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	journey := func() string {
		got := ""
		note := func(err error) { got += fmt.Sprint(err == nil, " ") }
		_, err := f.Load(t.Context(), "a")
		note(err)
		note(insert(t.Context(), f, "a"))
		err = nil
		for _, e := range f.Scan(t.Context(), "", "") {
			err = e
		}
		note(err)
		_, err = f.Sweep(t.Context(), time.Unix(1000, 0), 1)
		note(err)
		_, err = f.Load(t.Context(), "a")
		note(err)
		recs, _ := f.Load(t.Context(), "a") // not counted below
		f.Commit(t.Context(), store.Change{ID: 2, Writes: []store.Write{{Key: "a", If: recs[0].Version}}})
		return got
	}
	if got, want := journey(), "true true true true true "; got != want {
		t.Fatalf("no faults: got %s, want %s", got, want)
	}
	for op, want := range map[storetest.Op]int{storetest.Any: 7, storetest.Load: 3, storetest.Commit: 2, storetest.Scan: 1, storetest.Sweep: 1} {
		if got := f.Calls(op); got != want {
			t.Errorf("%v: got %d calls, want %d", op, got, want)
		}
	}
	for _, c := range []struct {
		op   storetest.Op
		n    int
		want string
	}{
		{storetest.Any, 1, "false true true true true "},
		{storetest.Any, 3, "true true false true true "},
		{storetest.Any, 4, "true true true false true "},
		{storetest.Load, 2, "true true true true false "},
		{storetest.Scan, 1, "true true false true true "},
		{storetest.Commit, 1, "true false true true true "},
		{storetest.Sweep, 2, "true true true true true "},
	} {
		f.Reset()
		f.At(c.op, c.n, storetest.Fail(errBroken))
		if got := journey(); got != c.want {
			t.Errorf("%v %d fails: got %s, want %s", c.op, c.n, got, c.want)
		}
	}
	f.Reset()
	f.At(storetest.Any, 1, storetest.Fail(errBroken))
	f.At(storetest.Load, 1, storetest.Fail(store.ErrClosed))
	if _, err := f.Load(t.Context(), "a"); !errors.Is(err, store.ErrClosed) {
		t.Errorf("two plans for one call: got error %v, want that of the kind", err)
	}
}

func TestFaultyScan(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	for _, k := range []string{"a", "b"} {
		if err := insert(t.Context(), f, k); err != nil {
			t.Fatal(err)
		}
	}
	scan := func(leave bool) (got string) {
		for r, err := range f.Scan(t.Context(), "", "") {
			if err != nil {
				got += "error "
			} else {
				got += r.Key + " "
			}
			if leave {
				break
			}
		}
		return got
	}
	f.At(storetest.Scan, 1, storetest.Fail(errBroken))
	f.At(storetest.Scan, 2, storetest.Then(errBroken))
	f.At(storetest.Scan, 3, storetest.Then(errBroken))
	for i, want := range []string{"error ", "a b error ", "a ", "a b "} {
		if got := scan(i == 2); got != want {
			t.Errorf("scan %d: got %q, want %q", i+1, got, want)
		}
	}
}

func TestCounting(t *testing.T) {
	c := storetest.NewCounting(memstore.New())
	c.Load(t.Context(), "a", "b")
	c.Load(t.Context(), "a")
	insert(t.Context(), c, "a")
	c.Commit(t.Context(), store.Change{ID: 2, Writes: []store.Write{{Key: "a", If: 1, Keep: true}, {Key: "b", Value: []byte("x")}}})
	c.Scan(t.Context(), "", "")
	c.Sweep(t.Context(), time.Time{}, 1)
	want := storetest.Counts{Loads: 2, Loaded: 3, Commits: 2, Writes: 2, Keeps: 1, Scans: 1, Sweeps: 1}
	if got := c.Reset(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := c.Counts(); got != (storetest.Counts{}) {
		t.Errorf("after Reset: got %+v", got)
	}
}
