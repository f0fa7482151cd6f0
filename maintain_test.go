package sallyport_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// ledger counts what is written to a store and swept from it.
type ledger struct {
	store.Store
	written, swept atomic.Int64
	left           atomic.Int64 // what the last Sweep left of what was there when it began
	most           atomic.Int64 // the largest backlog that a Sweep met
}

func (l *ledger) Commit(ctx context.Context, c store.Change) error {
	err := l.Store.Commit(ctx, c)
	if err == nil {
		l.written.Add(int64(len(c.Writes)))
	}
	return err
}

func (l *ledger) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	due := l.written.Load() - l.swept.Load()
	n, err := l.Store.Sweep(ctx, before, limit)
	l.swept.Add(int64(n))
	l.left.Store(due - int64(n))
	l.most.Store(max(due, l.most.Load()))
	return n, err
}

// upkept is a store with an engine that keeps it up.
type upkept struct {
	ledger *ledger
	store  store.Store // where writers write: the ledger, or sealed above it
	kit    *sallyporttest.Kit
}

// maintained are the stores that upkeep is held to.
func maintained() []struct {
	name string
	make func(t *testing.T) upkept
} {
	bolt := func(t *testing.T) store.Store {
		s, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	plain := func(t *testing.T, s store.Store) upkept {
		l := &ledger{Store: s}
		k := sallyporttest.New(t, sallyporttest.WithStore(l), sallyporttest.WithConfig(func(c *sallyport.Config) {
			c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
		}))
		return upkept{ledger: l, store: l, kit: k}
	}
	return []struct {
		name string
		make func(t *testing.T) upkept
	}{
		{"memory", func(t *testing.T) upkept { return plain(t, memstore.New()) }},
		{"bbolt", func(t *testing.T) upkept { return plain(t, bolt(t)) }},
		{"sealed bbolt", func(t *testing.T) upkept {
			l, keys := &ledger{Store: bolt(t)}, sealed.NewKeys()
			s, err := sealed.New(l, keys)
			if err != nil {
				t.Fatal(err)
			}
			k := sallyporttest.New(t, sallyporttest.WithStore(l), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys = keys }))
			return upkept{ledger: l, store: s, kit: k}
		}},
		{"PostgreSQL", func(t *testing.T) upkept { return plain(t, openPostgres(t, pgtest.URL(t))) }},
	}
}

// due writes n records that are due to be swept, together.
func (u upkept) due(n int) error {
	c := store.Change{ID: rnd.Uint64()}
	for range n {
		c.Writes = append(c.Writes, store.Write{
			Key: "due/" + rnd.Hex(16), Value: make([]byte, 200), Expires: u.kit.Clock.Now().Add(-24 * time.Hour),
		})
	}
	return u.store.Commit(context.Background(), c)
}

// backlog writes n records that are due.
func (u upkept) backlog(t *testing.T, n int) {
	t.Helper()
	for ; n > 0; n -= 1000 {
		if err := u.due(min(n, 1000)); err != nil {
			t.Fatal(err)
		}
	}
}

// begin forgets what making the engine has written.
func (u upkept) begin() {
	u.ledger.written.Store(0)
	u.ledger.swept.Store(0)
}

