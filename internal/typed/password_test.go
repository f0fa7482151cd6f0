package typed_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

func TestPasswords(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		want        []string
	}{
		{"as it is", "correct horse", []string{"correct horse"}},
		{"outer blanks stay", " x ", []string{" x "}},
		{"nothing composes", "Pas\u0308s", []string{"Pas\u0308s"}},
		{"a and diaeresis", "Pa\u0308ss", []string{"P\u00e4ss", "Pa\u0308ss"}},
		{"no-break space", "a\u00a0b", []string{"a b", "a\u00a0b"}},
		{"ideographic space", "a\u3000b", []string{"a b", "a\u3000b"}},
		{"case stays", "ÄäKſ", []string{"ÄäKſ"}},
		{"joined emoji stay", "👩\u200d🚀", []string{"👩\u200d🚀"}},
		{"a tab stays", "a\tb", []string{"a\tb"}},
		{"not UTF-8", "a\xff\u00a0", []string{"a\xff\u00a0"}},
		{"empty", "", []string{""}},
		{"1024 bytes", strings.Repeat("x", 1024), []string{strings.Repeat("x", 1024)}},
		{"1025 bytes", strings.Repeat("x", 1025), []string{""}},
	} {
		if got := typed.Passwords(c.typed); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %.80q, want %.80q", c.name, got, c.want)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	for _, c := range []struct{ typed, want string }{
		{"correct horse", ""},
		{"👩\u200d🚀\u200b\ue000\U0010fffe", ""}, // no class is refused but controls
		{strings.Repeat("x", 1024), ""},
		{strings.Repeat("x", 1025), "longer than 1024 bytes"},
		{"secret\n", "holds a control character, such as a line end"},
		{"a\u0085b", "holds a control character, such as a line end"},
		{"a\x00b", "holds a control character, such as a line end"},
		{"a\xff", "not UTF-8"},
	} {
		got := ""
		if err := typed.CheckPassword(c.typed); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%.40q: got %q, want %q", c.typed, got, c.want)
		}
	}
}

func checkPassword(t interface{ Errorf(string, ...any) }, s string) {
	once := typed.Password(s)
	if twice := typed.Password(once); twice != once {
		t.Errorf("%q becomes %q, and that %q", s, once, twice)
	}
	if len(s) <= typed.MaxPassword && len(once) > typed.MaxPreparedPassword {
		t.Errorf("%d bytes become %d", len(s), len(once))
	}
	if utf8.ValidString(s) && strings.ContainsFunc(once, func(r rune) bool { return r != ' ' && unicode.Is(unicode.Zs, r) }) {
		t.Errorf("%q becomes %q", s, once)
	}
	forms := typed.Passwords(s)
	if len(s) <= typed.MaxPassword && (forms[0] != once || forms[len(forms)-1] != s || (len(forms) == 2) != (once != s)) {
		t.Errorf("%q is tried as %q", s, forms)
	}
}

// FuzzPassword reads a password: its form stays as it is, within its bound, and a
// typed one is tried in its form and as it was typed.
func FuzzPassword(f *testing.F) {
	for _, s := range []string{"correct horse", "Pa\u0308ss", "a\u00a0b", "\u2000", "\xff\u00a0", "", "\u0344", "\u1e9b\u0323", "\ud55c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkPassword(t, s) })
}
