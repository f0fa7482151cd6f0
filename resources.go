package sallyport

import "github.com/sallyport-auth/sallyport/token"

// resourcesKey is the record of all resources. It is read with the client of a call.
var resourcesKey = token.Resources.Key(token.TheResources)

// resources returns what the scopes of the host's own stand for. The list is shared.
func (c *call) resources() (token.ResourceList, error) {
	list, _, err := token.Resources.Get(c.tx, token.TheResources)
	return list, err
}

// readClient reads the client of a record for the call. A scope whose resource belongs to
// another application is none of the client's, whatever its record says, so that what a
// service of that application lets such a token do is never given away by a slip.
func (c *call) readClient(record string) (client token.Client, err error) {
	if client, _, err = token.Clients.Get(c.tx, record); err != nil {
		return client, err
	}
	list, err := c.resources()
	client.Scopes = list.Own(&client)
	return client, err
}
