package legacy_test

import (
	"bytes"
	"testing"

	"github.com/sallyport-auth/sallyport/password/legacy"
)

// TestDigest: the weak ones of all vectors, and no others, are digests; from the
// blank text comes the same digest of every password.
func TestDigest(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			h := mustRead(t, v.text)
			d, ok := h.Digest()
			if want := h.Work().Algorithm >= legacy.MD5; ok != want {
				t.Fatalf("Digest: %v, want %v", ok, want)
			}
			if !ok {
				return
			}
			if !bytes.Equal(d.Of(v.password), d.Stored()) || bytes.Equal(d.Of("x"), d.Stored()) {
				t.Errorf("Of = %x, Stored = %x, want them equal for the right password alone", d.Of(v.password), d.Stored())
			}
			if d.IsBlank() || !d.Fits(v.password) {
				t.Errorf("IsBlank %v, Fits %v, want false, true", d.IsBlank(), d.Fits(v.password))
			}
			again := mustRead(t, d.Blank())
			blank, ok := again.Digest()
			if !ok || !blank.IsBlank() || blank.Blank() != d.Blank() || again.Work() != h.Work() {
				t.Fatalf("the blank text %q is read as another", d.Blank())
			}
			if !bytes.Equal(blank.Of(v.password), d.Stored()) {
				t.Error("the digest of the blank text is another")
			}
			if again.Match(v.password) {
				t.Error("the blank text matches")
			}
		})
	}
}

// TestStoredIsACopy: who is handed bytes may write into them.
func TestStoredIsACopy(t *testing.T) {
	h := mustRead(t, "{SHA}1HtYWCXhB2ugDRxxJMlFUtSLiJA=")
	d, _ := h.Digest()
	clear(d.Stored())
	if !h.Match("secret words") {
		t.Error("writing into the bytes has changed the hash")
	}
}
