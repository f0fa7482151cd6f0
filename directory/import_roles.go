package directory

import (
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// grants finds the roles of the row among those that are stored.
func (r *RowImporter) grants() (out []account.RoleGrant, err error) {
	for i, g := range r.row.Roles {
		at := element("roles", i)
		app, ok, err := r.application(g.Application)
		if err != nil {
			return nil, err
		}
		if !ok {
			r.a.faults.add(member(at, "application"), "no application %.64q is stored", g.Application)
			continue
		}
		j := slices.IndexFunc(app.Roles, func(role roleRecord) bool { return isCalled(role.ID, role.Name, g.Role) })
		if j < 0 {
			r.a.faults.add(member(at, "role"), "no role %.64q in %s", g.Role, app.Name)
			continue
		}
		grant := account.RoleGrant{Application: app.ID, Role: app.Roles[j].ID}
		if slices.Contains(out, grant) {
			r.a.faults.add(at, "stands twice")
			continue
		}
		out = append(out, grant)
	}
	return out, nil
}

// application finds an application by its name or id; "" is the engine's own.
func (r *RowImporter) application(called string) (app ApplicationRecord, ok bool, err error) {
	id := r.own
	if called != "" {
		c, _, err := catalogs.Get(r.a.tx, theCatalog)
		if err != nil {
			return app, false, err
		}
		i := slices.IndexFunc(c.Applications, func(a catalogApplication) bool { return !a.Gone && isCalled(a.ID, a.Name, called) })
		if i < 0 {
			return app, false, nil
		}
		id = c.Applications[i].ID
	}
	if err := r.a.tx.Peek(Applications.Key(id)); err != nil {
		return app, false, err
	}
	return Applications.Get(r.a.tx, id)
}

// isCalled reports whether a reference is to what has that id and name.
func isCalled(id, name, reference string) bool {
	if u, ok := rnd.ParseUUID(reference); ok {
		return rnd.FormatUUID(u) == id
	}
	return name == reference || typed.Label(name) == typed.Label(reference)
}
