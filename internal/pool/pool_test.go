package pool_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport/internal/pool"
)

// TestStart: up to the limit at once, and again when there is room.
func TestStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, release := pool.New(2), make(chan struct{})
		wait := func() { <-release }
		for i, want := range []bool{true, true, false} {
			if got := p.Start(wait); got != want {
				t.Errorf("number %d: got %v, want %v", i+1, got, want)
			}
		}
		if !p.Go(wait) {
			t.Error("a caller who waits was held to the limit")
		}
		release <- struct{}{}
		release <- struct{}{}
		release <- struct{}{}
		synctest.Wait()
		if !p.Start(func() {}) {
			t.Error("there is room again, and it was refused")
		}
		p.Close(time.Minute)
	})
}

// TestClose waits for what runs, lets nothing begin, and does not wait for ever.
func TestClose(t *testing.T) {
	for _, c := range []struct {
		name       string
		takes, lag time.Duration
	}{
		{"ends in time", 3 * time.Second, 3 * time.Second},
		{"does not end in time", time.Minute, 10 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, began := pool.New(1), time.Now()
				p.Start(func() { time.Sleep(c.takes) })
				defer time.Sleep(time.Minute) // what was left behind ends, too
				p.Close(10 * time.Second)
				if got := time.Since(began); got != c.lag {
					t.Errorf("closing took %s, want %s", got, c.lag)
				}
				if p.Start(func() {}) || p.Go(func() {}) {
					t.Error("something began after that")
				}
			})
		})
	}
}