func (u upkept) maintain(t *testing.T) {
	t.Helper()
	if err := u.kit.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// remaining counts what is due and still there.
func (u upkept) remaining(t *testing.T) (n int) {
	t.Helper()
	for _, err := range u.store.Scan(t.Context(), "due/", "") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// TestP10UpkeepKeepsUp has 64 writers write what is due at once, as fast as
// they can, while upkeep runs again and again over it and over the backlog that
// it began with. A call goes on until it has met less than it asked for, so
// none of them leaves more than a portion of what was there; and one call after
// the writers have stopped leaves nothing.
func TestP10UpkeepKeepsUp(t *testing.T) {
	beside(t)
	const writers, bound = 64, 2000
	each, backlog := 30, 8_000
	if long() {
		each, backlog = 1000, 100_000
	}
	for _, s := range maintained() {
		t.Run(s.name, func(t *testing.T) {
			u := s.make(t)
			u.begin()
			u.backlog(t, backlog)
			var wg sync.WaitGroup
			var writing atomic.Int64
			writing.Store(writers)
			began := time.Now()
			for range writers {
				wg.Go(func() {
					defer writing.Add(-1)
					for range each {
						if err := u.due(1); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			calls, worst := 0, int64(0)
			for writing.Load() > 0 {
				u.maintain(t)
				calls++
				worst = max(worst, u.ledger.left.Load())
			}
			took, swept := time.Since(began), u.ledger.swept.Load()
			wg.Wait()
			u.maintain(t)
			if n := u.remaining(t); n != 0 {
				t.Errorf("left after one more call: got %d records, want none", n)
			}
			if worst > bound {
				t.Errorf("a call of upkeep left %d of the records that were there, want %d at most", worst, bound)
			}
			if got, want := u.ledger.swept.Load(), int64(backlog+writers*each); got != want {
				t.Errorf("swept: got %d records, want %d", got, want)
			}
			rate := func(n int64) string { return fmt.Sprintf("%.0f", float64(n)/took.Seconds()) }
			proof.Note(t, "upkeep", s.name, "written a second", rate(u.ledger.written.Load()-int64(backlog)))
			proof.Note(t, "upkeep", s.name, "deleted a second", rate(swept))
			proof.Note(t, "upkeep", s.name, "backlog at first", backlog)
			proof.Note(t, "upkeep", s.name, "at most", u.ledger.most.Load())
			proof.Note(t, "upkeep", s.name, "after a call", worst)
			t.Logf("%d calls, %v, written %s/s, deleted %s/s, backlog at most %d", calls, took, rate(u.ledger.written.Load()-int64(backlog)), rate(swept), u.ledger.most.Load())
		})
	}
}

// TestP10UpkeepWaits measures how long the commits of a lone writer take alone
// and beside upkeep, which `make proofs` notes. In the long form, of two hundred
// thousand records, the writer must come to commit beside it again and again; the
// short one may be over before a busy machine gives the writer a turn.
func TestP10UpkeepWaits(t *testing.T) {
	backlog, alone := 5_000, 20
	if long() {
		backlog, alone = 200_000, 2_000
	}
	for _, s := range maintained() {
		t.Run(s.name, func(t *testing.T) {
			u := s.make(t)
			u.backlog(t, backlog)
			quiet := u.waits(t, func(n int) bool { return n < alone })
			ended := make(chan error, 1)
			began := time.Now()
			go func() { ended <- u.kit.Engine.Maintain(t.Context()) }()
			var err error
			var took time.Duration
			beside := u.waits(t, func(int) bool {
				select {
				case err = <-ended:
					took = time.Since(began)
					return false
				default:
					return true
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if long() && len(beside) < 5 {
				t.Errorf("got %d commits beside upkeep, want more", len(beside))
			}
			proof.Note(t, "waits", s.name, "alone: p50 / p99 / max", spread(quiet))
			proof.Note(t, "waits", s.name, "beside upkeep: p50 / p99 / max", spread(beside))
			proof.Note(t, "waits", s.name, "commits", len(beside))
			proof.Note(t, "waits", s.name, "deleted a second", fmt.Sprintf("%.0f", float64(backlog)/took.Seconds()))
			t.Logf("alone %s, beside upkeep %s (%d commits), %.0f/s deleted", spread(quiet), spread(beside), len(beside), float64(backlog)/took.Seconds())
		})
	}
}

// waits commits one record after another while more says so, and returns how
// long each took. The records are not due.
func (u upkept) waits(t *testing.T, more func(n int) bool) (took []time.Duration) {
	t.Helper()
	for more(len(took)) {
		c := store.Change{ID: rnd.Uint64(), Writes: []store.Write{{
			Key: "live/" + rnd.Hex(16), Value: make([]byte, 200), Expires: u.kit.Clock.Now().Add(24 * time.Hour),
		}}}
		began := time.Now()
		if err := u.store.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	return took
}

// spread is the median, the 99th percentile and the longest, in milliseconds.
func spread(d []time.Duration) string {
	if len(d) == 0 {
		return "none"
	}
	slices.Sort(d)
	ms := func(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond)) }
	return fmt.Sprintf("%s / %s / %s ms", ms(d[len(d)/2]), ms(d[len(d)*99/100]), ms(d[len(d)-1]))
}

// TestMaintainOverAHungStore: a call of upkeep has an end, whichever of its calls
// on the store hangs.
func TestMaintainOverAHungStore(t *testing.T) {
	for op, want := range map[storetest.Op]time.Duration{storetest.Load: 30 * time.Second, storetest.Sweep: 45 * time.Second} {
		t.Run(op.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := storetest.NewFaulty(memstore.New())
				k := sallyporttest.New(t, sallyporttest.WithStore(f))
				f.Reset()
				f.At(op, 1, storetest.Delay(nil, nil))
				began := time.Now() // of the bubble
				k.Engine.Maintain(context.Background())
				if took := time.Since(began); took != want {
					t.Errorf("took %s, want %s", took, want)
				}
			})
		})
	}
}
