package sallyport

import "github.com/sallyport-auth/sallyport/token"

// resourcesKey is the record of all resources. It is read with the client of a call.
var resourcesKey = token.Resources.Key(token.TheResources)

// resources returns what the scopes of the host's own stand for. The list is shared.
func (c *call) resources() (token.ResourceList, error) {
	list, _, err := token.Resources.Get(c.tx, token.TheResources)
	return list, err
}
