package sallyport

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/internal/recent"
)

// Bounds of the questions to a host that owns its accounts.
const (
	hostLimit  = 5 * time.Second // one question, the wait for its turn included
	hostAtOnce = 64              // questions, and goroutines that a host which ignores its context leaves behind
	maxTold    = 10_000          // answers that are remembered

	maxNameAsked = 1024 // bytes of a typed name

	defaultFreshness = 5 * time.Second // of Config.AccountsFreshness
	pollFreshness    = 2 * time.Second // for held calls
)

// hostTable asks the host's own table of accounts, which it trusts neither to answer in
// time nor to answer at all. Its methods may be called from any number of goroutines.
type hostTable struct {
	accounts Accounts
	writer   PasswordWriter // nil: the host changes passwords itself
	fresh    time.Duration  // how old an answer may be for looks at handles and tokens; 0: each look asks
	now      func() time.Time
	logger   *slog.Logger

	slots chan struct{}

	mu   sync.Mutex // over looking for an answer and planning one
	told *recent.Map[string, *telling]
	ids  *recent.Map[string, string] // the host's ids by ours
}

// telling is what the host said of an id, or is about to.
type telling struct {
	at   time.Time     // when it was asked
	done chan struct{} // closed when acc and err are set
	acc  *Account
	err  error
}

// newHostTable returns nil where there are no accounts of a host's. fresh is as in
// [Config].AccountsFreshness.
func newHostTable(accounts Accounts, fresh time.Duration, now func() time.Time, logger *slog.Logger) *hostTable {
	if accounts == nil {
		return nil
	}
	h := &hostTable{
		accounts: accounts, fresh: max(fresh, 0), now: now, logger: logger,
		slots: make(chan struct{}, hostAtOnce), told: recent.New[string, *telling](maxTold), ids: recent.New[string, string](maxTold),
	}
	h.writer, _ = accounts.(PasswordWriter)
	if fresh == 0 {
		h.fresh = defaultFreshness
	}
	return h
}

// byName asks for the account of a name. Nil means that there is none.
func (h *hostTable) byName(ctx context.Context, name string) (*Account, error) {
	if !isPlain(name, maxNameAsked) {
		return nil, nil // what many a database refuses to compare is nobody's name
	}
	return h.ask(ctx, func(ctx context.Context) (*Account, error) { return h.accounts.ByName(ctx, name) })
}

// byID asks for the account of an id. The answer is remembered.
func (h *hostTable) byID(ctx context.Context, id string) (*Account, error) {
	t := &telling{at: h.now(), done: make(chan struct{})}
	t.acc, t.err = h.find(ctx, id)
	close(t.done)
	h.mu.Lock()
	h.told.Put(id, t)
	h.mu.Unlock()
	return t.acc, t.err
}

func (h *hostTable) find(ctx context.Context, id string) (*Account, error) {
	acc, err := h.ask(ctx, func(ctx context.Context) (*Account, error) { return h.accounts.ByID(ctx, id) })
	if err == nil && acc != nil && acc.ID != id {
		return nil, h.fault(fmt.Errorf("ByID(%q) returned Account.ID %q: want the account that was asked for", id, acc.ID))
	}
	return acc, err
}

// recall returns what the host said of an id within that time, if it did. An answer that
// is on its way is waited for by [hostTable.look].
func (h *hostTable) recall(id string, within time.Duration) (acc *Account, known bool) {
	h.mu.Lock()
	t, ok := h.told.Get(id)
	h.mu.Unlock()
	if !ok || !t.serves(h.now(), within) {
		return nil, false
	}
	select {
	case <-t.done:
		return t.acc, t.err == nil
	default:
		return nil, false
	}
}

// look returns what the host said of an id within that time, or asks. However many look
// at once, the host is asked once; who began it may leave, the others are answered.
func (h *hostTable) look(ctx context.Context, id string, within time.Duration) (*Account, error) {
	h.mu.Lock()
	t, ok := h.told.Get(id)
	if !ok || !t.serves(h.now(), within) {
		t = &telling{at: h.now(), done: make(chan struct{})}
		h.told.Put(id, t)
		go func() { // ends within hostLimit
			defer close(t.done)
			t.acc, t.err = h.find(context.Background(), id) // not the asker's: others wait too
		}()
	}
	h.mu.Unlock()
	select {
	case <-t.done:
		return t.acc, t.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serves reports whether an answer is good at that moment for whoever takes none that is
// older. One that failed serves nobody who comes after; one from ahead of the clock, which
// was set back since, serves nobody.
func (t *telling) serves(now time.Time, within time.Duration) bool {
	age := now.Sub(t.at)
	if age < 0 || age >= within {
		return false
	}
	select {
	case <-t.done:
		return t.err == nil
	default:
		return true
	}
}

// forget drops what the host said of an id.
func (h *hostTable) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told.Put(id, &telling{})
}

// setPassword writes a hash to the host, in the place of another.
func (h *hostTable) setPassword(ctx context.Context, id, newHash, oldHash string) error {
	_, err := h.ask(ctx, func(ctx context.Context) (*Account, error) {
		return nil, h.writer.SetPassword(ctx, id, newHash, oldHash)
	})
	h.forget(id)
	return err
}

// ask puts one question, when it has its turn. A host that does not answer in time is
// left alone with it, and keeps its place until it does.
func (h *hostTable) ask(ctx context.Context, question func(context.Context) (*Account, error)) (*Account, error) {
	asker := ctx
	ctx, cancel := context.WithTimeout(ctx, hostLimit)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, h.late(asker, "all questions at once wait for an answer")
	}
	answered := make(chan *telling, 1)
	go func() {
		defer func() { <-h.slots }()
		answered <- guard(func() (*Account, error) { return question(ctx) })
	}()
	select {
	case t := <-answered:
		switch {
		case t.err != nil && asker.Err() != nil:
			return nil, asker.Err()
		case t.err != nil:
			return nil, h.fault(t.err)
		case t.acc == nil:
			return nil, nil
		}
		if err := t.acc.check(); err != nil {
			return nil, h.fault(err)
		}
		return t.acc, nil
	case <-ctx.Done():
		return nil, h.late(asker, "no answer")
	}
}

// guard answers a question that panics with an error. What was panicked with may hold
// anything, so its type must do.
func guard(question func() (*Account, error)) (t *telling) {
	defer func() {
		if v := recover(); v != nil {
			t = &telling{err: fmt.Errorf("panicked with a %T", v)}
		}
	}()
	acc, err := question()
	if acc != nil {
		own := *acc // the host may go on to use its own
		acc = &own
	}
	return &telling{acc: acc, err: err}
}

// late is the error of a question that got no answer: of the asker's own end, where that
// is why.
func (h *hostTable) late(asker context.Context, what string) error {
	if asker.Err() != nil {
		return asker.Err()
	}
	return h.fault(fmt.Errorf("%s within %v", what, hostLimit))
}

// fault is what a host's error becomes: one kind, whatever it was, since the host may have
// had it of the engine, and the log has its text.
func (h *hostTable) fault(err error) error {
	h.logger.Error("the host's accounts could not be read", "error", err)
	return fmt.Errorf("%w: %s", ErrAccounts, err.Error())
}
