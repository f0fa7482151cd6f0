package apidocs_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const grant = "VGAuthenticator"

// recordAll calls every operation, and returns the examples.
func recordAll(t *testing.T) []apidocs.Example {
	t.Helper()
	r := newRecorder(t)
	yes := true
	for _, u := range []sallyporttest.User{
		{Name: "otto"},
		{Name: "marie", Email: "marie.curie@example.com", EmailValidated: true},
		{Name: "nora", MFA: &yes},
		{Name: "paul", Email: "paul.erdos@example.com", EmailValidated: true},
		{Name: "lise", MFA: &yes},
		{Name: "emmy", MFA: &yes},
		{Name: "kurt", MFA: &yes},
		{Name: "carl", Email: "carl.gauss@example.com", EmailValidated: true, Edit: func(u *directory.User) { u.MFA = new(bool) }},
	} {
		r.kit.AddUser(t, u)
	}
	r.logins()
	r.tokens()
	r.users()
	r.enrolments()
	r.passwords()
	return r.list
}

// logins are those with and without a second factor.
func (r *recorder) logins() {
	r.record("token", "password-alone", "A login without a second factor", sends("grant_type", grant, "Username", "otto", "Password", sallyporttest.Password).native()).
		want(200, `"Status":2048`)
	r.record("token", "wrong-password", "A wrong password, or a name that is not known", sends("grant_type", grant, "Username", "otto", "Password", "wrong").native()).
		want(400, `"Status":9,`)

	first := r.record("token", "factor-wanted", "Call 1: the password is right, and a second factor is wanted", sends("grant_type", grant, "Username", "marie", "Password", sallyporttest.Password).native()).
		want(400, `"Status":134217729`)
	login := []string{"grant_type", grant, "AuthenticationRequestId", first.request(), "MFAAvailableId", first.option("Email", "OTP")}
	r.record("token", "code-sent", "Call 2: an option was chosen, and a code was sent", sends(login...).native()).want(400, `"Status":1048577`)
	r.record("token", "wrong-code", "Call 3: the code is wrong", sends(append(login[:len(login):len(login)], "MFASecureCode", "no")...).native()).want(400, `"Status":524289`)
	code := r.kit.Outbox.LastCode("marie.curie@example.com")
	r.record("token", "code-right", "Call 3: the login is complete", sends(append(login[:len(login):len(login)], "MFASecureCode", code)...).native()).want(200, `"Status":2048`)
	r.record("token", "login-over", "A call about a login that is over", sends(append(login[:len(login):len(login)], "MFASecureCode", "later")...).native()).want(400, `"Status":16777217`)

	r.record("token", "enrolment-wanted", "The password is right, and a second factor has to be enrolled first", sends("grant_type", grant, "Username", "kurt", "Password", sallyporttest.Password).native()).
		want(400, `"AuthenticationEnrollmentRequest"`)
}

// tokens are the other grants, and what becomes of tokens.
func (r *recorder) tokens() {
	byPassword := r.record("token", "grant-password", "The grant password of RFC 6749", sends("grant_type", "password", "username", "otto", "password", sallyporttest.Password, "scope", "openid VGRoles offline_access").service()).
		want(200, `"refresh_token"`)
	fresh := r.record("token", "refreshed", "A refresh: the token that was sent is spent", sends("grant_type", "refresh_token", "refresh_token", byPassword.text("refresh_token")).service()).want(200)
	r.record("token", "refresh-refused", "A refresh token that is not good", sends("grant_type", "refresh_token", "refresh_token", "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF").service()).want(400, "invalid_grant")
	r.record("token", "program", "A program for itself", sends("grant_type", "client_credentials", "scope", "IdentityServerApi").service()).want(200, `"access_token"`)
	r.record("token", "not-readable", "A call that cannot be read", sends("scope", "openid").native()).want(400, "grant_type")
	r.record("token", "wrong-secret", "A client that is not known, or its secret is wrong", sends("grant_type", grant, "Username", "otto", "Password", sallyporttest.Password, "client_id", sallyporttest.ClientID, "client_secret", "wrong")).
		want(400, "invalid_client")
	r.record("token", "wrong-secret-basic", "The same by HTTP Basic", call{fields: []string{"grant_type", grant, "Username", "otto", "Password", sallyporttest.Password}, basic: true, invalid: true}).want(401, "invalid_client")

	access := fresh.text("access_token")
	r.record("introspect", "access-token", "An access token that is good", sends("token", access).service()).want(200, `"active":true`)
	r.record("introspect", "not-good", "A token that is not good", sends("token", "nothing").service()).want(200, `{"active":false}`)
	r.record("introspect", "wrong-secret", "A client that is not known, or its secret is wrong", call{fields: []string{"token", "nothing"}, basic: true, invalid: true}).want(401)
	r.record("revoke", "refresh-token", "A refresh token is given up, and with it the login", sends("token", fresh.text("refresh_token")).service()).want(200)
	r.record("revoke", "no-token", "No token was named", sends("token", "").service()).want(400, `"token"`)
}

