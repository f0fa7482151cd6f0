package apidocs

import "github.com/sallyport-auth/sallyport"

// around is what stands before and after the operations of a group, so that they find what they
// ask for.
type around struct{ before, after []step }

// groups are the groups that need something, by their tags.
func groups() map[string]around {
	newcomer := step{
		name: "Somebody who has to enrol", op: "token", says: "The right password of somebody without a second factor. The script keeps the request, and where its page is.",
		fields: logIn("VGUser", varNewUser, varNewPass), status: 400,
		keep: []value{{varNewID, "enrols ? answer.VGResponse.RequestId : ''"}, {varNewURL, "enrols ? " + responseOf + ".AuthenticationEnrollmentRequest.EnrollmentUrl : ''"}},
		tests: []expect{
			{"an enrolment is wanted, or was done by an earlier run", "pm.expect(enrols || status === 134217729).to.equal(true)"},
		},
	}
	return map[string]around{
		"Enrolment": {[]step{newcomer}, enrolOnPage(newcomer)},
		"Tokens": {[]step{
			{name: "The password", op: "token", fields: logIn("VGUser", varAppUser, varAppPass), status: 400, state: wanted, keep: []value{keepRequest, {varOption, option(4, 2)}}},
			granted("The code of the app", "The next code, since the one before is spent.", "totp('"+varAppKey+"', '"+varCode+"')", varRequest, varOption),
			{name: "Refresh", op: "token", says: "New tokens for the refresh token, which is good once.", needs: []string{varRefresh},
				fields: []value{{"grant_type", "refresh_token"}, {"refresh_token", as(varRefresh)}}, status: 200, keep: keepTokens,
				tests: []expect{{"there are new tokens, without a VGResponse", "pm.expect(answer).to.have.all.keys('access_token', 'refresh_token', 'expires_in', 'token_type', 'scope')"}}},
			{name: "What the token stands for", op: "introspect", says: "A Service that may ask is told of the tokens of all clients.", needs: []string{varBearer},
				fields: introspection, status: 200, tests: []expect{{"it is active", "pm.expect(answer.active).to.equal(true); pm.expect(answer.username || answer.sub).to.equal(pm.environment.get('" + varAppUser + "'))"}}},
		}, []step{
			{name: "What it stands for now", op: "introspect", says: "The login has ended with the refresh token.", needs: []string{varBearer},
				fields: introspection, status: 200, tests: []expect{{"it is active no more", "pm.expect(answer).to.eql({ active: false })"}}},
			{name: "What it may know now", op: "userInfo", needs: []string{varBearer}, status: 401,
				tests: []expect{{"it says how to authenticate", "pm.expect(pm.response.headers.get('WWW-Authenticate')).to.include('invalid_token')"}}},
		}},
	}
}

var introspection = []value{{"token", as(varBearer)}, {"client_id", as(varService)}, {"client_secret", as(varServicePW)}}

// enrolOnPage enrols an authenticator as a browser does, and logs in with it.
func enrolOnPage(newcomer step) []step {
	newcomer.name, newcomer.says = "Somebody who has to enrol, once more", "The request before was given up."
	return []step{
		newcomer,
		{name: "The page of the enrolment", page: &visit{method: "GET", url: as(varNewURL)}, needs: []string{varNewURL}, status: 200,
			says: "It shows the QR code and the typed key. From now on only this browser enrols for the request.",
			keep: []value{
				{varNewKey, `(/<code class="key"[^>]*>([^<]*)</.exec(page) || [])[1]`},
				{varNonce, `(/name="nonce" value="([^"]*)"/.exec(page) || [])[1]`},
			},
			tests: []expect{{"there is a key", "pm.expect(pm.environment.get('" + varNewKey + "').replace(/\\s/g, '')).to.match(/^[A-Z2-7]{32}$/)"}}},
		{name: "The first code", page: &visit{method: "POST", url: as(varNewURL), form: []value{{"nonce", as(varNonce)}, {"action", "totp"}, {"code", as(varCode)}}},
			needs: []string{varNewURL, varNewKey, varNonce}, status: 200, says: "It confirms the authenticator; the page then shows the recovery codes.",
			before: []string{"pm.environment.set('" + varNewKey + "', pm.environment.get('" + varNewKey + "').replace(/\\s/g, ''))", "totp('" + varNewKey + "', '" + varCode + "')"},
			tests:  []expect{{"it is enrolled", `pm.expect(page).not.to.include('class="error"'); pm.expect(page).to.include('class="codes"')`}}},
		{name: "Log in once more", op: "token", says: "The same call with the request that has enrolled: the second factor is satisfied.",
			needs:  []string{varNewID, varNewKey},
			fields: append(logIn("VGUser", varNewUser, varNewPass), value{varRequest, as(varNewID)}), status: 200, state: sallyport.Success},
	}
}

