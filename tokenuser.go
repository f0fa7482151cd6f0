package sallyport

import (
	"context"
	"slices"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/wire"
)

// TokenUser is what an access token may tell of its user, now: who they are, and their
// roles and permissions in the application of the token. Scopes decide how much: the
// address wants VGProfile, roles want VGRoles or VGDeveloper, permissions want
// VGPermissions or VGDeveloper. What they do not let be told is empty, and its methods
// answer [ErrInsufficientScope]; the zero value tells nothing. It is plain data.
type TokenUser struct {
	Identity                      // the user's name, which vgUserId is too, and module
	Email       string            // on record, as vgEmail has it
	Roles       []TokenRole       // in the order of the directory
	Permissions []TokenPermission // what those roles give, each once
	Scopes      []string          // of the token, in canonical spelling

	claims []string // that scopes of the host's own bring
}

// TokenRole is a role of a [TokenUser]. ID is a UUID in lower case.
type TokenRole struct{ ID, Name string }

// TokenPermission is a permission of a [TokenUser]. ID and Folder are UUIDs in lower
// case; Path is its full name, such as /Address/CanReadAddress.
type TokenPermission struct{ ID, Folder, Path, Description string }

// TokenUser judges an access token as [Engine.UserInfo] does, and returns what may be
// told of its user. One reading, no writing. Errors are those of [Engine.Verify].
func (e *Engine) TokenUser(ctx context.Context, accessToken string) (*TokenUser, error) {
	var u *TokenUser
	err := e.read(ctx, func(c *call) error {
		claims, session, err := c.open(accessToken, tokenUserKeys)
		if err != nil {
			return err
		}
		told, err := c.told(claims.Scopes)
		if err != nil {
			return err
		}
		u, err = c.tokenUser(session.Application, told)
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// tokenUserKeys are the records of an account, and the application of the token, of
// which those scopes tell.
func tokenUserKeys(a accountRef, claims *token.Claims) (fetch, peek []string) {
	told, own := token.Told{Scopes: claims.Scopes}, token.HasOwnScopes(claims.Scopes)
	fetch = a.liveKeys()
	if told.Email() || own {
		fetch = a.stateKeys()
	}
	if told.Roles() || told.Permissions() || own {
		peek = applicationKeys(claims)
	}
	return fetch, peek
}

// told is what may be told of the user.
func (u *TokenUser) told() token.Told { return token.Told{Scopes: u.Scopes, Claims: u.claims} }

// tokenUser gathers what the scopes let be told. The account has been read.
func (c *call) tokenUser(application string, told token.Told) (*TokenUser, error) {
	u := &TokenUser{Identity: *c.who.identity(), Scopes: slices.Clone(told.Scopes), claims: told.Claims}
	if told.Email() {
		var err error
		if u.Email, err = c.tellEmail(); err != nil {
			return nil, err
		}
	}
	if !told.Roles() && !told.Permissions() {
		return u, nil
	}
	app, ok, err := directory.Applications.Get(c.tx, application)
	if err != nil || !ok { // an application that was deleted gives no rights
		return u, err
	}
	roles, permissions := rights(&c.who.acc, &app)
	if told.Roles() {
		for _, r := range roles {
			u.Roles = append(u.Roles, TokenRole{ID: r.ID, Name: r.Name})
		}
	}
	if told.Permissions() {
		for _, p := range permissions {
			u.Permissions = append(u.Permissions, TokenPermission(p))
		}
	}
	return u, nil
}

// HasRole reports whether the user has the role of that name, compared as the directory
// compares names of roles: case and runs of blanks do not count. A name of no role is
// false. The error is [ErrInsufficientScope].
func (u *TokenUser) HasRole(name string) (bool, error) {
	if !u.told().Roles() {
		return false, ErrInsufficientScope
	}
	label := typed.Label(name)
	return label != "" && slices.ContainsFunc(u.Roles, func(r TokenRole) bool { return typed.Label(r.Name) == label }), nil
}

// HasPermission reports whether the user has the permission of that id, a UUID in the
// 36-character form whose case does not count. Any other text, and the id of no
// permission, is false. The error is [ErrInsufficientScope].
func (u *TokenUser) HasPermission(id string) (bool, error) {
	if !u.told().Permissions() {
		return false, ErrInsufficientScope
	}
	parsed, ok := rnd.ParseUUID(id)
	if !ok {
		return false, nil
	}
	id = rnd.FormatUUID(parsed)
	return slices.ContainsFunc(u.Permissions, func(p TokenPermission) bool { return p.ID == id }), nil
}

// Wire is the document that GetIdentity answers with.
func (u *TokenUser) Wire() wire.Principal {
	p := wire.Principal{Name: u.Name, AuthenticationType: u.Type, IsAuthenticated: true, UserID: u.Name}
	if u.told().Email() {
		p.Email = &u.Email
	}
	return p
}

// RolesJSON is the JSON array that GetCurrentRoles answers with, byte for byte the text
// of the claim vgDevRoles. Its elements are [wire.DevRole]. The error is
// [ErrInsufficientScope].
func (u *TokenUser) RolesJSON() ([]byte, error) {
	if !u.told().Roles() {
		return nil, ErrInsufficientScope
	}
	var list []token.Role
	for _, r := range u.Roles {
		list = append(list, token.Role{ID: r.ID, Name: r.Name})
	}
	return []byte(token.DevRoles(list)), nil
}

// PermissionsJSON is the JSON array that GetCurrentPermissions answers with, byte for byte
// the text of the claim vgDevPermissions. Its elements are [wire.DevPermission]. The error
// is [ErrInsufficientScope].
func (u *TokenUser) PermissionsJSON() ([]byte, error) {
	if !u.told().Permissions() {
		return nil, ErrInsufficientScope
	}
	var list []token.Permission
	for _, p := range u.Permissions {
		list = append(list, token.Permission(p))
	}
	return []byte(token.DevPermissions(list)), nil
}
