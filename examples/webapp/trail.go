package main

import (
	"slices"
	"sync"

	"github.com/sallyport-auth/sallyport"
)

// keptEvents is how many events are shown of all accounts together; the oldest go.
const keptEvents = 5000

// trail keeps what has happened since the program was started, for its admins to see. The zero
// value is empty. What is to be looked up for years is in the engine's store, or goes from
// here to where you keep your logs.
type trail struct {
	mu   sync.Mutex
	list []sallyport.Event // oldest first
}

// add is told each event, after its commit.
func (t *trail) add(e sallyport.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, e)
	t.list = slices.Delete(t.list, 0, max(0, len(t.list)-keptEvents))
}

// last are the last events of an account, the newest first.
func (t *trail) last(id string, most int) (list []sallyport.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range slices.Backward(t.list) {
		if e.Account == id && len(list) < most {
			list = append(list, e)
		}
	}
	return list
}
