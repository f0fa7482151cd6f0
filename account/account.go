package account

import (
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// The records of accounts and their names. User input never stands in a key:
// names are hashed, ids are ours or were checked to be UUIDs.
var (
	Accounts = store.Table[Account]{Name: "account", Schema: 1, Cached: true}
	Names    = store.Table[NameEntry]{Name: "name", Schema: 1, Cached: true}
)

// Account is one user. Other records refer to it by its ID, never by its name.
type Account struct {
	ID           string      `json:"id"` // lower-case UUID
	Name         string      `json:"name"`
	PasswordHash string      `json:"passwordHash,omitempty"`
	FirstName    string      `json:"firstName,omitempty"`
	LastName     string      `json:"lastName,omitempty"`
	Approved     bool        `json:"approved"`
	Disabled     bool        `json:"disabled,omitempty"`
	Locked       bool        `json:"locked,omitempty"`
	MustChange   bool        `json:"mustChange,omitempty"`
	Start        time.Time   `json:"start,omitzero"` // zero: always
	End          time.Time   `json:"end,omitzero"`   // zero: never
	Attributes   []Attribute `json:"attributes,omitempty"`
	Roles        []RoleGrant `json:"roles,omitempty"`
	MFA          *bool       `json:"mfa,omitempty"` // true: always asked; false: unless a policy says Required; nil: the policies decide
}

// RoleGrant is a role that an account has in an application, by their ids.
type RoleGrant struct {
	Application string `json:"application"`
	Role        string `json:"role"`
}

// NameEntry is the account that a canonical name belongs to. The name of a
// deleted account stays reserved.
type NameEntry struct {
	Account string `json:"account"`
	Deleted bool   `json:"deleted,omitempty"`
}

// Attribute is a user attribute of the directory. The order matters.
type Attribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
