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
		path string
		op   *Operation
		read func(r *http.Request) (question, error)
	}{
		{base + "GetIdentity", &identityOperation, fixed(askIdentity)},
		{base + "GetCurrentRoles", &rolesOperation, fixed(askRoles)},
		{base + "GetCurrentPermissions", &permissionsOperation, fixed(askPermissions)},
		{base + "IsInRoleByName", &inRoleOperation, readRoleName},
		{"/Security/HasPermissionById/{id}", &hasPermissionOperation, readPermissionID},
	} {
		a.leaf(p.path).does(http.MethodGet, p.op, a.principal(p.read))
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

// readRoleName reads the query, which must have a name. A name of no role is no fault.
func readRoleName(r *http.Request) (question, error) {
	query, err := readQuery(r, inRoleInput)
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
