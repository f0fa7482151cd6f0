package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// together calls fn n times at once.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

// retry loads keys and commits what plan makes of them until it lands.
func (e *env) retry(keys []string, plan func([]store.Record) []store.Write) error {
	for {
		recs, err := e.s.Load(e.ctx, keys...)
		if err != nil {
			return err
		}
		if _, err = e.try(plan(recs)...); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

func number(r store.Record) int {
	n, _ := strconv.Atoi(string(r.Value))
	return n
}

func testCounters(e *env) {
	const callers, rounds = 8, 20
	together(callers, func(i int) {
		for range rounds {
			own := fmt.Sprintf("own/%d", i)
			err := e.retry([]string{"shared", own}, func(r []store.Record) []store.Write {
				return []store.Write{
					{Key: "shared", Value: strconv.AppendInt(nil, int64(number(r[0])+1), 10), If: r[0].Version},
					{Key: own, Value: strconv.AppendInt(nil, int64(number(r[1])+1), 10), If: r[1].Version},
				}
			})
			if err != nil {
				e.Errorf("counting: %v", err)
				return
			}
		}
	})
	if got := number(e.load("shared")); got != callers*rounds {
		e.Errorf("shared counter: got %d, want %d", got, callers*rounds)
	}
	for i := range callers {
		if got := number(e.load(fmt.Sprintf("own/%d", i))); got != rounds {
			e.Errorf("counter %d: got %d, want %d", i, got, rounds)
		}
	}
}

// wins lets n callers commit what writes answers, all at once, and counts
// those that land. The others must meet a conflict.
func (e *env) wins(n int, writes func(i int) []store.Write) int {
	var won atomic.Int64
	together(n, func(i int) {
		switch _, err := e.try(writes(i)...); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, store.ErrConflict):
			e.Errorf("Commit: %v", err)
		}
	})
	return int(won.Load())
}

func testOneInsert(e *env) {
	for round := range 10 {
		key := fmt.Sprintf("spent/%d", round)
		got := e.wins(16, func(i int) []store.Write {
			return []store.Write{{Key: key, Value: []byte{byte(i)}}, {Key: fmt.Sprintf("grant/%d/%d", round, i), Value: []byte("x")}}
		})
		if got != 1 {
			e.Errorf("round %d: %d of 16 inserts landed, want 1", round, got)
		}
		if grants := len(e.scan(fmt.Sprintf("grant/%d/", round), "")); grants != 1 {
			e.Errorf("round %d: %d grants, want 1", round, grants)
		}
	}
}

// testWriteSkew lets two callers each go off duty while they hold that the
// other is on: one at most may.
func testWriteSkew(e *env) {
	keys := []string{"duty/a", "duty/b"}
	for round := range 20 {
		ids := []uint64{e.put(keys[0], "on", time.Time{}), e.put(keys[1], "on", time.Time{})}
		got := e.wins(2, func(i int) []store.Write {
			return []store.Write{
				{Key: keys[i], Value: []byte("off"), If: ids[i]},
				{Key: keys[1-i], If: ids[1-i], Keep: true},
			}
		})
		if got != 1 {
			e.Errorf("round %d: %d went off duty, want 1", round, got)
		}
	}
}

// testAbsenceSkew is the same with records that are not there.
func testAbsenceSkew(e *env) {
	for round := range 20 {
		keys := []string{fmt.Sprintf("seat/%d/a", round), fmt.Sprintf("seat/%d/b", round)}
		got := e.wins(2, func(i int) []store.Write {
			return []store.Write{{Key: keys[i], Value: []byte("taken")}, {Key: keys[1-i], Keep: true}}
		})
		if got != 1 {
			e.Errorf("round %d: %d took the seat, want 1", round, got)
		}
	}
}

// testTransfers moves amounts between accounts while a reader adds them up:
// every Load must see one moment.
func testTransfers(e *env) {
	keys := []string{"acc/0", "acc/1", "acc/2", "acc/3", "acc/4"}
	for _, k := range keys {
		e.put(k, "100", time.Time{})
	}
	done := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			recs, err := e.s.Load(e.ctx, keys...)
			if err != nil {
				e.Errorf("Load: %v", err)
				return
			}
			sum := 0
			for _, r := range recs {
				sum += number(r)
			}
			if sum != 500 {
				e.Errorf("one Load saw a sum of %d, want 500", sum)
				return
			}
		}
	})
	together(6, func(i int) {
		for n := range 15 {
			from, to := keys[(i+n)%5], keys[(i+2*n+1)%5]
			if from == to {
				continue
			}
			err := e.retry([]string{from, to}, func(r []store.Record) []store.Write {
				return []store.Write{
					{Key: from, Value: strconv.AppendInt(nil, int64(number(r[0])-7), 10), If: r[0].Version},
					{Key: to, Value: strconv.AppendInt(nil, int64(number(r[1])+7), 10), If: r[1].Version},
				}
			})
			if err != nil {
				e.Errorf("transfer: %v", err)
				return
			}
		}
	})
	close(done)
	reader.Wait()
}

// testCloseUnderLoad closes the store while it is used: every call ends, with
// its result or with ErrClosed.
func testCloseUnderLoad(e *env) {
	var landed sync.WaitGroup
	landed.Add(4) // each caller has landed once
	go func() {
		landed.Wait()
		e.s.Close()
	}()
	together(4, func(i int) {
		for n := 0; ; n++ {
			_, err := e.try(store.Write{Key: fmt.Sprintf("l/%d/%d", i, n), Value: []byte("x")})
			if err == nil {
				_, err = e.s.Load(e.ctx, "l/0/0")
			}
			if n == 0 {
				landed.Done()
			}
			if err != nil {
				if !errors.Is(err, store.ErrClosed) {
					e.Errorf("while closing: got error %v, want %v", err, store.ErrClosed)
				}
				return
			}
		}
	})
}
