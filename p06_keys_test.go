package sallyport_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// ringOf reads the signing keys of a kit past its engine.
func ringOf(t *testing.T, k *sallyporttest.Kit, keys sealed.Keys) (ring token.Ring) {
	t.Helper()
	s, err := sealed.New(k.Store, keys)
	if err != nil {
		t.Fatal(err)
	}
	err = store.NewDB(s, "").Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) (err error) {
		ring, _, err = token.ReadRing(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// keptKit is a kit on a store of its own, whose keys are known to the test.
func keptKit(t *testing.T, change func(*sallyport.Config)) (*sallyporttest.Kit, sealed.Keys) {
	t.Helper()
	keys := sealed.NewKeys()
	k := sallyporttest.New(t, sallyporttest.WithStore(memstore.New()), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys = keys
		if change != nil {
			change(c)
		}
	}))
	return k, keys
}

// kidOf is the first part of an access token, which names its key.
func kidOf(a sallyporttest.Answer) string {
	head, _, _ := strings.Cut(a.Tokens.AccessToken, ".")
	return head
}

func upkeep(t *testing.T, k *sallyporttest.Kit) {
	t.Helper()
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestP6KeysUsedAhead: after a step back of over an hour the keys that were in use
// sign no more, on no node, once; what they signed before the clock went wrong is
// good as long as it lives. After a shorter step they sign on.
func TestP6KeysUsedAhead(t *testing.T) {
	for _, tt := range []struct {
		name     string
		back     time.Duration
		replaced bool
	}{
		{"an hour", time.Hour, false},
		{"over an hour", time.Hour + 1, true},
		{"a year", 365 * 24 * time.Hour, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, keys := keptKit(t, nil)
			k.AddUser(t, sallyporttest.User{Name: "paul"})
			other, c := k.Node(), k.InProcess()
			before := c.Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
			k.Clock.Advance(tt.back)
			c.Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
			other.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
			k.Clock.Set(k.Clock.Now().Add(-tt.back))
			for range 3 {
				upkeep(t, k)
				upkeep(t, other)
			}
			for i, n := range []*sallyporttest.Kit{k, other} {
				a := n.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
				if got := kidOf(a) != kidOf(before); got != tt.replaced {
					t.Errorf("node %d: signs with another key %v, want %v", i, got, tt.replaced)
				}
				if _, err := n.Engine.Verify(t.Context(), before.Tokens.AccessToken); err != nil {
					t.Errorf("node %d: what was signed before: got error %v, want it good", i, err)
				}
			}
			ring := ringOf(t, k, keys)
			if want := 1; tt.replaced {
				want = 2
				command := "sallyport key retire -store … -key-file … " + ring.Keys[0].ID
				if n := strings.Count(k.Logs(), command); n != 1 {
					t.Errorf("the log names the command %d times, want once:\n%s", n, k.Logs())
				}
				if len(ring.Keys) != want {
					t.Errorf("got %d keys, want %d", len(ring.Keys), want)
				}
			} else if len(ring.Keys) != want || strings.Contains(k.Logs(), "key retire") {
				t.Errorf("got %d keys, want %d and no word in the log", len(ring.Keys), want)
			}
		})
	}
}

// TestP6KeysUsedAheadMeanwhile: a node whose clock was put right an hour after that
// of another has used the other's fresh key ahead, so that one goes as well.
func TestP6KeysUsedAheadMeanwhile(t *testing.T) {
	s, keys := memstore.New(), sealed.NewKeys()
	all := clusterOf(t, s, keys, 0, 0)
	for _, k := range all {
		k.Clock.Advance(5 * time.Hour)
		upkeep(t, k)
	}
	for i, k := range all {
		k.Clock.Set(sallyporttest.Start.Add(time.Duration(i) * time.Hour))
		upkeep(t, k)
	}
	ring := ringOf(t, all[1], keys)
	if got := signerOf(ring, all[1].Clock.Now()); got != 2 {
		t.Errorf("key %d of %d signs, want the third, made by the second node", got, len(ring.Keys))
	}
}

