// Package detach runs calls that go on when their caller has gone.
//
// A call that compares a secret must be charged for it whether or not its caller
// waits for the answer: a caller who could end it in the middle would guess for
// nothing. So a call ends with its caller only until it looks at a secret. Then
// it is detached, which needs one of a bounded number of slots, and only a time
// limit ends it.
package detach

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/internal/limit"
	"github.com/sallyport-auth/sallyport/internal/peer"
)

// Errors of a [Call].
var (
	// ErrGone means that the caller had gone before the call was detached.
	ErrGone = errors.New("the caller has gone")
	// ErrFull means that there was no slot in time.
	ErrFull = errors.New("too many calls under way")
	// ErrClosed means that no call may begin any more.
	ErrClosed = errors.New("closed")
)

// Limits bound the calls of one process.
type Limits struct {
	Total int           // detached calls at once
	Share int           // of one group of callers
	Wait  time.Duration // for a slot
	Call  time.Duration // one call, from its beginning
	// Grain is what [Call.Blur] rounds the time of a call up to.
	Grain time.Duration
}

// Calls are the calls of one engine. Make it with [New]; all methods may be
// called from any number of goroutines.
type Calls struct {
	limits Limits
	slots  *limit.Slots[peer.Group]
	life   context.Context // ended by Close
	end    context.CancelFunc
	waker  waker
}

// New returns an empty set of calls.
func New(l Limits) *Calls {
	c := &Calls{limits: l, slots: limit.NewSlots[peer.Group](l.Total, l.Share)}
	c.life, c.end = context.WithCancel(context.Background())
	return c
}

// Done returns a channel that is closed by [Calls.Close].
func (c *Calls) Done() <-chan struct{} { return c.life.Done() }

// Closed reports whether [Calls.Close] was called.
func (c *Calls) Closed() bool { return c.life.Err() != nil }

// Close ends the calls that wait for their turn, lets no other be detached, and
// waits for those that are, at most as long as one call may take. Twice is once.
func (c *Calls) Close() {
	c.end()
	c.slots.Close()
	over := time.NewTimer(c.limits.Call)
	defer over.Stop()
	select {
	case <-c.slots.Empty():
	case <-over.C: // a store that ignores its context
	}
}

// Call is one call, and the context that it runs under. Its methods other than
// those of a context are for one goroutine.
//
// Most calls end without ever being waited for: what would wake a waiting one, a
// timer and a tie to its caller, is made when [Call.Done] is first asked for.
type Call struct {
	calls  *Calls
	caller context.Context
	group  peer.Group
	began  time.Time
	grain  time.Duration // of its own; 0: that of all calls
	slot   bool

	mu       sync.Mutex // guards what follows
	detached bool
	queued   bool
	ctx      context.Context // from the first Done on
	cancel   context.CancelFunc
	stop     func() bool // unties ctx from the caller; false: too late
	stopLife func() bool // likewise from Close, of a call in a queue
}

var _ context.Context = (*Call)(nil)

// Begin starts a call of that caller, who stands in that group of callers. Each
// must be ended.
func (c *Calls) Begin(caller context.Context, group peer.Group) *Call {
	return &Call{calls: c, caller: caller, group: group, began: time.Now()}
}

// Deadline returns when the call ends at the latest.
func (k *Call) Deadline() (time.Time, bool) { return k.began.Add(k.calls.limits.Call), true }

// Done returns a channel that is closed when the call ends: by its time, and until
// it is detached by its caller.
func (k *Call) Done() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ctx != nil {
		return k.ctx.Done()
	}
	k.ctx, k.cancel = context.WithDeadline(context.WithoutCancel(k.caller), k.began.Add(k.calls.limits.Call))
	if !k.detached {
		k.stop = context.AfterFunc(k.caller, k.cancel)
		k.tieToLife()
	}
	return k.ctx.Done()
}

// tieToLife lets Close end a call in a queue, under the lock.
func (k *Call) tieToLife() {
	if k.queued && k.ctx != nil && k.stopLife == nil {
		k.stopLife = context.AfterFunc(k.calls.life, k.cancel)
	}
}

// Err returns why the call has ended, or nil.
func (k *Call) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.ctx != nil && k.ctx.Err() != nil:
		return k.ctx.Err()
	case !k.detached && k.caller.Err() != nil:
		return k.caller.Err()
	case !k.detached && k.queued && k.calls.Closed():
		return context.Canceled
	case time.Since(k.began) >= k.calls.limits.Call:
		return context.DeadlineExceeded
	}
	return nil
}

// Value returns the caller's value of key.
func (k *Call) Value(key any) any {
	k.mu.Lock()
	ctx := k.ctx
	k.mu.Unlock()
	if ctx != nil {
		return ctx.Value(key) // so that contexts derived from this one end with it
	}
	return context.WithoutCancel(k.caller).Value(key)
}

// Queue lets [Calls.Close] end the call while it waits for its turn.
func (k *Call) Queue() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.queued = !k.detached; k.queued {
		k.tieToLife()
	}
}

// Detach unties the call from its caller. After an error nothing secret may be
// looked at: it is [ErrGone], [ErrFull] or [ErrClosed].
func (k *Call) Detach() error {
	if k.Detached() {
		return nil
	}
	if err := k.enter(); err != nil {
		if end := k.Ended(); end != nil {
			return end
		}
		return ErrFull
	}
	if !k.untie() {
		k.calls.slots.Leave(k.group)
		return k.Ended()
	}
	k.slot = true
	return nil
}

// enter takes a slot, or waits a while for one.
func (k *Call) enter() error {
	if k.calls.slots.TryEnter(k.group) {
		return nil
	}
	ctx, cancel := context.WithTimeout(k, k.calls.limits.Wait)
	defer cancel()
	return k.calls.slots.Enter(ctx, k.group)
}

// untie reports whether the call is now free of its caller, who had not gone until
// then. A context of another package tells of its end a moment late, so the caller
// is asked as well.
func (k *Call) untie() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopLife != nil && !k.stopLife() || k.stop != nil && !k.stop() || k.caller.Err() != nil {
		return false
	}
	k.detached = true
	return true
}

// Detached reports whether the call no longer depends on its caller.
func (k *Call) Detached() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.detached
}

// Gone reports whether the caller no longer waits for the answer.
func (k *Call) Gone() bool { return k.caller.Err() != nil }

// Ended returns why the call may not go on: [ErrGone] with the reason of the
// caller's context, [ErrClosed], or nil.
func (k *Call) Ended() error {
	switch {
	case k.Gone():
		return fmt.Errorf("%w: %w", ErrGone, k.caller.Err())
	case k.calls.Closed():
		return ErrClosed
	}
	return nil
}

// Blur waits until the time since the call began is a multiple of the grain, if
// the call was detached: what it did with a secret does not show in its time.
func (k *Call) Blur() {
	if g := max(k.grain, k.calls.limits.Grain); k.Detached() && g > 0 {
		k.calls.waker.wait(k.began.Add(time.Since(k.began).Truncate(g) + g))
	}
}

// Coarsen gives the call a coarser grain of its own, as one wants that may do more than
// the usual behind a right secret before its commit.
func (k *Call) Coarsen(grain time.Duration) { k.grain = grain }

// End releases what the call holds. Twice is once.
func (k *Call) End() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ctx != nil {
		if k.stop != nil {
			k.stop()
		}
		if k.stopLife != nil {
			k.stopLife()
		}
		k.cancel()
	}
	if k.slot {
		k.calls.slots.Leave(k.group)
		k.slot = false
	}
}
