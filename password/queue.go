package password

import (
	"net/netip"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/peer"
)

// waiter is one caller in the queue of a gate.
type waiter struct {
	name  string
	line  *branch       // where it stands; nil once it is out of the queue
	ended chan struct{} // closed, under the gate's lock, when it is called or displaced
	err   error         // set before that: nil if it was called
}

// queue holds the waiters of a gate as a tree: groups, in them the /64s of an
// IPv6 block, in those the names. At each level turns go round. Its few hundred
// entries are searched one by one, which costs nothing beside a hash. A gate's
// lock guards it.
type queue struct {
	limit int // waiters in all
	all   branch

	// Owed are waiters that were passed over when it was the turn of their
	// group, because their name was inside; one of a group at most. They go
	// first. Else a group that has others to send in their place would lose its
	// turn each time, and whoever comes when the name is free would have it.
	owed []*waiter
}

// branch is the waiters that have something in common: all of them, then a
// group, a /64 in it, a name in that. No branch but the whole is ever empty.
type branch struct {
	key     key // among those of its parent
	parent  *branch
	length  int       // waiters below
	parts   []*branch // whose turn is next stands first; none in a name
	waiters []*waiter // of a name, in the order in which they came
	owed    bool      // of a group: one of its waiters is owed
}

// key tells the parts of a branch apart. Each level has a field of its own.
type key struct {
	group  peer.Group
	subnet netip.Prefix
	name   string
}

// pathOf is the way from the whole queue to the line of those who stand at p.
func pathOf(p Place) [3]key {
	group, subnet := peer.Of(p.Address, p.Client)
	return [3]key{{group: group}, {subnet: subnet}, {name: p.Name}}
}

// push adds w at the end of its line and reports whether there was room. In a
// full queue there is if the longest group stays longer than that of w will be:
// its newest waiter is then displaced, and returned.
func (q *queue) push(w *waiter, path [3]key) (displaced *waiter, ok bool) {
	if q.all.length >= q.limit {
		own := 1
		if g := q.all.part(path[0]); g != nil {
			own += g.length
		}
		longest := q.all.longest()
		if longest == nil || own >= longest.length {
			return nil, false
		}
		displaced = longest.newest()
		q.remove(displaced)
	}
	b := &q.all
	for _, k := range path {
		b = b.grow(k)
	}
	b.waiters = append(b.waiters, w)
	w.line = b
	for ; b != nil; b = b.parent {
		b.length++
	}
	return displaced, true
}

// pop removes and returns the waiter whose turn it is among those whose names
// are admitted; nil if there is none. Its group, its /64 and its name go to the
// end of their rounds; those that were passed over keep their turn.
func (q *queue) pop(admits func(name string) bool) *waiter {
	w := q.next(admits)
	if w == nil {
		return nil
	}
	for b := w.line; b.parent != nil; b = b.parent {
		b.parent.toEnd(b)
	}
	q.remove(w)
	return w
}

// next finds the waiter for pop, and notes who is owed from now on.
func (q *queue) next(admits func(name string) bool) *waiter {
	for _, w := range q.owed {
		if admits(w.name) {
			return w
		}
	}
	for _, g := range q.all.parts {
		if first := g.first(); !g.owed && !admits(first.name) {
			g.owed = true
			q.owed = append(q.owed, first)
		}
		if w := g.next(admits); w != nil {
			return w
		}
	}
	return nil
}

// remove takes w out, with every branch that it leaves empty, and reports
// whether it was in.
func (q *queue) remove(w *waiter) bool {
	if w.line == nil {
		return false
	}
	if i := slices.Index(q.owed, w); i >= 0 {
		q.owed = slices.Delete(q.owed, i, i+1)
		w.line.parent.parent.owed = false
	}
	i := slices.Index(w.line.waiters, w)
	w.line.waiters = slices.Delete(w.line.waiters, i, i+1)
	for b := w.line; b != nil; b = b.parent {
		b.length--
		if b.length == 0 && b.parent != nil {
			b.parent.drop(b)
		}
	}
	w.line = nil
	return true
}

// part returns the part with key k, nil if there is none.
func (b *branch) part(k key) *branch {
	for _, p := range b.parts {
		if p.key == k {
			return p
		}
	}
	return nil
}

// grow returns the part with key k. A new one has its turn last.
func (b *branch) grow(k key) *branch {
	p := b.part(k)
	if p == nil {
		p = &branch{key: k, parent: b}
		b.parts = append(b.parts, p)
	}
	return p
}

func (b *branch) toEnd(p *branch) {
	b.drop(p)
	b.parts = append(b.parts, p)
}

func (b *branch) drop(p *branch) {
	i := slices.Index(b.parts, p)
	b.parts = slices.Delete(b.parts, i, i+1)
}

// first returns the waiter whose turn it is, whatever its name.
func (b *branch) first() *waiter {
	for len(b.parts) > 0 {
		b = b.parts[0]
	}
	return b.waiters[0]
}

// next returns the waiter whose turn it is among those whose names are
// admitted; nil if there is none.
func (b *branch) next(admits func(name string) bool) *waiter {
	if len(b.waiters) > 0 && admits(b.key.name) {
		return b.waiters[0]
	}
	for _, p := range b.parts {
		if w := p.next(admits); w != nil {
			return w
		}
	}
	return nil
}

// longest returns the longest part, and among equals the one whose turn is
// last; nil if there is none.
func (b *branch) longest() (long *branch) {
	for _, p := range b.parts {
		if long == nil || p.length >= long.length {
			long = p
		}
	}
	return long
}

// newest returns the last to come of the longest name of the longest /64.
func (b *branch) newest() *waiter {
	for len(b.parts) > 0 {
		b = b.longest()
	}
	return b.waiters[len(b.waiters)-1]
}
