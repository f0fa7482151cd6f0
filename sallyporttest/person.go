package sallyporttest

import (
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/totp"
)

// Password is what a [User] has that names none.
const Password = "correct horse"

// User says what somebody is to be like. Only Name is required; the rest of
// the zero value is an approved account with the password [Password], no
// factor, and the role [RoleName] in the application.
type User struct {
	Name     string
	Password string

	// Addresses become factors where they are validated.
	Email           string
	EmailValidated  bool
	Mobile          string // "+" and 7 to 15 digits
	MobileValidated bool

	// TOTP gives the user an authenticator that is enrolled already.
	TOTP bool

	// MFA true asks this user for a second factor whatever the policy says,
	// false asks only where the policy is Required, nil leaves it to the
	// policy.
	MFA *bool

	// Roles are names of roles in the application; nil means [RoleName]. An
	// empty list that is not nil means none.
	Roles []string

	Disabled, Locked, NotApproved, MustChangePassword bool

	// Edit, if not nil, may change the entry before it is applied, for what
	// has no field here.
	Edit func(*directory.User)
}

// Person is a user of the kit's directory, with what only the user has.
type Person struct {
	ID                            string // of the account
	Name, Password, Email, Mobile string

	// Authenticator is nil unless the user was added with one. A test that
	// enrols one may put it here.
	Authenticator *Authenticator
}

// population is the directory that was applied, and who is in it.
type population struct {
	mu     sync.Mutex
	whole  directory.File
	people map[string]*Person // by name
}

// AddUser applies one more user to the directory of the kit.
func (k *Kit) AddUser(t testing.TB, u User) *Person {
	t.Helper()
	who := &Person{Name: u.Name, Password: u.Password, Email: u.Email, Mobile: u.Mobile}
	if who.Password == "" {
		who.Password = Password
	}
	entry := u.entry(who.Password)
	if u.TOTP {
		who.Authenticator = &Authenticator{Secret: totp.NewSecret(), clock: k.Clock}
		entry.TOTP = &directory.TOTP{Secret: who.Authenticator.Secret.Base32()}
	}
	if u.Edit != nil {
		u.Edit(&entry)
	}
	k.dir.mu.Lock()
	defer k.dir.mu.Unlock()
	// Whoever is there already stays as they are, so that a crowd is added in
	// linear time.
	report := k.apply(t, directory.File{Applications: k.dir.whole.Applications, Users: []directory.User{entry}})
	for _, e := range report.Entries {
		if e.Kind == "user" {
			who.ID = e.ID
		}
	}
	k.dir.whole.Users = append(k.dir.whole.Users, entry)
	k.dir.people[who.Name] = who
	return who
}

// entry is the user as the directory file has it.
func (u User) entry(password string) directory.User {
	approved := !u.NotApproved
	d := directory.User{
		Name: u.Name, Password: password, Email: u.Email, Mobile: u.Mobile, Approved: &approved,
		Disabled: u.Disabled, Locked: u.Locked, MustChangePassword: u.MustChangePassword, MFA: u.MFA,
	}
	if u.Email != "" {
		d.EmailValidated = &u.EmailValidated
	}
	if u.Mobile != "" {
		d.MobileValidated = &u.MobileValidated
	}
	roles := u.Roles
	if roles == nil {
		roles = []string{RoleName}
	}
	for _, r := range roles {
		d.Roles = append(d.Roles, directory.Grant{Application: ApplicationName, Role: r})
	}
	return d
}

// Person returns a user that was added, by name; nil if there is none.
func (k *Kit) Person(name string) *Person {
	k.dir.mu.Lock()
	defer k.dir.mu.Unlock()
	return k.dir.people[name]
}