// values are what stands in the fields of an operation where nothing else is said, by the name of
// the field.
var values = map[string]string{
	"grant_type": "VGAuthenticator", "client_id": as(varClient), "client_secret": as(varSecret), "scope": as(varScope),
	"VGAuthenticationModule": "VGUser", "Username": as(varUser), "Password": as(varPassword),
	"AuthenticationRequestId": as(varRequest), "MFAAvailableId": as(varOption), "MFASecureCode": as(varCode), "refresh_token": as(varRefresh),
	"requestId": as(varNewID), "secureCode": "abcdef", "roleName": "Auditor", "id": as(varPermit), "token": as(varRefresh),
	"email": "anna@example.com", "mobileNumber": "+33612345678", "name": "Work phone", "VGClientAddress": "192.0.2.1",
	"password": "not the password", "newPassword": "a long new password", "key": "not a key",
}

// special are the steps of operations that say more than the table does, by their IDs.
func special() map[string]step {
	user := step{needs: []string{varBearer}, status: 200, tests: []expect{{"it names the user", "pm.expect(answer.vgUserId).to.be.a('string')"}}}
	own := step{status: 200, tests: []expect{{"it is of this server", "pm.expect(answer.issuer).to.equal(pm.environment.get('" + varURL + "'))"}}}
	return map[string]step{
		"token":        {fields: logIn("VGUser", varUser, varPassword), status: 400, state: wanted},
		"revoke":       {fields: []value{{"token", as(varRefresh)}}, needs: []string{varRefresh}, status: 200},
		"userInfo":     user,
		"postUserInfo": user,
		"getIdentity": {needs: []string{varBearer}, status: 200, tests: []expect{
			{"it names the user", "pm.expect(answer.IsAuthenticated).to.equal(true)"}}},
		"getCurrentRoles": {needs: []string{varBearer}, status: 200, tests: []expect{{"there is a role", "pm.expect(answer[0].Name).to.be.a('string')"}}},
		"getCurrentPermissions": {needs: []string{varBearer}, status: 200, keep: []value{{varPermit, "answer[0].Id"}},
			tests: []expect{{"there is a permission", "pm.expect(answer[0].FullName).to.match(/^\\//)"}}},
		"isInRoleByName":    {needs: []string{varBearer}, status: 200, tests: []expect{{"it is true or false", "pm.expect(answer).to.be.a('boolean')"}}},
		"hasPermissionById": {needs: []string{varBearer, varPermit}, status: 200, tests: []expect{{"it is true", "pm.expect(answer).to.equal(true)"}}},
		"introspect":        {fields: introspection, needs: []string{varBearer}, status: 200},
		"discovery":         own,
		"metadata":          own,
		"jwks":              {status: 200, tests: []expect{{"there is a key", "pm.expect(answer.keys[0].kid).to.be.a('string')"}}},
		"changePassword": {fields: []value{{"Username", as(varUser)}, {"password", "not the password"}, {"newPassword", "a long new password"}}, status: 400,
			tests: []expect{{"the old one is wrong", "pm.expect(answer.IsFailed).to.equal(true)"}}},
		"beginReset":  {fields: []value{{"Username", "nobody"}}, status: 200},
		"finishReset": {fields: []value{{"key", "not a key"}, {"newPassword", "a long new password"}}, status: 400},
		"enrollByImage": {needs: []string{varNewID}, status: 200, tests: []expect{
			{"it is a picture", "pm.expect(pm.response.headers.get('Content-Type')).to.equal('image/png')"}}},
		"enrollByBytes":            {needs: []string{varNewID}, status: 200, tests: []expect{{"it is the picture in base64", "pm.expect(answer).to.match(/^iVBOR/)"}}},
		"validateMicrosoftTOTP":    {needs: []string{varNewID}, status: 400, tests: []expect{{"the code is wrong", "pm.expect(answer.Status).to.equal('SecureCodeDoesNotMatch')"}}},
		"getEnrollmentInformation": {needs: []string{varNewID}, status: 200},
	}
}
