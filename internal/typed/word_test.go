package typed_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

func TestWord(t *testing.T) {
	for s, want := range map[string]string{
		"":                 "",
		"Dragon":           "dragon",
		" two  Words ":     " two  words ", // blanks stay
		"STRASSE":          "strasse",
		"Straße":           "strasse",
		"ＰＡＳＳｗｏｒｄ":         "password",
		"\ufb01sh":         "fish",
		"Pa\u0308sswort":   "p\u00e4sswort",
		"P\u00c4SSWORT":    "p\u00e4sswort",
		"ΣΊΣΥΦΟΣ":          "σίσυφοσ",
		"\u0345\u03b1":     "ια", // a mark that folding makes a letter of
		"\u212aarl":        "karl",
		"\uae40\ucca0":     "\uae40\ucca0", // two characters, whose parts are five
		"p@ssw0rd":         "p@ssw0rd",     // no look-alikes
		"two\u00a0words":   "two words",
		"👩\u200d🚀":         "👩\u200d🚀",
		"\u0130stanbul":    "i\u0307stanbul",
		"not\xffUTF\xfe-8": "not\xffutf\xfe-8",
	} {
		if got := typed.Word(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func checkWord(t interface{ Errorf(string, ...any) }, s string) {
	once := typed.Word(s)
	if twice := typed.Word(once); twice != once {
		t.Errorf("%q becomes %q, and that %q", s, once, twice)
	}
	if len(once) > 11*len(s) { // of U+FDFA, three bytes, come 33
		t.Errorf("%q becomes %d bytes of %d", s, len(once), len(s))
	}
}

// FuzzWord reads a word: what comes out stays as it is.
func FuzzWord(f *testing.F) {
	for _, s := range []string{"", "Dragon", "Straße", "ＰＡＳＳ", "\u0345\u03b1", "Pa\u0308ss", "\xff", "\u1e9e", "\ufdfa"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkWord(t, s) })
}