// users are what access tokens tell, and discovery.
func (r *recorder) users() {
	who := r.record("token", "all-scopes", "A login that asks for no scope, and gets all of the client's", sends("grant_type", grant, "Username", "otto", "Password", sallyporttest.Password).native()).want(200)
	good := call{bearer: who.text("access_token")}
	machine := r.record("token", "program-again", "A program for itself, by all its scopes", sends("grant_type", "client_credentials").service()).want(200)
	r.list = r.list[:len(r.list)-1]
	for _, id := range []string{"userInfo", "postUserInfo"} {
		r.record(id, "claims", "What all scopes let be told", good).want(200, `"vgUserId"`)
		r.record(id, "no-token", "No token was sent", call{}).want(401)
		r.record(id, "not-good", "The token is not good", call{bearer: "nothing"}).want(401)
	}
	api := r.record("token", "for-an-api", "A token of RFC 9068, for one API", sends("grant_type", grant, "Username", "otto", "Password", sallyporttest.Password, "scope", "openid VGRoles VGIsApproved orders", "resource", ordersAPI).by(webID)).want(200)
	r.record("token", "resource-refused", "An audience that no scope brings", sends("grant_type", grant, "Username", "otto", "Password", sallyporttest.Password, "resource", "https://other.example.com").by(webID)).want(400, "invalid_target")
	r.record("introspect", "for-an-api", "A token for one API", sends("token", api.text("access_token")).service()).want(200)
	r.record("userInfo", "program", "The token is a program's own", call{bearer: machine.text("access_token")}).want(403)
	r.record("getIdentity", "user", "The user", good).want(200, `"otto"`)
	r.record("getCurrentRoles", "roles", "The user has one role", good).want(200, `"Auditor"`)
	permissions := r.record("getCurrentPermissions", "permissions", "The role gives one permission", good).want(200, `"FullName"`)
	ask := good
	ask.query = "roleName=Auditor"
	r.record("isInRoleByName", "yes", "The user has the role", ask).want(200, "true")
	ask.query = "roleName=Manager"
	r.record("isInRoleByName", "no", "The user has not", ask).want(200, "false")
	ask.query = ""
	r.record("isInRoleByName", "no-name", "No role was named", ask).want(400, "roleName")
	ask.id = permissions.first("Id")
	r.record("hasPermissionById", "yes", "The user has the permission", ask).want(200, "true")
	ask.id = sallyporttest.ApplicationID
	r.record("hasPermissionById", "no", "There is no such permission", ask).want(200, "false")

	r.record("discovery", "document", "The document", call{}).want(200)
	r.record("metadata", "document", "The document", call{}).want(200)
	r.record("jwks", "keys", "The keys", call{}).want(200)
}

// enrolling logs somebody in who has to enrol something, and returns the request.
func (r *recorder) enrolling(name string) string {
	r.t.Helper()
	return r.kit.HTTP().Login(name, sallyporttest.Password).RequestID
}

