package legacy_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/sallyport-auth/sallyport/password/legacy"
)

func TestAlgorithmNames(t *testing.T) {
	for a, want := range map[legacy.Algorithm]string{
		0: "none", 1: "none", legacy.Bcrypt: "bcrypt", 3: "none", legacy.PBKDF2SHA1: "pbkdf2-sha1",
		legacy.SHA512Crypt: "sha512-crypt", legacy.SHA512: "sha512", 14: "none", 255: "none",
	} {
		if got := a.String(); got != want {
			t.Errorf("%d: %q, want %q", a, got, want)
		}
	}
}

// TestWorksAreFew: passlib has drawn the rounds of each hash from a tenth around a
// mean, and whoever counts works must not count a thousand of them.
func TestWorksAreFew(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"pbkdf2", "$pbkdf2-sha256$%d$" + salt16 + "$" + salt16},
		{"sha-crypt", "$5$rounds=%d$salt$" + sum43},
	} {
		works := map[legacy.Work]bool{}
		for rounds := 26_100; rounds <= 31_900; rounds++ {
			w := mustRead(t, fmt.Sprintf(c.text, rounds)).Work()
			if off := math.Abs(float64(w.Time)/float64(rounds) - 1); off > 0.01 {
				t.Fatalf("%s: %d rounds count as %d", c.name, rounds, w.Time)
			}
			works[w] = true
		}
		if len(works) > 30 {
			t.Errorf("%s: %d works, want 30 at most", c.name, len(works))
		}
	}
}
