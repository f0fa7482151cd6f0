package store

import "sync"

// maxRoom is how many slots there is room for: more than a login knows. The lists
// of a transaction that knows more are its own.
const maxRoom = 64

// room is what transactions that have ended leave to the next, so that each need
// not take it anew: the places of slots, and nothing that stood in them. What a
// store was handed (keys, writes, values) is not kept, since it may still have it.
type room struct{ pool sync.Pool }

// take returns an empty list of slots.
func (r *room) take() []slot {
	if list, ok := r.pool.Get().(*[maxRoom]slot); ok {
		return list[:0]
	}
	return new([maxRoom]slot)[:0]
}

// leave takes the slots from tx, which has ended and knows nothing from now on:
// whoever kept it must not meet the next transaction in it.
func (r *room) leave(tx *Tx) {
	list := tx.slots.list
	tx.slots = slots{}
	if cap(list) == maxRoom {
		clear(list)
		r.pool.Put((*[maxRoom]slot)(list[:maxRoom]))
	}
}
