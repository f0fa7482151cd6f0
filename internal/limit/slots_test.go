package limit_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/sallyport-auth/sallyport/internal/limit"
)

// line stands callers up one after the other; each sends its group when it is in.
type line struct {
	slots *limit.Slots[string]
	in    chan string
	errs  chan error
}

func (l *line) enter(ctx context.Context, group string) {
	go func() {
		if err := l.slots.Enter(ctx, group); err != nil {
			l.errs <- err
			return
		}
		l.in <- group
	}()
	synctest.Wait()
}

// inside returns who got in since the last look, in order.
func (l *line) inside() (list string) {
	synctest.Wait()
	for {
		select {
		case g := <-l.in:
			list += g
		default:
			return list
		}
	}
}

func newLine(total, share int) *line {
	return &line{slots: limit.NewSlots[string](total, share), in: make(chan string, 100), errs: make(chan error, 100)}
}

func TestSlots(t *testing.T) {
	for _, c := range []struct {
		name         string
		total, share int
		come         string // groups, in order
		first        string // who is in at once
		leave        string // groups that leave, in order
		then         string // who comes in after that
	}{
		{"up to the total", 3, 3, "aaab", "aaa", "a", "b"},
		{"up to a share", 4, 2, "aaab", "aab", "a", "a"},
		{"a full share keeps nobody else waiting", 4, 1, "aaabc", "abc", "b", ""},
		{"the first to come is the first in", 1, 1, "abca", "a", "aba", "bca"},
		{"a slot that the first may not have goes to the next", 2, 1, "aabb", "ab", "b", "b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(c.total, c.share)
				for _, g := range c.come {
					l.enter(t.Context(), string(g))
				}
				if got := l.inside(); got != c.first {
					t.Errorf("got %q in, want %q", got, c.first)
				}
				for _, g := range c.leave {
					l.slots.Leave(string(g))
					synctest.Wait()
				}
				if got := l.inside(); got != c.then {
					t.Errorf("then got %q in, want %q", got, c.then)
				}
				l.slots.Close()
			})
		})
	}
}

// TestSlotsCanceled: who gives up has no slot, and leaves none lost.
func TestSlotsCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(1, 1)
		l.enter(t.Context(), "a")
		ctx, cancel := context.WithCancel(t.Context())
		l.enter(ctx, "b")
		l.enter(t.Context(), "c")
		cancel()
		synctest.Wait()
		if err := <-l.errs; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that of the context", err)
		}
		l.slots.Leave("a")
		if got := l.inside(); got != "ac" {
			t.Errorf("got %q in, want a and then c", got)
		}
		l.slots.Leave("c")
		l.enter(t.Context(), "d")
		if got := l.inside(); got != "d" {
			t.Errorf("got %q in, want the slot free again", got)
		}
	})
}

// TestSlotsClose: nobody gets in any more, and Empty waits for the last.
func TestSlotsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(1, 1)
		l.enter(t.Context(), "a")
		l.enter(t.Context(), "b")
		l.slots.Close()
		l.slots.Close()
		l.enter(t.Context(), "c")
		for range 2 {
			if err := <-l.errs; !errors.Is(err, limit.ErrClosed) {
				t.Errorf("got %v, want closed", err)
			}
		}
		select {
		case <-l.slots.Empty():
			t.Error("empty while one is inside")
		default:
		}
		l.slots.Leave("a")
		<-l.slots.Empty()
	})
}
