package account

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// The records of accounts and their names. User input never stands in a key:
// names are hashed, ids are ours or were checked to be UUIDs.
var (
	Accounts = store.NewTable[Account]("account", store.TableOptions{Cached: true})
	Names    = store.NewTable[NameEntry]("name", store.TableOptions{Cached: true, Size: 40})
)

// Account is one user. Other records refer to it by its ID, never by its name.
type Account struct {
	ID           string // lower-case UUID
	Name         string
	PasswordHash string
	FirstName    string
	LastName     string
	Approved     bool
	Disabled     bool
	Locked       bool
	MustChange   bool
	Start        time.Time // zero: always
	End          time.Time // zero: never
	Attributes   []Attribute
	Roles        []RoleGrant
	MFA          *bool // true: always asked; false: unless a policy says Required; nil: the policies decide
	// Falls is when the account is deleted, name and all, unless it was approved
	// before: somebody signed up for it. Zero: never. Whoever approves it makes it so.
	Falls    time.Time
	Language string // in which they are written to, a tag as RFC 5646 has it; empty: not known
	// Passwordless says that the account has no password: whoever proves one of its
	// addresses is let in. It is of another identity module, and by name and password it is
	// unknown. See [Account.DropPassword].
	Passwordless bool

	Unknown record.Unknown // what a newer program has written
}

// DropPassword makes the account one without a password. What its records say of one
// beside this has to go in the same commit: see [Ageing.DropPassword].
func (a *Account) DropPassword() { a.Passwordless, a.PasswordHash, a.MustChange = true, "", false }

// RoleGrant is a role that an account has in an application, by their ids.
type RoleGrant struct {
	Application string
	Role        string
}

// NameEntry is the account that a canonical name belongs to. The name of a
// deleted account stays reserved.
type NameEntry struct {
	Account string
	Deleted bool

	Unknown record.Unknown // what a newer program has written
}

// Attribute is a user attribute of the directory. The order matters.
type Attribute struct {
	Name  string
	Value string
}
