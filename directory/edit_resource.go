package directory

import (
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/token"
)

// Errors of edits of resources, to be recognised by errors.Is.
var (
	// ErrResourceTaken means that there is a resource of that name.
	ErrResourceTaken = errors.New("directory: there is a resource of that name")

	// ErrNoResource means that no resource has the name.
	ErrNoResource = errors.New("directory: no such resource")

	// ErrResources means that there are a hundred resources, which is as many as there can
	// be.
	ErrResources = errors.New("directory: there are a hundred resources, which is as many as there can be: delete one first")
)

// CreateResource makes a resource. Its application is e.Application if it names one, by
// its id. Errors: those of a field, which name it; [ErrResourceTaken], [ErrResources].
func (e *Editor) CreateResource(n Resource) error {
	c := checker{leniency: e.leniency()}
	if n.Application != "" {
		c.apps = map[string]int{e.Application.ID: 0}
		c.want.applications = []wantedApplication{{id: e.Application.ID, name: e.Application.Name}}
		n.Application = e.Application.ID
	}
	w := c.resource("resource", &n)
	if err := c.err(); err != nil {
		return err
	}
	catalog, list, err := e.resources()
	switch {
	case err != nil:
		return err
	case len(list.All) >= maxResources:
		return ErrResources
	case slices.ContainsFunc(list.All, func(r token.Resource) bool { return scopeKey(r.Name) == w.key }):
		return ErrResourceTaken
	}
	w.resource.Application = n.Application
	list.All = append(slices.Clone(list.All), w.resource)
	if entry := catalog.resource(w.key); entry != nil && entry.Gone {
		entry.Name, entry.Made = n.Name, true
	} else {
		catalog.dropResource(w.key)
		catalog.Resources = append(catalog.Resources, catalogResource{Name: n.Name, Made: true})
	}
	return errors.Join(e.putCatalog(catalog), e.putResources(list))
}

// DeleteResource deletes the resource of a name, in any ASCII case. Scopes of clients
// that name it stay, and bring nothing. Errors: [ErrNoResource].
func (e *Editor) DeleteResource(name string) error {
	catalog, list, err := e.resources()
	if err != nil {
		return err
	}
	key := scopeKey(name)
	left := slices.DeleteFunc(slices.Clone(list.All), func(r token.Resource) bool { return scopeKey(r.Name) == key })
	if len(left) == len(list.All) {
		return ErrNoResource
	}
	list.All = left
	if entry := catalog.resource(key); entry != nil && (entry.Gone || !entry.Made) {
		entry.Made, entry.Gone = false, true
	} else {
		catalog.dropResource(key)
	}
	return errors.Join(e.putCatalog(catalog), e.putResources(list))
}

// checkOwnScopes refuses scopes of a client of e.Application whose resource belongs to
// another one.
func (e *Editor) checkOwnScopes(scopes []string) error {
	list, _, err := token.Resources.Get(e.Tx, token.TheResources)
	if err != nil {
		return err
	}
	var c checker
	own := list.Own(&token.Client{Application: e.Application.ID, Scopes: scopes})
	for i, s := range scopes {
		if !slices.Contains(own, s) {
			c.add(element("client.scopes", i), "%.64q belongs to another application; take it out, or make a resource without an application", s)
		}
	}
	return c.err()
}

// ListResources returns all resources, in the order in which they were made, with the
// ids of their applications.
func (e *Editor) ListResources() ([]Resource, error) {
	list, _, err := token.Resources.Get(e.Tx, token.TheResources)
	if err != nil {
		return nil, err
	}
	var out []Resource
	for _, r := range list.All {
		out = append(out, Resource{Name: r.Name, Kind: string(r.Kind), Claims: slices.Clone(r.Claims), Audience: r.Audience, Application: r.Application})
	}
	return out, nil
}

// resources reads the resources and the catalog, in one round, for an edit.
func (e *Editor) resources() (c catalog, list token.ResourceList, err error) {
	if err := e.Tx.Fetch(catalogs.Key(theCatalog), token.Resources.Key(token.TheResources)); err != nil {
		return c, list, err
	}
	if c, err = e.catalog(); err != nil {
		return c, list, err
	}
	list, _, err = token.Resources.Get(e.Tx, token.TheResources)
	return c, list, err
}

func (e *Editor) putResources(list token.ResourceList) error {
	return token.Resources.Put(e.Tx, token.TheResources, list, account.NoExpiry)
}
