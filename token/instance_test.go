package token_test

import (
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// TestNewInstance: an instance is from 1 to 2³², all of which are drawn from, so that a
// client that is made again is another.
func TestNewInstance(t *testing.T) {
	const most = 1 << 32
	seen, high, odd := map[uint64]bool{}, false, 0
	for range 64 {
		n := token.NewInstance()
		if n < 1 || n > most {
			t.Fatalf("got %d, want 1 to 2^32", n)
		}
		seen[n] = true
		high = high || n > most/2
		odd += int(n & 1)
	}
	if len(seen) < 60 || !high || odd == 0 || odd == 64 { // each by chance once in 2^60 or so
		t.Errorf("got %d different ones of 64, in the upper half %v, odd ones %d", len(seen), high, odd)
	}
}

// TestFollow: at another epoch a session begins anew: no misses, and a new handle is due
// where it has one. At its own epoch it is kept as it is.
func TestFollow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		handle bool
		epoch  uint64
		misses int
		due    bool
	}{
		{"its own epoch", true, 3, 2, false},
		{"another", true, 4, 0, true},
		{"another, without a handle", false, 4, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db, idx := newDB(), newIndex(t, 1)
			s, _ := begin(t, db, idx, start, token.NewSession{Epoch: 3, Scopes: []string{"openid"}})
			s.Misses = 2
			if tt.handle {
				s.Handle = []byte("a digest")
			}
			err := db.Run(t.Context(), start, func(tx *store.Tx) error {
				_, _, err := token.Sessions.Get(tx, s.ID)
				return errors.Join(err, token.Follow(tx, s, tt.epoch))
			})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := load(t, db, start, s.ID)
			if got.Epoch != tt.epoch || got.Misses != tt.misses || got.RenewDue != tt.due {
				t.Errorf("got epoch %d, %d misses, due %v; want %d, %d, %v", got.Epoch, got.Misses, got.RenewDue, tt.epoch, tt.misses, tt.due)
			}
		})
	}
}
