package sallyport

import (
	"strings"
	"testing"
)

// FuzzRequestID reads a request id: it has one spelling after it was brought to
// it, and what is no id stays as it is.
func FuzzRequestID(f *testing.F) {
	for _, s := range []string{"", "6F209594-FC04-4E96-9F9F-7DAF57B0FB12", "{6f209594-fc04-4e96-9f9f-7daf57b0fb12}", "6f209594fc044e969f9f7daf57b0fb12", "6f209594-fc04-4e96-9f9f-7daf57b0fb1é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := normalID(s)
		if normalID(n) != n {
			t.Errorf("%q becomes %q and then %q", s, n, normalID(n))
		}
		if n != s && !strings.EqualFold(n, s) {
			t.Errorf("%q becomes %q", s, n)
		}
	})
}
