package weblogin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/weblogin"
)

// FuzzPending reads the cookie of what is under way, as a browser may send anything: what is
// read is written again as it was read, in a form that a cookie may have.
func FuzzPending(f *testing.F) {
	for _, seed := range []string{
		"", "....", weblogin.PendingOf("ada"), weblogin.PendingOf("eve@example.com\neve"), weblogin.PendingOf(strings.Repeat("é", 500)),
		"a.b.c.d.e.f", "a b....", "....=", "..;..", weblogin.PendingOf("ada") + " ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		again, name := weblogin.Pending(value)
		if twice, same := weblogin.Pending(again); twice != again || same != name {
			t.Errorf("%q: got %q, and of that %q", value, again, twice)
		}
		if err := (&http.Cookie{Name: "a", Value: again}).Valid(); err != nil || len(name) > 1<<10 {
			t.Errorf("%q: got %q, %v", value, again, err)
		}
	})
}

// TestPending: what is kept is read as it was.
func TestPending(t *testing.T) {
	for _, name := range []string{"", "ada", "eve@example.com\neve", "a b\x00é;"} {
		if _, got := weblogin.Pending(weblogin.PendingOf(name)); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
}
