package sallyport

import (
	"context"
	"strings"

	"github.com/sallyport-auth/sallyport/directory"
)

// CreateRole makes a role in the application that is meant (see [Admin.In]), with those
// permissions; permissions that are new are made.
func (a *Admin) CreateRole(ctx context.Context, r directory.NewRole) error {
	return a.edit(ctx, Event{Kind: EventRolesChanged, Detail: r.Name}, func(_ *call, ed *directory.Editor) (string, error) { return "", ed.CreateRole(r) })
}

// UpdateRole changes those fields of a role of that application that the change names.
// Who has the role has it as it is then, from the next call on. An actor changes no
// role that their own account has ([ErrOwnAccount]).
func (a *Admin) UpdateRole(ctx context.Context, name string, by directory.RoleChange) error {
	detail := strings.Join(append([]string{name}, by.Fields()...), ", ")
	return a.edit(ctx, Event{Kind: EventRolesChanged, Detail: detail}, func(c *call, ed *directory.Editor) (string, error) {
		if own := normalID(a.actor.own()); own != "" {
			f, err := ed.Find(own)
			if err != nil {
				return "", err
			}
			if ed.Holds(&f.Account, name) {
				return "", ErrOwnAccount
			}
		}
		return "", ed.ChangeRole(name, by)
	})
}

// DeleteRole deletes a role of that application. Who had it has it no more, from the
// next call on.
func (a *Admin) DeleteRole(ctx context.Context, name string) error {
	return a.edit(ctx, Event{Kind: EventRolesChanged, Detail: name}, func(_ *call, ed *directory.Editor) (string, error) { return "", ed.DeleteRole(name) })
}

// Roles lists the roles of that application.
func (a *Admin) Roles(ctx context.Context) (out []directory.NewRole, err error) {
	err = a.view(ctx, func(_ *call, ed *directory.Editor) error {
		out = ed.Roles()
		return nil
	})
	return out, err
}
