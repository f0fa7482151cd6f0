package typed_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

func TestMobile(t *testing.T) {
	const number = "+491701234567"
	for _, c := range []struct{ typed, want string }{
		{number, number},
		{typed.WantedMobile, number},
		{"+49 170 1234567", number},
		{"+49-170-123-45-67", number},
		{"(+49) 170 1234567", number},
		{"+49 (170) 1234567", number},
		{"+49 [170] 1234567", number},
		{"+49/170.1234567", number},
		{"+49\u2010170\u20111234567", number},
		{"+49\u2012170 \u2013 123\u20144567", number},
		{"+49\u2212170\u22121234567", number},
		{"0049 170 1234567", number},
		{"(00)491701234567", number},
		{" " + number + " ", number},
		{"\u202a" + number + "\u202c", number},
		{"\u200e+49\u200f\u061c170\u2066 1234567\u2069", number},
		{"+49\u00a0170\u20091234567\u3000\t\n", number},
		{"+1234567", "+1234567"},
		{"+123456789012345", "+123456789012345"},

		{"+123456", ""},
		{"+1234567890123456", ""},
		{"", ""},
		{"+", ""},
		{"0170 1234567", ""},
		{"491701234567", ""},
		{"+0491701234567", ""},
		{"+00491701234567", ""},
		{"000491701234567", ""},
		{"+49 (0) 170 1234567", ""},
		{"+49 [0] 170 1234567", ""},
		{"+49(\u00a00\u200e)1701234567", ""}, // a lone zero once blanks and marks are gone
		{"+49 (0-) 170 1234567", ""},
		{"+49 (0\u2011) 170 1234567", ""},
		{"+49 (\u20130) 170 1234567", ""},
		{"+49 [0\u2212] 170 1234567", ""},
		{"+49\u2015170 1234567", ""}, // a line, no hyphen
		{"+49 170 CALLME", ""},
		{number + " ext. 5", ""},
		{"+４９１７０１２３４５６７", ""},
		{"+٤٩١٧٠١٢٣٤٥٦٧", ""},
		{"\uff0b491701234567", ""}, // a full-width plus
		{"++491701234567", ""},
		{"+49+1701234567", ""},
		{"+49\u200b1701234567", ""}, // no blank and no mark
		{"\ufeff" + number, ""},
		{number + "\xff", ""},
		{number + "," + number, ""},
	} {
		got, ok := typed.Mobile(c.typed)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q: got %q, %v, want %q", c.typed, got, ok, c.want)
		}
	}
}

func checkMobile(t interface{ Errorf(string, ...any) }, s string) {
	once, ok := typed.Mobile(s)
	if !ok {
		if once != "" {
			t.Errorf("%q is refused as %q", s, once)
		}
		return
	}
	if twice, ok := typed.Mobile(once); twice != once || !ok {
		t.Errorf("%q becomes %q, and that %q, %v", s, once, twice, ok)
	}
	if digits, plus := strings.CutPrefix(once, "+"); !plus || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		t.Errorf("%q becomes %q", s, once)
	}
}

// FuzzMobile reads a mobile number: what comes out is in the form of E.164 and
// stays as it is.
func FuzzMobile(f *testing.F) {
	for _, s := range []string{"+49 (170) 123-45/67", "0049 170 1234567", "+49 (0) 170 1234567", "\u202a+491701234567\u202c", "+0", "", "\xff", "+４９"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkMobile(t, s) })
}
