package token_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// TestReplace puts the clock of a ring back, which keys were used and made ahead
// of: from then on the fresh key signs alone, at every moment and on a node that is
// a minute behind, and what the others signed before is believed while it lives.
func TestReplace(t *testing.T) {
	from := func(n int, published, signs, retires time.Duration) token.Key {
		k := fake(n)
		k.Published, k.SignFrom = start.Add(published), start.Add(signs)
		if retires != 0 {
			k.RetireAt = start.Add(retires)
		}
		return k
	}
	for _, tt := range []struct {
		name string
		keys []token.Key
	}{
		{"one key", []token.Key{from(1, -80*day, -80*day, 0)}},
		{"one just begun", []token.Key{from(1, -day, 0, 0)}},
		{"one begun within the skew", []token.Key{from(1, -day, -skew/2, 0)}},
		{"one made ahead", []token.Key{from(1, -80*day, -80*day, 400*day), from(2, 100*day, 101*day, 0)}},
		{"one made little ahead", []token.Key{from(1, -80*day, -80*day, 28*time.Hour), from(2, time.Hour, 2*time.Hour, 0)}},
		{"out of order", []token.Key{from(1, 3*day, 4*day, 0), from(2, -day, 2*time.Hour, 0)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old := token.Ring{Keys: tt.keys}
			before := slices.Clone(tt.keys)
			r, err := old.Replace(start, token.Rotation{}, fake(9))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(old.Keys, before) {
				t.Error("the ring it was called on has changed")
			}
			retires := token.MaxAccessLife + 2*skew
			for _, at := range []time.Duration{-skew, 0, time.Hour, 2 * time.Hour, day, retires - 1, retires, 100 * day, 500 * day} {
				if got := signerID(t, r, start.Add(at)); got != "K9" {
					t.Errorf("after %v: %s signs, want the fresh key", at, got)
				}
				want := len(tt.keys) + 1
				if at >= retires {
					want = 1
				}
				if got := ids(r.Verifiers(start.Add(at))); len(got) != want {
					t.Errorf("after %v: %q are believed, want %d keys", at, got, want)
				}
			}
			for _, k := range r.Keys {
				if k.Published.After(start) {
					t.Errorf("%s is shown from %v, want it shown", k.ID, k.Published)
				}
			}
			if due := start.Add(90*day - day - 2*skew); r.Due(due.Add(-1), token.Rotation{}, token.RS256) || !r.Due(due, token.Rotation{}, token.RS256) {
				t.Errorf("the next key is due at another moment than %v", due)
			}
		})
	}
}

// TestReplaceKeepsAnEarlierEnd: a key that was to retire sooner does.
func TestReplaceKeepsAnEarlierEnd(t *testing.T) {
	k := fake(1)
	k.RetireAt = start.Add(time.Hour)
	r, err := token.Ring{Keys: []token.Key{k}}.Replace(start, token.Rotation{}, fake(2))
	if err != nil || !r.Keys[0].RetireAt.Equal(k.RetireAt) {
		t.Errorf("got the end %v and error %v, want %v", r.Keys[0].RetireAt, err, k.RetireAt)
	}
}

// TestReplaceByAnOldKey: no key that the ring has or had takes the place.
func TestReplaceByAnOldKey(t *testing.T) {
	r := token.Ring{Keys: []token.Key{fake(1)}, Retired: []string{"K2"}}
	for n := 1; n <= 2; n++ {
		if _, err := r.Replace(start, token.Rotation{}, fake(n)); !errors.Is(err, token.ErrKeyReused) {
			t.Errorf("K%d: got error %v, want %v", n, err, token.ErrKeyReused)
		}
	}
}
