package bench

import (
	"context"
	"log/slog"
	"testing"

	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// readAtOnce is how many accounts a file has at least of which boltstore reads only
// the beginning when it opens it, and inspects the rest later.
const readAtOnce = 5000

// inspectedFile opens the file with so many accounts and waits until boltstore has
// inspected it, which takes a second for each 64 MiB. A server is past that for
// nearly all of its life.
func inspectedFile(b *testing.B, n int) *boltstore.Store {
	b.Helper()
	path := inhabitedFile(b, n)
	inspected := inspection{Handler: slog.DiscardHandler, done: make(chan struct{}, 1)}
	s, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(inspected)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if n >= readAtOnce {
		<-inspected.done
	}
	return s
}

// inspection waits for the last line of an inspection.
type inspection struct {
	slog.Handler
	done chan struct{}
}

func (inspection) Enabled(context.Context, slog.Level) bool { return true }

func (i inspection) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "boltstore: every page was inspected" {
		i.done <- struct{}{}
	}
	return nil
}
