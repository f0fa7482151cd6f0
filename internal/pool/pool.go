// Package pool owns the goroutines that work behind an answer, so that each has
// a bound and an end.
package pool

import (
	"sync"
	"time"
)

// Pool runs functions on goroutines of its own. Make one with [New]; all methods
// may be called from any number of goroutines.
type Pool struct {
	limit int

	mu     sync.Mutex
	closed bool
	queued int // started by Start and not yet done
	wg     sync.WaitGroup
}

// New returns a pool that runs at most limit functions of [Pool.Start] at once.
func New(limit int) *Pool { return &Pool{limit: limit} }

// Start runs fn behind the caller, and reports false, having done nothing, where
// the pool is full or closed.
func (p *Pool) Start(fn func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.queued >= p.limit {
		return false
	}
	p.queued++
	p.wg.Go(func() {
		defer func() {
			p.mu.Lock()
			p.queued--
			p.mu.Unlock()
		}()
		fn()
	})
	return true
}

// Go runs fn for a caller who waits for it, whatever the limit: the callers bound
// how many there are. It reports false, having done nothing, where the pool is
// closed.
func (p *Pool) Go(fn func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.wg.Go(fn)
	return true
}

// Close lets nothing new begin and waits for what runs, but not longer than
// limit: what has not come to an end by then is left behind.
func (p *Pool) Close(limit time.Duration) {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	drained := make(chan struct{})
	go func() {
		p.wg.Wait()
		close(drained)
	}()
	over := time.NewTimer(limit)
	defer over.Stop()
	select {
	case <-drained:
	case <-over.C:
	}
}
