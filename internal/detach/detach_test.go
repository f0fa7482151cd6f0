package detach_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/peer"
)

var limits = detach.Limits{Total: 4, Share: 2, Wait: time.Second, Call: 30 * time.Second, Grain: 10 * time.Millisecond}

func group(client string) peer.Group {
	g, _ := peer.Of("", client)
	return g
}

// TestCallerLeaves: the caller ends a call until it is detached, and never after.
func TestCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := detach.New(limits)
		ctx, cancel := context.WithCancel(t.Context())
		early, late := calls.Begin(ctx, group("a")), calls.Begin(ctx, group("a"))
		defer early.End()
		defer late.End()
		if err := late.Detach(); err != nil {
			t.Fatal(err)
		}
		if late.Gone() || late.Ended() != nil {
			t.Error("the caller is gone too early")
		}
		cancel()
		synctest.Wait()
		if early.Err() == nil {
			t.Error("the call that was not detached goes on")
		}
		if err := early.Detach(); !errors.Is(err, detach.ErrGone) || !errors.Is(err, context.Canceled) {
			t.Errorf("detaching it: got %v, want gone and canceled", err)
		}
		if late.Err() != nil || !late.Gone() || !late.Detached() {
			t.Error("the detached call ended with its caller")
		}
		time.Sleep(limits.Call)
		synctest.Wait()
		if late.Err() == nil {
			t.Error("the detached call has no end")
		}
	})
}

// tardy is the context of a caller who has gone, of which it tells only whoever
// asks.
type tardy struct{ context.Context }

func (tardy) Err() error { return context.Canceled }

// TestCallerAsked: a context that has ended, and has not got round to saying so,
// is asked before the call is detached.
func TestCallerAsked(t *testing.T) {
	calls := detach.New(limits)
	k := calls.Begin(tardy{t.Context()}, group("a"))
	defer k.End()
	if err := k.Detach(); !errors.Is(err, detach.ErrGone) || k.Detached() {
		t.Errorf("got %v, detached %v, want the caller gone", err, k.Detached())
	}
	calls.Close() // nobody is inside
}

// TestShare: one group has its share, for which others wait a while and no longer.
func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := detach.New(limits)
		var list []*detach.Call
		for range limits.Share {
			k := calls.Begin(t.Context(), group("a"))
			if err := k.Detach(); err != nil {
				t.Fatal(err)
			}
			list = append(list, k)
		}
		k := calls.Begin(t.Context(), group("a"))
		defer k.End()
		if err := k.Detach(); !errors.Is(err, detach.ErrFull) || k.Detached() {
			t.Errorf("one more of the group: got %v, want it full", err)
		}
		other := calls.Begin(t.Context(), group("b"))
		defer other.End()
		if err := other.Detach(); err != nil {
			t.Errorf("one of another group: got %v", err)
		}
		list[0].End()
		list[0].End() // gives the slot back once
		for i, want := range []error{nil, detach.ErrFull} {
			k := calls.Begin(t.Context(), group("a"))
			defer k.End()
			if err := k.Detach(); !errors.Is(err, want) {
				t.Errorf("after one has left, number %d: got %v, want %v", i, err, want)
			}
		}
	})
}

// TestClose ends who waits in a queue, refuses whoever would be detached, and
// waits for those who are.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := detach.New(limits)
		queued, running, plain := calls.Begin(t.Context(), group("a")), calls.Begin(t.Context(), group("a")), calls.Begin(t.Context(), group("a"))
		defer queued.End()
		defer plain.End()
		queued.Queue()
		if err := running.Detach(); err != nil {
			t.Fatal(err)
		}
		closed := make(chan struct{})
		go func() {
			calls.Close()
			close(closed)
		}()
		<-calls.Done()
		synctest.Wait()
		if queued.Err() == nil {
			t.Error("the call in the queue goes on")
		}
		for _, k := range []*detach.Call{queued, plain} {
			if err := k.Detach(); !errors.Is(err, detach.ErrClosed) {
				t.Errorf("detaching: got %v, want closed", err)
			}
		}
		select {
		case <-closed:
			t.Error("Close did not wait")
		default:
		}
		running.End()
		<-closed
		if !calls.Closed() {
			t.Error("not closed")
		}
	})
}

// TestBlur: the time of a detached call is a multiple of the grain.
func TestBlur(t *testing.T) {
	for _, c := range []struct{ took, want time.Duration }{
		{0, 10 * time.Millisecond}, {time.Microsecond, 10 * time.Millisecond}, {9 * time.Millisecond, 10 * time.Millisecond}, {11 * time.Millisecond, 20 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			k := detach.New(limits).Begin(t.Context(), group("a"))
			defer k.End()
			k.Blur()
			if got := time.Since(began); got != 0 {
				t.Errorf("not detached: took %s", got)
			}
			if err := k.Detach(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(c.took)
			k.Blur()
			if got := time.Since(began); got != c.want {
				t.Errorf("after %s: took %s, want %s", c.took, got, c.want)
			}
		})
	}
}

// TestBlurCrowd: calls that wait together end each at the first multiple of the
// grain since their own beginning, whatever the others do.
func TestBlurCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		many := limits
		many.Total, many.Share = 100, 100
		calls := detach.New(many)
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 700 * time.Microsecond)
				began := time.Now()
				k := calls.Begin(t.Context(), group("a"))
				defer k.End()
				if err := k.Detach(); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Duration(i%13) * time.Millisecond)
				want := limits.Grain
				if i%13 >= 10 {
					want *= 2
				}
				k.Blur()
				// Whoever comes while the others sleep may be woken that much later.
				if got := time.Since(began); got < want || got > want+2*time.Millisecond {
					t.Errorf("call %d took %s, want %s", i, got, want)
				}
			})
		}
		wg.Wait()
	})
}
