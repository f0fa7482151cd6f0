package token_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// heavy is a key of as many bytes as one of RSA has, for what looks at sizes and times.
func heavy(n, size int) token.Key {
	return token.Key{ID: fmt.Sprintf("%040dRS256", n), PKCS8: make([]byte, size*3/5), Certificate: make([]byte, size*2/5)}
}

// TestRingFull: a ring takes no key that would not fit into its record beside those that
// are believed, and what it takes fits, with as many ids of keys that went as there can be.
func TestRingFull(t *testing.T) {
	for _, size := range []int{800, 2000, 6500} {
		r, now, full := token.Ring{}, start, 0
		for n := range 700 {
			next, err := r.Replace(now, token.Rotation{}, heavy(n, size))
			switch {
			case errors.Is(err, token.ErrRingFull):
				full++
				if len(next.Keys) != len(r.Keys) || next.Knows(heavy(n, size).ID) {
					t.Fatal("a refused key is in the ring")
				}
				now = now.Add(2 * day)
			case err != nil:
				t.Fatal(err)
			}
			r = next
		}
		if full < 5 || len(r.Retired) != 400 {
			t.Errorf("keys of %d bytes: %d were refused, %d are known to be gone, want some and 400", size, full, len(r.Retired))
		}
		err := newDB().Run(t.Context(), start, func(tx *store.Tx) error { return token.SaveRing(tx, r) })
		if err != nil {
			t.Errorf("keys of %d bytes: %d of them and %d ids do not fit: %v", size, len(r.Keys), len(r.Retired), err)
		}
	}
}

// TestRotationCheck: a policy is refused by the names of its fields.
func TestRotationCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		r    token.Rotation
		want []string // none: it is good
	}{
		{"default", token.Rotation{}, nil},
		{"a strong one", token.Rotation{Every: 30 * day, Propagation: time.Hour, Skew: 5 * time.Second, Bits: 3072}, nil},
		{"the shortest", token.Rotation{Every: day, Propagation: time.Minute, Skew: time.Second}, nil},
		{"the longest", token.Rotation{Every: 5 * 366 * day, Propagation: 30 * day, Skew: 10 * time.Minute}, nil},
		{"too often", token.Rotation{Every: day - 1}, []string{"Every"}},
		{"too seldom", token.Rotation{Every: 5*366*day + 1}, []string{"Every"}},
		{"never shown", token.Rotation{Propagation: time.Minute - 1}, []string{"Propagation"}},
		{"shown for long", token.Rotation{Every: 60 * day, Propagation: 30*day + 1}, []string{"Propagation"}},
		{"no skew", token.Rotation{Skew: time.Second - 1}, []string{"Skew"}},
		{"much skew", token.Rotation{Skew: 10*time.Minute + 1}, []string{"Skew"}},
		{"below 0", token.Rotation{Every: -1, Propagation: -1, Skew: -1, Bits: -1}, []string{"Every", "Propagation", "Skew", "Bits"}},
		{"1024 bits", token.Rotation{Bits: 1024}, []string{"Bits"}},
		{"4096 bits", token.Rotation{Bits: 4096}, []string{"Bits"}},
		{"shown as long as it signs", token.Rotation{Every: day}, []string{"Every is 24h0m0s, want more than Propagation and Skew together, 24h1m0s"}},
	} {
		err := c.r.Check()
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: got %v", c.name, err)
		}
		for _, w := range c.want {
			if !strings.Contains(fmt.Sprint(err), w) {
				t.Errorf("%s: got %v, want a word of %s", c.name, err, w)
			}
		}
	}
}

