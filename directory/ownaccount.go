package directory

import (
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
)

// ErrOwnAccount means that who acts may not do this to their own account.
var ErrOwnAccount = errors.New("sallyport: nobody may do this to their own account")

// keepOwn notes what an apply would do to the account of the person in whose name it
// runs and may not: approve, enable or unlock it, move its dates, lift that it has to
// change its password, or write its credentials.
func (a *Applier) keepOwn(p *userPlan, credentials bool) {
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
		{"mfa", !same(was.MFA, is.MFA)}, {"credentialsVersion", credentials},
	} {
		if f.done {
			a.faults.add(p.at+"."+f.name, "%w", ErrOwnAccount)
		}
	}
}

// keepOwnRights notes roles and permissions that the account of the person in whose
// name an apply runs would have by it and has not, by whichever of the file's lists.
func (a *Applier) keepOwnRights() error {
	if a.ownAccount == "" {
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
	for i, app := range a.apps {
		hadRoles, had := RightsIn(&was, &app.was)
		roles, has := RightsIn(&is, &app.record)
		if !holds(hadRoles, roles) || !holds(had, has) {
			a.faults.add(element("applications", i)+".roles", "%w: it would have more of them", ErrOwnAccount)
		}
	}
	return nil
}

// holds reports whether all holds each of some.
func holds(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}
