package sallyport

import (
	"context"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/wire"
)

// Claim is one member of the userinfo document. The order matters.
type Claim struct {
	Name, Value string
	// JSON is the text of a JSON value that says the same, where the client wants such;
	// empty: it wants the published texts.
	JSON string
}

// UserInfo returns what the token's scopes allow to be told of its user, in the
// published order. Errors are those of [Engine.Verify].
func (e *Engine) UserInfo(ctx context.Context, accessToken string) ([]Claim, error) {
	var out []Claim
	err := e.read(ctx, func(c *call) error {
		claims, session, err := c.open(accessToken, c.profileKeys)
		if err != nil {
			return err
		}
		told, err := c.told(claims.Scopes)
		if err != nil {
			return err
		}
		profile, err := c.profile(session.Application, told)
		if err != nil {
			return err
		}
		out = nil
		for _, claim := range token.UserInfo(profile, told, claims.VGToken) {
			member := Claim{Name: claim.Name, Value: claim.Value}
			if c.client.JSONUserInfo {
				member.JSON = claim.JSON()
			}
			out = append(out, member)
		}
		return nil
	})
	return out, err
}

// WireUserInfo is the document of the claims that [Engine.UserInfo] returned: a
// [wire.UserInfo] or, where the client of the token wants JSON values, a
// [wire.UserInfoJSON].
func WireUserInfo(claims []Claim) any {
	if len(claims) == 0 || claims[0].JSON == "" {
		doc := make(wire.UserInfo, 0, len(claims))
		for _, c := range claims {
			doc = append(doc, wire.Claim{Name: c.Name, Value: c.Value})
		}
		return doc
	}
	doc := make(wire.UserInfoJSON, 0, len(claims))
	for _, c := range claims {
		doc = append(doc, wire.JSONClaim{Name: c.Name, Value: []byte(c.JSON)})
	}
	return doc
}

// profileKeys are the records of an account that userinfo tells of by those
// scopes, and of the applications in which it had roles the last time, so that
// all is read in one round. A wrong or missing entry costs a second round and
// nothing else. What a scope of the host's own brings is not known yet: all is read.
func (e *Engine) profileKeys(a accountRef, claims *token.Claims) (fetch, peek []string) {
	told, own := token.Told{Scopes: claims.Scopes}, token.HasOwnScopes(claims.Scopes)
	fetch = a.liveKeys()
	if told.Email() || own {
		fetch = a.stateKeys()
	}
	if told.Rights() || own {
		peek, _ = e.roleKeys.Get(a.id)
	}
	return fetch, slices.Clip(peek) // the list is shared
}

// told is what a token of the client of the call with those scopes lets be told.
func (c *call) told(scopes []string) (token.Told, error) {
	list, err := c.resources()
	return token.Told{Scopes: scopes, Claims: list.IdentityClaims(&c.client, scopes)}, err
}

// profile gathers what userinfo may tell.
func (c *call) profile(application string, told token.Told) (token.UserProfile, error) {
	a := &c.who.acc
	p := token.UserProfile{
		UserName: a.Name, Approved: a.Approved, Locked: a.Locked, Start: a.Start, End: a.End,
		FirstName: a.FirstName, LastName: a.LastName,
	}
	for _, at := range a.Attributes {
		p.Attributes = append(p.Attributes, token.Attribute(at))
	}
	if told.Email() {
		var err error
		if p.Email, err = c.tellEmail(); err != nil {
			return p, err
		}
	}
	if told.Rights() {
		return p, c.addRights(&p, application)
	}
	return p, nil
}

// tellEmail reads the e-mail address on record of the account.
func (c *call) tellEmail() (string, error) {
	f, err := mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
	if err != nil {
		return "", err
	}
	return f.Email.Value, nil
}

// addRights adds the applications in which the account has roles, and its rights
// in one of them.
func (c *call) addRights(p *token.UserProfile, application string) error {
	a := &c.who.acc
	var ids []string
	for _, r := range a.Roles {
		if !slices.Contains(ids, r.Application) {
			ids = append(ids, r.Application)
		}
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = directory.Applications.Key(id)
	}
	if err := c.tx.Peek(keys...); err != nil {
		return err
	}
	c.roleKeys.Put(c.who.id, keys)
	for _, id := range ids {
		app, ok, err := directory.Applications.Get(c.tx, id)
		if err != nil {
			return err
		}
		if !ok || c.who.hosted && !directory.HasRole(a, &app) { // a host may name a role that is none
			continue
		}
		p.Applications = append(p.Applications, token.Application{ID: app.ID, Name: app.Name})
		if id == application {
			p.Roles, p.Permissions = rights(a, &app)
		}
	}
	return nil
}

// rights are the roles and permissions of an account in an application, in the
// order of the directory, each once.
func rights(a *account.Account, app *directory.ApplicationRecord) (roles []token.Role, permissions []token.Permission) {
	given, allowed := directory.GivenIn(a, app)
	for _, r := range given {
		roles = append(roles, token.Role{ID: r.ID, Name: r.Name})
	}
	for _, p := range allowed {
		permissions = append(permissions, token.Permission{ID: p.ID, Folder: p.Folder, Path: p.Path, Description: p.Description})
	}
	return roles, permissions
}