// TestAlgorithmsRotateApart: keys of one algorithm know nothing of those of another.
func TestAlgorithmsRotateApart(t *testing.T) {
	of := func(n int, algorithm string) token.Key {
		k := fake(n)
		k.Algorithm = algorithm
		return k
	}
	add := func(r token.Ring, now time.Time, k token.Key) token.Ring {
		t.Helper()
		next, err := r.Add(now, token.Rotation{}, k)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	r := add(token.Ring{}, start, fake(1))
	later := start.Add(40 * day)
	if r.Due(later, token.Rotation{}, token.RS256) || !r.Due(later, token.Rotation{}, token.ES256) {
		t.Error("with a key of RS256: due at another time than there is no key of")
	}
	r = add(r, later, of(2, token.ES256))
	if k, ok := r.Signer(later, token.ES256); !ok || k.ID != "K2" {
		t.Errorf("the first of its algorithm: %v signs, want K2 at once", k)
	}
	if !r.Keys[0].RetireAt.IsZero() {
		t.Error("a key of another algorithm retires the first")
	}
	again := later.Add(90 * day)
	r = add(r, again, of(3, token.ES256))
	if got := signerID(t, r, again.Add(2*day)); got != "K1" {
		t.Errorf("RS256: %s signs, want K1", got)
	}
	if got := fmt.Sprint(r.Algorithms(again.Add(day))); got != "[RS256 ES256]" {
		t.Errorf("got the algorithms %s", got)
	}
	replaced, err := r.Replace(again, token.Rotation{}, of(4, token.ES256))
	if err != nil {
		t.Fatal(err)
	}
	if k, _ := replaced.Signer(again, token.ES256); k.ID != "K4" || !replaced.Keys[0].RetireAt.IsZero() || signerID(t, replaced, again) != "K1" {
		t.Errorf("replaced: %v signs by ES256, and RS256 changed: %v", k, replaced.Keys[0])
	}
	states := map[string]token.KeyState{}
	for i := range r.Keys {
		states[r.Keys[i].ID] = r.State(&r.Keys[i], again)
	}
	if fmt.Sprint(states) != "map[K1:signing K2:signing K3:published]" {
		t.Errorf("got the states %v", states)
	}
}

// TestStates: a key passes through its states in their order.
func TestStates(t *testing.T) {
	r := rotate(t, token.Ring{}, start, fake(1))
	r, _, err := r.Rotate(start.Add(90*day), token.Rotation{}, new(fake(2)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at    time.Duration
		wants [2]token.KeyState
	}{
		{90 * day, [2]token.KeyState{token.KeySigning, token.KeyPublished}},
		{91*day + skew - 1, [2]token.KeyState{token.KeySigning, token.KeyPublished}},
		{91*day + skew, [2]token.KeyState{token.KeyRetiring, token.KeySigning}},
		{92*day + 3*skew - 1, [2]token.KeyState{token.KeyRetiring, token.KeySigning}},
		{92*day + 3*skew, [2]token.KeyState{token.KeyRetired, token.KeySigning}},
	} {
		for i := range r.Keys {
			if got := r.State(&r.Keys[i], start.Add(c.at)); got != c.wants[i] {
				t.Errorf("after %v: K%d is %s, want %s", c.at, i+1, got, c.wants[i])
			}
		}
	}
}

// TestAddWhileOneWaits: a key that is added while another waits signs after it, also where
// the propagation time has become shorter in between, and nothing that the other signs
// outlives it.
func TestAddWhileOneWaits(t *testing.T) {
	long, short := token.Rotation{Propagation: 20 * time.Hour}, token.Rotation{Propagation: time.Hour}
	r, err := token.Ring{}.Add(start, long, fake(1))
	for n, rot := range []token.Rotation{long, short, {}} {
		if err == nil {
			r, err = r.Add(start.Add(time.Duration(n)*time.Hour), rot, fake(n+2))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	signed := map[string]time.Time{} // by kid: when it was last signed by
	for now := start; now.Before(start.Add(6 * day)); now = now.Add(10 * time.Minute) {
		id := signerID(t, r, now)
		signed[id] = now
		live := ids(r.Verifiers(now))
		for id, last := range signed {
			if now.Before(last.Add(token.MaxAccessLife)) && !slices.Contains(live, id) {
				t.Fatalf("%v: a token of %s that was signed at %v is refused", now, id, last)
			}
		}
	}
	if id := signerID(t, r, start.Add(2*day)); id != "K4" {
		t.Errorf("in the end %s signs, want K4", id)
	}
}
