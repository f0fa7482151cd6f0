package sallyport

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/peer"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// Bounds of the calls of an engine.
const (
	// callLimit bounds every call, held calls aside.
	callLimit = 30 * time.Second

	// maxDetached bounds the calls that run on whether or not their caller is
	// still there; one group of callers has a quarter of them.
	maxDetached = 1024

	// slotLimit is how long a call waits for its place among them, before it has
	// looked at anything.
	slotLimit = 10 * time.Second

	// failureGrain is what the answer of a call that failed after it had looked
	// at a secret is rounded up to, counted from its beginning. What a right
	// secret costs before its commit, some tens of microseconds, does not show in
	// it.
	failureGrain = 10 * time.Millisecond
)

var errPanicked = errors.New("sallyport: a call panicked")

func newCalls() *detach.Calls {
	return detach.New(detach.Limits{Total: maxDetached, Share: maxDetached / 4, Wait: slotLimit, Call: callLimit, Grain: failureGrain})
}

// attempt is one bounded transaction at the present moment. The events that fn
// planned are handed out once it has committed. A panic, of a store or of ours,
// denies like any other fault.
func (e *Engine) attempt(t *detach.Call, fn func(tx *store.Tx, done *[]Event) error) (err error) {
	if err := t.Ended(); err != nil && !t.Detached() {
		return ended(err)
	}
	defer func() {
		if v := recover(); v != nil {
			// What was panicked with may hold anything, so its type must do.
			e.logger.Error("a call panicked", "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			err = errPanicked
		}
		if isFault(err) {
			t.Blur()
		}
	}()
	var done []Event
	err = e.db.Run(t.Context(), e.clock(), func(tx *store.Tx) error {
		done = nil
		return fn(tx, &done)
	})
	switch {
	case err == nil:
		e.announce(done)
	case !t.Detached() && t.Context().Err() != nil && t.Ended() != nil:
		return ended(t.Ended())
	case errors.Is(err, password.ErrOverloaded):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

// ended is the engine's own error for one of package detach.
func ended(err error) error {
	switch {
	case errors.Is(err, detach.ErrClosed):
		return ErrClosed
	case errors.Is(err, detach.ErrFull):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return fmt.Errorf("sallyport: %w", err)
}

// isFault reports whether err is neither nil nor an answer to the caller.
func isFault(err error) bool {
	_, protocol := errors.AsType[*ProtocolError](err)
	return err != nil && !protocol && !errors.Is(err, ErrUnknownRequest) && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrClosed)
}

// run is an attempt that does not depend on its caller from the first reading
// on: whatever it decides about a secret is committed.
func (e *Engine) run(caller context.Context, group peer.Group, fn func(tx *store.Tx, done *[]Event) error) error {
	t := e.calls.Begin(caller, group)
	defer t.End()
	if err := t.Detach(); err != nil {
		return ended(err)
	}
	return e.attempt(t, fn)
}

// read is an attempt that ends with its caller, for calls that judge no guess.
func (e *Engine) read(caller context.Context, fn func(tx *store.Tx, done *[]Event) error) error {
	t := e.calls.Begin(caller, host)
	defer t.End()
	return e.attempt(t, fn)
}

// host is the group of the calls that the host makes for itself.
var host, _ = peer.Of("", "host")

// groupOf returns the group of callers to which one belongs.
func groupOf(address, client string) peer.Group {
	g, _ := peer.Of(address, client)
	return g
}