// enrolments are all that is enrolled by the API.
func (r *recorder) enrolments() {
	nora := r.enrolling("nora")
	query := call{query: "requestId=" + nora}
	r.record("getEnrollmentInformation", "nothing-yet", "Nothing is enrolled yet", sends("requestId", nora)).want(200)
	r.record("getEnrollmentInformation", "not-known", "There is no such request", sends("requestId", sallyporttest.ApplicationID)).want(404)
	r.record("enrollByImageGet", "picture", "The picture", query).want(200)
	r.record("enrollByImageGet", "not-known", "There is no such request", call{query: "requestId=" + sallyporttest.ApplicationID}).want(404)
	r.record("enrollByImage", "picture", "The picture", sends("requestId", nora)).want(200)
	r.record("enrollByBytesGet", "picture", "The picture as base64", query).want(200)
	r.record("enrollByBytes", "picture", "The picture as base64", sends("requestId", nora)).want(200)
	query.accept = "application/octet-stream"
	r.record("enrollByBytesGet", "bytes", "The picture as bytes", query).want(200)
	app, _ := r.kit.InProcess().BeginTOTP(nora)
	r.record("validateMicrosoftTOTP", "wrong-code", "The code is wrong", sends("requestId", nora, "secureCode", "000000")).want(400, "SecureCodeDoesNotMatch")
	r.record("validateMicrosoftTOTP", "no-code", "No code was sent", sends("requestId", nora)).want(400, "secureCode")
	r.record("validateMicrosoftTOTP", "enrolled", "The authenticator is enrolled", sends("requestId", nora, "secureCode", app.Fresh(), "name", "Telephone")).want(200, "RecoveryCodes")

	lise, emmy := r.enrolling("lise"), r.enrolling("emmy")
	r.record("sendEmailVerification", "sent", "A code was sent", sends("requestId", lise, "email", "lise@example.com")).want(200)
	r.record("sendEmailVerification", "not-an-address", "What was sent is no address", sends("requestId", lise, "email", "lise")).want(400, "InvalidAddress")
	r.record("validateEmail", "wrong-code", "The code is wrong", sends("requestId", lise, "secureCode", "no")).want(400)
	r.record("validateEmail", "confirmed", "The address is confirmed", sends("requestId", lise, "secureCode", r.kit.Outbox.LastCode("lise@example.com"))).want(200)
	r.record("sendMobileNumberVerification", "sent", "A code was sent", sends("requestId", emmy, "mobileNumber", "+33612345678")).want(200)
	r.record("sendMobileNumberVerification", "not-a-number", "What was sent is no number", sends("requestId", emmy, "mobileNumber", "0612345678")).want(400, "Wanted")
	r.record("validateMobileNumber", "confirmed", "The number is confirmed", sends("requestId", emmy, "secureCode", r.kit.Outbox.LastCode("+33612345678"))).want(200)

	kurt := r.enrolling("kurt")
	r.record("cancelEnrollment", "given-up", "It was given up", sends("requestId", kurt).native()).want(200)
	r.record("cancelEnrollment", "wrong-secret", "A client that is not known, or its secret is wrong", sends("requestId", kurt, "client_id", sallyporttest.ClientID, "client_secret", "wrong")).want(400, "invalid_client")
}

// passwords are changes and resets.
func (r *recorder) passwords() {
	r.record("changePassword", "wrong-password", "The old password is wrong", sends("Username", "otto", "password", "wrong", "newPassword", "battery staple").native()).want(400, "OldPasswordDoesNotMatch")
	r.record("changePassword", "too-short", "The new password is against the policy", sends("Username", "otto", "password", sallyporttest.Password, "newPassword", "short").native()).want(400, "PasswordLengthDoesNotPassValidation")
	r.record("changePassword", "changed", "It was changed", sends("Username", "otto", "password", sallyporttest.Password, "newPassword", "battery staple").native()).want(200)
	r.record("changePassword", "not-readable", "No old password was sent", sends("Username", "otto", "newPassword", "battery staple").native()).want(400, `"password"`)
	key := r.kit.Outbox.Key("carl.gauss@example.com", func() {
		r.record("beginReset", "begun", "Whoever was named", sends("Username", "carl").native()).want(200)
	})
	r.record("beginReset", "not-readable", "Nobody was named", sends("VGClientAddress", "192.0.2.1").native()).want(400, `"Username"`)
	r.record("finishReset", "too-short", "The new password is against the policy", sends("key", key, "newPassword", "short").native()).want(400)
	r.record("finishReset", "changed", "It was changed", sends("key", key, "newPassword", "battery staple").native()).want(200)
	r.record("finishReset", "key-over", "The key is not good any more", sends("key", key, "newPassword", "battery staple").native()).want(400, "ChangePasswordRequestKeyNotMatch")
}
