package sallyport

import (
	"strings"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// Bounds of the secret of a browser, in bytes.
const (
	minBrowser = 32
	maxBrowser = 128
)

// isBrowserSecret reports whether a text may be the secret of a browser, or is empty.
func isBrowserSecret(s string) bool {
	return s == "" || minBrowser <= len(s) && len(s) <= maxBrowser && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// said is what a call says of a login that belongs to a browser: the secret of that, an
// option, and what was said for it. The zero said is of a login that belongs to none.
type said struct{ holder, option, words string }

// note has the answer to a login that has just been granted known again.
func (s said) note(request *mfa.Case, session string) {
	if s.holder != "" {
		request.NoteGiven(s.option, s.words, session)
	}
}

// seed is what the token of a device comes of that is remembered by the login of that
// session; nil: of chance.
func (s said) seed(index store.Index, session string) []byte {
	if s.holder == "" {
		return nil
	}
	return index.Digest("device-seed", session, s.holder)
}
