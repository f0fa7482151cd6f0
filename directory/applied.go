package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/store"
)

// applieds holds them under the ids of the accounts, beside the accounts' own
// records, which do not know the file.
var applieds = store.Table[applied]{Name: "applied", Schema: 1}

// applied is what the directory file last said of a user. A field of the file
// is written only where it differs from this.
type applied struct {
	// CredentialsVersion is the highest that was applied.
	CredentialsVersion int `json:"credentialsVersion,omitempty"`

	Name       string              `json:"name,omitempty"`
	Email      string              `json:"email,omitempty"`
	Mobile     string              `json:"mobile,omitempty"`
	FirstName  string              `json:"firstName,omitempty"`
	LastName   string              `json:"lastName,omitempty"`
	Approved   bool                `json:"approved,omitempty"`
	Disabled   bool                `json:"disabled,omitempty"`
	Locked     bool                `json:"locked,omitempty"`
	MustChange bool                `json:"mustChange,omitempty"`
	MFA        *bool               `json:"mfa,omitempty"`
	Start      time.Time           `json:"start,omitzero"`
	End        time.Time           `json:"end,omitzero"`
	Attributes []account.Attribute `json:"attributes,omitempty"`
	Roles      []account.RoleGrant `json:"roles,omitempty"`
	// HashTag shows whether the password hash is still the one that was
	// applied. It is a digest, so that no old hash is kept after its password.
	HashTag string `json:"hashTag,omitempty"`
}
