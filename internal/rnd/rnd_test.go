package rnd_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// TestTextIsEven draws a million digits and holds their spread to a χ² bound:
// 9 degrees of freedom pass 40 by chance once in 130,000 runs.
func TestTextIsEven(t *testing.T) {
	const n = 1_000_000
	var seen [10]int
	for _, c := range []byte(rnd.Text(n, "0123456789")) {
		seen[c-'0']++
	}
	chi := 0.0
	for _, s := range seen {
		d := float64(s) - n/10
		chi += d * d / (n / 10)
	}
	if chi > 40 {
		t.Errorf("χ² = %.1f over %v, want at most 40", chi, seen)
	}
}

func TestUUID(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		u := rnd.UUID()
		raw, ok := rnd.ParseUUID(u)
		if !ok || rnd.FormatUUID(raw) != u || u[14] != '4' || seen[u] {
			t.Fatalf("bad or repeated UUID %q", u)
		}
		seen[u] = true
	}
	for _, bad := range []string{"", "x", "6f209594-fc04-4e96-9f9f-7daf57b0fb1", "6f209594fc044e969f9f7daf57b0fb12----", "6f209594-fc04-4e96-9f9f-7daf57b0fbZ2"} {
		if _, ok := rnd.ParseUUID(bad); ok {
			t.Errorf("ParseUUID(%q) passed", bad)
		}
	}
}
