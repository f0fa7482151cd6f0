package sallyport_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

const aDay = 24 * time.Hour

// trailKit is a kit with an event each five days for a hundred, the first at its
// beginning.
func trailKit(t *testing.T, s store.Store) *sallyporttest.Kit {
	t.Helper()
	k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
	}))
	k.AddUser(t, sallyporttest.User{Name: "paul"})
	for range 20 {
		k.Clock.Advance(5 * aDay)
		k.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
	}
	return k
}

func trailOf(t *testing.T, k *sallyporttest.Kit) int {
	t.Helper()
	return countPrefix(inventory(t, k.Store), "event/")
}

// TestTrailKept: a clock that runs ahead, by however much, takes 30 days of the trail
// in an hour that no clock can turn, and no more once it is put right.
func TestTrailKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := trailKit(t, memstore.New())
		before := trailOf(t, k) // 20, and those of the directory
		right := k.Clock.Now()
		k.Clock.Advance(1000 * aDay)
		for i, step := range []struct {
			wait time.Duration // by the stopwatch
			gone int
		}{
			{0, before - 20 + 5}, // those of the directory, and of five logins in under 30 days
			{0, 0},
			{time.Hour - 1, 0},
			{1, 6},
			{time.Minute, 0},
			{2 * time.Hour, 6}, // not twice as many
		} {
			time.Sleep(step.wait)
			was := trailOf(t, k)
			upkeep(t, k)
			if got := was - trailOf(t, k); got != step.gone {
				t.Errorf("step %d: %d events are gone, want %d", i, got, step.gone)
			}
		}
		k.Clock.Set(right)
		was := trailOf(t, k)
		time.Sleep(2 * time.Hour)
		upkeep(t, k)
		upkeep(t, k)
		if got := trailOf(t, k); got != was {
			t.Errorf("put right: got %d events, want %d", got, was)
		}
	})
}

// TestTrailExpires: what is over in its time goes at each upkeep, with what else has
// expired, and the first upkeep of a process waits for nothing.
func TestTrailExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := trailKit(t, memstore.New())
		k.Clock.Advance(300*aDay + 5*time.Hour)
		for want := 20; want > 0; want-- { // one login's events a turn, a minute apart
			upkeep(t, k)
			if got := trailOf(t, k); got != want {
				t.Fatalf("got %d events, want %d", got, want)
			}
			time.Sleep(time.Hour)
			k.Clock.Advance(5 * aDay)
		}
	})
}

// TestTrailUnswept: an event that the store does not delete keeps nothing else, for
// longer than its own portion.
func TestTrailUnswept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &unswept{Store: memstore.New()}
		k := trailKit(t, s)
		s.trail = true
		k.Clock.Advance(1000 * aDay)
		for range 40 {
			upkeep(t, k)
			time.Sleep(time.Hour)
		}
		if want := k.Clock.Now().Add(-3 * time.Hour); !s.before.Equal(want) {
			t.Errorf("got a sweep of what expired by %v, want %v", s.before, want)
		}
	})
}

// unswept is a store whose oldest event is always there.
type unswept struct {
	store.Store
	trail  bool
	first  store.Record
	before time.Time
}

func (s *unswept) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		if s.trail && strings.HasPrefix(prefix, "event/") && s.first.Key != "" && !yield(s.first, nil) {
			return
		}
		for rec, err := range s.Store.Scan(ctx, prefix, after) {
			if s.trail && s.first.Key == "" && strings.HasPrefix(prefix, "event/") {
				s.first = rec
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

func (s *unswept) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	s.before = before
	return s.Store.Sweep(ctx, before, limit)
}
