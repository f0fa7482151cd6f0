package directory

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// userPlan is one user on the way from what is stored to what will be.
type userPlan struct {
	*wantedUser
	id     string
	home   string // of id, see [account.Home]
	named  bool   // found by its name alone
	exists bool
	gone   bool            // a program deleted it
	acc    account.Account // as it will be
	was    account.Account // as it is stored
	said   applied         // what the file last said, as it will be
	before applied         // likewise, as it is stored
	kept   []string

	roles    []account.RoleGrant // as the file wants them
	recovery []mfa.Recovery      // that come with the authenticator
}

// applyUsers first finds the account of each user, then settles which account has
// which name, and then writes the accounts one by one.
func (a *Applier) applyUsers() error {
	plans, err := a.findUsers()
	if err != nil {
		return err
	}
	if err := a.peekEmails(plans); err != nil {
		return err
	}
	if err := a.pruneUsers(plans); err != nil {
		return err
	}
	plans = slices.DeleteFunc(plans, func(p userPlan) bool {
		if p.gone {
			a.tellGone("user", p.name, p.id)
		}
		return p.gone
	})
	for i := range plans {
		p := &plans[i]
		writeField(p, "name", p.name, &p.said.Name, &p.acc.Name)
	}
	if err := a.applyNames(plans); err != nil {
		return err
	}
	for i := range plans {
		plans[i].roles = a.grants(&plans[i])
		if err := a.applyUser(&plans[i]); err != nil {
			return err
		}
	}
	return nil
}

// writeField stores what the file wants where it differs from what the file last
// said. Where it does not, but another value is stored, that one was set since and
// is kept.
func writeField[T any](p *userPlan, field string, want T, applied, stored *T) {
	switch {
	case !same(want, *applied):
		*applied, *stored = want, want
	case !same(want, *stored):
		p.keep(field)
	}
}

func (p *userPlan) keep(field string) { p.kept = append(p.kept, field) }

// isNewer reports whether the credentials of the file are to be written: their
// version is higher than the one applied last, as always for a new account.
func (p *userPlan) isNewer() bool { return p.version > p.before.CredentialsVersion }

// applyUser writes one account with its factors and what the file said of it.
func (a *Applier) applyUser(p *userPlan) error {
	is, last := &p.acc, &p.said
	writeField(p, "firstName", p.FirstName, &last.FirstName, &is.FirstName)
	writeField(p, "lastName", p.LastName, &last.LastName, &is.LastName)
	writeField(p, "language", p.Language, &last.Language, &is.Language)
	writeField(p, "approved", p.approved, &last.Approved, &is.Approved)
	if is.Approved {
		is.Falls = time.Time{}
	}
	writeField(p, "disabled", p.Disabled, &last.Disabled, &is.Disabled)
	writeField(p, "locked", p.Locked, &last.Locked, &is.Locked)
	writeField(p, "mustChangePassword", p.MustChangePassword, &last.MustChange, &is.MustChange)
	writeField(p, "start", p.Start.UTC(), &last.Start, &is.Start)
	writeField(p, "end", p.End.UTC(), &last.End, &is.End)
	writeField(p, "attributes", p.Attributes, &last.Attributes, &is.Attributes)
	writeField(p, "roles", p.roles, &last.Roles, &is.Roles)
	writeField(p, "mfa", p.MFA, &last.MFA, &is.MFA)
	if p.version < last.CredentialsVersion {
		p.keep("credentialsVersion")
	}
	last.CredentialsVersion = max(last.CredentialsVersion, p.version)
	renewed := a.applyPassword(p)
	if p.id == a.ownAccount && p.exists {
		a.ownWas = &p.was
	}
	if is.PasswordHash != p.was.PasswordHash {
		a.moved = append(a.moved, movedHash{p.was.PasswordHash, is.PasswordHash})
	}
	if err := a.applyFactors(p, renewed); err != nil {
		return err
	}
	// An account and its factors change only together with what was said of them.
	unchanged := same(p.before, p.said)
	a.tell(Entry{Kind: "user", Name: is.Name, ID: p.id, Kept: p.kept, Action: action(p.exists, unchanged)})
	if err := update(a, applieds, p.id, p.said, unchanged); err != nil {
		return err
	}
	return update(a, account.Accounts, p.id, *is, same(p.was, *is))
}

// grants returns the roles of the user, by ids.
func (a *Applier) grants(p *userPlan) (out []account.RoleGrant) {
	for _, g := range p.wantedUser.grants {
		app := &a.apps[g.application]
		if app.roles[g.role] != "" { // else it never was, and its application is gone
			out = append(out, account.RoleGrant{Application: app.id, Role: app.roles[g.role]})
		}
	}
	return out
}

// applyPassword settles the password hash, and reports whether the account's
// password becomes another.
func (a *Applier) applyPassword(p *userPlan) bool {
	writeField(p, "passwordless", p.Passwordless, &p.said.Passwordless, &p.acc.Passwordless)
	stored, hash := p.acc.PasswordHash, p.PasswordHash
	switch {
	case p.acc.Passwordless:
		p.dropPassword()
		return false
	case p.Password == "" && hash == "":
		if !p.exists {
			a.warn("%s: made without a password: none will match", p.at)
		}
		return false
	case !p.isNewer():
		if hash != "" && hash != stored {
			p.keep("passwordHash")
		}
		if hash == "" && !a.isAsApplied(p) {
			p.keep("password")
		}
		return false
	case hash == "":
		var ok bool
		if hash, ok = a.hashes.of(credential{at: p.at, stored: stored, password: p.Password}); !ok {
			return false // the transaction runs again once it is known
		}
	}
	p.acc.PasswordHash, p.said.HashTag = hash, a.hashTag(hash)
	return hash != stored
}

// dropPassword makes the account one without a password, also where the file has one that
// it did not have when somebody made the account so.
func (p *userPlan) dropPassword() {
	p.acc.DropPassword()
	p.said.HashTag = ""
	if p.Password != "" {
		p.keep("password")
	}
	if p.PasswordHash != "" {
		p.keep("passwordHash")
	}
}

// isAsApplied reports whether the password of the file is the one that was applied
// last and is stored. It is hashed to tell: a password that is changed in the file
// and not applied must not go unnoticed. Until that is done it is taken for the
// same; the transaction runs again.
func (a *Applier) isAsApplied(p *userPlan) bool {
	stored := p.acc.PasswordHash
	if p.said.HashTag != a.hashTag(stored) {
		return false // set since, by a person or by another hash
	}
	hash, ok := a.hashes.of(credential{at: p.at, stored: stored, password: p.Password})
	return !ok || hash == stored
}

func (a *Applier) hashTag(hash string) string { return a.index.ID("applied-hash", hash) }
