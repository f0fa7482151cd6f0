package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// recorder makes calls on a store and notes what each saw, for [serial] to
// judge.
type recorder struct {
	e     *env
	clock atomic.Int64

	mu  sync.Mutex
	ops []op
}

// draft is one write of a change to be recorded, on top of what was loaded.
type draft struct {
	key       string
	n         int
	keep, del bool
}

// mark makes the value of a record: a number, and the change that wrote it, so
// that a value that came with another version is noticed.
func mark(n int, id uint64) []byte { return fmt.Appendf(nil, "%d %x", n, id) }

// amount is the number in a record made of mark.
func amount(r store.Record) int {
	text, _, _ := strings.Cut(string(r.Value), " ")
	n, _ := strconv.Atoi(text)
	return n
}

func (r *recorder) note(o op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, o)
}

// load returns the records by key. It has failed the test if ok is false.
func (r *recorder) load(who string, keys ...string) (recs map[string]store.Record, ok bool) {
	o := op{who: "the Load of " + who, start: r.clock.Add(1), saw: map[string]uint64{}}
	list, err := r.e.s.Load(r.e.ctx, keys...)
	o.end = r.clock.Add(1)
	if err != nil || len(list) != len(keys) {
		r.e.Errorf("%s: %d records for %d keys, error %v", o.who, len(list), len(keys), err)
		return nil, false
	}
	recs = map[string]store.Record{}
	for _, rec := range list {
		o.saw[rec.Key], recs[rec.Key] = rec.Version, rec
		if want := mark(amount(rec), rec.Version); rec.Value != nil && string(want) != string(rec.Value) {
			r.e.Errorf("%s: %q has version %d and the value %q of another", o.who, rec.Key, rec.Version, rec.Value)
			return nil, false
		}
	}
	r.note(o)
	return recs, true
}

// commit sends a change that is based on recs. It has failed the test if ok is
// false; a conflict, and the end of ctx, are answers like any other.
func (r *recorder) commit(ctx context.Context, who string, recs map[string]store.Record, drafts ...draft) (f fate, ok bool) {
	c := store.Change{ID: rnd.Uint64()}
	o := op{who: "the Commit of " + who, id: c.ID, saw: map[string]uint64{}}
	for _, d := range drafts {
		w := store.Write{Key: d.key, If: recs[d.key].Version, Keep: d.keep}
		o.saw[d.key] = w.If
		switch {
		case d.keep:
		case d.del:
			o.dels = append(o.dels, d.key)
		default:
			o.puts, w.Value = append(o.puts, d.key), mark(d.n, c.ID)
		}
		c.Writes = append(c.Writes, w)
	}
	o.start = r.clock.Add(1)
	err := r.e.s.Commit(ctx, c)
	o.end = r.clock.Add(1)
	switch {
	case err == nil:
	case errors.Is(err, store.ErrUnknown):
		o.fate = unknown
	case errors.Is(err, store.ErrConflict), ctx.Err() != nil && errors.Is(err, ctx.Err()):
		o.fate = refused
	default:
		r.e.Errorf("%s: %v", o.who, err)
		return refused, false
	}
	r.note(o)
	return o.fate, true
}

// workload is what concurrent callers do: the readers load whenever somebody
// begins or ends a commit; the others, round after round, load, think, and
// commit what they thought.
type workload struct {
	readers, callers, rounds int
	made                     []string // made with 100 each before it starts
	others                   []string // absent when it starts
	watched                  []string // what the readers load
	keys                     func(i, n int) []string
	plan                     func(i, n int, recs map[string]store.Record) []draft // nil: nothing to commit
	audit                    func(recs map[string]store.Record)                   // what a reader wants of what it loads
	cancel                   bool                                                 // some commits lose their context under way
}

// run has the callers do their rounds, and judges what they saw. A last Load
// finds what an acknowledged commit has failed to leave.
func (w workload) run(e *env) {
	e.Helper()
	r := &recorder{e: e}
	var first []draft
	all := append([]string{}, w.others...)
	for _, k := range w.made {
		first, all = append(first, draft{key: k, n: 100}), append(all, k)
	}
	if f, ok := r.commit(e.ctx, "the start", nil, first...); !ok || f != landed {
		e.Fatal("the first commit did not land")
	}
	pokes := make([]chan struct{}, w.readers)
	poke := func() {
		for _, p := range pokes {
			select {
			case p <- struct{}{}:
			default:
			}
		}
	}
	var readers sync.WaitGroup
	for i := range pokes {
		pokes[i] = make(chan struct{}, 1)
		readers.Go(func() { w.read(r, i, pokes[i]) })
	}
	var count atomic.Int64
	together(w.callers, func(i int) {
		for n := range w.rounds {
			f, ok := w.round(r, i, n, poke)
			if !ok {
				return
			}
			if f == landed {
				count.Add(1)
			}
		}
	})
	for _, p := range pokes {
		close(p)
	}
	readers.Wait()
	if _, ok := r.load("the end", all...); !ok || e.Failed() {
		return
	}
	if count.Load() == 0 {
		e.Error("no commit landed")
	}
	if err := serial(r.ops); err != nil {
		e.Error(err)
	}
}

// round has failed the test if ok is false.
func (w workload) round(r *recorder, i, n int, poke func()) (f fate, ok bool) {
	who := fmt.Sprintf("caller %d in round %d", i, n)
	recs, ok := r.load(who, w.keys(i, n)...)
	if !ok {
		return refused, false
	}
	drafts := w.plan(i, n, recs)
	if drafts == nil {
		return refused, true
	}
	runtime.Gosched() // let others load the same
	ctx, end := r.e.ctx, func() {}
	if w.cancel && (i+n)%3 == 0 {
		ctx, end = cancelSoon(r.e.ctx, n)
	}
	poke()
	f, ok = r.commit(ctx, who, recs, drafts...)
	poke()
	end()
	return f, ok
}

// read loads what is watched, twice for each poke, so that some Loads fall
// into each commit and their number is bounded however long a commit takes.
func (w workload) read(r *recorder, i int, poked <-chan struct{}) {
	n := 0
	for range poked {
		for range 2 {
			n++
			recs, ok := r.load(fmt.Sprintf("reader %d, its number %d,", i, n), w.watched...)
			if !ok {
				return
			}
			if w.audit != nil {
				w.audit(recs)
			}
			runtime.Gosched()
		}
	}
}

// cancelSoon is a context that somebody else ends while the caller goes on; end
// waits for them. Yielding n times first moves the end through the call.
func cancelSoon(parent context.Context, n int) (ctx context.Context, end func()) {
	ctx, cancel := context.WithCancel(parent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range n {
			runtime.Gosched()
		}
		cancel()
	}()
	return ctx, func() { <-done }
}
