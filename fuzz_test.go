package sallyport

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzNames reads a user name: folding twice is folding once, so that no name
// has two records, and no refused name turns into an accepted one.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"marie", "MARIE ", "K", "ﬁ", "ΣΑΣ", "straße", "a\u0301", "á", "", "  ", "bad\u200bname", "\xff", "Ⅳ", "ſ", "marie\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, ok := canonicalName(s)
		twice, again := canonicalName(once)
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

// FuzzRequestID reads a request id: it has one spelling after it was brought to
// it, and what is no id stays as it is.
func FuzzRequestID(f *testing.F) {
	for _, s := range []string{"", "6F209594-FC04-4E96-9F9F-7DAF57B0FB12", "{6f209594-fc04-4e96-9f9f-7daf57b0fb12}", "6f209594fc044e969f9f7daf57b0fb12", "6f209594-fc04-4e96-9f9f-7daf57b0fb1é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := normalID(s)
		if normalID(n) != n {
			t.Errorf("%q becomes %q and then %q", s, n, normalID(n))
		}
		if n != s && !strings.EqualFold(n, s) {
			t.Errorf("%q becomes %q", s, n)
		}
	})
}
