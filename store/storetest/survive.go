package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// testReopen closes a store and opens it again, twice.
func testReopen(e *env) {
	old := time.Unix(1000, 0)
	e.fill("kept", 300, time.Time{})
	e.fill("due", 30, old)
	first := e.put("reborn", "x", time.Time{})
	e.commit(store.Write{Key: "reborn", If: first})
	e.put("reborn", "x", time.Time{})
	gone := e.put("gone", "x", old)
	e.commit(store.Write{Key: "gone", If: gone}, store.Write{Key: "empty", Value: []byte{}, Expires: time.Unix(1_900_000_000, 1)})
	e.put("rewritten", "x", old)
	e.put("rewritten", "y", time.Time{})
	for range 2 {
		want := e.all()
		e.reopen()
		e.same(want)
		e.absent("gone")
		e.refused(store.ErrConflict, store.Write{Key: "reborn", Value: []byte("y"), If: first}) // of an earlier life
		e.refused(store.ErrConflict, store.Write{Key: "gone", Value: []byte("y"), If: gone})
		e.put("kept/0000", "rewritten", time.Time{})
	}
	if n := e.sweepAll(time.Unix(2000, 0)); n != 30 {
		e.Errorf("Sweep after opening again: got %d, want 30", n)
	}
	want := e.all()
	e.reopen()
	e.same(want)
}

// testReopenAfterLoad closes the store under its callers: what they were told
// is what is found.
func testReopenAfterLoad(e *env) {
	const callers, most = 4, 300
	enough := make(chan struct{}, callers)
	acked, failed := make([][]string, callers), make([][]string, callers)
	var closer sync.WaitGroup
	closer.Go(func() {
		for range callers {
			<-enough
		}
		e.s.Close()
	})
	together(callers, func(i int) {
		for n := range most {
			key := fmt.Sprintf("l/%d/%d", i, n)
			_, err := e.try(store.Write{Key: key, Value: []byte("x")}, store.Write{Key: "twin/" + key, Value: []byte("x")})
			if err == nil {
				acked[i] = append(acked[i], key)
			}
			if n == 5 || err != nil && n < 5 {
				enough <- struct{}{}
			}
			if err != nil {
				if !errors.Is(err, store.ErrUnknown) {
					failed[i] = append(failed[i], key)
				}
				return
			}
		}
	})
	closer.Wait()
	e.reopen()
	there := map[string]bool{}
	for _, k := range e.scan("", "") {
		there[k] = true
	}
	for i := range callers {
		for _, k := range acked[i] {
			if !there[k] || !there["twin/"+k] {
				e.Errorf("%q was acknowledged and is lost", k)
			}
		}
		for _, k := range failed[i] {
			if there[k] || there["twin/"+k] {
				e.Errorf("%q was refused and is there", k)
			}
		}
	}
}

// testCrash looks at what a crash would leave, again and again while callers
// write: all that was acknowledged, and nothing in part.
func testCrash(e *env) {
	const callers = 4
	rounds := long(12, 100)
	acks := make(chan string)
	go func() {
		defer close(acks)
		together(callers, func(i int) {
			last := uint64(0)
			for n := range rounds {
				key := fmt.Sprintf("%d/%d", i, n)
				// The one replaces, the other is new: a torn change would show.
				id, err := e.try(store.Write{Key: fmt.Sprintf("last/%d", i), Value: []byte(key), If: last}, store.Write{Key: "row/" + key, Value: []byte("x")})
				if err != nil {
					e.Errorf("Commit: %v", err)
					return
				}
				last = id
				acks <- key
			}
		})
	}()
	defer func() {
		for range acks { // let the callers end
		}
	}()
	var acked []string
	for key := range acks {
		if acked = append(acked, key); len(acked)%4 != 1 {
			continue
		}
		if e.wantCrashed(acked); e.Failed() {
			return
		}
	}
	e.wantCrashed(acked) // nobody came after the last
}

// wantCrashed wants a crash to leave the rows that were acknowledged, and the
// row that each last record names.
func (e *env) wantCrashed(acked []string) {
	after, end := e.crashed()
	defer end()
	rows, lasts := map[string]bool{}, map[string]string{}
	for _, r := range after.all() {
		if row, ok := strings.CutPrefix(r.Key, "row/"); ok {
			rows[row] = true
		} else {
			lasts[r.Key] = string(r.Value)
		}
	}
	for _, k := range acked {
		if !rows[k] {
			e.Errorf("a crash would lose %q, which was acknowledged", k)
		}
	}
	for k, row := range lasts {
		if !rows[row] {
			e.Errorf("a crash would leave half a change: %s is %q without its row", k, row)
		}
	}
}

// testConflictIsDurable has callers insert one record at once. A conflict is
// news of the winner, on which its caller may act, so what it tells must be
// as durable as if it had been acknowledged.
func testConflictIsDurable(e *env) {
	for round := range long(4, 30) {
		if e.oneInsert(fmt.Sprintf("once/%d", round)); e.Failed() {
			return
		}
	}
}

// oneInsert looks at what a crash would leave after each answer, while the
// other callers still wait for theirs.
func (e *env) oneInsert(key string) {
	answers := make(chan error)
	go func() {
		defer close(answers)
		together(6, func(i int) {
			_, err := e.try(store.Write{Key: key, Value: []byte{byte(i)}})
			if err != nil && !errors.Is(err, store.ErrConflict) {
				e.Errorf("Commit: %v", err)
			}
			answers <- err
		})
	}()
	defer func() {
		for range answers { // let the callers end
		}
	}()
	for err := range answers {
		after, end := e.crashed()
		recs, lerr := after.s.Load(e.ctx, key)
		end()
		if lerr != nil {
			e.Fatalf("Load after a crash: %v", lerr)
		}
		if recs[0].Value == nil {
			e.Fatalf("%q: after the answer %v a crash would lose the record that it tells of", key, err)
		}
	}
}
