package directory

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/totp"
)

func (c *checker) users(list []User) {
	ids, names := once{}, map[typed.UserName]int{}
	for i := range list {
		w := c.user(element("users", i), &list[i])
		ids.check(c, member(w.at, "id"), w.id, "id")
		c.userName(&w, i, names)
		c.want.users = append(c.want.users, w)
	}
}

// user checks all of a user but that its name and id are its own.
func (c *checker) user(at string, d *User) wantedUser {
	w := wantedUser{
		User: d, at: at, id: c.id(member(at, "id"), d.ID), name: typed.WrittenName(d.Name), key: typed.Name(d.Name),
		approved: or(d.Approved, true), version: c.version(at, d.CredentialsVersion),
	}
	if err := typed.CheckName(d.Name); err != nil {
		c.add(member(at, "name"), "%w", err)
		w.key = typed.UserName{} // none to be compared
	}
	only(c, member(at, "module"), or(d.Module, token.ModuleVGUser), token.ModuleVGUser)
	c.password(at, d)
	c.passwordless(at, d)
	w.email = c.address(member(at, "email"), mfa.Email, d.Email, d.EmailValidated)
	w.mobile = c.address(member(at, "mobile"), mfa.SMS, d.Mobile, d.MobileValidated)
	c.text(member(at, "firstName"), d.FirstName, maxText)
	c.text(member(at, "lastName"), d.LastName, maxText)
	if err := typed.CheckLanguage(d.Language); err != nil {
		c.add(member(at, "language"), "%w", err)
	}
	c.time(member(at, "start"), d.Start)
	c.time(member(at, "end"), d.End)
	if !d.Start.IsZero() && !d.End.IsZero() && !d.Start.Before(d.End) {
		c.add(member(at, "end"), "not after start")
	}
	c.attributes(member(at, "attributes"), d.Attributes)
	w.grants = c.grants(member(at, "roles"), d.Roles)
	if d.TOTP != nil {
		c.device(&w, member(at, "totp"), d.TOTP.Secret, "")
	}
	return w
}

// device checks an authenticator, and puts it beside the others of the user.
func (c *checker) device(w *wantedUser, at, text, name string) {
	secret, err := totp.ParseSecret(text)
	if err != nil {
		c.add(member(at, "secret"), "%w", err)
	}
	if i := slices.IndexFunc(w.devices, func(d wantedDevice) bool { return d.secret.Equal(secret) }); err == nil && i >= 0 {
		c.add(member(at, "secret"), "the same as that of number %d", i+1) // one step, two authenticators to spend it for
	}
	d := wantedDevice{secret: secret}
	if name != "" {
		var ok bool
		if d.name, ok = mfa.FactorName(name); !ok {
			c.add(member(at, "name"), "want 1 to 64 characters that can be seen, without control and bidi characters")
		}
	}
	w.devices = append(w.devices, d)
}

// userName checks the name of the user at an index. names holds where each name
// stands first. Two spellings of one name are told both.
func (c *checker) userName(w *wantedUser, i int, names map[typed.UserName]int) {
	path := w.at + ".name"
	if w.key == (typed.UserName{}) {
		return // a fault already
	}
	first, twice := names[w.key]
	if !twice {
		names[w.key] = i
		return
	}
	both := ""
	if other := c.want.users[first].name; other != w.name {
		both = fmt.Sprintf(": %q and %q are one name", w.name, other)
	}
	c.add(path, "the same name as users[%d].name%s", first, both)
}

func (c *checker) password(at string, d *User) {
	if err := typed.CheckPassword(d.Password); err != nil {
		c.add(member(at, "password"), "%w", err)
	}
	switch {
	case d.Password != "" && d.PasswordHash != "":
		c.add(member(at, "passwordHash"), "stands beside a password in clear")
	case d.PasswordHash != "":
		if _, err := password.Recognise(d.PasswordHash); err != nil {
			c.add(member(at, "passwordHash"), "%w", err)
		}
	}
}

// passwordless refuses what an account without a password cannot have.
func (c *checker) passwordless(at string, d *User) {
	if !d.Passwordless {
		return
	}
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"password", d.Password != ""}, {"passwordHash", d.PasswordHash != ""}, {"mustChangePassword", d.MustChangePassword}, {"totp", d.TOTP != nil},
	} {
		if f.set {
			c.add(member(at, f.name), "stands beside passwordless, which has none")
		}
	}
}

// address returns an e-mail address or mobile number as it is stored.
func (c *checker) address(path string, t mfa.Transport, typed string, validated *bool) string {
	a := mfa.CleanAddress(t, typed)
	switch {
	case a == "" && or(validated, false):
		c.add(path+"Validated", "true without an address")
	case a != "" && !mfa.CheckAddress(t, a):
		c.add(path, "want %s", mfa.WantedForm(t))
	}
	return a
}

func (c *checker) attributes(path string, list []account.Attribute) {
	if len(list) > maxAttributes {
		c.add(path, "more than %d attributes", maxAttributes)
	}
	seen := once{}
	for _, a := range list {
		at := member(path, a.Name)
		if a.Name == "" {
			c.add(at, "without a name")
		} else if c.text(at, a.Name, maxName) {
			seen.check(c, at, a.Name, "name")
		}
		switch {
		case !utf8.ValidString(a.Value):
			c.add(at, "not UTF-8")
		case utf8.RuneCountInString(a.Value) > maxText:
			c.add(at, "longer than %d characters", maxText)
		}
	}
}

func (c *checker) grants(path string, list []Grant) (out []wantedGrant) {
	for i, d := range list {
		at := element(path, i)
		app, ok := c.application(member(at, "application"), d.Application)
		if !ok {
			continue
		}
		role, ok := c.role(member(at, "role"), d.Role, &c.want.applications[app])
		g := wantedGrant{application: app, role: role}
		switch {
		case !ok:
		case slices.Contains(out, g):
			c.add(at, "stands twice")
		default:
			out = append(out, g)
		}
	}
	return out
}
