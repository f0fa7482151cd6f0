package typed_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

func TestCode(t *testing.T) {
	for s, want := range map[string]string{
		"":                           "",
		"005924":                     "005924",
		" 005-924 ":                  "005924",
		"AbC-dEf 12":                 "ABCDEF12",
		"\u00a0x\u202fy- -z":         "XYZ",
		"tab\tline\n":                "TAB\tLINE\n", // neither is taken away
		"bad \xff\xa0 UTF-8":         "bad \xff\xa0 UTF-8",
		"\xc2-\xa0":                  "\xc2-\xa0",
		"é\u2009—":                   "é\u2009—",
		"005\u2007924":               "005\u2007924",
		"005\u2011924":               "005\u2011924",
		"005924\u200b":               "005924\u200b",
		"\u212a\u017f":               "\u212a\u017f", // neither a K nor an S
		"１２３":                        "１２３",
		strings.Repeat("- ", 100000): "",
	} {
		if got := typed.Code(s); got != want {
			t.Errorf("%.40q: got %q, want %q", s, got, want)
		}
	}
}

func checkCode(t interface{ Errorf(string, ...any) }, s string) {
	once := typed.Code(s)
	if twice := typed.Code(once); twice != once {
		t.Errorf("%q becomes %q, and that %q", s, once, twice)
	}
	if len(once) > len(s) {
		t.Errorf("%q becomes %q", s, once)
	}
}

// FuzzCode reads a code: what comes out stays as it is.
func FuzzCode(f *testing.F) {
	for _, s := range []string{"", "005924", "005 924", "abcd-EFGH", "\u00a0", "\xc2-\xa0", "--------", "\u212a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkCode(t, s) })
}
