package account_test

import (
	"encoding/binary"
	"testing"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// oldHash is of a slow kind that directories bring along.
const oldHash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

// hashMix counts fresh hashes of the present kind and old ones of bcrypt.
func hashMix(t *testing.T, fresh, old int) (m account.HashMix) {
	t.Helper()
	hash, err := password.InsecureParamsForTests().Hash("x")
	if err != nil {
		t.Fatal(err)
	}
	for range fresh {
		m.Add(hash)
	}
	for range old {
		m.Add(oldHash)
	}
	return m
}

func TestHashMixAdd(t *testing.T) {
	m := hashMix(t, 3, 1)
	m.Add("no hash at all")
	m.Add("")
	m.Add(oldHash)
	if len(m.Shares) != 2 || m.Shares[0].Count != 3 || m.Shares[1].Count != 2 || m.Shares[1].Kind.Algorithm != password.Bcrypt {
		t.Errorf("got %+v, want 3 of the present kind and 2 of bcrypt", m.Shares)
	}
}

// TestHashMixDraw: each digest picks one hash of all that were counted, in their
// order, and only its first eight bytes matter.
func TestHashMixDraw(t *testing.T) {
	present := password.DefaultParams().Kind()
	mixed, old := hashMix(t, 3, 1), hashMix(t, 0, 2)
	fresh, slow := mixed.Shares[0].Kind, mixed.Shares[1].Kind
	for _, c := range []struct {
		name   string
		mix    account.HashMix
		number uint64
		want   password.Kind
	}{
		{"nothing counted", account.HashMix{}, 7, present},
		{"the first", mixed, 0, fresh},
		{"the last of the first kind", mixed, 2, fresh},
		{"the first of the second kind", mixed, 3, slow},
		{"from the beginning again", mixed, 4, fresh},
		{"the greatest number", mixed, 1<<64 - 1, slow}, // 3 modulo 4
		{"one kind alone", old, 0, slow},
		{"one kind alone, its last", old, 1, slow},
	} {
		t.Run(c.name, func(t *testing.T) {
			digest := binary.BigEndian.AppendUint64(nil, c.number)
			digest = append(digest, 0xff, 0xff)
			if got := c.mix.Draw(digest, present); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestP9DummyHashes: unknown names cost what accounts cost, in the proportion of
// the stored hashes and always the same for one name.
func TestP9DummyHashes(t *testing.T) {
	x, err := store.NewIndex(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	m, present := hashMix(t, 3, 1), password.DefaultParams().Kind()
	slow := 0
	for i := range 4000 {
		name := string(rune('a'+i%26)) + string(rune(i))
		k := m.Draw(x.Digest("dummy", name), present)
		if k != m.Draw(x.Digest("dummy", name), present) {
			t.Fatalf("%q has two kinds", name)
		}
		if k.Algorithm == password.Bcrypt {
			slow++
		}
	}
	if slow < 850 || slow > 1150 {
		t.Errorf("got %d slow ones of 4000, want about a quarter", slow)
	}
}
