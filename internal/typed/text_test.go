package typed_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

func TestWords(t *testing.T) {
	for s, want := range map[string][]string{
		"":                         nil,
		"  ":                       nil,
		"openid":                   {"openid"},
		"openid  offline_access  ": {"openid", "offline_access"},
		" a\tb c":                  {"a\tb", "c"}, // a tab separates nothing
		"a\u00a0b":                 {"a\u00a0b"},
	} {
		if got := typed.Words(s); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func TestFile(t *testing.T) {
	for s, want := range map[string]string{
		"{}": "{}", "\ufeff{}": "{}", "\ufeff\ufeff{}": "\ufeff{}", " \ufeff{}": " \ufeff{}", "\xef\xbb": "\xef\xbb", "": "",
	} {
		if got := typed.File([]byte(s)); string(got) != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func TestCheckFile(t *testing.T) {
	for s, want := range map[string]string{
		"{}": "", "\ufeffé": "", "": "", "\xff\xfe{\x00": "in UTF-16; save it in UTF-8", "\xfe\xff\x00{": "in UTF-16; save it in UTF-8", "caf\xe9": "not UTF-8", "\xff": "not UTF-8",
	} {
		got := ""
		if err := typed.CheckFile([]byte(s)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func TestLabel(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Auditor", "AUDITOR", true},
		{"Sales  desk ", " sales desk", true},
		{"Ａuditor", "auditor", true},
		{"Auditor", "Auditors", false},
	} {
		a, b := typed.Label(c.a), typed.Label(c.b)
		if (a == b) != c.same || a == "" || b == "" {
			t.Errorf("%q (%q) and %q (%q): want the same: %v", c.a, a, c.b, b, c.same)
		}
	}
	for _, s := range []string{"", " ", "a\x00b", "a\xff"} {
		if got := typed.Label(s); got != "" {
			t.Errorf("%q: got %q, want it refused", s, got)
		}
	}
}

func checkText(t interface{ Errorf(string, ...any) }, s string) {
	words := typed.Words(s)
	if again := typed.Words(strings.Join(words, " ")); !slices.Equal(again, words) || slices.Contains(words, "") {
		t.Errorf("%q becomes %q, and that %q", s, words, again)
	}
	if once := typed.Label(s); once != "" && typed.Label(once) != once {
		t.Errorf("%q becomes %q, and that %q", s, once, typed.Label(once))
	}
	if once := typed.File([]byte("\ufeff" + s)); !bytes.Equal(once, []byte(s)) {
		t.Errorf("%q becomes %q", s, once)
	}
}

// FuzzText reads a list, the name of a role and a file: what comes out stays as it
// is.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "openid  offline_access", " a ", "\ufeff{}", "ﬁ Ⅳ", "\xff", "Sales  Desk", "a\tb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkText(t, s) })
}
