package wire_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/wire"
)

// FuzzDecodeTokenAnswer reads the JSON of a token answer: it is one thing, and
// survives being written and read.
func FuzzDecodeTokenAnswer(f *testing.F) {
	for _, name := range []string{goldenEnrolment, goldenRequired, goldenSuccess} {
		f.Add(golden(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		success, refusal, err := wire.DecodeTokenAnswer(data)
		answers := 0
		for _, there := range []bool{success != nil, refusal != nil, err != nil} {
			if there {
				answers++
			}
		}
		if answers != 1 {
			t.Fatalf("got %v, %v, %v; want exactly one", success, refusal, err)
		}
		switch {
		case success != nil:
			first := encode(t, success)
			if again := encode(t, decodeSuccess(t, []byte(first))); again != first {
				t.Errorf("got %s, want %s", again, first)
			}
		case refusal != nil:
			first := encode(t, refusal)
			if again := encode(t, decodeError(t, []byte(first))); again != first {
				t.Errorf("got %s, want %s", again, first)
			}
		}
	})
}

// FuzzUserInfo reads the JSON of user info: no claim is lost, merged or moved.
func FuzzUserInfo(f *testing.F) {
	f.Add(golden(f, goldenUserInfo))
	f.Fuzz(func(t *testing.T, data []byte) {
		var u wire.UserInfo
		if wire.Decode(data, &u) != nil {
			return
		}
		seen := map[string]bool{}
		for _, c := range u {
			if seen[c.Name] {
				t.Fatalf("got claim %q twice", c.Name)
			}
			seen[c.Name] = true
		}
		first := encode(t, u)
		if again := encode(t, decodeUserInfo(t, []byte(first))); again != first {
			t.Errorf("got %s, want %s", again, first)
		}
		if strings.HasSuffix(first, "\n") {
			t.Errorf("got a newline at the end of %q", first)
		}
	})
}
