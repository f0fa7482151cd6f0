package account

import (
	"testing"

	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// TestP9DummyHashes: names that are nobody's cost what accounts cost, in the
// proportion of the stored hashes and always the same for one name.
func TestP9DummyHashes(t *testing.T) {
	x, err := store.NewIndex(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	old := "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	var m HashMix
	present := password.DefaultParams().Kind()
	if got := m.Draw(x.Digest("dummy", "x"), present); got != present {
		t.Errorf("nothing counted: got %v, want %v", got, present)
	}
	fresh, err := password.InsecureParamsForTests().Hash("x")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		m.Add(fresh)
	}
	m.Add(old)
	m.Add("no hash at all")
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
