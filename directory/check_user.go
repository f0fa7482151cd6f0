package directory

import (
	"slices"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/totp"
)

func (c *checker) users(list []User) {
	ids, keys := once{}, once{}
	for i := range list {
		d, at := &list[i], element("users", i)
		w := wantedUser{
			User: d, at: at, id: c.id(at+".id", d.ID), canonical: c.userName(at+".name", d.Name),
			approved: or(d.Approved, true), version: c.version(at, d.CredentialsVersion),
		}
		ids.check(c, at+".id", w.id, "id")
		keys.check(c, at+".name", w.canonical, "name")
		only(c, at+".module", or(d.Module, token.ModuleVGUser), token.ModuleVGUser)
		only(c, at+".passwordless", d.Passwordless, false)
		c.password(at, d)
		c.address(at, "email", mfa.Email, d.Email, d.EmailValidated)
		c.address(at, "mobile", mfa.SMS, d.Mobile, d.MobileValidated)
		c.text(at+".firstName", d.FirstName, maxText)
		c.text(at+".lastName", d.LastName, maxText)
		c.time(at+".start", d.Start)
		c.time(at+".end", d.End)
		if !d.Start.IsZero() && !d.End.IsZero() && !d.Start.Before(d.End) {
			c.add(at+".end", "not after start")
		}
		c.attributes(at+".attributes", d.Attributes)
		w.grants = c.grants(at+".roles", d.Roles)
		if d.TOTP != nil {
			var err error
			if w.secret, err = totp.ParseSecret(d.TOTP.Secret); err != nil {
				c.add(at+".totp.secret", "%w", err)
			}
		}
		c.want.users = append(c.want.users, w)
	}
}

// userName returns the canonical spelling of a user name, or "" for a bad one.
func (c *checker) userName(path, name string) string {
	if c.name(path, name, maxName) == "" {
		return ""
	}
	canonical, ok := account.CanonicalName(name)
	if !ok {
		c.add(path, "holds characters that cannot be part of a user name")
		return ""
	}
	return canonical
}

func (c *checker) password(at string, d *User) {
	switch {
	case d.Password != "" && d.PasswordHash != "":
		c.add(at+".passwordHash", "stands beside a password in clear")
	case len(d.Password) > password.MaxPassword:
		c.add(at+".password", "longer than %d bytes", password.MaxPassword)
	case d.PasswordHash != "":
		if _, err := password.Recognise(d.PasswordHash); err != nil {
			c.add(at+".passwordHash", "%w", err)
		}
	}
}

func (c *checker) address(at, field string, t mfa.Transport, a string, validated *bool) {
	path := at + "." + field
	switch {
	case a == "" && or(validated, false):
		c.add(path+"Validated", "true without an address")
	case a != "" && !mfa.CheckAddress(t, a):
		what := "one plain e-mail address"
		if t == mfa.SMS {
			what = "a number in the international form, \"+\" and 7 to 15 digits"
		}
		c.add(path, "want %s", what)
	}
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
		app, ok := c.application(at+".application", d.Application)
		if !ok {
			continue
		}
		role, ok := c.role(at+".role", d.Role, &c.want.applications[app])
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
