// Package hold keeps calls that wait until a record changes.
//
// However many calls are held, one goroutine reads the versions of all their
// records in one round, again and again, for as long as there are any.
package hold

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Config says how calls are held.
type Config struct {
	Every      time.Duration // between two readings
	PerAccount int           // calls at once
	PerProcess int           // calls at once
	PerGuests  int           // of them those of guests
	Reading    time.Duration // how long one reading may take
	// Read returns the present versions of keys, in one round.
	Read func(ctx context.Context, keys ...string) ([]uint64, error)
	// Now is the clock by which calls end.
	Now func() time.Time
	// Failed is told of a reading that failed: the calls wait on.
	Failed func(error)
	// Done is closed when no call is to be held any more.
	Done <-chan struct{}
}

// Calls are the calls that are held. Make it with [New]; all methods may be
// called from any number of goroutines.
type Calls struct {
	cfg Config

	mu        sync.Mutex
	calls     map[string]*Call // by what they wait for
	byAccount map[string]int
	guests    int
	reading   bool
	wg        sync.WaitGroup
}

// Call is one call that waits. Set its exported fields before [Calls.Enter].
type Call struct {
	ID      string // what it waits for: one call at a time
	Account string
	Guest   bool      // whoever waits has proven nothing yet
	Records []Record  // that are watched
	Ends    time.Time // when it is over in any case

	began   time.Time
	changed chan struct{}
}

// Record is a record and the version that the caller has seen.
type Record struct {
	Key     string
	Version uint64
}

// New returns an empty set of calls.
func New(c Config) *Calls {
	return &Calls{cfg: c, calls: map[string]*Call{}, byAccount: map[string]int{}}
}

// Changed returns a channel that is closed when the call has something to look at.
func (c *Call) Changed() <-chan struct{} { return c.changed }

// Enter holds a call, and reports false where that is not to be: another waits
// for the same, or its account or the process has enough of them, or of those of
// guests, who else would leave no room to anybody.
func (h *Calls) Enter(c *Call) bool {
	began := h.cfg.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls[c.ID] != nil || h.byAccount[c.Account] >= h.cfg.PerAccount || len(h.calls) >= h.cfg.PerProcess || h.isDone() {
		return false
	}
	if c.Guest {
		if h.guests >= h.cfg.PerGuests {
			return false
		}
		h.guests++
	}
	c.began, c.changed = began, make(chan struct{})
	h.calls[c.ID] = c
	h.byAccount[c.Account]++
	if !h.reading {
		h.reading = true
		h.wg.Go(h.watch)
	}
	return true
}

// Leave lets a call go. Twice is once.
func (h *Calls) Leave(c *Call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remove(c)
}

// remove takes a call off the books, under the lock.
func (h *Calls) remove(c *Call) {
	if h.calls[c.ID] != c {
		return
	}
	delete(h.calls, c.ID)
	if c.Guest {
		h.guests--
	}
	if h.byAccount[c.Account]--; h.byAccount[c.Account] == 0 {
		delete(h.byAccount, c.Account)
	}
}

// Wait returns when nothing is read any more. Call it once Done is closed.
func (h *Calls) Wait() {
	h.mu.Lock() // whoever enters after this sees that it is done
	reading := h.reading
	h.mu.Unlock()
	if reading {
		h.wg.Wait()
	}
}

func (h *Calls) isDone() bool {
	select {
	case <-h.cfg.Done:
		return true
	default:
		return false
	}
}

// watch reads until no call is held any more.
func (h *Calls) watch() {
	tick := time.NewTicker(h.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-h.cfg.Done:
		case <-tick.C:
		}
		calls := h.held()
		if calls == nil {
			return
		}
		if err := h.compare(calls); err != nil {
			h.cfg.Failed(err)
		}
	}
}

// held returns the calls that are held, and ends the watching where there are
// none or it is done.
func (h *Calls) held() (list []*Call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.isDone() {
		for _, c := range h.calls {
			list = append(list, c)
		}
	}
	h.reading = list != nil
	return list
}

// compare wakes the calls of which a record has another version than they have
// seen, or whose time is over, or began ahead of a clock that was set back since:
// when that is over is to be asked anew. A panic of the store is a reading that failed.
func (h *Calls) compare(calls []*Call) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("hold: reading panicked with a %T", v)
		}
	}()
	var keys []string
	for _, c := range calls {
		for _, r := range c.Records {
			keys = append(keys, r.Key)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.cfg.Reading)
	defer cancel()
	versions, err := h.cfg.Read(ctx, keys...)
	if err != nil {
		return err
	}
	now := h.cfg.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range calls {
		moved := !now.Before(c.Ends) || now.Before(c.began)
		for i, r := range c.Records {
			moved = moved || r.Version != versions[i]
		}
		versions = versions[len(c.Records):]
		if moved && h.calls[c.ID] == c {
			h.remove(c)
			close(c.changed)
		}
	}
	return nil
}
