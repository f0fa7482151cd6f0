package account

import (
	"strings"

	"golang.org/x/text/secure/precis"

	"github.com/sallyport-auth/sallyport/store"
)

// CanonicalName returns the one spelling of a user name that all its spellings
// share: PRECIS UsernameCaseMapped (RFC 8265), after trimming ASCII spaces. A name
// that the profile refuses belongs to no account: valid is false, and canonical is
// the name in lower case, so that it is counted like any other unknown name.
func CanonicalName(name string) (canonical string, valid bool) {
	name = strings.Trim(name, " ")
	c, err := precis.UsernameCaseMapped.String(name)
	if err != nil || c == "" {
		return strings.ToLower(name), false
	}
	return c, true
}

// NameID returns the id of the record of a name, and of its lockout.
func NameID(x store.Index, canonical string) string { return x.ID("name", canonical) }
