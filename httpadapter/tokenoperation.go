package httpadapter

import (
	"net/http"
	"slices"

	"github.com/sallyport-auth/sallyport/token"
)

const tagTokens = "Tokens"

// tokenOperation is the token endpoint. OAuth's names are exact, the original's are not;
// username and password of the grant password are names of both.
var tokenOperation = Operation{
	ID: "token", Tag: tagTokens, Caller: ByClient, Form: true,
	Doc: "Logs a user in, step by step, refreshes a login, or gives a program a token for itself.",
	Text: "A login by VGAuthenticator takes up to three calls. The first sends Username and Password, and is answered with tokens or with the options of a second factor. " +
		"The second names the request and one option: a code is sent, or a link, and then the answer waits until the link has been answered. " +
		"The third names them again with the code.",
	Fields: slices.Concat([]Field{
		text("grant_type", "What is asked for.").exact().required().
			of(token.GrantVGAuthenticator, token.GrantPassword, token.GrantRefreshToken, token.GrantClientCredentials),
	}, clientFields, []Field{
		text("scope", "The scopes that are asked for, separated by blanks; without it, all of the client's.").exact(),
		text("resource", "The audience that the token is to be for (RFC 8707): that of an API among its scopes, byte by byte, or the issuer.").exact().as("uri"),
		text("refresh_token", "The refresh token, which is good once.").exact().secret().with(token.GrantRefreshToken),
		loginField("VGAuthenticationModule", "Who keeps the password: VGUser, WindowsByCredential, Passwordless or a module of the host; without it, VGUser.").with(byPassword...),
		loginField("Username", "The user's name, at the first call; later it may be repeated.").with(byPassword...),
		loginField("Password", "The user's password, at the first call; later it may be repeated.").secret().with(byPassword...),
		loginField("AuthenticationRequestId", "The RequestId of the first answer, from the second call on.").as("uuid"),
		loginField("MFAAvailableId", "The Id of the option of MFAAvailables that the user chose, from the second call on.").as("uuid"),
		loginField("MFASecureCode", "The code that the user typed, at the third call.").secret(),
		loginField("VGClientAddress", "The network address of the user, from a client that is trusted to name it.").
			with(token.GrantVGAuthenticator, token.GrantPassword, token.GrantRefreshToken),
		loginField("ReturnURL", "Where the enrolment page leads back to, one of those of the client.").as("uri").with(byPassword...),
		loginField("VGResumeSecret", "The ResumeSecret of the first answer, in place of the password once a factor is enrolled.").secret(),
		loginField("VGRememberDevice", "Whether the next login on this device may do without the second factor.").of("true", "false"),
		loginField("VGDeviceToken", "The device_token of an earlier login on this device.").secret(),
		loginField("VGInvitation", "The key of an invitation to enrol a first factor.").secret(),
	}),
	Answers: []Answer{
		{http.StatusOK, mediaJSON, "TokenSuccess", "The login is complete: VGAuthenticator and password."},
		{http.StatusOK, mediaJSON, "RefreshSuccess", "The new tokens: refresh_token and client_credentials."},
		{http.StatusBadRequest, mediaJSON, "TokenError", "The login is refused, or wants a next step, as VGResponse says."},
		{http.StatusBadRequest, mediaJSON, "OAuthError", "The call cannot be read, or this client may not make it."},
		wrongBasic, tooLarge,
	},
}

// byPassword are the grants that take a name and a password.
var byPassword = []string{token.GrantVGAuthenticator, token.GrantPassword}

// loginField is a field of a login by VGAuthenticator.
func loginField(name, doc string) Field { return text(name, doc).with(token.GrantVGAuthenticator) }

// Answers that several operations give.
var (
	wrongBasic = Answer{http.StatusUnauthorized, mediaJSON, "OAuthError", "The client is unknown or its secret is wrong, and came by HTTP Basic."}
	tooLarge   = Answer{http.StatusRequestEntityTooLarge, mediaJSON, "OAuthError", "The body, or one of its fields, is too large."}
	wrongType  = Answer{http.StatusUnsupportedMediaType, mediaJSON, "OAuthError", "The body is of a type that is not read."}
	badCall    = Answer{http.StatusBadRequest, mediaJSON, "OAuthError", "The call cannot be read; error_description names the field."}
)

// tokenField is the field of a call about a token. An access token is longer than other
// fields may be. A token_type_hint is not looked at (RFC 7009 section 2.1, RFC 7662 section
// 2.1): which kind a token is shows in its form.
func tokenField() Field {
	f := text("token", "The access token or refresh token.").exact().required().secret()
	f.Long = true
	return f
}

var revokeOperation = Operation{
	ID: "revoke", Tag: tagTokens, Caller: ByClient, Form: true,
	Doc:    "Ends the login that a token of the client belongs to.",
	Fields: append([]Field{tokenField()}, clientFields...),
	Answers: []Answer{
		{http.StatusOK, "", "", "The token is not good any more, or never was."},
		badCall, wrongBasic, tooLarge,
	},
}

var introspectOperation = Operation{
	ID: "introspect", Tag: tagTokens, Caller: ByClient, Form: true,
	Doc:    "Tells a client what a token stands for now.",
	Fields: append([]Field{tokenField()}, clientFields...),
	Answers: []Answer{
		{http.StatusOK, mediaJSON, "Introspection", "What the token stands for; of one that is not good, that it is not active."},
		badCall, wrongBasic, tooLarge,
	},
}

// The inputs of these operations.
var (
	tokenInput      = newInput(tokenOperation)
	revokeInput     = newInput(revokeOperation)
	introspectInput = newInput(introspectOperation)
)
