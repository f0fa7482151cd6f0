package ascii_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", true},
		{"VGUser", "vguSER", true},
		{"azAZ09_-", "AZaz09_-", true},
		{"k", "\u212a", false}, // the Kelvin sign
		{"s", "\u017f", false}, // the long s
		{"É", "é", false},      // beyond ASCII case counts
		{"@", "`", false},      // one before A and a
		{"[", "{", false},      // one behind Z and z
		{"a", "ab", false},     // a prefix is another text
		{"\xff", "\xff", true}, // what is no UTF-8 is compared as it is
	} {
		if got := ascii.Equal(c.a, c.b); got != c.want {
			t.Errorf("Equal(%q, %q): got %v, want %v", c.a, c.b, got, c.want)
		}
		if got := ascii.Fold(c.a) == ascii.Fold(c.b); got != c.want {
			t.Errorf("Fold(%q) == Fold(%q): got %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{"": "", "already low": "already low", "ÄBC\u212a": "Äbc\u212a", "xY": "xy"} {
		if got := ascii.Fold(in); got != want {
			t.Errorf("Fold(%q): got %q, want %q", in, got, want)
		}
	}
}
