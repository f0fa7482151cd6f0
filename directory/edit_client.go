package directory

import (
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/token"
)

// CreateClient makes a client in e.Application. The secret is its first one, unless it
// is public. Errors: those of a field, which name it; [ErrClientTaken].
func (e *Editor) CreateClient(n NewClient, secret string) (*ClientInfo, error) {
	is, err := e.checkClient(n.file(secret))
	if err != nil {
		return nil, err
	}
	if err := e.checkOwnScopes(n.Scopes); err != nil {
		return nil, err
	}
	list, err := e.catalog()
	if err != nil {
		return nil, err
	}
	is.ID, is.Application, is.Instance = e.Application.ID+"_"+string(is.Platform), e.Application.ID, token.NewInstance()
	if !n.Public {
		is.Secrets = []token.Secret{token.NewSecret(e.Index, is.ID, secret, n.Secret.Description, n.Secret.Expires)}
	}
	if err := e.Tx.Fetch(token.Clients.Key(token.ClientKey(e.Index, is.ID))); err != nil {
		return nil, err
	}
	known := list.client(is.ID)
	if known != nil && !known.Gone {
		return nil, ErrClientTaken
	}
	if known == nil {
		list.Clients = append(list.Clients, catalogClient{ID: is.ID, Version: 1, Made: true})
	} else { // a program deleted it; what the file last said of it still holds
		known.Gone = false
	}
	return clientInfo(&is), errors.Join(e.putCatalog(list), e.putClient(&token.Client{}, &is))
}

// checkClient checks a client in the form of the directory file, whose application is
// e.Application.
func (e *Editor) checkClient(d *Client) (token.Client, error) {
	c := checker{leniency: e.leniency(), apps: map[string]int{e.Application.ID: 0}}
	c.want.applications = []wantedApplication{{id: e.Application.ID}}
	own := *d
	own.Application = e.Application.ID
	w, _ := c.client("client", &own)
	return w.client, c.err()
}

// FindClient reads a client by its id, for the edit that follows, with its
// application. The error is [ErrNoClient] where there is none.
func (e *Editor) FindClient(id string) (*token.Client, error) {
	id, ok := token.ParseClientID(id)
	if !ok {
		return nil, ErrNoClient
	}
	key := token.ClientKey(e.Index, id)
	if err := e.Tx.Fetch(token.Clients.Key(key), catalogs.Key(theCatalog)); err != nil {
		return nil, err
	}
	c, known, err := token.Clients.Get(e.Tx, key)
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, ErrNoClient
	}
	return &c, e.FindApplication(c.Application)
}

// ListedClients returns the ids of the clients that an [Editor] finds, in the order in
// which they were made.
func (e *Editor) ListedClients() (ids []string, err error) {
	c, err := e.catalog()
	for _, one := range c.Clients {
		if !one.Gone {
			ids = append(ids, one.ID)
		}
	}
	return ids, err
}

// ClientsIn reads clients by their ids in one round; those that are gone are left out.
func (e *Editor) ClientsIn(ids []string) (list []*ClientInfo, err error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = token.Clients.Key(token.ClientKey(e.Index, id))
	}
	if err := e.Tx.Peek(keys...); err != nil {
		return nil, err
	}
	for _, id := range ids {
		c, known, err := token.Clients.Get(e.Tx, token.ClientKey(e.Index, id))
		if err != nil {
			return nil, err
		}
		if known {
			list = append(list, clientInfo(&c))
		}
	}
	return list, nil
}

// ClientInfo returns a client that was found as an administrator sees it.
func (e *Editor) ClientInfo(c *token.Client) *ClientInfo { return clientInfo(c) }

// ChangeClient writes the fields of a client that become another, and returns it as it
// is then. Errors are those of CreateClient.
func (e *Editor) ChangeClient(was *token.Client, by ClientChange) (*ClientInfo, error) {
	d := by.over(was)
	is, err := e.checkClient(d)
	if err != nil {
		return nil, err
	}
	if by.Scopes != nil {
		if err := e.checkOwnScopes(*by.Scopes); err != nil {
			return nil, err
		}
	}
	if by.Modules == nil {
		is.Modules = was.Modules // which the engine may have no more
	}
	list, err := e.catalog()
	if err != nil {
		return nil, err
	}
	now := *was
	list.ensureClient(was.ID).setClient(&now, &is)
	if by.Disabled != nil { // what the file said of it is noted otherwise, see settleActive
		now.Active = !*by.Disabled
	}
	return clientInfo(&now), errors.Join(e.putCatalog(list), e.putClient(was, &now))
}

// DeleteClient deletes a client. What it was granted is refused from the next call
// on that names the client.
func (e *Editor) DeleteClient(was *token.Client) error {
	list, err := e.catalog()
	if err != nil {
		return err
	}
	switch entry := list.client(was.ID); {
	case entry == nil:
	case entry.Made:
		list.Clients = slices.DeleteFunc(list.Clients, func(c catalogClient) bool { return c.ID == was.ID })
	default:
		entry.bury(was)
	}
	return errors.Join(e.putCatalog(list), e.putOrigins(was.ID, was.Origins, nil), token.Clients.Delete(e.Tx, token.ClientKey(e.Index, was.ID)))
}

// putClient writes a client and by which clients its origins are listed.
func (e *Editor) putClient(was, is *token.Client) error {
	return errors.Join(e.putOrigins(is.ID, was.Origins, is.Origins), token.Clients.Put(e.Tx, token.ClientKey(e.Index, is.ID), *is, account.NoExpiry))
}

// putOrigins writes what changes of the origins that a client lists.
func (e *Editor) putOrigins(id string, was, is []string) error {
	changes := origins{}
	changes.note(id, was, is)
	return changes.write(e.Tx, e.Index)
}
