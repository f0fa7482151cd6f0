package bench

import (
	"context"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/totp"
)

// kept is a store that keeps a copy of each record that is made in it, by
// changes, but for events.
type kept struct {
	store.Store
	mu      sync.Mutex
	changes []store.Change
}

func (s *kept) Commit(ctx context.Context, c store.Change) error {
	if err := s.Store.Commit(ctx, c); err != nil {
		return err
	}
	made := store.Change{ID: c.ID}
	for _, w := range c.Writes {
		if w.Value != nil && w.If == 0 && !w.Keep && !strings.HasPrefix(w.Key, "event/") {
			w.Key, w.Value = strings.Clone(w.Key), slices.Clone(w.Value)
			made.Writes = append(made.Writes, w)
		}
	}
	if len(made.Writes) > 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changes = append(s.changes, made)
	}
	return nil
}

// weighedSetting says how many sessions and requests are weighed.
const weighedSetting = "SALLYPORT_BENCH_WEIGHED"

// BenchmarkBytes is what one session with its listing, which is one record, or one
// pending request takes: of the live heap in a memory store, and of the pages of a
// bbolt file. Its records are those that the engine made, put into a store by
// themselves; the event of each login is left out.
func BenchmarkBytes(b *testing.B) {
	for _, seal := range []bool{false, true} {
		prefix := "plain/"
		if seal {
			prefix = "sealed/"
		}
		for _, what := range []struct {
			name   string
			edit   func(*directory.User)
			status int
		}{
			{"session", nil, http.StatusOK},
			{"request", withAuthenticator, http.StatusBadRequest},
		} {
			b.Run(prefix+what.name, func(b *testing.B) {
				k, s := recording(b, seal)
				n := number(b, weighedSetting, 100)
				populate(b, k, 0, n, what.edit)
				changes := s.recorded(b, k, n, what.status)
				b.ReportMetric(heapOf(b, changes)/float64(n), "heap-B/op")
				b.ReportMetric(pagesOf(b, changes)/float64(n), "file-B/op")
			})
		}
	}
}

// BenchmarkRivalBytes is the live heap that one login takes in the memory stores
// of the rivals. Their records lie under signatures, which have to be real.
func BenchmarkRivalBytes(b *testing.B) {
	if free {
		b.Skip("measured with signatures")
	}
	logins := number(b, weighedSetting, 500) / 5 // they take a signature each
	for _, l := range []library{newFosite(), newGoOAuth2(b)} {
		b.Run(l.name, func(b *testing.B) {
			c := newCaller(b, l.handler, l.path)
			c.post(b, l.password, http.StatusOK)
			before := liveHeap()
			for range logins {
				c.post(b, l.password, http.StatusOK)
			}
			b.ReportMetric((liveHeap()-before)/float64(logins), "heap-B/op")
			runtime.KeepAlive(l)
		})
	}
}

var authenticator = sync.OnceValue(totp.NewSecret)

// withAuthenticator gives a user the authenticator that all of them share.
func withAuthenticator(u *directory.User) { u.TOTP = &directory.TOTP{Secret: authenticator().Base32()} }

func recording(b *testing.B, seal bool) (*sallyporttest.Kit, *kept) {
	b.Helper()
	s := &kept{Store: memory(b)}
	return newKit(b, s, seal, realTime), s
}

// recorded are the changes of a first call by each of n users.
func (s *kept) recorded(b *testing.B, k *sallyporttest.Kit, n, status int) []store.Change {
	b.Helper()
	s.changes = nil
	c := newCaller(b, k.Handler(), "/connect/token")
	for i := range n {
		c.post(b, loginForm(person(i)), status)
	}
	if len(s.changes) != n {
		b.Fatalf("got %d changes that made records, want %d", len(s.changes), n)
	}
	return s.changes
}

func heapOf(b *testing.B, changes []store.Change) float64 {
	b.Helper()
	before := liveHeap()
	s := memstore.New()
	defer s.Close()
	for _, c := range changes {
		if err := s.Commit(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	after := liveHeap()
	runtime.KeepAlive(changes)
	return after - before
}

// liveHeap is the heap without garbage. What a pool holds is freed by the
// second collection.
func liveHeap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

func pagesOf(b *testing.B, changes []store.Change) float64 {
	b.Helper()
	path := filepath.Join(b.TempDir(), "store.db")
	before := filled(b, path, nil)
	return filled(b, path, changes) - before
}

// filled is how many bytes the pages of a file have after changes that many
// writers made, free ones included.
func filled(b *testing.B, path string, changes []store.Change) float64 {
	b.Helper()
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	spread(clients, len(changes), func(_, i int) bool {
		err := s.Commit(b.Context(), changes[i])
		if err != nil {
			b.Errorf("writing: %v", err)
		}
		return err == nil
	})
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var size int64
	err = db.View(func(tx *bolt.Tx) error { size = tx.Size(); return nil })
	if err != nil {
		b.Fatal(err)
	}
	return float64(size)
}

// stored is the length of all keys and values of a store.
func stored(b *testing.B, s store.Store) (n int) {
	b.Helper()
	for r, err := range s.Scan(b.Context(), "", "") {
		if err != nil {
			b.Fatal(err)
		}
		n += len(r.Key) + len(r.Value)
	}
	return n
}
