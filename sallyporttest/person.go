package sallyporttest

import (
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/totp"
)

// Password is what a [User] has that names none.
const Password = "correct horse"

// User says what somebody is to be like. Only Name is required; the rest of
// the zero value is an approved account with the password [Password], no
// factor, and the first role of the directory's first application, which is
// [RoleName] unless [WithDirectory] gave another directory.
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

	// Roles are names of roles, each in the first application of the directory
	// that has one of that name. Nil means the first role there is; an empty
	// list that is not nil means none.
	Roles []string

	Disabled, Locked, NotApproved, MustChangePassword bool

	// Edit, if not nil, may change the entry before it is applied, for what
	// has no field here.
	Edit func(*directory.User)
}

// Person is a user of the kit's directory, with what only the user has.
type Person struct {
	ID string // of the account

	// Password is empty where the directory holds its hash alone.
	Name, Password, Email, Mobile string

	// Authenticator is nil unless the directory gave the user one. A test that
	// enrols one may put it here.
	Authenticator *Authenticator
}

// AddUser applies one more user to the directory of the kit.
func (k *Kit) AddUser(t testing.TB, u User) *Person {
	t.Helper()
	who := &Person{Name: u.Name, Password: u.Password, Email: u.Email, Mobile: u.Mobile}
	if who.Password == "" {
		who.Password = Password
	}
	k.dir.mu.Lock()
	defer k.dir.mu.Unlock()
	entry := u.entry(who.Password)
	entry.Roles = k.dir.grants(u.Roles)
	if u.TOTP {
		who.Authenticator = &Authenticator{Secret: totp.NewSecret(), clock: k.Clock}
		entry.TOTP = &directory.TOTP{Secret: who.Authenticator.Secret.Base32()}
	}
	if u.Edit != nil {
		u.Edit(&entry)
	}
	// Whoever is there already stays as they are, so that a crowd is added in
	// linear time.
	k.apply(t, directory.File{Applications: k.dir.whole.Applications, Users: []directory.User{entry}})
	who.ID = k.dir.ids[userKey(entry.Name)]
	k.dir.whole.Users = append(k.dir.whole.Users, entry)
	k.dir.people[typed.Name(who.Name)] = who
	return who
}

// entry is the user as the directory file has it, without roles.
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
	return d
}

// Person returns a user of the kit's directory by any spelling of the name,
// whether [Kit.AddUser] added it or [WithDirectory] or [Kit.Apply] put it there;
// nil if there is none. It is the same Person at every call: fields that the
// test has set stay, and those that the directory changes later do not follow.
func (k *Kit) Person(name string) *Person {
	k.dir.mu.Lock()
	defer k.dir.mu.Unlock()
	if who := k.dir.people[typed.Name(name)]; who != nil {
		return who
	}
	i := k.dir.user(name)
	if i < 0 {
		return nil
	}
	u := k.dir.whole.Users[i]
	who := &Person{ID: k.dir.ids[userKey(name)], Name: u.Name, Password: u.Password, Email: u.Email, Mobile: u.Mobile}
	if u.TOTP != nil {
		if secret, err := totp.ParseSecret(u.TOTP.Secret); err == nil { // else the engine has refused it
			who.Authenticator = &Authenticator{Secret: secret, clock: k.Clock}
		}
	}
	k.dir.people[typed.Name(name)] = who
	return who
}
