package bench

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// BenchmarkProfile is a login by name and password on one processor, in memory, by each
// algorithm: RS256 with the published tokens, and all of them with those of RFC 9068.
func BenchmarkProfile(b *testing.B) {
	if free {
		b.Skip("measured with signatures")
	}
	b.Run("published/RS256", func(b *testing.B) { benchProfile(b, token.ProfilePublished, token.RS256) })
	for _, algorithm := range token.Algorithms() {
		b.Run("RFC9068/"+algorithm, func(b *testing.B) { benchProfile(b, token.ProfileRFC9068, algorithm) })
	}
}

func benchProfile(b *testing.B, profile, algorithm string) {
	s := memory(b)
	k := newKit(b, s, false, realTime)
	k.AddUser(b, sallyporttest.User{Name: userName})
	if profile != token.ProfilePublished {
		change := directory.ClientChange{TokenProfile: &profile, TokenAlgorithm: &algorithm}
		if _, err := k.Engine.Admin(sallyport.Actor{Name: "bench"}).UpdateClient(b.Context(), clientID, change); err != nil {
			b.Fatal(err)
		}
		addKey(b, s, algorithm)
	}
	c := newCaller(b, k.Handler(), "/connect/token")
	form := loginForm(userName)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b.ReportAllocs()
	for b.Loop() {
		if got := c.send(form); got != 200 {
			b.Fatalf("got %d: %s", got, c.answer.String())
		}
	}
	raw := c.field("access_token")
	if header := decoded(b, raw); header.Alg != algorithm {
		b.Errorf("got a token by %s, want %s", header.Alg, algorithm)
	}
	if _, err := k.Engine.Verify(b.Context(), raw); err != nil {
		b.Error(fmt.Errorf("verifying the last token: %w", err))
	}
}

// addKey gives the ring a key of an algorithm, unless it has one.
func addKey(b *testing.B, s store.Store, algorithm string) {
	b.Helper()
	now := time.Now()
	err := store.NewDB(s, "").Run(b.Context(), now, func(tx *store.Tx) error {
		ring, _, err := token.ReadRing(tx)
		if err != nil {
			return err
		}
		if _, there := ring.Signer(now, algorithm); there {
			return nil
		}
		key, err := token.NewKey(algorithm, token.DefaultKeyBits, now)
		if err != nil {
			return err
		}
		if ring, err = ring.Add(now, token.Rotation{}, key); err != nil {
			return err
		}
		return token.SaveRing(tx, ring)
	})
	if err != nil {
		b.Fatal(err)
	}
}
