package account_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/account"
)

// FuzzCanonicalName reads a user name: folding twice is folding once, so that no name
// has two records, and no refused name turns into an accepted one.
func FuzzCanonicalName(f *testing.F) {
	for _, s := range []string{"marie", "MARIE ", "K", "ﬁ", "ΣΑΣ", "straße", "a\u0301", "á", "", "  ", "bad\u200bname", "\xff", "Ⅳ", "ſ", "marie\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, ok := account.CanonicalName(s)
		twice, again := account.CanonicalName(once)
		if ok && (!again || twice != once) {
			t.Errorf("%q folds to %q, and that to %q, %v", s, once, twice, again)
		}
		if ok && (once == "" || !utf8.ValidString(once)) {
			t.Errorf("%q folds to %q", s, once)
		}
		if !ok && strings.Trim(s, " ") != "" && once == "" {
			t.Errorf("%q is refused and counted under no name", s)
		}
	})
}
