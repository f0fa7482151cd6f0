package sallyport

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/internal/pool"
	"github.com/sallyport-auth/sallyport/internal/recent"
)

// Bounds of what is remembered of a host that owns its accounts.
const (
	maxTold = 10_000 // answers

	maxNameAsked = 1024 // bytes of a typed name

	defaultFreshness = 5 * time.Second // of Config.AccountsFreshness
	pollFreshness    = 2 * time.Second // for held calls
)

// hostAccount is what is said of an account that is kept elsewhere.
type hostAccount struct {
	Account
	// Of a module's account: its roles, which may be of any application, and when its
	// password was set.
	roles       []PrincipalRole
	passwordSet time.Time
}

// hostTable asks for accounts that are kept elsewhere by their ids, in the host's own table
// or in a module. Its methods may be called from any number of goroutines.
type hostTable struct {
	*asker
	module string // whose accounts they are, as configured; empty: the host's own
	read   func(ctx context.Context, id string) (*hostAccount, error)
	faulty func(error) error // what an error becomes
	now    func() time.Time

	// For looks at handles and tokens: how old an answer may be (0: each look asks), how
	// old where no other is to be had, and for how long nobody asks again after none came.
	fresh, lasting, pause time.Duration

	// Of the host's own.
	accounts Accounts
	writer   PasswordWriter // nil: the host changes passwords itself

	mu   sync.Mutex // over looking for an answer and planning one
	told *recent.Map[string, *telling]
}

// keptElsewhere is where an account lies that this process has met, and its id there.
type keptElsewhere struct {
	table *hostTable
	id    string
}

// telling is what was said of an id, or is about to be.
type telling struct {
	at   time.Time     // when it was asked
	done chan struct{} // closed when acc and err are set
	acc  *hostAccount
	err  error
	last *telling // the last one that came to an answer, of one that did not
}

// newHostTable returns nil where there are no accounts of a host's. fresh is as in
// [Config].AccountsFreshness.
func newHostTable(c *Config, work *pool.Pool, now func() time.Time, logger *slog.Logger) *hostTable {
	accounts, fresh := c.Accounts, c.AccountsFreshness
	if accounts == nil {
		return nil
	}
	h := &hostTable{asker: newAsker(work), accounts: accounts, fresh: max(fresh, 0), now: now, told: recent.New[string, *telling](maxTold)}
	h.writer, _ = accounts.(PasswordWriter)
	if fresh == 0 {
		h.fresh = defaultFreshness
	}
	h.faulty = func(err error) error {
		logger.Error("the host's accounts could not be read", "error", err)
		return fmt.Errorf("%w: %s", ErrAccounts, err.Error())
	}
	h.read = func(ctx context.Context, id string) (*hostAccount, error) {
		return hosted(accounts.ByID(ctx, id))
	}
	return h
}

// hosted is an answer of the host's as it is kept: the host may go on to use its own.
func hosted(acc *Account, err error) (*hostAccount, error) {
	if err != nil || acc == nil {
		return nil, err
	}
	own := &hostAccount{Account: *acc}
	return own, own.check()
}

// byName asks for the account of a name. Nil means that there is none.
func (h *hostTable) byName(ctx context.Context, name string) (*hostAccount, error) {
	if !isPlain(name, maxNameAsked) {
		return nil, nil // what many a database refuses to compare is nobody's name
	}
	return h.put(ctx, func(ctx context.Context) (*hostAccount, error) { return hosted(h.accounts.ByName(ctx, name)) })
}

// byID asks for the account of an id. What comes of it is remembered.
func (h *hostTable) byID(ctx context.Context, id string) (*hostAccount, error) {
	acc, err := h.find(ctx, id)
	if ctx.Err() == nil {
		h.learn(id, acc, err)
	}
	return acc, err
}

// learn remembers what has just been said of an id.
func (h *hostTable) learn(id string, acc *hostAccount, err error) {
	t := &telling{at: h.now(), done: make(chan struct{}), acc: acc, err: err}
	close(t.done)
	h.mu.Lock()
	defer h.mu.Unlock()
	if before, known := h.told.Get(id); known {
		t.last = before.answered()
	}
	h.told.Put(id, t)
}

