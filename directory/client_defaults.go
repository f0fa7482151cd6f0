package directory

import (
	"slices"

	"github.com/sallyport-auth/sallyport/token"
)

// personScopes are what a client gets, where nobody says otherwise, whose users log in
// by it: who they are, what they may do, and that the login goes on.
var personScopes = []string{
	token.ScopeAPI, token.ScopeOfflineAccess, token.ScopeOpenID, token.ScopeProfile,
	token.ScopePermissions, token.ScopeVGProfile, token.ScopeRoles, token.ScopeVGToken,
}

// ClientDefaults returns a client of a platform with the grants and the scopes that it
// usually has: those of a login with a second factor, which goes on, or of a Service those
// of a program for itself. A SPA is public, since whoever loads its page could read a
// secret. The client belongs to the caller. False means that there is no such platform.
func ClientDefaults(platform string) (c NewClient, known bool) {
	p, known := token.ParsePlatform(platform)
	switch {
	case !known:
		return NewClient{}, false
	case p == token.Service:
		return NewClient{Platform: string(p), GrantTypes: []string{token.GrantClientCredentials}, Scopes: []string{token.ScopeAPI}}, true
	}
	return NewClient{
		Platform: string(p), GrantTypes: []string{token.GrantVGAuthenticator, token.GrantRefreshToken},
		Scopes: slices.Clone(personScopes), Public: p == token.SPA,
	}, true
}
