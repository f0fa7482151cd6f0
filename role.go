package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/directory"
)

// CreateRole makes a role in the application of the engine's own calls
// ([Config].Application), with those permissions; permissions that are new are made.
func (a *Admin) CreateRole(ctx context.Context, r directory.NewRole) error {
	return a.edit(ctx, Event{Kind: EventRolesChanged, Detail: r.Name}, func(_ *call, ed *directory.Editor) (string, error) { return "", ed.CreateRole(r) })
}

// DeleteRole deletes a role of that application. Who had it has it no more, from the
// next call on.
func (a *Admin) DeleteRole(ctx context.Context, name string) error {
	return a.edit(ctx, Event{Kind: EventRolesChanged, Detail: name}, func(_ *call, ed *directory.Editor) (string, error) { return "", ed.DeleteRole(name) })
}

// Roles lists the roles of that application.
func (a *Admin) Roles(ctx context.Context) (out []directory.NewRole, err error) {
	if err := a.actor.check(); err != nil {
		return nil, err
	}
	err = a.e.read(ctx, func(c *call) error {
		ed, err := c.editor()
		if err != nil {
			return err
		}
		out = ed.Roles()
		return nil
	})
	return out, err
}
