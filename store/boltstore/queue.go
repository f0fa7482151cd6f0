package boltstore

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/sallyport-auth/sallyport/store"
)

const (
	maxBatch      = 1024    // requests in one bbolt transaction
	maxBatchBytes = 4 << 20 // and bytes, after which no more are taken
)

// request is what a caller asks of a batch: a change, or a part of a sweep. Once
// a batch has taken it, the caller waits for turn and then reads the rest.
type request struct {
	ctx    context.Context
	change store.Change
	sweep  *portion // instead of a change
	size   int      // bytes of the change

	turn  chan struct{} // closed when it was served, or must lead
	leads bool          // of these two the second

	err   error
	grows bool // needs more room than it gives back
}

// queue lets one caller at a time write a batch, its own request and those that
// wait, and then hands that over to one of those that came meanwhile. A lone
// caller so writes without another goroutine, and pays for no handing over.
type queue struct {
	mu      sync.Mutex
	waiting []*request
	led     bool          // a caller writes
	shared  bool          // the last batch had several requests
	closed  bool          // nobody is let in any more
	idle    chan struct{} // closed once it is closed and nobody writes
}

// ask has r served in a batch, and returns its error.
func (s *Store) ask(r *request) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if err := s.usable(); err != nil {
		return err
	}
	leads, err := s.queue.enter(r)
	if err != nil {
		return err
	}
	if !leads {
		select {
		case <-r.turn:
		case <-r.ctx.Done():
			if s.queue.leave(r) {
				return r.ctx.Err()
			}
			<-r.turn
		}
		leads = r.leads
	}
	if leads {
		batch := s.queue.gather(r)
		s.serve(batch)
		s.queue.handOver(batch)
	}
	return r.err
}

// enter reports whether r leads, or puts it among those that wait.
func (q *queue) enter(r *request) (leads bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false, store.ErrClosed
	}
	if !q.led {
		q.led = true
		return true, nil
	}
	r.turn = make(chan struct{})
	q.waiting = append(q.waiting, r)
	return false, nil
}

// leave reports whether r was still waiting, and takes it out.
func (q *queue) leave(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, r)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	return i >= 0
}

// gather takes what waits. After a batch of several it yields once before, which
// lets the callers of that batch come back first, so that they share the next
// commit instead of missing it.
func (q *queue) gather(first *request) []*request {
	if q.shared { // only who leads touches it
		runtime.Gosched()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, first.size
	for n < len(q.waiting) && n < maxBatch-1 && size < maxBatchBytes {
		size += q.waiting[n].size
		n++
	}
	batch := append(make([]*request, 0, n+1), first)
	batch = append(batch, q.waiting[:n]...)
	q.waiting = slices.Delete(q.waiting, 0, n)
	q.shared = n > 0
	return batch
}

// handOver ends the waiting of a batch, and has the first of those that came
// meanwhile lead the next.
func (q *queue) handOver(batch []*request) {
	for _, r := range batch[1:] {
		close(r.turn)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) > 0 {
		next := q.waiting[0]
		q.waiting = slices.Delete(q.waiting, 0, 1)
		next.leads = true
		close(next.turn)
		return
	}
	q.led = false
	if q.closed {
		close(q.idle)
	}
}

// close lets nobody in any more, sends those away that wait, and waits for the
// batch that is being written.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	for _, r := range q.waiting {
		r.err = store.ErrClosed
		close(r.turn)
	}
	q.waiting = nil
	if !q.led {
		close(q.idle)
	}
	q.mu.Unlock()
	<-q.idle
}
