package password_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateCancel(t *testing.T) {
	bubble(t, "before", func(t *testing.T) {
		d := newDoor(t, 1, 4)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		d.come(ctx, "x@a")
		d.wantInside()
		d.wantErr("x@a", context.Canceled)
	})
	bubble(t, "while waiting", func(t *testing.T) {
		d := newDoor(t, 1, 4)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		d.comeAll("x@a")
		d.come(ctx, "y@b")
		d.comeAll("z@c")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		d.wantErr("y@b", context.DeadlineExceeded)
		d.comeAll("y@b#2", "v@d", "w@e") // its place is free again
		d.leave("x@a")
		if got, want := d.empty(), []string{"z@c", "y@b#2", "v@d", "w@e"}; !slices.Equal(got, want) {
			t.Errorf("order %q, want %q", got, want)
		}
	})
	bubble(t, "inside", func(t *testing.T) {
		d := newDoor(t, 1, 4)
		ctx, cancel := context.WithCancel(t.Context())
		d.come(ctx, "x@a")
		d.comeAll("y@b")
		cancel()
		synctest.Wait()
		d.wantInside("x@a") // still, and alone
		d.leave("x@a")
		d.wantErr("x@a", nil)
		d.wantInside("y@b")
		d.empty()
	})
}

// latecomer is a context that ends, after something else was done, at the
// moment at which a caller begins to wait for it.
type latecomer struct {
	context.Context
	before func()
}

func (l latecomer) Done() <-chan struct{} {
	l.before()
	return l.Context.Done()
}

// TestGateCancelAtOnce: a caller who hangs up at the moment at which it is
// called hands its permit on, and one who is displaced has none to hand on.
// Which of the two the caller sees first is up to chance, so there are many.
func TestGateCancelAtOnce(t *testing.T) {
	const tries = 64
	bubble(t, "called", func(t *testing.T) {
		for range tries {
			d := newDoor(t, 1, 2)
			out, left := make(chan struct{}), make(chan struct{})
			go func() {
				_ = d.gate.Do(t.Context(), placeOf("bob@a"), func(bool) { <-out })
				close(left)
			}()
			synctest.Wait()
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				_ = d.gate.Do(latecomer{ctx, func() {
					close(out)
					<-left
					cancel()
				}}, placeOf("bob@b"), func(bool) {})
			}()
			synctest.Wait()
			d.comeAll("bob@c")
			d.wantInside("bob@c")
			d.empty()
		}
	})
	bubble(t, "displaced", func(t *testing.T) {
		for range tries {
			d := newDoor(t, 1, 2)
			d.comeAll("bob@a", "bob@b")
			waits := make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				_ = d.gate.Do(latecomer{ctx, func() {
					go func() {
						_ = d.gate.Do(latecomer{t.Context(), func() { close(waits) }}, placeOf("ann@c"), func(bool) {})
					}()
					<-waits
					cancel()
				}}, placeOf("bob@b"), func(bool) { t.Error("the displaced one is in") })
			}()
			synctest.Wait()
			d.wantInside("bob@a")
			d.empty()
		}
	})
}
