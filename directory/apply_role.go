package directory

import (
	"cmp"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// roles is like permissions. permissionIDs are those of the file's permissions. Of a
// role that a program deleted the id is that which it had: whom the file gives it to
// has what they were given before, which is nothing now.
func (a *Applier) roles(w *wantedApplication, old []roleRecord, permissionIDs []string, c *catalogApplication) (out []roleRecord, ids []string) {
	have, want := rolesHeld(old, c), []entry(nil)
	for _, r := range w.roles {
		want = append(want, entry{at: r.at + ".name", id: r.id, key: r.key})
	}
	prune, kept := a.o.Prune && w.pruneRoles, map[string]bool{}
	out = slices.Clone(old)
	for i, n := range a.pair(have, want, prune) {
		if n >= 0 && have[n].gone {
			ids = append(ids, have[n].id)
			a.tellGone("role", w.name+"/"+w.roles[i].name, have[n].id)
			continue
		}
		is := roleRecord{ID: cmp.Or(want[i].id, rnd.UUID())}
		var was roleRecord
		if n >= 0 {
			was = old[n]
			is.ID, is.Unknown = was.ID, was.Unknown
		}
		var granted []string
		for _, p := range w.roles[i].permissions {
			granted = append(granted, permissionIDs[p])
		}
		keeps := a.settleRole(&is, &was, &w.roles[i], granted, c)
		how := action(n >= 0, same(is, was))
		if n >= 0 {
			out[n] = is
		} else {
			out = append(out, is)
		}
		ids, kept[is.ID] = append(ids, is.ID), true
		a.tell(Entry{Kind: "role", Name: w.name + "/" + is.Name, ID: is.ID, Action: how, Kept: keeps})
	}
	if !prune {
		return out, ids
	}
	return slices.DeleteFunc(out, func(r roleRecord) bool {
		if kept[r.ID] || c.isMade(r.ID) {
			return false
		}
		a.tellDeleted("role", w.name+"/"+r.Name, r.ID)
		return true
	}), ids
}

// settleRole fills in the fields of a role and returns those that were left as stored.
func (a *Applier) settleRole(is, was *roleRecord, w *wantedRole, granted []string, c *catalogApplication) (kept []string) {
	var none said
	f := a.fields(&none)
	entry := c.role(is.ID)
	if entry != nil {
		f = a.fields(&entry.Said)
		entry.Made = false
	}
	is.Name = settled(f, "name", w.name, was.Name)
	is.MFA = settled(f, "mfa", w.mfa, was.MFA)
	is.Permissions = settled(f, "permissions", granted, was.Permissions)
	f.done()
	return f.kept
}

// rolesHeld are the roles of an application as they are matched: those that are
// stored, and behind them those that a program deleted. A file that takes over the
// application of the engine's own calls by its name takes its roles likewise.
func rolesHeld(stored []roleRecord, c *catalogApplication) (have []entry) {
	for _, r := range stored {
		e := entry{id: r.ID, key: typed.Label(r.Name)}
		if x := c.role(r.ID); x != nil {
			e = x.Said.entry(entry{id: r.ID, made: x.Made && !c.Own}, r.Name)
		}
		have = append(have, e)
	}
	for _, x := range c.Roles {
		if x.Gone {
			have = append(have, entry{id: x.ID, key: typed.Label(x.Name), gone: true})
		}
	}
	return have
}

// isMade reports whether a program made a role and no file has named it.
func (e *catalogApplication) isMade(role string) bool {
	r := e.role(role)
	return r != nil && r.Made
}

// gives reports whether a program has put a permission into one of some roles.
func (e *catalogApplication) gives(roles []roleRecord, permission string) bool {
	return slices.ContainsFunc(roles, func(r roleRecord) bool {
		x := e.role(r.ID)
		if x == nil {
			return false
		}
		_, changed := x.Said.last("permissions")
		return (x.Made || changed) && slices.Contains(r.Permissions, permission)
	})
}

// skipApplication passes over an application that a program has deleted, with its
// roles, of which users keep what they were given.
func (a *Applier) skipApplication(w *wantedApplication, id string) {
	a.tellGone("application", w.name, id)
	c := a.catalog.ensure(id, w.name)
	app := appliedApplication{id: id, name: w.name}
	for _, r := range w.roles {
		i := slices.IndexFunc(c.Roles, func(x catalogRole) bool { return x.ID == r.id || r.id == "" && typed.Label(x.Name) == r.key })
		if i < 0 {
			app.roles = append(app.roles, "")
			continue
		}
		app.roles = append(app.roles, c.Roles[i].ID)
	}
	a.apps = append(a.apps, app)
}
