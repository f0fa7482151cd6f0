package typed_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// TestFactorName: what a factor may be called, to the last character.
func TestFactorName(t *testing.T) {
	for text, want := range map[string]string{
		"Phone":                          "Phone",
		"  My \u00a0 old  phone ":        "My old phone",
		"Ada’s iPhone 15 (work)":         "Ada’s iPhone 15 (work)",
		"e\u0301tage":                    "étage",
		"電話":                             "電話",
		"👩\u200d💻":                       "👩\u200d💻",
		"می\u200cخواهم":                  "می\u200cخواهم", // with a joiner
		strings.Repeat("é", 64):          strings.Repeat("é", 64),
		strings.Repeat("é", 65):          "",
		strings.Repeat("e\u0301", 64):    strings.Repeat("é", 64),
		strings.Repeat(" ", 2000) + "a":  "",
		"":                               "",
		"   ":                            "",
		"\u200d":                         "",
		"\u0301":                         "",
		"a\tb":                           "",
		"a\nb":                           "",
		"a\x00":                          "",
		"a\x7f":                          "",
		"a\u0085":                        "",
		"a\u2028b":                       "",
		"a\u202eb":                       "",
		"a\u2066b":                       "",
		"a\u200eb":                       "",
		"a\u061cb":                       "",
		"a\ufeff":                        "",
		"a\u200b":                        "",
		"a\u3164":                        "",
		"a\ue000":                        "",
		"a\xff":                          "",
		"a" + string(rune(0x0378)) + "b": "", // not assigned
	} {
		got, ok := typed.FactorName(text)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, ok, want)
		}
	}
}

// FuzzFactorName reads the name of a factor: what is taken is short and one line of what
// can be seen, and read again it is the same.
func FuzzFactorName(f *testing.F) {
	for _, text := range []string{"Phone", "  My  phone ", "a\u202eb", "e\u0301", "👩\u200d💻", "\xff", "\u3164", strings.Repeat("x", 65)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, ok := typed.FactorName(text)
		if !ok {
			return
		}
		if again, ok := typed.FactorName(name); !ok || again != name {
			t.Errorf("%q: read again %q, %v", name, again, ok)
		}
		if n := utf8.RuneCountInString(name); n < 1 || n > 64 || !utf8.ValidString(name) || strings.ContainsAny(name, "\n\r\t\x00\u202e\u2066\u200e\u2028") || strings.TrimSpace(name) != name {
			t.Errorf("got %q", name)
		}
	})
}
