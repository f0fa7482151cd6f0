package directory

import (
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// NewRole is a role that a program makes, in the application of the engine's own
// calls.
type NewRole struct {
	Name        string   // without a comma; names that differ by case alone are one
	Permissions []string // paths, such as /Address/CanReadAddress; those that are new are made
}

// ErrRoleTaken means that the application has a role of that name.
var ErrRoleTaken = errors.New("directory: the application has a role of that name")

// CreateRole makes a role. Errors: those of a field, which name it; [ErrRoleTaken].
func (e *Editor) CreateRole(n NewRole) error {
	var c checker
	key := c.label("role.name", n.Name)
	paths := once{}
	for i, p := range n.Permissions {
		at := element("role.permissions", i)
		paths.check(&c, at, c.permissionPath(at, p), "path")
	}
	if err := c.err(); err != nil {
		return err
	}
	app := *e.Application
	if slices.ContainsFunc(app.Roles, func(r roleRecord) bool { return typed.Label(r.Name) == key }) {
		return ErrRoleTaken
	}
	app.Permissions = slices.Clone(app.Permissions)
	r := roleRecord{ID: rnd.UUID(), Name: n.Name}
	for _, p := range n.Permissions {
		r.Permissions = append(r.Permissions, app.permission(p))
	}
	app.Roles = append(slices.Clone(app.Roles), r)
	return e.putApplication(app)
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
	i := slices.IndexFunc(app.Roles, func(r roleRecord) bool { return typed.Label(r.Name) == typed.Label(name) })
	if i < 0 {
		return ErrNoRole
	}
	app.Roles = slices.Delete(slices.Clone(app.Roles), i, i+1)
	return e.putApplication(app)
}

// Roles lists the roles of the application with the paths of their permissions.
func (e *Editor) Roles() []NewRole {
	paths := map[string]string{}
	for _, p := range e.Application.Permissions {
		paths[p.ID] = p.Path
	}
	var out []NewRole
	for _, r := range e.Application.Roles {
		n := NewRole{Name: r.Name}
		for _, id := range r.Permissions {
			n.Permissions = append(n.Permissions, paths[id])
		}
		out = append(out, n)
	}
	return out
}

// putApplication writes the application, which this transaction then holds to what
// was read: an edit beside it makes it run again.
func (e *Editor) putApplication(app ApplicationRecord) error {
	*e.Application = app
	return Applications.Put(e.Tx, app.ID, app, account.NoExpiry)
}
