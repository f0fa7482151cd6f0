package sallyport

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/account"
)

// Accounts are the users of a host that keeps them in a table of its own, for
// [Config].Accounts. The engine reads them and keeps all else (epochs, sessions, second
// factors, lockouts) in its own store, by the id of the account.
//
// Both methods may be called from any number of goroutines. Each call gets five seconds,
// and 64 run at once. They are asked once a call, ByID once more right before a login is
// granted, and never while a transaction of the engine is open. An error, a panic or the
// end of that time is [ErrAccounts] for whoever called, whether or not there is such an
// account. Both must take the same time for an account as for none, or that time tells
// strangers which names exist: sallyporttest.TestAccounts measures it.
//
// A host that also implements [PasswordWriter] on the same value lets the engine change
// passwords.
type Accounts interface {
	// ByName returns the account that has a name, or nil where none has. The name is as it
	// was typed, without outer blanks. Which spellings are one name is for the host to say;
	// an account has one Name, which comes back whatever was typed.
	ByName(ctx context.Context, name string) (*Account, error)

	// ByID returns the account of an id that the host gave out before, or nil where there
	// is none any more.
	ByID(ctx context.Context, id string) (*Account, error)
}

// PasswordWriter is what a value that implements [Accounts] may implement as well, so
// that users change their passwords with the engine and hashes are renewed as they log in.
type PasswordWriter interface {
	// SetPassword replaces the password hash of an account, if it still is oldHash, and
	// clears what wanted another password of it. Where the hash is another, or there is no
	// such account, it changes nothing and returns an error. It must be durable when it
	// returns nil. One statement does: UPDATE … SET hash = $1 WHERE id = $2 AND hash = $3.
	SetPassword(ctx context.Context, id, newHash, oldHash string) error
}

// Account is one user as the host that owns them tells the engine. The value that the host
// returns stays the host's: the engine copies it at once. Every field but ID, Name and
// Since may be empty, and an empty field forbids nothing.
//
// Of an account whose password was right once the engine's store keeps: ID, Since, whether
// it was Disabled or gone when it was last asked for, and a keyed digest of PasswordHash,
// also of one that is being written; the addresses, and when the host had them proven; ID in
// the events of the trail; Name and ID in each pending login and session, until they are
// swept; and how many hashes of each kind the first thousand accounts have, by which names
// of nobody are refused. Nothing else of it is stored.
type Account struct {
	// ID names the account for ever, in 1 to 128 bytes of UTF-8 without control
	// characters.
	ID string
	// Name is how the account is shown and what it is called in tokens: at most 256 bytes
	// of UTF-8 without control characters.
	Name string
	// Since is when the account was made, as it is stored: each reading returns the same.
	// An ID that comes back with another Since is another person's, to whom sessions and
	// factors of the first are not given, see [ErrAccountReused].
	Since time.Time
	// PasswordHash is in a form that package password reads. Empty means that no password
	// is right.
	PasswordHash string

	FirstName, LastName string
	Language            string // in which they are written to: a tag such as de or pt-BR (RFC 5646); what is none is as if empty
	Attributes          []account.Attribute

	Unapproved, Disabled, Locked bool
	MustChangePassword           bool
	Start, End                   time.Time // zero: always, and for ever

	// Roles are names of roles in [Config].Application. A name that no role has gives
	// nothing.
	Roles []string
	// MFA is true: a second factor is always asked for; false: only where a policy says
	// Required; nil: the policies decide.
	MFA *bool

	// Email and Mobile are on record: the owner may make them factors by proving them.
	// What is none is as if empty. EmailValidatedAt and MobileValidatedAt say when the host
	// had that very address proven; zero: never. Of an account that never had a factor such
	// an address becomes one. A new address waits beside one that is a factor until its
	// owner has proven it here.
	Email, Mobile                       string
	EmailValidatedAt, MobileValidatedAt time.Time
}

// String hides the hash from accidental printing.
func (a Account) String() string { return "sallyport.Account(" + a.ID + ")" }

// GoString is like [Account.String].
func (a Account) GoString() string { return a.String() }

// Errors about the users of a host that owns them. They deny, as every error does.
var (
	// ErrAccounts means that the host's [Accounts] could not be asked, or said what makes
	// no sense. The text says what, and so does the log.
	ErrAccounts = errors.New("sallyport: the host's accounts could not be read")

	// ErrAccountReused means that the password was right, and that the id of the account
	// was another person's before: its Since is another. [Admin.Forget] lets the new person
	// in, without what the old one had.
	ErrAccountReused = errors.New("sallyport: the id of the account was another person's")

	// ErrHostAccounts means that the users are the host's own ([Config].Accounts), so the
	// engine does not do this to them.
	ErrHostAccounts = errors.New("sallyport: the users are the host's own, in Config.Accounts: do this there")

	// ErrModuleAccount means that a module keeps the account ([Config].Modules), so the
	// engine does not do this to it.
	ErrModuleAccount = errors.New("sallyport: the account is kept by a module: do this there")
)

// Bounds of what a host says.
const (
	maxHostID   = 128
	maxHostName = 256
)

// check returns what makes no sense in what a host said, by field, cause and cure.
func (a *Account) check() error {
	switch {
	case a.ID == "":
		return errors.New("Account.ID is empty: want the key of the row")
	case !isPlain(a.ID, maxHostID):
		return fmt.Errorf("Account.ID has over %d bytes, bad UTF-8 or a control character: want a key in letters or digits", maxHostID)
	case a.Name == "":
		return fmt.Errorf("Account.Name of %q is empty: want the name that the user signs in with", a.ID)
	case !isPlain(a.Name, maxHostName):
		return fmt.Errorf("Account.Name of %q has over %d bytes, bad UTF-8 or a control character: want it without", a.ID, maxHostName)
	case a.Since.IsZero():
		return fmt.Errorf("Account.Since of %q is zero: want when the row was made, as it is stored", a.ID)
	}
	return nil
}

// isPlain reports whether a text is UTF-8 of at most that many bytes, without control
// characters.
func isPlain(s string, most int) bool {
	return len(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
