package sallyport

import (
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// The records of what is to come. They have their form, since that is for ever
// after a release, and nothing writes them yet.

// checkpoints are kept under the numbers of their intervals.
var checkpoints = store.NewTable[checkpoint]("checkpoint", store.TableOptions{})

// checkpoint seals the events of an interval.
type checkpoint struct {
	Events int    // how many there were
	MAC    []byte // over the checkpoint before and the events

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (c *checkpoint) Fields(f *record.Fields) {
	f.Int(1, "events", &c.Events)
	f.Bytes(2, "mac", &c.MAC)
	f.Rest(&c.Unknown)
}
