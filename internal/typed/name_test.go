package typed_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

func TestName(t *testing.T) {
	for _, c := range []struct{ typed, want, fault string }{
		{"marie", "marie", ""},
		{"  MARIE ", "marie", ""},
		{"john doe", "john doe", ""},
		{"Marie   Sample", "marie sample", ""},
		{"STRASSE", "strasse", ""},
		{"straße", "strasse", ""},
		{"ΣΑΣ", "σασ", ""},
		{"σας", "σασ", ""},
		{"ｍａｒｉｅ", "marie", ""}, // full width
		{"a\u0301", "á", ""},
		{"l·l", "l·l", ""}, // good between two l alone
		{"acme:bob", "acme:bob", ""},
		{"acme\uff1abob", "acme:bob", ""}, // what stands for the colon in labels of apps
		{"bob@example.com", "bob@example.com", ""},
		{strings.Repeat("é", 64), strings.Repeat("é", 64), ""},

		{"", "", "missing"},
		{"   ", "", "missing"},
		{strings.Repeat("é", 65), "", "longer than 64 characters"},
		{strings.Repeat("ß", 33), "", "longer than 64 characters as names are compared (\"" + strings.Repeat("s", 66) + "\")"},
		{"bad\u200bname", "", "holds U+200B, which cannot stand there in a user name"},
		{"\tann", "", "holds U+0009, which cannot stand there in a user name"},
		{"ann\u00a0lee", "", "holds U+00A0, which cannot stand there in a user name"},
		{"ann\u212a", "annk", ""}, // the Kelvin sign is a K by its own decomposition
		{"No. Ⅳ", "", "holds U+2163 'Ⅳ', which cannot stand there in a user name"},
		{"l·", "", "holds U+00B7 '·', which cannot stand there in a user name"},
		{"1א", "", "holds U+05D0 'א', which cannot stand there in a user name"},
		{"a\xff", "", "not UTF-8"},
	} {
		got, err := typed.Name(c.typed), typed.CheckName(c.typed)
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		if got.Refused != (c.fault != "") || !got.Refused && got.Canonical != c.want || fault != c.fault {
			t.Errorf("%q: got %+v and %q, want %q and %q", c.typed, got, fault, c.want, c.fault)
		}
	}
}

func TestWrittenName(t *testing.T) {
	for name, want := range map[string]string{
		"Marie": "Marie", "  Marie  Sample ": "Marie Sample", "Straße": "Straße", " ": "", "\tx": "\tx",
	} {
		if got := typed.WrittenName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// TestRefusedName: refused names that differ by case alone are counted together,
// and never under a name that an account can have.
func TestRefusedName(t *testing.T) {
	a, b := typed.Name("Bad\u200bName "), typed.Name("bad\u200bname")
	if a != b || !a.Refused {
		t.Errorf("got %+v and %+v, want one refused name", a, b)
	}
}

// TestNameASCII: each character of ASCII is folded as the tables of Unicode fold it.
func TestNameASCII(t *testing.T) {
	for r := rune('!'); r <= '~'; r++ {
		if got := typed.Name("x" + string(r)); got.Refused || got.Canonical != "x"+cases.Fold().String(string(r)) {
			t.Errorf("%q: got %+v", r, got)
		}
	}
}

// checkName holds a name to its property: its one spelling is its own.
func checkName(t interface{ Errorf(string, ...any) }, s string) {
	once := typed.Name(s)
	if once.Refused {
		if typed.CheckName(s) == nil {
			t.Errorf("%q is refused without a reason", s)
		}
		return
	}
	if twice := typed.Name(once.Canonical); twice != once {
		t.Errorf("%q is %+v, and that %+v", s, once, twice)
	}
	if n := utf8.RuneCountInString(once.Canonical); n == 0 || n > typed.MaxName || !utf8.ValidString(once.Canonical) {
		t.Errorf("%q is %q, of %d characters", s, once.Canonical, n)
	}
	if w := typed.WrittenName(s); typed.Name(w) != once || typed.WrittenName(w) != w {
		t.Errorf("%q is written %q, which is another name", s, w)
	}
}

// FuzzName reads a user name: its one spelling is accepted and stays as it is, and
// what is stored of it is the same name.
func FuzzName(f *testing.F) {
	for _, s := range []string{"marie", "MARIE ", "K", "ﬁ", "ΣΑΣ", "straße", "a\u0301", "", "  ", "bad\u200bname", "\xff", "Ⅳ", "ſ", "marie\x00", "john  doe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkName(t, s) })
}