// signerOf is the place in the ring of the key that signs.
func signerOf(ring token.Ring, now time.Time) int {
	signer, _ := ring.Signer(now, token.RS256)
	return slices.IndexFunc(ring.Keys, func(k token.Key) bool { return k.ID == signer.ID })
}

// TestP6KeysUsedAheadOfTheStart: a process that starts after the step finds it by
// what the one before has left, and takes it once.
func TestP6KeysUsedAheadOfTheStart(t *testing.T) {
	s, keys := memstore.New(), sealed.NewKeys()
	upkeep(t, clusterOf(t, s, keys, 2*time.Hour)[0])
	for range 3 {
		k := clusterOf(t, s, keys, 0)[0]
		upkeep(t, k)
		upkeep(t, k)
		if ring := ringOf(t, k, keys); len(ring.Keys) != 2 || signerOf(ring, k.Clock.Now()) != 1 {
			t.Errorf("key %d of %d signs, want the second of two", signerOf(ring, k.Clock.Now()), len(ring.Keys))
		}
	}
}

// TestP6KeysUsedAheadBounded: a clock that is set back again and again does not fill
// the record of the keys, and goes on to replace them when there is room again.
func TestP6KeysUsedAheadBounded(t *testing.T) {
	beside(t)
	k, keys := keptKit(t, nil)
	for range 10 {
		k.Clock.Advance(3 * time.Hour)
		upkeep(t, k)
		k.Clock.Set(k.Clock.Now().Add(-2 * time.Hour))
		upkeep(t, k)
	}
	ring := ringOf(t, k, keys)
	if len(ring.Keys) != 8 || !strings.Contains(k.Logs(), "again and again") {
		t.Errorf("got %d keys, want 8 and a word in the log:\n%s", len(ring.Keys), k.Logs())
	}
	last := ring.Keys[7].ID
	k.Clock.Advance(25 * time.Hour)
	upkeep(t, k)
	ring = ringOf(t, k, keys)
	if signer, _ := ring.Signer(k.Clock.Now(), token.RS256); signer.ID == last {
		t.Error("with room again: the key that was used ahead signs, want another")
	}
}

// TestP6AccessTokensExcepted: what SECURITY.md says of access tokens. One that was
// refused while the clock was ahead lives to its own end; one that was signed ahead
// becomes good where its key has not gone before, or was retired.
func TestP6AccessTokensExcepted(t *testing.T) {
	for _, tt := range []struct {
		name   string
		ahead  time.Duration
		retire bool
		good   bool // what was signed ahead, once the clock is there
	}{
		{"an hour", time.Hour, false, true},
		{"less than a day", 23 * time.Hour, false, true},
		{"less than a day, and its key was retired", 23 * time.Hour, true, false},
		{"over a day", 25 * time.Hour, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, keys := keptKit(t, nil)
			k.AddUser(t, sallyporttest.User{Name: "paul"})
			login := func() string {
				return k.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success).Tokens.AccessToken
			}
			is := func(what, raw string, good bool) {
				t.Helper()
				if _, err := k.Engine.Verify(t.Context(), raw); (err == nil) != good {
					t.Errorf("%s: got error %v, want it good %v", what, err, good)
				}
			}
			before := login()
			k.Clock.Advance(tt.ahead)
			is("before, by the clock that is ahead", before, false)
			ahead := login()
			k.Clock.Set(sallyporttest.Start)
			upkeep(t, k)
			is("before, put right", before, true)
			is("ahead, put right", ahead, false)
			if tt.retire {
				if err := k.Engine.RetireKeys(t.Context(), ringOf(t, k, keys).Keys[0].ID); err != nil {
					t.Fatal(err)
				}
				is("before, its key retired", before, false)
			}
			k.Clock.Advance(30*time.Minute - 1)
			is("before, at its last moment", before, !tt.retire)
			k.Clock.Advance(1)
			is("before, at its end", before, false)
			k.Clock.Set(sallyporttest.Start.Add(tt.ahead))
			is("ahead, once the clock is there", ahead, tt.good)
		})
	}
}
