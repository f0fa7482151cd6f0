package directory

import (
	"errors"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// NewUser is an account that a program makes. Only Name is required. It prints as a
// placeholder, since it may hold a password.
type NewUser struct {
	// Name may have spaces inside. Names that differ by case alone, in any script,
	// are one.
	Name string

	// Password in clear, without control characters, or PasswordHash, in a format
	// that package password reads, but not both. An account with neither has no
	// password, and none matches.
	Password, PasswordHash string

	// Email and Mobile are on record: nothing is proven by them until their owner
	// has. Mobile is in international form.
	Email, Mobile string

	// EmailProven means that the program has seen the owner prove Email: then it gets
	// mail, such as to set a new password, and is no second factor.
	EmailProven bool

	FirstName, LastName string
	Language            string // as in [User]
	Attributes          []account.Attribute

	// Roles are names of roles in the application of the engine's own calls.
	Roles []string

	// MFA: true asks for a second factor always, false unless a policy says
	// Required; nil leaves it to the policies.
	MFA *bool

	Unapproved, Disabled bool
	// Passwordless is an account without a password and without an authenticator, as in
	// [User]: codes and links go to an address that its owner has proven.
	Passwordless       bool
	MustChangePassword bool      // with Password, which is then good for seven days
	Start, End         time.Time // zero: always, and for ever
}

// String hides the password from accidental printing.
func (NewUser) String() string { return "directory.NewUser(hidden)" }

// GoString is like [NewUser.String].
func (u NewUser) GoString() string { return u.String() }

// UserChange says which fields of an account become another. Those that are nil stay
// as they are.
type UserChange struct {
	Name, FirstName, LastName *string
	Language                  *string // as in [User]
	Approved, Disabled        *bool
	Locked                    *bool // an administrator's lock
	MustChangePassword        *bool
	// Passwordless true takes the password away, and false leaves the account with none
	// until one is set. Both end the account's sessions.
	Passwordless *bool
	Start, End   *time.Time
	Attributes   *[]account.Attribute
	Roles        *[]string // as in [NewUser]; those in other applications stay

	// Email and Mobile are on record alone: an address that becomes another is neither
	// proven nor a factor, even where the one before was, and an empty one is removed.
	// A factor that goes ends the account's sessions.
	Email, Mobile *string
	// EmailProven true means as in [NewUser]; false takes the proof away, and with it
	// the factor.
	EmailProven *bool
}

// Fields lists the fields that become another, as the directory file names them.
func (c *UserChange) Fields() (names []string) {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"name", c.Name != nil}, {"firstName", c.FirstName != nil}, {"lastName", c.LastName != nil}, {"language", c.Language != nil},
		{"approved", c.Approved != nil}, {"disabled", c.Disabled != nil}, {"locked", c.Locked != nil},
		{"mustChangePassword", c.MustChangePassword != nil}, {"passwordless", c.Passwordless != nil}, {"start", c.Start != nil}, {"end", c.End != nil},
		{"attributes", c.Attributes != nil}, {"roles", c.Roles != nil},
		{"email", c.Email != nil}, {"mobile", c.Mobile != nil}, {"emailProven", c.EmailProven != nil},
	} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}

// Frees reports whether the change may let the account do more than before: what
// nobody does to their own.
func (c *UserChange) Frees() bool {
	isFalse := func(b *bool) bool { return b != nil && !*b }
	return c.Approved != nil || c.Roles != nil || c.Passwordless != nil || c.Start != nil || c.End != nil ||
		isFalse(c.Disabled) || isFalse(c.Locked) || isFalse(c.MustChangePassword)
}

// MovesAddresses reports whether the change is about an address, or what it proves.
func (c *UserChange) MovesAddresses() bool {
	return c.Email != nil || c.Mobile != nil || c.EmailProven != nil
}

// Errors of single edits, to be recognised by errors.Is.
var (
	// ErrNameTaken means that the name, in this spelling or another, is an
	// account's, or was one's that was deleted.
	ErrNameTaken = errors.New("directory: the name is taken")

	// ErrPasswordless means that the account is one without a password, which none can
	// be set for.
	ErrPasswordless = errors.New("directory: the account has no password, since it is passwordless")

	// ErrNoUser means that no account has the id.
	ErrNoUser = errors.New("directory: no such user")

	// ErrNoRole means that the application has no role of that name.
	ErrNoRole = errors.New("directory: no such role")
)

