package sallyport

import (
	"context"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/directory"
)

// CreateRole makes a role in the application that is meant (see [Admin.In]), with those
// permissions; permissions that are new are made. An actor whose account the host owns or
// a module keeps makes no role of a name that their account has already ([ErrOwnAccount]).
func (a *Admin) CreateRole(ctx context.Context, r directory.NewRole) error {
	return a.edit(ctx, Event{Kind: EventRolesChanged, Detail: r.Name}, func(c *call, ed *directory.Editor) (string, error) {
		if c.isElsewhere(a.actor.own()) {
			if err := a.keepOwnRoles(c, ed, r.Name); err != nil {
				return "", err
			}
		}
		return "", ed.CreateRole(r)
	})
}

// UpdateRole changes those fields of a role of that application that the change names.
// Who has the role has it as it is then, from the next call on. An actor changes no
// role that their own account has ([ErrOwnAccount]), and gives none such a name.
func (a *Admin) UpdateRole(ctx context.Context, name string, by directory.RoleChange) error {
	detail := strings.Join(append([]string{name}, by.Fields()...), ", ")
	return a.edit(ctx, Event{Kind: EventRolesChanged, Detail: detail}, func(c *call, ed *directory.Editor) (string, error) {
		names := []string{name}
		if by.Name != nil {
			names = append(names, *by.Name)
		}
		if err := a.keepOwnRoles(c, ed, names...); err != nil {
			return "", err
		}
		return "", ed.ChangeRole(name, by)
	})
}

// keepOwnRoles refuses to edit roles of some names, one of which the actor's own account
// has. An account that is kept elsewhere has a role by its name, whether or not there is one yet.
func (a *Admin) keepOwnRoles(c *call, ed *directory.Editor, names ...string) error {
	own := a.actor.own()
	if own == "" {
		return nil
	}
	if c.isElsewhere(own) {
		if err := c.findElsewhere(own); err != nil {
			return err
		}
	} else {
		f, err := ed.Find(normalID(own))
		if err != nil {
			return err
		}
		c.who.acc = f.Account
	}
	if slices.ContainsFunc(names, func(name string) bool { return ed.Holds(&c.who.acc, name) }) {
		return ErrOwnAccount
	}
	return nil
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
