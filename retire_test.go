package sallyport_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP13ClockRunsAhead: keys that a clock which runs ahead has seen retire are there
// again when it is put right: they are removed only where upkeep has found them
// retired for an hour that no clock can turn.
func TestP13ClockRunsAhead(t *testing.T) {
	beside(t)
	const year = 365 * 24 * time.Hour
	type act struct {
		wait  time.Duration // by the stopwatch, before
		ahead time.Duration // of the clock
		keys  int           // that the ring has after upkeep
	}
	for _, tt := range []struct {
		name string
		acts []act
	}{
		{"less than an hour", []act{{0, year, 1}, {time.Hour - 1, year, 1}}},
		{"an hour", []act{{0, year, 1}, {time.Hour, year, 0}}},
		{"put right meanwhile", []act{{0, year, 1}, {30 * time.Minute, 0, 1}, {30 * time.Minute, year, 1}, {time.Hour - 1, year, 1}, {1, year, 0}}},
		{"upkeep did not run for a year", []act{{year, year, 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ahead time.Duration
				k, keys := keptKit(t, func(c *sallyport.Config) {
					now := c.Now
					c.Now = func() time.Time { return now().Add(ahead) }
				})
				first := ringOf(t, k, keys).Keys[0].ID
				k.Clock.Advance(90 * 24 * time.Hour)
				upkeep(t, k) // makes the second, by which the first retires
				for i, a := range tt.acts {
					time.Sleep(a.wait) // of the bubble's clock
					ahead = a.ahead
					upkeep(t, k)
					n := 0
					for _, key := range ringOf(t, k, keys).Keys {
						if key.ID == first {
							n++
						}
					}
					if n != a.keys {
						t.Errorf("act %d: the first key is in the ring %d times, want %d", i, n, a.keys)
					}
				}
			})
		})
	}
}

// retireKit is a kit whose first key has a successor, which waits or signs, with a
// token by each key that has signed.
func retireKit(t *testing.T, signs bool) (k *sallyporttest.Kit, kids, tokens []string) {
	t.Helper()
	k, keys := keptKit(t, nil)
	k.AddUser(t, sallyporttest.User{Name: "paul"})
	login := func() {
		tokens = append(tokens, k.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success).Tokens.AccessToken)
	}
	k.Clock.Advance(90 * 24 * time.Hour)
	upkeep(t, k)
	if signs {
		k.Clock.Advance(24*time.Hour + 30*time.Second)
	}
	login()
	if signs {
		k.Clock.Advance(time.Minute)
		login()
	}
	for _, key := range ringOf(t, k, keys).Keys {
		kids = append(kids, key.ID)
	}
	return k, kids, tokens
}

// TestRetireKeys takes keys out of use: what they have signed is refused by every
// node at once, what others have signed is not, and there is always one that signs.
func TestRetireKeys(t *testing.T) {
	beside(t)
	for _, tt := range []struct {
		name   string
		signs  bool // the second key; else it waits
		retire []int
		fresh  bool // another signs then
	}{
		{"none", false, nil, false},
		{"the key that signs", false, []int{0}, true},
		{"the key that waits", false, []int{1}, true},
		{"all, one of them waiting", false, []int{0, 1}, true},
		{"an old one", true, []int{0}, false},
		{"the last", true, []int{1}, true},
		{"all", true, []int{1, 0}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, kids, tokens := retireKit(t, tt.signs)
			nodes := []*sallyporttest.Kit{k, k.Node()}
			var ids []string
			for _, i := range tt.retire {
				ids = append(ids, kids[i])
			}
			for range 2 { // the second finds it done
				if err := nodes[1].Engine.RetireKeys(t.Context(), ids...); err != nil {
					t.Fatal(err)
				}
			}
			for i, n := range nodes {
				for j, raw := range tokens {
					want := error(nil)
					if slices.Contains(tt.retire, j) {
						want = sallyport.ErrInvalidToken
					}
					if _, err := n.Engine.Verify(t.Context(), raw); !errors.Is(err, want) {
						t.Errorf("node %d, token of key %d: got error %v, want %v", i, j, err, want)
					}
				}
				shown, err := n.Engine.JWKS(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for j, kid := range kids {
					if got := strings.Contains(string(shown), kid); got == slices.Contains(tt.retire, j) {
						t.Errorf("node %d: key %d is shown %v, want %v", i, j, got, !got)
					}
				}
				a := n.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
				if _, err := nodes[1-i].Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil {
					t.Errorf("node %d: what it signs then: got error %v at the other, want it good", i, err)
				}
				last, _, _ := strings.Cut(tokens[len(tokens)-1], ".")
				if got := kidOf(a) != last; got != tt.fresh {
					t.Errorf("node %d: another key signs %v, want %v", i, got, tt.fresh)
				}
			}
			told := 0
			for _, ev := range k.Events() {
				if ev.Kind == sallyport.EventKeysRetired {
					told++
					if ev.Detail != strings.Join(ids, " ") {
						t.Errorf("the event names %q, want %q", ev.Detail, ids)
					}
				}
			}
			if want := min(len(ids), 1); told != want {
				t.Errorf("got %d events, want %d", told, want)
			}
		})
	}
}

// TestRetireKeysLater: after one that waited was retired, no live token is refused
// by the rotation that follows.
func TestRetireKeysLater(t *testing.T) {
	beside(t)
	k, kids, tokens := retireKit(t, false)
	if err := k.Engine.RetireKeys(t.Context(), kids[1]); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		for _, raw := range tokens {
			if _, err := k.Engine.Verify(t.Context(), raw); err != nil {
				t.Fatalf("at %v: %v", k.Clock.Now(), err)
			}
		}
		k.Clock.Advance(31 * time.Minute)
		upkeep(t, k)
		tokens = []string{k.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success).Tokens.AccessToken}
		k.Clock.Advance(29 * time.Minute)
	}
}

// TestRetireKeysRefuses: an unknown key is an error, and nothing is retired then.
func TestRetireKeysRefuses(t *testing.T) {
	k, kids, tokens := retireKit(t, true)
	if err := k.Engine.RetireKeys(t.Context(), kids[0], "NONE"); !errors.Is(err, sallyport.ErrUnknownKey) || !strings.Contains(err.Error(), `"NONE"`) {
		t.Errorf("got error %v, want %v that names the key", err, sallyport.ErrUnknownKey)
	}
	for i, raw := range tokens {
		if _, err := k.Engine.Verify(t.Context(), raw); err != nil {
			t.Errorf("token of key %d: got error %v, want it good", i, err)
		}
	}
	if err := k.Engine.Close(); err != nil {
		t.Fatal(err)
	}
	if err := k.Engine.RetireKeys(t.Context(), kids[0]); !errors.Is(err, sallyport.ErrClosed) {
		t.Errorf("closed: got error %v, want %v", err, sallyport.ErrClosed)
	}
}