// user is the account in the form of the file, to be checked as one of that.
func (u *NewUser) user() User {
	return User{
		Name: u.Name, Password: u.Password, PasswordHash: u.PasswordHash, Email: u.Email, Mobile: u.Mobile,
		FirstName: u.FirstName, LastName: u.LastName, Language: u.Language, Attributes: u.Attributes, MFA: u.MFA,
		Disabled: u.Disabled, MustChangePassword: u.MustChangePassword, Passwordless: u.Passwordless, Start: u.Start, End: u.End,
	}
}

// check returns what is wrong with the account, each fault behind its field.
func (u *NewUser) check() (wantedUser, error) {
	var c checker
	d := u.user()
	w := c.user("user", &d)
	if u.EmailProven && w.email == "" {
		c.add("user.emailProven", "true without an address")
	}
	return w, c.err()
}

// draft is an account that is not written yet.
func (e *Editor) draft(u *NewUser, pw NewHash) (*Found, error) {
	w, err := u.check()
	if err != nil {
		return nil, err
	}
	acc := account.Account{
		ID: rnd.UUID(), Name: w.name, PasswordHash: pw.Hash, FirstName: u.FirstName, LastName: u.LastName, Language: u.Language,
		Approved: !u.Unapproved, Disabled: u.Disabled, MustChange: u.MustChangePassword,
		Start: u.Start.UTC(), End: u.End.UTC(), Attributes: slices.Clone(u.Attributes), MFA: u.MFA, Passwordless: u.Passwordless,
	}
	if acc.Roles, err = e.roles(u.Roles); err != nil {
		return nil, err
	}
	f := &Found{Account: acc, home: account.Home(e.Index, acc.ID)}
	f.Age = account.Ageing{Epoch: 1, PasswordChanged: e.Tx.Now(), HistorySalt: pw.Salt, History: pw.History}
	if u.MustChangePassword && u.Password != "" { // a hash is of a password that its owner knows
		f.Age.PasswordEnds = e.Tx.Now().Add(account.GivenLife)
	}
	f.Factors.Email.Value, f.Factors.Mobile.Value = w.email, w.mobile
	if u.EmailProven {
		f.Factors.Email.Proven = e.Tx.Now()
	}
	return f, nil
}

// CreateAs is [Editor.Create] of an account with an id of the caller's choice, a random
// one whose records have been read: the rest of the transaction reads it.
func (e *Editor) CreateAs(id string, u *NewUser, pw NewHash) (*Found, error) {
	f, err := e.draft(u, pw)
	if err != nil {
		return nil, err
	}
	f.Account.ID, f.home = id, account.Home(e.Index, id)
	if err := e.enter(f); err != nil {
		return nil, err
	}
	return f, errors.Join(
		account.Accounts.Put(e.Tx, id, f.Account, account.NoExpiry),
		account.Ageings.Put(e.Tx, f.home, f.Age, account.NoExpiry),
		mfa.FactorsTable.Put(e.Tx, f.home, f.Factors, account.NoExpiry),
	)
}

// insert writes a new account and takes its name.
func (e *Editor) insert(f *Found) error {
	if err := e.enter(f); err != nil {
		return err
	}
	return errors.Join(
		account.Accounts.Insert(e.Tx, f.Account.ID, f.Account, account.NoExpiry),
		account.Ageings.Insert(e.Tx, f.home, f.Age, account.NoExpiry),
		mfa.FactorsTable.Insert(e.Tx, f.home, f.Factors, account.NoExpiry),
	)
}

// enter takes the name of a new account and its proven address, and counts its hash.
func (e *Editor) enter(f *Found) error {
	name := account.NameID(e.Index, typed.Name(f.Account.Name))
	keys := append(account.EmailKeys(e.Index, f.Factors.ProvenEmail()), account.Names.Key(name), account.HashMixes.Key(account.TheHashMix))
	if err := e.Tx.Fetch(keys...); err != nil {
		return err
	}
	if err := e.take(name, f.Account.ID, f.Account.Name); err != nil {
		return err
	}
	if err := e.moveEmail(f, ""); err != nil {
		return err
	}
	return account.MoveHash(e.Tx, "", f.Account.PasswordHash)
}
