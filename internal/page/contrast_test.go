package page_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/page"
)

// TestContrast: every ink has 4.5:1 on every ground it stands on, in the light and
// in the dark (WCAG 2.2, success criterion 1.4.3).
func TestContrast(t *testing.T) {
	b, err := plain(t).Render(page.Note{}.Page(), "en")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(b), "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("the style has no dark theme")
	}
	for name, style := range map[string]string{"light": light, "dark": dark} {
		colour := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]+)`).FindAllStringSubmatch(style, -1) {
			colour[m[1]] = luminance(t, m[2])
		}
		for _, pair := range [][2]string{
			{"ink", "paper"}, {"ink", "card"}, {"quiet", "paper"}, {"quiet", "card"}, {"deed", "paper"}, {"bad", "paper"}, {"good", "paper"}, {"on-deed", "deed"},
		} {
			a, b := colour[pair[0]], colour[pair[1]]
			if got := (max(a, b) + .05) / (min(a, b) + .05); got < 4.5 || a == b {
				t.Errorf("%s: %s on %s: got %.2f, want 4.5", name, pair[0], pair[1], got)
			}
		}
	}
}

// luminance is the relative luminance of a colour, as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	var rgb [3]uint8
	if _, err := fmt.Sscanf(hex, "%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("%q: %v", hex, err)
	}
	var sum float64
	for i, weight := range []float64{.2126, .7152, .0722} {
		c := float64(rgb[i]) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
