package directory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// applyPolicy also fills a.policy.
func (a *Applier) applyPolicy() error {
	old, exists, err := Policies.Get(a.tx, GeneralPolicy)
	if err != nil {
		return err
	}
	if a.want.policy == nil {
		return a.judgeBy(old)
	}
	is := *a.want.policy
	is.Unknown = old.Unknown
	if err := a.judgeBy(is); err != nil {
		return err
	}
	unchanged := same(old, is)
	a.tell(Entry{Kind: "policy", Name: GeneralPolicy, Action: action(exists, unchanged)})
	return update(a, Policies, GeneralPolicy, is, unchanged)
}

// appliedApplication is what clients and users refer to.
type appliedApplication struct {
	id, name string
	roles    []string // ids of the file's roles
	record   ApplicationRecord
	was      ApplicationRecord // as it is stored
}

// applyApplications also fills a.apps.
func (a *Applier) applyApplications() error {
	if err := a.yieldOwn(); err != nil {
		return err
	}
	var have, want []entry
	var keys []string
	for _, c := range a.catalog.Applications {
		have = append(have, c.Said.entry(entry{id: c.ID, made: c.Made, gone: c.Gone}, c.Name))
	}
	for _, w := range a.want.applications {
		want = append(want, entry{at: w.at + ".name", id: w.id, key: w.key})
	}
	prune := a.o.Prune && a.want.pruneApplications
	pairs := a.pair(have, want, prune)
	ids, kept := make([]string, len(pairs)), map[string]bool{}
	for i, n := range pairs {
		ids[i] = cmp.Or(want[i].id, rnd.UUID())
		if n >= 0 {
			ids[i] = have[n].id
		}
		kept[ids[i]] = true
		keys = append(keys, Applications.Key(ids[i]))
	}
	if err := a.peek(keys); err != nil {
		return err
	}
	for i, id := range ids {
		w := &a.want.applications[i]
		if n := pairs[i]; n >= 0 && have[n].gone {
			a.skipApplication(w, id)
			continue
		}
		if err := a.applyApplication(w, id); err != nil {
			return err
		}
	}
	if !prune {
		return nil
	}
	return a.pruneApplications(kept)
}

func (a *Applier) applyApplication(w *wantedApplication, id string) error {
	old, exists, err := Applications.Get(a.tx, id)
	if err != nil {
		return err
	}
	c := a.catalog.ensure(id, w.name)
	app := ApplicationRecord{ID: id, Unknown: old.Unknown}
	f := a.fields(&c.Said)
	app.Name = settled(f, "name", w.name, old.Name)
	app.MFA = settled(f, "mfa", w.mfa, old.MFA)
	f.done()
	a.tell(Entry{Kind: "application", Name: app.Name, ID: id, Kept: f.kept, Action: action(exists, old.Name == app.Name && same(old.MFA, app.MFA))})
	var permissionIDs, roleIDs []string
	app.Permissions, permissionIDs = a.permissions(w, &old, c)
	app.Roles, roleIDs = a.roles(w, old.Roles, permissionIDs, c)
	app.Roles = withoutLost(app.Roles, app.Permissions)
	c.Name, c.Own, c.Made = app.Name, false, false
	a.apps = append(a.apps, appliedApplication{id: id, name: app.Name, roles: roleIDs, record: app, was: old})
	return update(a, Applications, id, app, same(old, app))
}

// permissions returns the permissions of the application, in the stored order
// with new ones last, and the ids of those of the file in the file's order.
func (a *Applier) permissions(w *wantedApplication, app *ApplicationRecord, c *catalogApplication) (out []permissionRecord, ids []string) {
	old := app.Permissions
	var have, want []entry
	folders := map[string]string{}
	for _, p := range old {
		have = append(have, entry{id: p.ID, key: typed.Label(p.Path)})
		folders[folderKey(p.Path)] = p.Folder
	}
	for _, p := range w.permissions {
		want = append(want, entry{at: p.at + ".path", id: p.id, key: p.key})
	}
	prune, kept := a.o.Prune && w.prunePermissions, map[string]bool{}
	out = slices.Clone(old)
	for i, n := range a.pair(have, want, prune) {
		p := permissionRecord{ID: cmp.Or(want[i].id, rnd.UUID()), Path: w.permissions[i].path, Description: w.permissions[i].description}
		folder := folderKey(p.Path)
		if folders[folder] == "" {
			folders[folder] = rnd.UUID()
		}
		p.Folder = folders[folder]
		how := actionCreated
		if n >= 0 {
			p.ID, p.Unknown = old[n].ID, old[n].Unknown
			how = action(true, p == old[n])
			out[n] = p
		} else {
			out = append(out, p)
		}
		ids, kept[p.ID] = append(ids, p.ID), true
		a.tell(Entry{Kind: "permission", Name: w.name + p.Path, ID: p.ID, Action: how})
	}
	if !prune {
		return out, ids
	}
	return slices.DeleteFunc(out, func(p permissionRecord) bool {
		if kept[p.ID] || c.gives(app.Roles, p.ID) {
			return false
		}
		a.tellDeleted("permission", w.name+p.Path, p.ID)
		return true
	}), ids
}

// withoutLost takes the permissions that are gone from roles that stay.
func withoutLost(roles []roleRecord, all []permissionRecord) []roleRecord {
	there := map[string]bool{}
	for _, p := range all {
		there[p.ID] = true
	}
	for i := range roles {
		roles[i].Permissions = slices.DeleteFunc(slices.Clone(roles[i].Permissions), func(id string) bool { return !there[id] })
	}
	return roles
}

// folderKey is the folder of a permission, as folders are compared.
func folderKey(path string) string { return typed.Label(path[:strings.LastIndexByte(path, '/')+1]) }

// pruneApplications deletes those that are not kept, and their clients. An engine's
// own stays, and what a program has made.
func (a *Applier) pruneApplications(kept map[string]bool) error {
	var left []catalogApplication
	var lost []string
	for _, c := range a.catalog.Applications {
		if c.Gone && !kept[c.ID] {
			a.written = true // nobody wants it back
			continue
		}
		if kept[c.ID] || c.Own || c.Made {
			left = append(left, c)
			continue
		}
		a.tellDeleted("application", c.Name, c.ID)
		lost = append(lost, c.ID)
	}
	a.catalog.Applications = left
	return removeAll(a, Applications, lost)
}
