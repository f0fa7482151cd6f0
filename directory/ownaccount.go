package directory

import (
	"errors"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// ErrOwnAccount means that who acts may not do this to their own account.
var ErrOwnAccount = errors.New("sallyport: nobody may do this to their own account")

// OwnRoles are the roles that a person in whose name an apply runs has by their names,
// as an account has them that a host owns or a module keeps.
type OwnRoles []OwnRole

// OwnRole is one of them.
type OwnRole struct {
	Application string // its name or id
	Name        string
}

// JudgeOwn has the next attempt refuse what would give more rights to whoever has those
// roles ([ErrOwnAccount]).
func (a *Applier) JudgeOwn(r OwnRoles) { a.ownRoles = append(OwnRoles{}, r...) }

// in is an account that has the roles by their names in an application of the file.
func (r OwnRoles) in(app *appliedApplication) (acc account.Account) {
	for _, own := range r {
		label := typed.Label(own.Application)
		if typed.Label(app.name) == label || typed.Label(app.was.Name) == label || app.record.ID == strings.ToLower(own.Application) {
			acc.Roles = append(acc.Roles, NamedRole(app.record.ID, own.Name))
		}
	}
	return acc
}

// keepOwn notes what an apply, or the row of an import, would do to the account of the person in whose name it
// runs and may not: approve, enable or unlock it, move its dates, lift that it has to
// change its password, make it one without a password or with one, change an address, or write its credentials.
func (a *Applier) keepOwn(p *userPlan, had, has *mfa.Factors, credentials bool) {
	if p.id != a.ownAccount || !p.exists {
		return
	}
	was, is := &p.was, &p.acc
	for _, f := range []struct {
		name string
		done bool
	}{
		{"approved", is.Approved && !was.Approved}, {"disabled", was.Disabled && !is.Disabled}, {"locked", was.Locked && !is.Locked},
		{"mustChangePassword", was.MustChange && !is.MustChange}, {"start", !is.Start.Equal(was.Start)}, {"end", !is.End.Equal(was.End)},
		{"mfa", !same(was.MFA, is.MFA)}, {"passwordless", is.Passwordless != was.Passwordless}, {"credentialsVersion", credentials},
		{"email", had.Email.Value != has.Email.Value || had.Email.Next != has.Email.Next},
		{"mobile", had.Mobile.Value != has.Mobile.Value || had.Mobile.Next != has.Mobile.Next},
	} {
		if f.done {
			a.faults.add(member(p.at, f.name), "%w", ErrOwnAccount)
		}
	}
}

// keepOwnRights notes roles and permissions that the account of the person in whose
// name an apply runs would have by it and has not, by whichever of the file's lists.
func (a *Applier) keepOwnRights() error {
	switch {
	case a.ownAccount == "":
		return nil
	case a.ownRoles != nil:
		for i := range a.apps {
			acc := a.ownRoles.in(&a.apps[i])
			a.keepRightsIn(i, &acc, &acc)
		}
		return nil
	}
	if err := a.peek([]string{account.Accounts.Key(a.ownAccount)}); err != nil {
		return err
	}
	is, known, err := account.Accounts.Get(a.tx, a.ownAccount) // with what is planned
	if err != nil || !known {
		return err
	}
	was := is
	if a.ownWas != nil {
		was = *a.ownWas
	}
	for i := range a.apps {
		a.keepRightsIn(i, &was, &is)
	}
	return nil
}

// keepRightsIn is keepOwnRights in one of the applications of the file.
func (a *Applier) keepRightsIn(i int, was, is *account.Account) {
	app := &a.apps[i]
	hadRoles, had := RightsIn(was, &app.was)
	roles, has := RightsIn(is, &app.record)
	if !holds(hadRoles, roles) || !holds(had, has) {
		a.faults.add(element("applications", i)+".roles", "%w: it would have more of them", ErrOwnAccount)
	}
}

// keepOwnRoles notes a role that the account of the person in whose name a row is
// imported would have by it and has not.
func (r *RowImporter) keepOwnRoles(p *userPlan) {
	gained := func(g account.RoleGrant) bool { return !slices.Contains(p.was.Roles, g) }
	if p.id == r.a.ownAccount && p.exists && slices.ContainsFunc(p.acc.Roles, gained) {
		r.a.faults.add("roles", "%w: it would have more of them", ErrOwnAccount)
	}
}

// holds reports whether all holds each of some.
func holds(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}
