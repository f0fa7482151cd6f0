package account_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/store"
)

func TestCanonicalName(t *testing.T) {
	for _, c := range []struct {
		typed, want string
		valid       bool
	}{
		{"marie", "marie", true},
		{"MARIE", "marie", true},
		{"  Marie ", "marie", true},
		{"STRASSE", "strasse", true},
		{"a\u0301", "á", true},
		{"", "", false},
		{"   ", "", false},
		{"Ann Lee", "ann lee", false},
		{"\tANN", "\tann", false}, // only spaces are trimmed
		{"Bad\u200bName", "bad\u200bname", false},
	} {
		if got, valid := account.CanonicalName(c.typed); got != c.want || valid != c.valid {
			t.Errorf("%q: got %q, %v, want %q, %v", c.typed, got, valid, c.want, c.valid)
		}
	}
}

// TestNameIDs: no name and no account id share a record, and none of them stands
// in a key.
func TestNameIDs(t *testing.T) {
	x, err := store.NewIndex(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, id := range []string{account.NameID(x, "ann"), account.NameID(x, "bob"), account.Home(x, "ann"), account.Home(x, "bob")} {
		if len(id) != 32 || seen[id] || strings.Contains(id, "ann") {
			t.Errorf("got %q, want another id of 32 digits", id)
		}
		seen[id] = true
	}
}

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
