package mfa_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// FuzzLinkToken reads the token of a link: only 64 lower-case hexadecimal digits
// can name a request, and what they name can stand in a key.
func FuzzLinkToken(f *testing.F) {
	for _, s := range []string{"", strings.Repeat("0a", 32), strings.Repeat("0A", 32), "u" + strings.Repeat("0a", 32), strings.Repeat("0a", 31) + "0g", "../../etc", strings.Repeat("é", 32)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		record, ok := mfa.LinkRecord(s)
		if ok != (len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "") {
			t.Errorf("LinkRecord(%q) = %v", s, ok)
		}
		if ok && store.CheckKeys(mfa.RequestTable.Key(record)) != nil {
			t.Errorf("LinkRecord(%q) = %q, which is no key", s, record)
		}
		if undo := mfa.IsUndoToken(s); undo && (ok || len(s) != 65 || s[0] != 'u') {
			t.Errorf("IsUndoToken(%q)", s)
		}
	})
}