func (h *hostTable) find(ctx context.Context, id string) (*hostAccount, error) {
	acc, err := h.put(ctx, func(ctx context.Context) (*hostAccount, error) { return h.read(ctx, id) })
	if err == nil && acc != nil && acc.ID != id {
		return nil, h.fault(fmt.Errorf("%q was asked for and %q came: want the account that was asked for", id, acc.ID))
	}
	return acc, err
}

// recall returns what was said of an id within that time, if anything was. An answer that
// is on its way is waited for by [hostTable.look].
func (h *hostTable) recall(id string, within time.Duration) (acc *hostAccount, known bool) {
	h.mu.Lock()
	t, ok := h.told.Get(id)
	h.mu.Unlock()
	if !ok || !h.serves(t, within) {
		return nil, false
	}
	select {
	case <-t.done:
		acc, err := h.said(t)
		return acc, err == nil
	default:
		return nil, false
	}
}

// look returns what was said of an id within that time, or asks. However many look at once,
// it is asked for once; who began it may leave, the others are answered. Where no answer
// comes an older one may do.
func (h *hostTable) look(ctx context.Context, id string, within time.Duration) (*hostAccount, error) {
	h.mu.Lock()
	t, ok := h.told.Get(id)
	if !ok || !h.serves(t, within) {
		t = &telling{at: h.now(), done: make(chan struct{}), last: t.answered()}
		h.told.Put(id, t)
		go func() { // ends within askLimit
			defer close(t.done)
			t.acc, t.err = h.find(context.Background(), id) // not the asker's: others wait too
		}()
	}
	h.mu.Unlock()
	select {
	case <-t.done:
		return h.said(t)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answered is the last telling up to t that came to an answer, or nil.
func (t *telling) answered() *telling {
	if t == nil {
		return nil
	}
	select {
	case <-t.done:
		if t.err == nil {
			return &telling{at: t.at, acc: t.acc}
		}
		return t.last
	default:
		return t.last
	}
}

// said is what a telling that is done says: its answer or, where none came, the last one
// unless that is too old by now.
func (h *hostTable) said(t *telling) (*hostAccount, error) {
	if t.err == nil || t.last == nil || !within(h.now(), t.last.at, h.lasting) {
		return t.acc, t.err
	}
	return t.last.acc, nil
}

// serves reports whether an answer is good now for whoever takes none that is older. One
// that failed serves for a moment at most.
func (h *hostTable) serves(t *telling, age time.Duration) bool {
	if !within(h.now(), t.at, age) {
		return false
	}
	select {
	case <-t.done:
		return t.err == nil || within(h.now(), t.at, h.pause)
	default:
		return true
	}
}

// within reports whether at is less than age ago. What is ahead of the clock, which was set
// back since, is not.
func within(now, at time.Time, age time.Duration) bool {
	ago := now.Sub(at)
	return ago >= 0 && ago < age
}

// forget drops what was said of an id.
func (h *hostTable) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told.Put(id, &telling{})
}

// setPassword writes a hash to the host, in the place of another.
func (h *hostTable) setPassword(ctx context.Context, id, newHash, oldHash string) error {
	_, err := h.put(ctx, func(ctx context.Context) (*hostAccount, error) {
		return nil, h.writer.SetPassword(ctx, id, newHash, oldHash)
	})
	h.forget(id)
	return err
}

// put puts one question.
func (h *hostTable) put(ctx context.Context, question func(context.Context) (*hostAccount, error)) (*hostAccount, error) {
	acc, err := ask(ctx, h.asker, question)
	switch {
	case err == nil:
		return acc, nil
	case ctx.Err() != nil || err == ErrClosed:
		return nil, err
	}
	return nil, h.fault(err)
}

// fault is what an error becomes: one kind, whatever it was, since the host may have had it
// of the engine, and the log has its text.
func (h *hostTable) fault(err error) error { return h.faulty(err) }
