package directory

import (
	"errors"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// NewApplication is an application that a program makes.
type NewApplication struct {
	// Name holds no comma and does not look like an id. Names that differ by case
	// alone are one.
	Name string
	MFA  MFA // a layer of policy; zero: the general one holds
}

// ApplicationChange says which fields of an application become another. Those that are
// nil stay as they are.
type ApplicationChange struct {
	Name *string
	MFA  *MFA // the whole layer
}

// Fields lists the fields that become another, as the directory file names them.
func (c *ApplicationChange) Fields() (names []string) {
	if c.Name != nil {
		names = append(names, "name")
	}
	if c.MFA != nil {
		names = append(names, "mfa")
	}
	return names
}

// Errors of edits of applications, to be recognised by errors.Is.
var (
	// ErrApplicationTaken means that there is an application of that name.
	ErrApplicationTaken = errors.New("directory: there is an application of that name")

	// ErrNoApplication means that no application has the id.
	ErrNoApplication = errors.New("directory: no such application")

	// ErrApplicationInUse means that an application cannot be deleted, or renamed: it
	// has clients or resources, which are to be deleted first, or is that of the engine's own calls.
	ErrApplicationInUse = errors.New("directory: the application is in use")
)

// catalog reads the catalog, to which the transaction is held. It is the caller's own,
// since its table keeps no values.
func (e *Editor) catalog() (c catalog, err error) {
	c, _, err = catalogs.Get(e.Tx, theCatalog)
	return c, err
}

// putCatalog writes the catalog.
func (e *Editor) putCatalog(c catalog) error {
	c.Revision++
	return catalogs.Put(e.Tx, theCatalog, c, account.NoExpiry)
}

// freeName returns [ErrApplicationTaken] where another application has the name of
// that key.
func (c *catalog) freeName(key, id string) error {
	if slices.ContainsFunc(c.Applications, func(e catalogApplication) bool {
		return !e.Gone && e.ID != id && typed.Label(e.Name) == key
	}) {
		return ErrApplicationTaken
	}
	return nil
}

// ApplicationID returns the id of the application that a text means: an id, or a name as
// names are compared. The error is [ErrNoApplication].
func (e *Editor) ApplicationID(text string) (string, error) {
	if u, ok := rnd.ParseUUID(text); ok {
		return rnd.FormatUUID(u), nil
	}
	list, err := e.catalog()
	if err != nil {
		return "", err
	}
	key := typed.Label(text)
	i := slices.IndexFunc(list.Applications, func(a catalogApplication) bool { return !a.Gone && key != "" && typed.Label(a.Name) == key })
	if i < 0 {
		return "", ErrNoApplication
	}
	return list.Applications[i].ID, nil
}

// CreateApplication makes an application. Errors: those of a field, which name it;
// [ErrApplicationTaken].
func (e *Editor) CreateApplication(n NewApplication) (*Application, error) {
	c := checker{leniency: e.leniency()}
	key, rules := c.label("application.name", n.Name), c.rules("application.mfa", &n.MFA)
	if err := c.err(); err != nil {
		return nil, err
	}
	list, err := e.catalog()
	if err != nil {
		return nil, err
	}
	if err := list.freeName(key, ""); err != nil {
		return nil, err
	}
	app := ApplicationRecord{ID: rnd.UUID(), Name: n.Name, MFA: rules}
	list.Applications = append(list.Applications, catalogApplication{ID: app.ID, Name: app.Name, Made: true})
	return app.View(), errors.Join(e.putCatalog(list), Applications.Insert(e.Tx, app.ID, app, account.NoExpiry))
}

// ChangeApplication writes the fields of e.Application that become another. Errors are
// those of CreateApplication, and [ErrApplicationInUse] for another name of the one
// whose id is own: that of the engine's own calls has the name of the engine's Config.
func (e *Editor) ChangeApplication(own string, by ApplicationChange) error {
	app := *e.Application
	c := checker{leniency: e.leniency()}
	key := typed.Label(app.Name)
	if by.Name != nil {
		key = c.label("application.name", *by.Name)
	}
	var rules *mfa.Rules
	if by.MFA != nil {
		r := c.rules("application.mfa", by.MFA)
		r.Unknown = app.MFA.Unknown
		rules = &r
	}
	if err := c.err(); err != nil {
		return err
	}
	list, err := e.catalog()
	if err != nil {
		return err
	}
	switch err := list.freeName(key, app.ID); {
	case err != nil:
		return err
	case app.ID == own && key != typed.Label(app.Name):
		return ErrApplicationInUse
	}
	entry := list.ensure(app.ID, app.Name)
	setField(&entry.Said, "name", &app.Name, by.Name)
	setField(&entry.Said, "mfa", &app.MFA, rules)
	entry.Name = app.Name
	return errors.Join(e.putCatalog(list), e.putApplication(app))
}

// DeleteApplication deletes e.Application with its roles and permissions. Accounts
// have its roles no more, from the next call on; their own records still name them
// until they are written for another reason. Errors: [ErrApplicationInUse].
func (e *Editor) DeleteApplication(own string) error {
	app := e.Application
	list, err := e.catalog()
	if err != nil {
		return err
	}
	resources, _, err := token.Resources.Get(e.Tx, token.TheResources)
	switch {
	case err != nil:
		return err
	case list.hasClients(app.ID), resources.Has(app.ID), app.ID == own:
		return ErrApplicationInUse
	}
	if entry := list.ensure(app.ID, app.Name); entry.Made || entry.Own {
		list.Applications = slices.DeleteFunc(list.Applications, func(c catalogApplication) bool { return c.ID == app.ID })
		list.Clients = slices.DeleteFunc(list.Clients, func(c catalogClient) bool { return strings.HasPrefix(c.ID, app.ID+"_") })
	} else {
		entry.bury(app)
	}
	return errors.Join(e.putCatalog(list), Applications.Delete(e.Tx, app.ID))
}

// bury notes that an application of the file is gone, with the names by which the file
// finds it and its roles.
func (e *catalogApplication) bury(app *ApplicationRecord) {
	if last, changed := e.Said.last("name"); changed {
		e.Name = last
	}
	var roles []catalogRole
	for _, r := range e.Roles {
		if r.Gone {
			roles = append(roles, r)
		}
	}
	for i := range app.Roles {
		if r := e.buried(&app.Roles[i]); r != nil {
			roles = append(roles, *r)
		}
	}
	e.Gone, e.Said, e.Roles = true, nil, roles
}

// buried is the entry of a role that a program deletes; nil where no file has named it.
func (e *catalogApplication) buried(role *roleRecord) *catalogRole {
	b := catalogRole{ID: role.ID, Name: role.Name, Gone: true}
	if r := e.role(role.ID); r != nil {
		if r.Made {
			return nil
		}
		if last, changed := r.Said.last("name"); changed {
			b.Name = last
		}
	}
	return &b
}

// leniency is what the engine allows whose editor it is.
func (e *Editor) leniency() leniency {
	return leniency{shortCodes: e.ShortCodes, shortSecrets: true, modules: e.Modules} // secrets are made
}
