package sallyport

import (
	"context"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	pollEvery      = 250 * time.Millisecond
	heldPerAccount = 3
	heldPerProcess = 5000
)

// holder keeps the calls that wait for a link to be answered. While there are
// any, one goroutine reads the records of all of them each quarter of a
// second, in one round.
type holder struct {
	mu        sync.Mutex
	calls     map[string]*heldCall // by record of the request
	byAccount map[string]int
	polling   bool
	wg        sync.WaitGroup
}

type heldCall struct {
	key     string
	account string
	version uint64        // of the request
	ageing  uint64        // version of the account's record that holds its epoch
	ends    time.Time     // of the link
	changed chan struct{} // closed when there is something to ask about
}

// enter holds a call on a request, unless it or its account or the process has
// enough of them.
func (h *holder) enter(c heldCall) *heldCall {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls[c.key] != nil || h.byAccount[c.account] >= heldPerAccount || len(h.calls) >= heldPerProcess {
		return nil
	}
	c.changed = make(chan struct{})
	if h.calls == nil {
		h.calls = map[string]*heldCall{}
	}
	h.calls[c.key] = &c
	h.byAccount[c.account]++
	return &c
}

func (h *holder) leave(c *heldCall) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remove(c)
}

// remove takes a call off the books, under the lock; twice is once.
func (h *holder) remove(c *heldCall) {
	if h.calls[c.key] != c {
		return
	}
	delete(h.calls, c.key)
	if h.byAccount[c.account]--; h.byAccount[c.account] == 0 {
		delete(h.byAccount, c.account)
	}
}

// wait returns when nothing is polled any more. It is called once the engine is
// closed; taking the lock first means that a poller either has started by now
// or sees that.
func (h *holder) wait() {
	h.mu.Lock()
	polling := h.polling
	h.mu.Unlock()
	if polling {
		h.wg.Wait()
	}
}

// poll starts the reader, unless it runs.
func (e *Engine) poll() {
	h := &e.held
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.polling || e.isClosed() {
		return
	}
	h.polling = true
	h.wg.Go(e.pollHeld)
}

// pollHeld reads until nobody is held any more. A reading that fails is left
// out: the calls wait on, or until their links expire.
func (e *Engine) pollHeld() {
	h := &e.held
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.calls.Done():
			h.mu.Lock()
			h.polling = false
			h.mu.Unlock()
			return
		case <-tick.C:
		}
		h.mu.Lock()
		if len(h.calls) == 0 {
			h.polling = false
			h.mu.Unlock()
			return
		}
		calls := make([]*heldCall, 0, len(h.calls))
		for _, c := range h.calls {
			calls = append(calls, c)
		}
		h.mu.Unlock()
		e.compare(calls)
	}
}

// compare wakes the calls whose request has another version than before, whose
// account may have another epoch, or whose link is over by the engine's clock.
func (e *Engine) compare(calls []*heldCall) {
	keys := make([]string, 0, 2*len(calls))
	for _, c := range calls {
		keys = append(keys, c.key, account.Ageings.Key(c.account))
	}
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	versions, err := e.db.Versions(ctx, keys...)
	if err != nil {
		e.logger.Warn("reading the requests of held calls", "error", err)
		return
	}
	now, h := e.clock(), &e.held
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, c := range calls {
		moved := c.version != versions[2*i] || c.ageing != versions[2*i+1]
		if h.calls[c.key] == c && (moved || !now.Before(c.ends)) {
			h.remove(c)
			close(c.changed)
		}
	}
}

// Wait is [Engine.Login], but holds a call that sends or resumes a link until
// the link is answered or its time is over, the context ends, or the engine
// closes. At most one call a request is held, three an account and 5,000 a
// process; others are answered at once. A call that is given up claims
// nothing: the outcome waits for the next.
func (e *Engine) Wait(ctx context.Context, in Login) (*Result, error) {
	for {
		r, err := e.Login(ctx, in)
		if err != nil || !r.LinkWaits {
			return r, err
		}
		again, err := e.hold(ctx, in)
		if err != nil {
			return nil, err
		}
		if !again {
			return r, nil
		}
		in.Password = "" // proven by now; asking again must not charge it again
	}
}

// hold waits until the request of a live link changes or the link expires. It
// answers false where the call must not be held.
func (e *Engine) hold(ctx context.Context, in Login) (again bool, err error) {
	id := normalID(in.RequestID)
	var held heldCall
	var now time.Time
	err = e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		held, now = heldCall{key: mfa.Key(e.index, id)}, tx.Now()
		r, err := mfa.FindRecord(tx, mfa.RequestRecord(e.index, id))
		if err != nil || r == nil {
			return err
		}
		if err := tx.Peek(account.Ageings.Key(r.Account)); err != nil {
			return err
		}
		held.account, held.ends = r.Account, r.LinkEnds(normalID(in.OptionID))
		held.version, held.ageing = tx.Version(held.key), tx.Version(account.Ageings.Key(r.Account))
		return nil
	})
	if err != nil {
		return false, err
	}
	if !held.ends.After(now) {
		return true, nil // changed or over since: ask again
	}
	c := e.held.enter(held)
	if c == nil {
		return false, nil
	}
	defer e.held.leave(c)
	e.poll()
	select {
	case <-c.changed:
		return true, nil
	case <-e.calls.Done():
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
