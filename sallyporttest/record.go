package sallyporttest

import (
	"bytes"
	"log/slog"
	"slices"
	"sync"

	"github.com/sallyport-auth/sallyport"
)

// record is what the engine told its operator.
type record struct {
	mu     sync.Mutex
	logs   bytes.Buffer
	events []sallyport.Event
}

// Write is the end of the slog handler.
func (r *record) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.logs.Write(line)
}

func (r *record) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (r *record) event(ev sallyport.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, ev)
}

// Logs is everything that was logged, at all levels, one line a record. A test
// greps it for what must not be there.
func (k *Kit) Logs() string {
	k.record.mu.Lock()
	defer k.record.mu.Unlock()
	return k.record.logs.String()
}

// Events returns the events so far, in the order of their commits as far as
// calls did not overlap. The slice is the caller's own.
func (k *Kit) Events() []sallyport.Event {
	k.record.mu.Lock()
	defer k.record.mu.Unlock()
	return slices.Clone(k.record.events)
}

// EventKinds returns the kinds of [Kit.Events] without those of the directory,
// which is what most tests compare.
func (k *Kit) EventKinds() []sallyport.EventKind {
	var kinds []sallyport.EventKind
	for _, ev := range k.Events() {
		if ev.Kind != sallyport.EventDirectory {
			kinds = append(kinds, ev.Kind)
		}
	}
	return kinds
}
