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

// entry holds the id and the key that an entry of a list is matched by. at is the
// path of its name in the file.
type entry struct{ at, id, key string }

// pair returns, for each wanted entry, the index of the stored entry that it
// stands for, or -1 for a new one: by id where the file gives one, else by key
// among the stored entries that no id claims. A stored entry that the file does
// not name and that is not pruned must not share its key with a wanted one.
func (a *Applier) pair(have, want []entry, prune bool) []int {
	byID, byKey, claimed := map[string]int{}, map[string]int{}, map[int]bool{}
	for i, h := range have {
		byID[h.id], byKey[h.key] = i, i
	}
	pairs := make([]int, len(want))
	for i, w := range want {
		pairs[i] = -1
		if n, ok := byID[w.id]; ok {
			pairs[i], claimed[n] = n, true
		}
	}
	for i, w := range want {
		if n, ok := byKey[w.key]; ok && w.id == "" && !claimed[n] {
			pairs[i], claimed[n] = n, true
		}
	}
	for _, w := range want {
		if n, ok := byKey[w.key]; ok && !claimed[n] && !prune {
			a.faults.add(w.at, "belongs to %s, which the file does not name", have[n].id)
		}
	}
	return pairs
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
		have = append(have, entry{id: c.ID, key: typed.Label(c.Name)})
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
		if err := a.applyApplication(&a.want.applications[i], id); err != nil {
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
	app := ApplicationRecord{ID: id, Name: w.name, MFA: w.mfa, Unknown: old.Unknown}
	a.tell(Entry{Kind: "application", Name: app.Name, ID: id, Action: action(exists, old.Name == app.Name && same(old.MFA, app.MFA))})
	var permissionIDs, roleIDs []string
	app.Permissions, permissionIDs = a.permissions(w, old.Permissions)
	app.Roles, roleIDs = a.roles(w, old.Roles, permissionIDs)
	app.Roles = withoutLost(app.Roles, app.Permissions)
	a.apps = append(a.apps, appliedApplication{id: id, name: app.Name, roles: roleIDs, record: app, was: old})
	a.catalog.name(id, app.Name)
	return update(a, Applications, id, app, same(old, app))
}

// permissions returns the permissions of the application, in the stored order
// with new ones last, and the ids of those of the file in the file's order.
func (a *Applier) permissions(w *wantedApplication, old []permissionRecord) (out []permissionRecord, ids []string) {
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
		if !kept[p.ID] {
			a.tellDeleted("permission", w.name+p.Path, p.ID)
		}
		return !kept[p.ID]
	}), ids
}

// roles is like permissions. permissionIDs are those of the file's permissions.
func (a *Applier) roles(w *wantedApplication, old []roleRecord, permissionIDs []string) (out []roleRecord, ids []string) {
	var have, want []entry
	for _, r := range old {
		have = append(have, entry{id: r.ID, key: typed.Label(r.Name)})
	}
	for _, r := range w.roles {
		want = append(want, entry{at: r.at + ".name", id: r.id, key: r.key})
	}
	prune, kept := a.o.Prune && w.pruneRoles, map[string]bool{}
	out = slices.Clone(old)
	for i, n := range a.pair(have, want, prune) {
		r := roleRecord{ID: cmp.Or(want[i].id, rnd.UUID()), Name: w.roles[i].name, MFA: w.roles[i].mfa}
		for _, p := range w.roles[i].permissions {
			r.Permissions = append(r.Permissions, permissionIDs[p])
		}
		how := actionCreated
		if n >= 0 {
			r.ID, r.Unknown = old[n].ID, old[n].Unknown
			how = action(true, same(r, old[n]))
			out[n] = r
		} else {
			out = append(out, r)
		}
		ids, kept[r.ID] = append(ids, r.ID), true
		a.tell(Entry{Kind: "role", Name: w.name + "/" + r.Name, ID: r.ID, Action: how})
	}
	if !prune {
		return out, ids
	}
	return slices.DeleteFunc(out, func(r roleRecord) bool {
		if !kept[r.ID] {
			a.tellDeleted("role", w.name+"/"+r.Name, r.ID)
		}
		return !kept[r.ID]
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
// own stays.
func (a *Applier) pruneApplications(kept map[string]bool) error {
	var left []catalogApplication
	var lost []string
	for _, c := range a.catalog.Applications {
		if kept[c.ID] || c.Own {
			left = append(left, c)
			continue
		}
		a.tellDeleted("application", c.Name, c.ID)
		lost = append(lost, c.ID)
	}
	a.catalog.Applications = left
	return removeAll(a, Applications, lost)
}
