package account_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/store"
)

// TestNameIDs: no name and no account id share a record, a refused name shares
// none with a sound one of the same text, and none of them stands in a key.
func TestNameIDs(t *testing.T) {
	x, err := store.NewIndex(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, id := range []string{
		account.NameID(x, typed.Name("ann")), account.NameID(x, typed.Name("bob")), account.NameID(x, typed.UserName{Canonical: "ann", Refused: true}),
		account.Home(x, "ann"), account.Home(x, "bob"),
	} {
		if len(id) != 32 || seen[id] || strings.Contains(id, "ann") {
			t.Errorf("got %q, want another id of 32 digits", id)
		}
		seen[id] = true
	}
}
