package httpadapter

import (
	"encoding/json"
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
)

// question is what is asked about the user of a token; the answer is a document.
type question func(u *sallyport.TokenUser) (doc any, err error)

// mountPrincipal adds the routes by which a program asks who its user is, and what they
// may do.
func (a *Adapter) mountPrincipal() {
	const base = "/api/Principal/"
	for _, p := range []struct {
		path, doc string
		read      func(r *http.Request) (question, error)
	}{
		{base + "GetIdentity", "Names the user of an access token.", fixed(askIdentity)},
		{base + "GetCurrentRoles", "Lists the roles that the user of an access token has in its application.", fixed(askRoles)},
		{base + "GetCurrentPermissions", "Lists the permissions that those roles give.", fixed(askPermissions)},
		{base + "IsInRoleByName", "Tells whether the user of an access token has the role roleName.", readRoleName},
		{"/Security/HasPermissionById/{id}", "Tells whether the user of an access token has a permission.", readPermissionID},
	} {
		a.leaf(p.path).on(http.MethodGet, p.doc, a.principal(p.read))
	}
}

// principal serves one question, whose input stands in the path or the query. The token is
// read as userinfo reads it.
func (a *Adapter) principal(read func(r *http.Request) (question, error)) serve {
	return func(w http.ResponseWriter, r *http.Request) error {
		token, err := bearerToken(w, r)
		if err != nil {
			return err
		}
		if err := a.openTo(w, r, sallyport.OriginCall{AccessToken: token}); err != nil {
			return err
		}
		ask, err := read(r)
		if err != nil { // malformed input costs no reading
			return err
		}
		user, err := a.engine.TokenUser(r.Context(), token)
		if err != nil {
			return err
		}
		doc, err := ask(user)
		if err != nil {
			return err
		}
		a.writeJSON(w, http.StatusOK, doc)
		return nil
	}
}

// fixed is a question without input. A query is not looked at, as at userinfo.
func fixed(q question) func(*http.Request) (question, error) {
	return func(*http.Request) (question, error) { return q, nil }
}

func askIdentity(u *sallyport.TokenUser) (any, error) { return u.Wire(), nil }

func askRoles(u *sallyport.TokenUser) (any, error) {
	list, err := u.RolesJSON()
	return json.RawMessage(list), err
}

func askPermissions(u *sallyport.TokenUser) (any, error) {
	list, err := u.PermissionsJSON()
	return json.RawMessage(list), err
}

// roleFields are the fields of IsInRoleByName.
var roleFields = form.Vocabulary{Folded: form.Names("roleName")}

// readRoleName reads the query, which must have a name. A name of no role is no fault.
func readRoleName(r *http.Request) (question, error) {
	query, err := readQuery(r, roleFields)
	if err != nil {
		return nil, err
	}
	name := query["roleName"]
	if name == "" {
		return nil, form.Refuse(http.StatusBadRequest, "roleName")
	}
	return func(u *sallyport.TokenUser) (any, error) { return u.HasRole(name) }, nil
}

// readPermissionID reads the path. What is no id is none of a permission's.
func readPermissionID(r *http.Request) (question, error) {
	id := form.LastSegment(r)
	return func(u *sallyport.TokenUser) (any, error) { return u.HasPermission(id) }, nil
}
