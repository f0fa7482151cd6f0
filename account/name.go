package account

import (
	"strings"

	"golang.org/x/text/secure/precis"

	"github.com/sallyport-auth/sallyport/store"
)

// CanonicalName folds the spellings of a user name that are the same name:
// PRECIS UsernameCaseMapped (RFC 8265), after trimming ASCII spaces. What the
// profile refuses is no account's name; it is folded roughly, so that it is
// counted like any other unknown name.
func CanonicalName(name string) (canonical string, valid bool) {
	name = strings.Trim(name, " ")
	c, err := precis.UsernameCaseMapped.String(name)
	if err != nil || c == "" {
		return strings.ToLower(name), false
	}
	return c, true
}

// NameID is the id of the record of a name, and of its lockout.
func NameID(x store.Index, canonical string) string { return x.ID("name", canonical) }
