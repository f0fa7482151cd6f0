package sallyport

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/secure/precis"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// The records of the built-in directory. User input never stands in a key:
// names are hashed, ids are ours or were checked to be UUIDs.
var (
	accounts     = store.Table[account]{Name: "account", Schema: 1, Cached: true}
	names        = store.Table[nameEntry]{Name: "name", Schema: 1, Cached: true}
	ageings      = store.Table[ageing]{Name: "ageing", Schema: 1, Cached: true}
	applications = store.Table[application]{Name: "application", Schema: 1, Cached: true}
	policies     = store.Table[policy]{Name: "policy", Schema: 1, Cached: true}
)

// generalPolicy is the id of the policy that stands under all others.
const generalPolicy = "general"

// account is one user. It is bound to everything else by its ID, never by its
// name.
type account struct {
	ID           string      `json:"id"` // lower-case UUID
	Name         string      `json:"name"`
	PasswordHash string      `json:"passwordHash,omitempty"`
	FirstName    string      `json:"firstName,omitempty"`
	LastName     string      `json:"lastName,omitempty"`
	Approved     bool        `json:"approved"`
	Disabled     bool        `json:"disabled,omitempty"`
	Locked       bool        `json:"locked,omitempty"`
	MustChange   bool        `json:"mustChange,omitempty"`
	Start        time.Time   `json:"start,omitzero"` // zero: always
	End          time.Time   `json:"end,omitzero"`   // zero: never
	Attributes   []Attribute `json:"attributes,omitempty"`
	Roles        []roleGrant `json:"roles,omitempty"`
	MFA          *bool       `json:"mfa,omitempty"` // true: always asked; false: unless a policy says Required; nil: the policies decide

	// CredentialsVersion and Applied are the directory file's: what it last
	// said, so that applying it again undoes nothing that was changed since.
	CredentialsVersion int     `json:"credentialsVersion,omitempty"`
	Applied            applied `json:"applied,omitzero"`
}

// roleGrant is a role that an account has in an application, by their ids.
type roleGrant struct {
	Application string `json:"application"`
	Role        string `json:"role"`
}

// nameEntry is the account that a canonical name belongs to. The name of a
// deleted account stays reserved.
type nameEntry struct {
	Account string `json:"account"`
	Deleted bool   `json:"deleted,omitempty"`
}

// ageing is what is true of an account whoever owns its other data.
type ageing struct {
	// Epoch is raised by whatever ends all sessions and pending logins:
	// disable, delete, a new password, a factor added, changed or removed.
	Epoch uint64 `json:"epoch"`
	// Serial is the least serial of the account's factors that may be
	// believed; above 0 it says that factors exist or existed.
	Serial uint64 `json:"serial,omitempty"`
}

// application is what users have roles in.
type application struct {
	ID          string       `json:"id"` // lower-case UUID
	Name        string       `json:"name"`
	MFA         mfa.Rules    `json:"mfa,omitzero"`
	Roles       []role       `json:"roles,omitempty"`
	Permissions []permission `json:"permissions,omitempty"`
}

type role struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	MFA         mfa.Rules `json:"mfa,omitzero"`
	Permissions []string  `json:"permissions,omitempty"` // ids
}

type permission struct {
	ID          string `json:"id"`
	Folder      string `json:"folder"` // id of the folder, the same for all of its permissions
	Path        string `json:"path"`   // "/folder/folder/name"
	Description string `json:"description,omitempty"`
}

// policy is the general policy of a directory.
type policy struct {
	MaxBadLogons    int           `json:"maxBadLogons"`
	BadLogonWindow  time.Duration `json:"badLogonWindow"`
	AutoUnlockAfter time.Duration `json:"autoUnlockAfter"` // 0: an administrator unlocks
	MFA             mfa.Rules     `json:"mfa,omitzero"`
}

// defaultPolicy holds where no directory was applied.
func defaultPolicy() policy {
	return policy{MaxBadLogons: 10, BadLogonWindow: 15 * time.Minute, AutoUnlockAfter: 15 * time.Minute}
}

// canonicalName folds the spellings of a user name that are the same name:
// PRECIS UsernameCaseMapped (RFC 8265), after trimming ASCII spaces. What the
// profile refuses is no account's name; it is folded roughly, so that it is
// counted like any other unknown name.
func canonicalName(name string) (canonical string, valid bool) {
	name = strings.Trim(name, " ")
	c, err := precis.UsernameCaseMapped.String(name)
	if err != nil || c == "" {
		return strings.ToLower(name), false
	}
	return c, true
}

// nameID is the id of the record of a name, and of its lockout.
func nameID(x store.Index, canonical string) string { return x.ID("name", canonical) }

// roles answers the account's roles in an application.
func (a *account) rolesIn(app *application) []role {
	var out []role
	for _, r := range app.Roles {
		if slices.Contains(a.Roles, roleGrant{Application: app.ID, Role: r.ID}) {
			out = append(out, r)
		}
	}
	return out
}

// mfaPolicy merges the layers that hold for the account in the application.
func (a *account) mfaPolicy(general policy, app *application) mfa.Policy {
	var rules []mfa.Rules
	for _, r := range a.rolesIn(app) {
		rules = append(rules, r.MFA)
	}
	return mfa.Merge(general.MFA, app.MFA, rules...)
}

// wantsFactor says whether a second factor is to be asked for. An account's
// own wish for one beats every policy; its wish for none only WhenEnrolled.
func (a *account) wantsFactor(p mfa.Policy, enrolled bool) bool {
	switch {
	case a.MFA != nil && *a.MFA, p.Mode == mfa.Required:
		return true
	case a.MFA != nil, p.Mode == mfa.Off:
		return false
	}
	return enrolled
}
