package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// applieds holds them under the ids of the accounts, beside the accounts' own
// records, which do not know the file.
var applieds = store.NewTable[applied]("applied", store.TableOptions{})

// applied is what the directory file last said of a user. A field of the file
// is written only where it differs from this.
type applied struct {
	// CredentialsVersion is the highest that was applied.
	CredentialsVersion int

	Name       string
	Email      string
	Mobile     string
	FirstName  string
	LastName   string
	Language   string
	Approved   bool
	Disabled   bool
	Locked     bool
	MustChange bool
	MFA        *bool
	Start      time.Time
	End        time.Time
	Attributes []account.Attribute
	Roles      []account.RoleGrant
	// HashTag shows whether the password hash is still the one that was
	// applied. It is a digest, so that no old hash is kept after its password.
	HashTag string
	// ExternalID is what the system that the account came from calls it, and
	// Imported says that an import made it: no file finds it by its name, nor
	// deletes it.
	ExternalID string
	Imported   bool
	// Gone says that a program deleted the account, of which Name alone is kept so
	// that the file does not make another in its place.
	Gone bool

	Passwordless bool

	Unknown record.Unknown // what a newer program has written
}
