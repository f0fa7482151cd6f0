package sallyport

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/token"
)

// Module checks passwords where the engine cannot: in Active Directory (package
// activedirectory) or in a service of the host's own, for [Config].Modules. Its accounts
// are nobody else's: by another module, and as VGUser, they are unknown. The engine keeps
// what it keeps of every account (epochs, sessions, second factors, lockouts) in its own
// store, under a keyed hash of the module's name and the Key of the account.
//
// All methods may be called from any number of goroutines. Canonical, and Limits of a
// [ModuleLimits], return at once. Check and Read get five seconds, and 64 of them run at
// once; they are never asked while a transaction of the engine is open. Of one name one
// password is asked for at a time, in one process. An error, a panic and the end of that
// time deny with [ErrBusy], whether or not there is such an account: nothing is charged
// and nothing granted. No method may keep the password or put it into an error.
type Module interface {
	// Canonical returns the one spelling, of all that people type for one account, by which
	// wrong passwords are counted. It asks nobody, and does not depend on whether there is
	// such an account. ok is false where no account can have such a name: then Check is not
	// asked.
	Canonical(typed string) (name string, ok bool)

	// Check reports whether the password is that of the name. It returns nil where it is
	// wrong, or nobody has the name, and a Principal where it is right, also of an account
	// that may not log in. An error means that this could not be found out. The password is
	// as it was typed, not empty and without control characters.
	Check(ctx context.Context, typed, password string) (*Principal, error)

	// Read returns the account of a Key that Check gave before, or nil where there is none
	// any more.
	Read(ctx context.Context, key string) (*Principal, error)
}

// ModuleLimits is what a [Module] may implement as well: the lockout policy of the place
// that it asks, so that the engine locks a name before that place does.
type ModuleLimits interface {
	// Limits returns how many wrong passwords of one name the engine may pass on, until
	// none has come for as long as window. Misses 0 leaves that to the policy of the engine,
	// which otherwise counts where it is stricter. A lock lasts for window at least.
	Limits() (misses int, window time.Duration)
}

// Principal is an account as a [Module] tells of it. The value stays the module's: the
// engine copies it at once, and stores nothing of it but Key, PasswordSet and the
// addresses. Every field but Key and Name may be empty.
type Principal struct {
	// Key names the account for ever, in 1 to 128 bytes of UTF-8 without control
	// characters: in Active Directory the domain and the objectGUID. It is never given to
	// another person.
	Key string
	// Name is how the account is shown and what it is called in tokens: at most 256 bytes
	// of UTF-8 without control characters. Canonical of it is the account's.
	Name string

	FirstName, LastName string
	Language            string // as in [Account]
	// Email and Mobile are on record: the owner may make them factors by proving them. What
	// is none is as if empty.
	Email, Mobile string
	Attributes    []account.Attribute // at most 100

	// Disabled, Locked, Expired (the account) and MustChangePassword let nobody in. They
	// are told after a right password alone, and end sessions at the next reading.
	Disabled, Locked, Expired, MustChangePassword bool

	Roles []PrincipalRole // at most 1,000

	// PasswordSet is when the password became this one; zero: not known. A later one than
	// was seen ends the sessions of the account. An earlier one comes of a copy that is
	// behind, and denies.
	PasswordSet time.Time
}

// PrincipalRole is a role that an account of a [Module] has.
type PrincipalRole struct {
	// Application is the name or id of one; empty means [Config].Application.
	Application string
	Role        string // its name; one that is no role's gives nothing
}

// Bounds of what a module says.
const (
	maxModuleName     = 64
	maxPrincipalText  = 1024     // bytes of a text
	maxPrincipal      = 32 << 10 // of all of them: ten thousand are remembered
	maxPrincipalRoles = 1000
	maxAttributes     = 100
	maxPasswordAhead  = 24 * time.Hour // of the engine's clock, by which one of another machine may be wrong
)

// check returns what makes no sense in what a module said, by field, cause and cure.
func (p *Principal) check(now time.Time) error {
	switch {
	case p.Key == "" || !isPlain(p.Key, maxHostID):
		return fmt.Errorf("Principal.Key is empty, or has over %d bytes, bad UTF-8 or a control character: want a key in letters or digits", maxHostID)
	case p.Name == "" || !isPlain(p.Name, maxHostName):
		return fmt.Errorf("Principal.Name of %q is empty, or has over %d bytes, bad UTF-8 or a control character: want the name that is shown", p.Key, maxHostName)
	case len(p.Roles) > maxPrincipalRoles || len(p.Attributes) > maxAttributes:
		return fmt.Errorf("Principal of %q has over %d roles or %d attributes: want those that are used", p.Key, maxPrincipalRoles, maxAttributes)
	case p.PasswordSet.After(now.Add(maxPasswordAhead)):
		return fmt.Errorf("Principal.PasswordSet of %q lies over a day ahead: want when the password was set", p.Key)
	}
	texts := []string{p.FirstName, p.LastName, p.Language, p.Email, p.Mobile}
	for _, a := range p.Attributes {
		texts = append(texts, a.Name, a.Value)
	}
	for _, r := range p.Roles {
		texts = append(texts, r.Application, r.Role)
	}
	size := 0
	for _, s := range texts {
		if size += len(s); len(s) > maxPrincipalText || size > maxPrincipal || !utf8.ValidString(s) {
			return fmt.Errorf("Principal of %q has a text of over %d bytes, over %d in all, or bad UTF-8: want less", p.Key, maxPrincipalText, maxPrincipal)
		}
	}
	return nil
}

// checkModules tells the faults of the modules of a configuration.
func checkModules(modules map[string]Module, fault func(format string, args ...any)) {
	seen := map[string]string{}
	for name, m := range modules {
		folded := ascii.Fold(name)
		switch other, twice := seen[folded]; {
		case len(name) > maxModuleName || name == "" || strings.Trim(folded, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "":
			fault("Modules has a name of other than 1 to %d letters, digits, '-', '_' or '.': %.80q", maxModuleName, name)
		case folded == ascii.Fold(token.ModuleVGUser) || folded == ascii.Fold(token.ModulePasswordless):
			fault("Modules has %q, which is the engine's own", name)
		case twice:
			fault("Modules has %q and %q, which are one name", min(name, other), max(name, other))
		case m == nil:
			fault("Modules[%q] is nil", name)
		}
		seen[folded] = name
	}
}
