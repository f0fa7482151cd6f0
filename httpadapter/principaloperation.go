package httpadapter

import (
	"net/http"
	"slices"
)

const (
	tagUsers     = "Users"
	tagDiscovery = "Discovery"
)

// ofToken returns the operation of a question about the user of an access token, which is
// answered by a document of that schema, or in another of these ways.
func ofToken(id, doc, schema, says string, others ...Answer) Operation {
	return Operation{
		ID: id, Tag: tagUsers, Caller: ByBearer, Doc: doc,
		Answers: slices.Concat([]Answer{{http.StatusOK, mediaJSON, schema, says}}, others, []Answer{
			{http.StatusUnauthorized, mediaJSON, "OAuthError", "There is no access token, or it is not good any more, as WWW-Authenticate says."},
			{http.StatusForbidden, mediaJSON, "OAuthError", "The token is a program's own, or its scopes do not let this be told."},
		}),
	}
}

var userInfoOperation = ofToken("userInfo", "Tells what an access token may know of its user.", "UserInfo", "The claims that the scopes of the token allow.",
	Answer{http.StatusOK, mediaJSON, "UserInfoJSON", "To a client that wants JSON values, they are such."})

var (
	identityOperation    = ofToken("getIdentity", "Names the user of an access token.", "Principal", "Who the user is.")
	rolesOperation       = ofToken("getCurrentRoles", "Lists the roles that the user of an access token has in its application.", "Roles", "The roles; there may be none.")
	permissionsOperation = ofToken("getCurrentPermissions", "Lists the permissions that those roles give.", "Permissions", "The permissions; there may be none.")
	inRoleOperation      = Operation{
		ID: "isInRoleByName", Tag: tagUsers, Caller: ByBearer,
		Doc:     "Tells whether the user of an access token has the role roleName.",
		Fields:  []Field{{Name: "roleName", In: InQuery, Required: true, Doc: "The name of a role; one of no role is no fault."}},
		Answers: append(ofToken("", "", "Boolean", "Whether they have the role.").Answers, badCall, Answer{http.StatusRequestEntityTooLarge, mediaJSON, "OAuthError", "The query is too large."}),
	}
	hasPermissionOperation = Operation{
		ID: "hasPermissionById", Tag: tagUsers, Caller: ByBearer,
		Doc:     "Tells whether the user of an access token has a permission.",
		Fields:  []Field{{Name: "id", In: InPath, Required: true, Format: "uuid", Doc: "The id of the permission; what is none is no fault."}},
		Answers: ofToken("", "", "Boolean", "Whether they have the permission.").Answers,
	}
)

var inRoleInput = newInput(inRoleOperation)

var (
	discoveryOperation = Operation{
		ID: "discovery", Tag: tagDiscovery, Doc: "The discovery document.",
		Answers: []Answer{{http.StatusOK, mediaJSON, "Discovery", "What this server is and does."}},
	}
	jwksOperation = Operation{
		ID: "jwks", Tag: tagDiscovery, Doc: "The keys by which access tokens are verified.",
		Answers: []Answer{{http.StatusOK, mediaJSON, "JWKS", "The public keys, those that will be used soon included."}},
	}
)
