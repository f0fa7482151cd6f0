package bench

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// backlogSetting says how many records upkeep has to delete, at least.
const backlogSetting = "SALLYPORT_BENCH_BACKLOG"

// number is a setting that is a number.
func number(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("%s: got %q, want a number above 0", name, text)
	}
	return n
}

// swept is a store that counts what is swept.
type swept struct {
	store.Store
	n atomic.Int64
}

func (s *swept) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.Store.Sweep(ctx, before, limit)
	s.n.Add(int64(n))
	return n, err
}

// BenchmarkUpkeep is Engine.Maintain over a backlog of records that are due to
// be deleted: how many it deletes a second while 64 writers write more of them,
// and how long a lone login takes meanwhile.
func BenchmarkUpkeep(b *testing.B) {
	for _, kind := range []struct {
		name string
		open func(b *testing.B) store.Store
	}{
		{"memory", func(b *testing.B) store.Store { return memory(b) }},
		{"bbolt", func(b *testing.B) store.Store { return boltAt(b, filepath.Join(b.TempDir(), "store.db")) }},
		{"PostgreSQL", func(b *testing.B) store.Store { return openPostgres(b, schema(b)) }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			s := &swept{Store: kind.open(b)}
			k := newKit(b, s, false, realTime)
			k.AddUser(b, sallyporttest.User{Name: userName})
			backlog := number(b, backlogSetting, 2000)
			benchDeleting(b, k, s, backlog)
			benchHeld(b, k, s, backlog)
		})
	}
}

func boltAt(tb testing.TB, path string) *boltstore.Store {
	tb.Helper()
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// due is a record of long ago.
func due() store.Write {
	return store.Write{Key: randomKey(), Value: make([]byte, recordBytes), Expires: time.Unix(1, 0)}
}

// fall commits records that are due at once.
func fall(b *testing.B, s store.Store, n int) {
	b.Helper()
	for n > 0 {
		c := store.Change{ID: changes.Add(1) + 1}
		for ; n > 0 && len(c.Writes) < portion; n-- {
			c.Writes = append(c.Writes, due())
		}
		if err := s.Commit(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// deletingTime is enough to tell which of the two is faster. Upkeep that is the
// slower one would go on for 45 seconds.
const deletingTime = 2 * time.Second

func benchDeleting(b *testing.B, k *sallyporttest.Kit, s *swept, backlog int) {
	fall(b, s, backlog)
	s.n.Store(0)
	var written atomic.Int64
	var stop atomic.Bool
	var wg sync.WaitGroup
	began := time.Now()
	for range clients {
		wg.Go(func() {
			for !stop.Load() {
				if err := s.Commit(b.Context(), store.Change{ID: changes.Add(1) + 1, Writes: []store.Write{due()}}); err != nil {
					b.Errorf("writing: %v", err)
					return
				}
				written.Add(1)
			}
		})
	}
	ctx, cancel := context.WithTimeout(b.Context(), deletingTime)
	defer cancel()
	err := k.Engine.Maintain(ctx)
	took := time.Since(began).Seconds()
	b.ReportMetric(float64(s.n.Load())/took, "deleted/s")
	b.ReportMetric(float64(written.Load())/took, "written/s")
	stop.Store(true)
	wg.Wait()
	if err != nil && ctx.Err() == nil {
		b.Errorf("upkeep: %v", err)
	}
	if err := k.Engine.Maintain(b.Context()); err != nil {
		b.Errorf("upkeep: %v", err)
	}
	// A call that was cut short may have deleted what it could not tell of.
	if n, err := s.Sweep(b.Context(), time.Unix(2, 0), 1000); n != 0 || err != nil {
		b.Errorf("%d records were left (%v), want none", n, err)
	}
}

// benchHeld times logins alone, and then beside upkeep for as long as it lasts.
func benchHeld(b *testing.B, k *sallyporttest.Kit, s *swept, backlog int) {
	c := newCaller(b, k.Handler(), "/connect/token")
	login := func() float64 {
		began := time.Now()
		c.post(b, loginForm(userName), http.StatusOK)
		return float64(time.Since(began).Nanoseconds())
	}
	var idle, beside []float64
	for range 300 {
		idle = append(idle, login())
	}
	fall(b, s, backlog)
	done := make(chan error, 1)
	go func() { done <- k.Engine.Maintain(b.Context()) }()
	for working := true; working; {
		beside = append(beside, login())
		select {
		case err := <-done:
			working = false
			if err != nil {
				b.Errorf("upkeep: %v", err)
			}
		default:
		}
	}
	slices.Sort(idle)
	slices.Sort(beside)
	b.ReportMetric(quantile(idle, 0.99), "idle-ns/op")
	b.ReportMetric(max(1, quantile(beside, 0.99)-quantile(idle, 0.99)), "held-ns/op")
	b.ReportMetric(beside[len(beside)-1], "worst-ns/op")
}

// quantile is that of a sorted list.
func quantile(sorted []float64, q float64) float64 {
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}
