package directory

import (
	"slices"

	"github.com/sallyport-auth/sallyport/mfa"
)

// View is an application in the form of the directory file. It belongs to the caller.
func (a *ApplicationRecord) View() *Application {
	v := &Application{ID: a.ID, Name: a.Name, MFA: rulesView(&a.MFA)}
	paths := map[string]string{}
	for _, p := range a.Permissions {
		paths[p.ID] = p.Path
		v.Permissions = append(v.Permissions, Permission{ID: p.ID, Path: p.Path, Description: p.Description})
	}
	for i := range a.Roles {
		r := &a.Roles[i]
		role := Role{ID: r.ID, Name: r.Name, MFA: rulesView(&r.MFA)}
		for _, id := range r.Permissions {
			role.Permissions = append(role.Permissions, paths[id])
		}
		v.Roles = append(v.Roles, role)
	}
	return v
}

// rulesView is a layer of policy in the form of the directory file.
func rulesView(r *mfa.Rules) MFA {
	return MFA{
		Mode: clonePointer(r.Mode), Methods: slices.Clone(r.Methods), Enrollable: slices.Clone(r.Enrollable),
		OTPLifetime: clonePointer(r.OTPLifetime), LinkLifetime: clonePointer(r.LinkLifetime),
		OTPLength: clonePointer(r.OTPLength), OTPType: clonePointer(r.OTPType),
		Session: clonePointer(r.Session), SessionScope: clonePointer(r.SessionScope),
		RecoveryCodes: clonePointer(r.RecoveryCodes),
	}
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// ListedApplications returns the ids of the applications that an [Editor] finds, in the
// order in which they were made.
func (e *Editor) ListedApplications() (ids []string, err error) {
	c, err := e.catalog()
	for _, a := range c.Applications {
		if !a.Gone {
			ids = append(ids, a.ID)
		}
	}
	return ids, err
}

// FindApplication sets e.Application to that of an id, whose record the transaction is
// held to. The error is [ErrNoApplication] where there is none.
func (e *Editor) FindApplication(id string) error {
	app, known, err := Applications.Get(e.Tx, id)
	switch {
	case err != nil:
		return err
	case !known:
		return ErrNoApplication
	}
	e.Application = &app
	return nil
}

// ApplicationsIn reads applications by their ids in one round; those that are gone are
// left out.
func (e *Editor) ApplicationsIn(ids []string) (list []*Application, err error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = Applications.Key(id)
	}
	if err := e.Tx.Peek(keys...); err != nil {
		return nil, err
	}
	for _, id := range ids {
		app, known, err := Applications.Get(e.Tx, id)
		if err != nil {
			return nil, err
		}
		if known {
			list = append(list, app.View())
		}
	}
	return list, nil
}
