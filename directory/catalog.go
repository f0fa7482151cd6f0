package directory

import (
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// catalog lists the applications and clients, so that they are found again without a
// scan, with what the directory file and programs have to do with each. Each apply
// that writes anything writes it too, and so does each edit of one of them, so that of
// two at once one runs again.
type catalog struct {
	Revision     uint64
	Applications []catalogApplication
	Clients      []catalogClient
	Resources    []catalogResource

	Unknown record.Unknown // what a newer program has written
}

type catalogApplication struct {
	ID   string
	Name string
	Own  bool // an engine made it for calls of its host, and no file has named it yet
	Made bool // a program made it, and no file has named it yet
	// Gone says that a program deleted what a file had made. It is kept so that the
	// file does not bring it back.
	Gone  bool
	Said  said
	Roles []catalogRole // those that programs have made, changed or deleted

	Unknown record.Unknown // what a newer program has written
}

// catalogRole is a role that a program has made, changed or deleted. Name is the one
// by which the file finds it where it is gone.
type catalogRole struct {
	ID, Name   string
	Made, Gone bool // as of [catalogApplication]
	Said       said

	Unknown record.Unknown // what a newer program has written
}

// catalogClient is one client, with the version of its credentials.
type catalogClient struct {
	ID         string
	Version    int  // credentialsVersion last applied
	Made, Gone bool // as of [catalogApplication]
	Said       said

	Unknown record.Unknown // what a newer program has written
}

// catalogResource is one resource, by its name.
type catalogResource struct {
	Name string
	// Made and Gone are as of [catalogApplication]. Both together say that a program
	// deleted what a file had made, and has made another of the name.
	Made, Gone bool

	Unknown record.Unknown // what a newer program has written
}

var catalogs = store.NewTable[catalog]("catalog", store.TableOptions{Large: true})

const theCatalog = "directory"

// client returns the entry of a client, or nil.
func (c *catalog) client(id string) *catalogClient {
	i := slices.IndexFunc(c.Clients, func(e catalogClient) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Clients[i]
}

// application returns the entry of an application, or nil.
func (c *catalog) application(id string) *catalogApplication {
	i := slices.IndexFunc(c.Applications, func(e catalogApplication) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Applications[i]
}

// ensure returns the entry of an application, which is made under that name where there
// is none.
func (c *catalog) ensure(id, name string) *catalogApplication {
	if e := c.application(id); e != nil {
		return e
	}
	c.Applications = append(c.Applications, catalogApplication{ID: id, Name: name})
	return &c.Applications[len(c.Applications)-1]
}

// role returns the entry of a role, or nil.
func (e *catalogApplication) role(id string) *catalogRole {
	i := slices.IndexFunc(e.Roles, func(r catalogRole) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &e.Roles[i]
}

// ensureRole returns the entry of a role, which is made where there is none.
func (e *catalogApplication) ensureRole(id string) *catalogRole {
	if r := e.role(id); r != nil {
		return r
	}
	e.Roles = append(e.Roles, catalogRole{ID: id})
	return &e.Roles[len(e.Roles)-1]
}

// ensureClient returns the entry of a client, which is made where there is none.
func (c *catalog) ensureClient(id string) *catalogClient {
	if e := c.client(id); e != nil {
		return e
	}
	c.Clients = append(c.Clients, catalogClient{ID: id})
	return &c.Clients[len(c.Clients)-1]
}

// resource returns the entry of a resource by the key of its name, or nil.
func (c *catalog) resource(key string) *catalogResource {
	i := slices.IndexFunc(c.Resources, func(r catalogResource) bool { return scopeKey(r.Name) == key })
	if i < 0 {
		return nil
	}
	return &c.Resources[i]
}

// dropResource takes out the entry of a resource.
func (c *catalog) dropResource(key string) {
	c.Resources = slices.DeleteFunc(c.Resources, func(e catalogResource) bool { return scopeKey(e.Name) == key })
}

// hasClients reports whether an application has clients.
func (c *catalog) hasClients(application string) bool {
	return slices.ContainsFunc(c.Clients, func(e catalogClient) bool {
		return !e.Gone && strings.HasPrefix(e.ID, application+"_")
	})
}
