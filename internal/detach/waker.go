package detach

import (
	"runtime"
	"sync"
	"time"
)

// slack is how much too late [time.Sleep] may be. Where the scheduler waits in
// whole milliseconds from when it began to, as on Linux, whoever sleeps until a
// moment wakes a whole number of milliseconds after they fell asleep: when that
// was shows in when they wake.
const slack = 1200 * time.Microsecond

// waker wakes callers at moments of their own to some microseconds. One goroutine
// does it for all of them, and ends with the last: for the last bit before a
// moment it looks at the clock again and again, in between others. The zero waker
// is ready.
type waker struct {
	mu      sync.Mutex
	waiting []sleeper
	running bool
}

type sleeper struct {
	until time.Time
	woken chan struct{}
}

// wait returns at that moment.
func (w *waker) wait(until time.Time) {
	s := sleeper{until, make(chan struct{})}
	w.mu.Lock()
	w.waiting = append(w.waiting, s)
	if !w.running {
		w.running = true
		go w.run()
	}
	w.mu.Unlock()
	<-s.woken
}

// run wakes until nobody waits.
func (w *waker) run() {
	var last time.Time
	for {
		now := time.Now()
		next, ok := w.wake(now)
		if !ok {
			return
		}
		switch left := next.Sub(now); {
		case left > slack:
			time.Sleep(min(left-slack, slack)) // whoever comes meanwhile may want an earlier moment
		case now.Equal(last):
			time.Sleep(left) // a clock that moves only when everybody sleeps, see testing/synctest
		default:
			runtime.Gosched()
		}
		last = now
	}
}

// wake wakes whose moment has come and returns the next one. If nobody is left,
// ok is false and the waker is no longer running.
func (w *waker) wake(now time.Time) (next time.Time, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := w.waiting[:0]
	for _, s := range w.waiting {
		if !now.Before(s.until) {
			close(s.woken)
			continue
		}
		left = append(left, s)
		if !ok || s.until.Before(next) {
			next, ok = s.until, true
		}
	}
	clear(w.waiting[len(left):])
	w.waiting, w.running = left, ok
	return next, ok
}
