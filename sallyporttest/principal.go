package sallyporttest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/wire"
)

// PrincipalAnswer is what a route says of the user of an access token. Only what the
// route tells is set, and nothing unless HTTP is 200.
type PrincipalAnswer struct {
	HTTP int
	Body []byte
	Err  error // the engine's, in process only

	Identity    wire.Principal
	Roles       []wire.DevRole
	Permissions []wire.DevPermission
	Yes         bool // the user has that role, or permission
}

// asked is one question about the user of an access token.
type asked struct {
	path   string // of the route, without what is asked for
	about  string // a name or an id
	inPath bool   // about is the end of the path; else a query, unless it is empty
	answer func(u *sallyport.TokenUser) (any, error)
	doc    func(*PrincipalAnswer) any // where the answer goes
}

// GetIdentity asks who the bearer of an access token is.
func (c *Client) GetIdentity(accessToken string) PrincipalAnswer {
	c.t().Helper()
	return c.ask(accessToken, asked{
		path: "/api/Principal/GetIdentity", answer: func(u *sallyport.TokenUser) (any, error) { return u.Wire(), nil },
		doc: func(a *PrincipalAnswer) any { return &a.Identity },
	})
}

// GetCurrentRoles asks for the roles of the bearer of an access token.
func (c *Client) GetCurrentRoles(accessToken string) PrincipalAnswer {
	c.t().Helper()
	return c.ask(accessToken, asked{
		path: "/api/Principal/GetCurrentRoles", answer: array((*sallyport.TokenUser).RolesJSON),
		doc: func(a *PrincipalAnswer) any { return &a.Roles },
	})
}

// GetCurrentPermissions asks for their permissions.
func (c *Client) GetCurrentPermissions(accessToken string) PrincipalAnswer {
	c.t().Helper()
	return c.ask(accessToken, asked{
		path: "/api/Principal/GetCurrentPermissions", answer: array((*sallyport.TokenUser).PermissionsJSON),
		doc: func(a *PrincipalAnswer) any { return &a.Permissions },
	})
}

// IsInRoleByName asks whether they have a role. An empty name is refused over HTTP alone.
func (c *Client) IsInRoleByName(accessToken, name string) PrincipalAnswer {
	c.t().Helper()
	return c.ask(accessToken, asked{
		path: "/api/Principal/IsInRoleByName", about: name, answer: func(u *sallyport.TokenUser) (any, error) { return u.HasRole(name) },
		doc: func(a *PrincipalAnswer) any { return &a.Yes },
	})
}

// HasPermissionByID asks whether they have a permission. Without an id there is no such
// route over HTTP.
func (c *Client) HasPermissionByID(accessToken, id string) PrincipalAnswer {
	c.t().Helper()
	return c.ask(accessToken, asked{
		path: "/Security/HasPermissionById/", about: id, inPath: true, answer: func(u *sallyport.TokenUser) (any, error) { return u.HasPermission(id) },
		doc: func(a *PrincipalAnswer) any { return &a.Yes },
	})
}

func (c *Client) ask(accessToken string, q asked) PrincipalAnswer {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	r := c.way.principal(ctx, accessToken, q)
	a := PrincipalAnswer{HTTP: r.status, Body: r.body, Err: r.err}
	if a.HTTP != http.StatusOK {
		return a
	}
	if err := wire.Decode(r.body, q.doc(&a)); err != nil {
		c.t().Errorf("sallyporttest: reading an answer of %s: %v", q.path, err)
	}
	return a
}

// array is an answer that is JSON already.
func array(list func(*sallyport.TokenUser) ([]byte, error)) func(*sallyport.TokenUser) (any, error) {
	return func(u *sallyport.TokenUser) (any, error) {
		text, err := list(u)
		return json.RawMessage(text), err
	}
}

func (d direct) principal(ctx context.Context, token string, q asked) reply {
	u, err := d.kit.Engine.TokenUser(ctx, token)
	if err != nil {
		return oauthFault(err)
	}
	doc, err := q.answer(u)
	if err != nil {
		return oauthFault(err)
	}
	return document(http.StatusOK, doc)
}

func (r remote) principal(ctx context.Context, token string, q asked) reply {
	at := q.path
	switch {
	case q.inPath:
		at += url.PathEscape(q.about)
	case q.about != "":
		at += "?" + encode([]field{{"roleName", q.about}})
	}
	return r.do(ctx, http.MethodGet, at, "", http.Header{"Authorization": {"Bearer " + token}})
}
