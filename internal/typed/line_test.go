package typed_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Ada Ärzte 😀": "Ada Ärzte 😀", "a\r\nb": "a  b", "a\x00b\x7fc": "a b c", "a\u0085b": "a b", "a\u2028b\u2029c": "a b c",
		"a\u202eb\u2066c": "a b c", "\ufeffa": " a", "a\u00adb": "a b", "a\xffb": "a b", "a\ufffdb": "a b", "a\u00a0b": "a\u00a0b", "\ta": " a",
	} {
		if got := typed.Line(in); got != want || typed.Line(got) != got {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
