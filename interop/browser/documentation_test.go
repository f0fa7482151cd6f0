package browser_test

import (
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

// TestDocumentation reads the documentation page without a script and with one, in light and
// dark, on narrow screens and with letters of twice the size, and calls the server by its forms.
// Nothing leaves the server's origin, and nothing is kept.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	served.NeedBrowser(t)
	yes := true
	s := served.Start(t, []served.User{{Name: "rita"}, {Name: "newcomer", MFA: &yes}, served.Mailed("mara")})
	steps, rest := script(t, "documentation.mjs", append(s.Env("Native", "rita"), "NEWCOMER=newcomer", "MAILED=mara")...)
	if want := []string{"plain", "looks", "tries", "logs in", "pictures"}; !slices.Equal(steps, want) {
		t.Errorf("got the steps %q, want %q", steps, want)
	}
	for _, line := range rest {
		t.Error(line)
	}
}
