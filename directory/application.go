package directory

import (
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// Applications holds the applications under their ids.
var Applications = store.NewTable[ApplicationRecord]("application", store.TableOptions{Cached: true, Large: true})

// ApplicationRecord is what users have roles in.
type ApplicationRecord struct {
	ID          string // lower-case UUID
	Name        string
	MFA         mfa.Rules
	Roles       []roleRecord
	Permissions []permissionRecord

	Unknown record.Unknown // what a newer program has written
}

// roleRecord is what an account may be given in an application.
type roleRecord struct {
	ID          string
	Name        string
	MFA         mfa.Rules
	Permissions []string // ids

	Unknown record.Unknown // what a newer program has written
}

// permissionRecord is what a role allows.
type permissionRecord struct {
	ID          string
	Folder      string // id of the folder, the same for all of its permissions
	Path        string // "/folder/folder/name"
	Description string

	Unknown record.Unknown // what a newer program has written
}

// RolesIn returns the account's roles in an application.
func RolesIn(a *account.Account, app *ApplicationRecord) []roleRecord {
	var out []roleRecord
	for i := range app.Roles {
		if app.Roles[i].isGiven(a, app) {
			out = append(out, app.Roles[i])
		}
	}
	return out
}

// GivenIn returns the account's roles in an application and the permissions that they
// give, in the order of the directory, each once.
func GivenIn(a *account.Account, app *ApplicationRecord) (roles []roleRecord, permissions []permissionRecord) {
	roles = RolesIn(a, app)
	var given []string
	for _, r := range roles {
		given = append(given, r.Permissions...)
	}
	for _, p := range app.Permissions {
		if slices.Contains(given, p.ID) {
			permissions = append(permissions, p)
		}
	}
	return roles, permissions
}

// RightsIn is [GivenIn] by names and paths.
func RightsIn(a *account.Account, app *ApplicationRecord) (roles, permissions []string) {
	given, allowed := GivenIn(a, app)
	for _, r := range given {
		roles = append(roles, r.Name)
	}
	for _, p := range allowed {
		permissions = append(permissions, p.Path)
	}
	return roles, permissions
}

// HasRole reports whether the account has any role in an application.
func HasRole(a *account.Account, app *ApplicationRecord) bool {
	for i := range app.Roles {
		if app.Roles[i].isGiven(a, app) {
			return true
		}
	}
	return false
}

func (r *roleRecord) isGiven(a *account.Account, app *ApplicationRecord) bool {
	return slices.ContainsFunc(a.Roles, func(g account.RoleGrant) bool {
		if g.Application != app.ID {
			return false
		}
		name, named := strings.CutPrefix(g.Role, roleNamed)
		return g.Role == r.ID || named && name == typed.Label(r.Name)
	})
}

// roleNamed begins the id of a role that is given by its name, which no id of ours does.
const roleNamed = "="

// NamedRole returns the grant of whatever role has that name in an application, for an
// account that a host owns, which knows no ids of ours. It stands in no record. Where no
// role has the name it gives nothing.
func NamedRole(application, name string) account.RoleGrant {
	return account.RoleGrant{Application: application, Role: roleNamed + typed.Label(name)}
}

// MFAPolicy merges the layers that hold for the account in the application. An account's
// own wish for a second factor is the mode Required of that user.
func MFAPolicy(a *account.Account, general PolicyRecord, app *ApplicationRecord) mfa.Policy {
	var rules []mfa.Rules
	for i := range app.Roles {
		if r := &app.Roles[i]; r.isGiven(a, app) {
			rules = append(rules, r.MFA)
		}
	}
	p := mfa.Merge(general.MFA, app.MFA, rules...)
	p.SetBy = modeRule(a, general, app, p.Mode)
	if a.MFA != nil && *a.MFA {
		p.Mode = mfa.Required // of this user, whatever the layers say
		p.SetBy = mfa.Rule{Layer: mfa.LayerUser, Mode: p.Mode}
	}
	return p
}

// modeRule is the rule of the layers that set the mode; of several roles the first in the
// directory's order that says as much.
func modeRule(a *account.Account, general PolicyRecord, app *ApplicationRecord, mode string) mfa.Rule {
	for i := range app.Roles {
		if r := &app.Roles[i]; r.MFA.Mode != nil && *r.MFA.Mode == mode && r.isGiven(a, app) {
			return mfa.Rule{Layer: mfa.LayerRole, Name: r.Name, Mode: mode}
		}
	}
	switch {
	case app.MFA.Mode != nil:
		return mfa.Rule{Layer: mfa.LayerApplication, Name: app.Name, Mode: mode}
	case general.MFA.Mode != nil:
		return mfa.Rule{Layer: mfa.LayerGeneral, Mode: mode}
	}
	return mfa.Rule{Layer: mfa.LayerDefault, Mode: mode}
}

// AskingRule is the rule by which an account is asked for a second factor; the zero value
// where it is not asked, see [WantsFactor].
func AskingRule(a *account.Account, p mfa.Policy, enrolled bool) mfa.Rule {
	if !WantsFactor(a, p, enrolled) {
		return mfa.Rule{}
	}
	return p.SetBy
}

// WantsFactor reports whether a second factor is to be asked for. An account's
// own wish for one beats every policy; its wish for none only WhenEnrolled.
func WantsFactor(a *account.Account, p mfa.Policy, enrolled bool) bool {
	switch {
	case a.MFA != nil && *a.MFA, p.Mode == mfa.Required:
		return true
	case a.MFA != nil, p.Mode == mfa.Off:
		return false
	}
	return enrolled
}
