package gsm_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/gsm"
)

func TestSeptets(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		ok   bool
	}{
		{"", 0, true},
		{"Your code: 123456", 17, true},
		{"Ärger & Söhne_é\n", 16, true},
		{"[x]~€", 9, true},
		{"`", 0, false},
		{"ê", 0, false},
		{"Ж", 0, false},
		{"a\u00a0b", 0, false},
		{"a\tb", 0, false},
		{"a\xff", 0, false},
	} {
		if n, ok := gsm.Septets(c.text); n != c.n || ok != c.ok {
			t.Errorf("%q: got %d, %v, want %d, %v", c.text, n, ok, c.n, c.ok)
		}
	}
}

// TestAlphabet: the tables have as many characters as the standard.
func TestAlphabet(t *testing.T) {
	one, two := 0, 0
	for r := range rune(0x3000) {
		switch n, _ := gsm.Septets(string(r)); n {
		case 1:
			one++
		case 2:
			two++
		}
	}
	if one != 127 || two != 10 { // 128 without the escape
		t.Errorf("got %d characters of one septet and %d of two, want 127 and 10", one, two)
	}
}

func TestFits(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		text     string
		messages int
		want     bool
	}{
		{x(160), 1, true}, {x(161), 1, false}, {x(306), 2, true}, {x(307), 2, false},
		{x(152) + "€" + x(152), 2, false}, // 306 septets, of which the first message holds 152
		{x(151) + "€" + x(153), 2, true}, {x(152) + "€" + x(151), 2, true}, {x(153) + "€" + x(151), 2, true},
		{x(152) + "€" + x(5), 2, true}, {x(160), 2, true},
		{x(159) + "€", 1, false}, {x(158) + "€", 1, true}, {"ж", 1, false}, {"ж", 2, false},
	} {
		if got := gsm.Fits(c.text, c.messages); got != c.want {
			t.Errorf("%d characters in %d: got %v, want %v", len(c.text), c.messages, got, c.want)
		}
	}
}
