package directory

import (
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/store"
)

// CheckName returns what is wrong with a text as the name of an application or role.
func CheckName(name string) error {
	var c checker
	c.label("", name)
	return errors.Join(c.list...)
}

// OwnApplication returns the id of the application of that name, which must be a
// sound one, and makes it where there is none: the one whose roles and policies hold
// for calls of the host itself.
func OwnApplication(tx *store.Tx, name string) (id string, err error) {
	c, _, err := catalogs.Get(tx, theCatalog)
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(c.Applications, func(a catalogApplication) bool { return !a.Gone && typed.Label(a.Name) == typed.Label(name) }); i >= 0 {
		return c.Applications[i].ID, nil
	}
	id = rnd.UUID()
	c.Applications = append(c.Applications, catalogApplication{ID: id, Name: name, Own: true})
	c.Revision++
	if err := catalogs.Put(tx, theCatalog, c, account.NoExpiry); err != nil {
		return "", err
	}
	return id, Applications.Insert(tx, id, ApplicationRecord{ID: id, Name: name}, account.NoExpiry)
}

// OwnKey is the key of the record that [OwnApplication] begins with.
func OwnKey() string { return catalogs.Key(theCatalog) }

// yieldOwn removes applications that an engine made for itself and that nothing
// hangs on, where the file has one of that name under an id of its own.
func (a *Applier) yieldOwn() error {
	var left []catalogApplication
	for _, c := range a.catalog.Applications {
		yields, err := a.yields(c)
		if err != nil {
			return err
		}
		if !yields {
			left = append(left, c)
			continue
		}
		if err := remove(a, Applications, c.ID); err != nil {
			return err
		}
	}
	a.catalog.Applications = left
	return nil
}

func (a *Applier) yields(c catalogApplication) (bool, error) {
	other := func(w wantedApplication) bool { return w.id != "" && w.id != c.ID && w.key == typed.Label(c.Name) }
	if !c.Own || !slices.ContainsFunc(a.want.applications, other) || a.catalog.hasClients(c.ID) {
		return false, nil
	}
	if err := a.peek([]string{Applications.Key(c.ID)}); err != nil {
		return false, err
	}
	app, _, err := Applications.Get(a.tx, c.ID)
	return len(app.Roles) == 0 && len(app.Permissions) == 0, err
}

// ApplicationsByName returns the ids of all applications by [typed.Label] of their names. The
// record of [OwnKey] has been read.
func ApplicationsByName(tx *store.Tx) (ids map[string]string, err error) {
	c, _, err := catalogs.Get(tx, theCatalog)
	ids = map[string]string{}
	for _, a := range c.Applications {
		if !a.Gone {
			ids[typed.Label(a.Name)] = a.ID
		}
	}
	return ids, err
}
