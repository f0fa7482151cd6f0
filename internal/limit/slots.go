// Package limit holds the small bounds that several parts of the engine share,
// each a value that is judged at a moment it is given.
package limit

import (
	"context"
	"errors"
	"sync"
)

// ErrClosed means that slots were closed before the caller had one.
var ErrClosed = errors.New("limit: closed")

// Slots bounds how many callers are inside at once, in all and of one group.
// Who finds no slot waits: groups that have used their share up do not keep
// others waiting, and among those that may go in the first to come is the first
// to go. Make one with [NewSlots]; all methods may be called from any number of
// goroutines.
type Slots[G comparable] struct {
	total, share int

	mu      sync.Mutex
	inside  int
	groups  map[G]int // inside, by group
	waiting []*slotWaiter[G]
	closed  bool
	empty   chan struct{} // closed when closed and nobody is inside
}

type slotWaiter[G comparable] struct {
	group  G
	called chan struct{} // closed, under the lock, when it has a slot or none can come
	in     bool
}

// NewSlots returns slots for total callers, of which one group has share at
// most.
func NewSlots[G comparable](total, share int) *Slots[G] {
	return &Slots[G]{total: total, share: share, groups: map[G]int{}, empty: make(chan struct{})}
}

// TryEnter takes a slot and reports true, if there is one for the group now.
func (s *Slots[G]) TryEnter(group G) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.admits(group) {
		return false
	}
	s.take(group)
	return true
}

// Enter takes a slot, or waits for one until ctx ends. The error is that of ctx
// or [ErrClosed]; then there is no slot to leave.
func (s *Slots[G]) Enter(ctx context.Context, group G) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	if s.admits(group) {
		s.take(group)
		s.mu.Unlock()
		return nil
	}
	w := &slotWaiter[G]{group: group, called: make(chan struct{})}
	s.waiting = append(s.waiting, w)
	s.mu.Unlock()
	select {
	case <-w.called:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case w.in && ctx.Err() != nil: // called at the same moment
		s.release(group)
		return ctx.Err()
	case w.in:
		return nil
	case s.closed:
		return ErrClosed
	}
	s.forget(w)
	return ctx.Err()
}

// Leave gives the slot back that [Slots.Enter] took.
func (s *Slots[G]) Leave(group G) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(group)
}

// Close refuses whoever waits or comes from now on. Twice is once.
func (s *Slots[G]) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	for _, w := range s.waiting {
		close(w.called)
	}
	s.waiting = nil
	if s.inside == 0 {
		close(s.empty)
	}
}

// Empty returns a channel that is closed once the slots are closed and the last
// caller has left.
func (s *Slots[G]) Empty() <-chan struct{} { return s.empty }

func (s *Slots[G]) admits(group G) bool { return s.inside < s.total && s.groups[group] < s.share }

func (s *Slots[G]) take(group G) {
	s.inside++
	s.groups[group]++
}

// release frees a slot and calls the first who may have it. One slot became
// free, so no second caller could.
func (s *Slots[G]) release(group G) {
	s.inside--
	if s.groups[group]--; s.groups[group] == 0 {
		delete(s.groups, group)
	}
	if s.closed {
		if s.inside == 0 {
			close(s.empty)
		}
		return
	}
	for _, w := range s.waiting {
		if s.admits(w.group) {
			s.take(w.group)
			s.forget(w)
			w.in = true
			close(w.called)
			return
		}
	}
}

func (s *Slots[G]) forget(w *slotWaiter[G]) {
	for i, o := range s.waiting {
		if o == w {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			return
		}
	}
}
