package directory

import (
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// NewRole is a role that a program makes.
type NewRole struct {
	Name        string   // without a comma; names that differ by case alone are one
	Permissions []string // paths, such as /Address/CanReadAddress; those that are new are made
	MFA         MFA      // a layer of policy for who has the role; zero: none
}

// RoleChange says which fields of a role become another. Those that are nil stay as
// they are.
type RoleChange struct {
	Name        *string
	Permissions *[]string // all of them, as in [NewRole]
	MFA         *MFA      // the whole layer
}

// Fields lists the fields that become another, as the directory file names them.
func (c *RoleChange) Fields() (names []string) {
	for _, f := range []struct {
		name string
		set  bool
	}{{"name", c.Name != nil}, {"permissions", c.Permissions != nil}, {"mfa", c.MFA != nil}} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}

// ErrRoleTaken means that the application has a role of that name.
var ErrRoleTaken = errors.New("directory: the application has a role of that name")

// CreateRole makes a role in e.Application. Errors: those of a field, which name it;
// [ErrRoleTaken].
func (e *Editor) CreateRole(n NewRole) error {
	list, err := e.catalog()
	if err != nil {
		return err
	}
	app, r := *e.Application, roleRecord{ID: rnd.UUID()}
	r, err = e.changedRole(&app, r, RoleChange{Name: &n.Name, Permissions: &n.Permissions, MFA: &n.MFA})
	if err != nil {
		return err
	}
	app.Roles = append(slices.Clone(app.Roles), r)
	list.ensure(app.ID, app.Name).ensureRole(r.ID).Made = true
	return errors.Join(e.putCatalog(list), e.putApplication(app))
}

// ChangeRole writes those fields of a role that become another. Errors are those of
// CreateRole, and [ErrNoRole].
func (e *Editor) ChangeRole(name string, by RoleChange) error {
	app := *e.Application
	i := app.role(name)
	if i < 0 {
		return ErrNoRole
	}
	list, err := e.catalog()
	if err != nil {
		return err
	}
	is, err := e.changedRole(&app, app.Roles[i], by)
	if err != nil {
		return err
	}
	entry := list.ensure(app.ID, app.Name).ensureRole(is.ID)
	r := app.Roles[i]
	setField(&entry.Said, "name", &r.Name, &is.Name)
	setField(&entry.Said, "permissions", &r.Permissions, &is.Permissions)
	setField(&entry.Said, "mfa", &r.MFA, &is.MFA)
	app.Roles = slices.Clone(app.Roles)
	app.Roles[i] = is
	return errors.Join(e.putCatalog(list), e.putApplication(app))
}

// changedRole is a role as it will be, with the permissions that are new made in app.
// Each fault stands behind its field.
func (e *Editor) changedRole(app *ApplicationRecord, r roleRecord, by RoleChange) (roleRecord, error) {
	c := checker{leniency: e.leniency()}
	key := typed.Label(r.Name)
	if by.Name != nil {
		key, r.Name = c.label("role.name", *by.Name), *by.Name
	}
	paths := once{}
	for i, p := range or(by.Permissions, nil) {
		at := element("role.permissions", i)
		paths.check(&c, at, c.permissionPath(at, p), "path")
	}
	if by.MFA != nil {
		was := r.MFA
		r.MFA = c.rules("role.mfa", by.MFA)
		r.MFA.Unknown = was.Unknown
	}
	if err := c.err(); err != nil {
		return r, err
	}
	if slices.ContainsFunc(app.Roles, func(o roleRecord) bool { return o.ID != r.ID && typed.Label(o.Name) == key }) {
		return r, ErrRoleTaken
	}
	if by.Permissions != nil {
		app.Permissions, r.Permissions = slices.Clone(app.Permissions), nil
		for _, p := range *by.Permissions {
			r.Permissions = append(r.Permissions, app.permission(p))
		}
	}
	return r, nil
}

// role returns the index of the role of a name, in whatever spelling, or -1.
func (a *ApplicationRecord) role(name string) int {
	return slices.IndexFunc(a.Roles, func(r roleRecord) bool { return typed.Label(r.Name) == typed.Label(name) })
}

// permission returns the id of the permission of a path, which is made where there
// is none.
func (a *ApplicationRecord) permission(path string) string {
	folder := rnd.UUID()
	for i := range a.Permissions {
		p := &a.Permissions[i]
		if typed.Label(p.Path) == typed.Label(path) {
			return p.ID
		}
		if folderKey(p.Path) == folderKey(path) {
			folder = p.Folder
		}
	}
	p := permissionRecord{ID: rnd.UUID(), Folder: folder, Path: path}
	a.Permissions = append(a.Permissions, p)
	return p.ID
}

// DeleteRole deletes a role; who had it has it no more. The error is [ErrNoRole]
// where there is none of that name.
func (e *Editor) DeleteRole(name string) error {
	app := *e.Application
	i := app.role(name)
	if i < 0 {
		return ErrNoRole
	}
	list, err := e.catalog()
	if err != nil {
		return err
	}
	entry := list.ensure(app.ID, app.Name)
	gone := entry.buried(&app.Roles[i])
	if entry.Made || entry.Own {
		gone = nil // no file knows it
	}
	entry.Roles = slices.DeleteFunc(entry.Roles, func(r catalogRole) bool { return r.ID == app.Roles[i].ID })
	if gone != nil {
		entry.Roles = append(entry.Roles, *gone)
	}
	app.Roles = slices.Delete(slices.Clone(app.Roles), i, i+1)
	return errors.Join(e.putCatalog(list), e.putApplication(app))
}

// Holds reports whether an account has the role of a name in e.Application, or would
// have it by its name if it were made.
func (e *Editor) Holds(acc *account.Account, name string) bool {
	i := e.Application.role(name)
	return i >= 0 && e.Application.Roles[i].isGiven(acc, e.Application) || slices.Contains(acc.Roles, NamedRole(e.Application.ID, name))
}

// Roles lists the roles of the application with the paths of their permissions.
func (e *Editor) Roles() []NewRole {
	var out []NewRole
	for _, r := range e.Application.View().Roles {
		out = append(out, NewRole{Name: r.Name, Permissions: r.Permissions, MFA: r.MFA})
	}
	return out
}

// putApplication writes the application, which this transaction then holds to what
// was read: an edit beside it makes it run again.
func (e *Editor) putApplication(app ApplicationRecord) error {
	*e.Application = app
	return Applications.Put(e.Tx, app.ID, app, account.NoExpiry)
}
