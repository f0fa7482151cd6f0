package directory

import (
	"slices"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// catalog lists the applications and clients that the directory file has made, so
// that they are found again without a scan. Each apply that writes anything writes
// it too, so that of two at once one runs again.
type catalog struct {
	Revision     uint64
	Applications []catalogApplication
	Clients      []catalogClient

	Unknown record.Unknown // what a newer program has written
}

type catalogApplication struct {
	ID   string
	Name string
	Own  bool // an engine made it for calls of its host, and no file has named it yet

	Unknown record.Unknown // what a newer program has written
}

// catalogClient is one client, with the version of its credentials.
type catalogClient struct {
	ID      string
	Version int // credentialsVersion last applied

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

// name lists an application under its name.
func (c *catalog) name(id, name string) {
	for i := range c.Applications {
		if c.Applications[i].ID == id {
			c.Applications[i].Name, c.Applications[i].Own = name, false
			return
		}
	}
	c.Applications = append(c.Applications, catalogApplication{ID: id, Name: name})
}

// version lists a client with the credentialsVersion that was applied.
func (c *catalog) version(id string, version int) {
	if e := c.client(id); e != nil {
		e.Version = version
		return
	}
	c.Clients = append(c.Clients, catalogClient{ID: id, Version: version})
}
