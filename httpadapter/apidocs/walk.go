package apidocs

import (
	"fmt"

	"github.com/sallyport-auth/sallyport"
)

// step is one request of a walk: an operation with values in its fields, and what has to come of
// it. The zero value of what it wants stands for any documented answer.
type step struct {
	name string
	op   string // the ID of the operation
	page *visit // in place of an operation
	says string // what it shows

	fields []value
	needs  []string // variables without which it is skipped
	before []string // lines of a script, beside those that needs make
	status int      // the HTTP status
	state  sallyport.Status
	keep   []value  // variables and the expressions that they get
	tests  []expect // beside those of status and state
}

// value is a field and what stands in it, or a variable and the expression that it gets.
type value struct{ name, text string }

// expect is a test: what it says, and the line of the script that decides.
type expect struct{ says, line string }

// visit is a request of a page, which a browser would make.
type visit struct {
	method, url string
	form        []value
}

// walk is a folder of steps that follow each other.
type walk struct {
	name, says string
	steps      []step
}

// as fills in the variable of that name.
func as(name string) string { return "{{" + name + "}}" }

const responseOf = "answer.VGResponse.AuthenticationResponse"

// option is the expression for the id of an option.
func option(transport, mode int) string {
	return fmt.Sprintf("%s.MFAAvailables.find((o) => o.TransportMode === %d && o.AuthenticationMode === %d).Id", responseOf, transport, mode)
}

var (
	keepRequest = value{varRequest, "answer.VGResponse.RequestId"}
	keepTokens  = []value{{varBearer, "answer.access_token"}, {varRefresh, "answer.refresh_token"}}
	noCode      = value{varCode, "undefined"} // a code of a login before is none of this one

	waiting = sallyport.Failure | sallyport.MFAWaitingUserAction
	wanted  = sallyport.Failure | sallyport.MFAAuthenticationRequired
	missed  = sallyport.Failure | sallyport.SecureCodeDoesNotMatch
)

// chosen are the fields that name a request and one of its options.
var chosen = []value{{"grant_type", "VGAuthenticator"}, {varRequest, as(varRequest)}, {varOption, as(varOption)}}

// logIn are the fields of the first call, by a module.
func logIn(module, user, password string) []value {
	list := []value{{"grant_type", "VGAuthenticator"}, {"VGAuthenticationModule", module}, {"Username", as(user)}}
	if password != "" {
		list = append(list, value{"Password", as(password)})
	}
	return append(list, value{"scope", as(varScope)})
}

// sendCode is the second call of a login by a mailed code.
func sendCode(whose string) step {
	return step{
		name: "Send the code", op: "token", says: "A code goes to the address of the option.", fields: chosen, needs: []string{varRequest, varOption},
		before: []string{"noteCodes('" + whose + "')"}, status: 400, state: waiting,
	}
}

// granted is the last call of a login, which brings tokens.
func granted(name, says string, before string, needs ...string) step {
	return step{
		name: name, op: "token", says: says, fields: append(chosen[:3:3], value{"MFASecureCode", as(varCode)}),
		needs: needs, before: []string{before}, status: 200, state: sallyport.Success, keep: append(keepTokens[:2:2], noCode),
		tests: []expect{
			{"there are tokens", "pm.expect(answer).to.include.all.keys('access_token', 'refresh_token', 'expires_in', 'token_type', 'scope')"},
			{"the code is new: after a run wait a minute, and let no two runs go at once", fmt.Sprintf("pm.expect(status & %d).to.equal(0)", sallyport.SecureCodeDoesNotMatch)},
			{"the user is authenticated", "pm.expect(" + responseOf + ".Identity.IsAuthenticated).to.equal(true)"},
		},
	}
}

// logins are the walks that end with tokens.
func logins() []walk {
	return []walk{
		{"Visual-Guard User", "The first factor: a name and a password.", []step{
			{name: "A wrong password", op: "token", says: "Nothing is told but that it does not match, whether or not there is such a user.",
				fields: []value{{"grant_type", "VGAuthenticator"}, {"VGAuthenticationModule", "VGUser"}, {"Username", as(varUser)}, {"Password", "not the password"}, {"scope", as(varScope)}},
				status: 400, state: sallyport.Failure | sallyport.PasswordDoesNotMatch},
			{name: "Authenticate with VG User", op: "token", says: "The right password. The answer lists the options of a second factor; the script keeps RequestId and the option of a mailed code.",
				fields: logIn("VGUser", varUser, varPassword), status: 400, state: wanted, keep: []value{keepRequest, {varOption, option(2, 2)}, noCode},
				tests: []expect{{"the options are masked", "pm.expect(" + responseOf + ".MFAAvailables.map((o) => o.DestinationDisplay).join()).to.include('*')"}}},
		}},
		{"MultifactorAuthentication", "The second factor by e-mail: the request and the option that the first call has brought.", []step{
			sendCode(varUser),
			{name: "How the request stands", op: "token", says: "The request alone tells its state, and never brings a token.",
				fields: chosen[:2:2], needs: []string{varRequest}, status: 400, state: waiting,
				tests: []expect{{"no option is told", "pm.expect(" + responseOf + ".MFAAvailables).to.eql([])"}}},
			{name: "A wrong code", op: "token", says: "It counts as a guess, of which a request has five.",
				fields: append(chosen[:3:3], value{"MFASecureCode", "abcdef"}), needs: []string{varRequest, varOption}, status: 400, state: missed},
			granted("Answer with the code", "The code of the message, and the login is complete.", "mailed('"+varUser+"')", varRequest, varOption),
		}},
		{"Microsoft Authenticator", "The second factor by an authenticator app. The script computes the code from AppKey.", []step{
			{name: "The password", op: "token", fields: logIn("VGUser", varAppUser, varAppPass), status: 400, state: wanted, keep: []value{keepRequest, {varOption, option(4, 2)}}},
			{name: "Choose the authenticator", op: "token", says: "Nothing is sent. The call may be left out.", fields: chosen, needs: []string{varRequest, varOption}, status: 400, state: waiting},
			granted("The code of the app", "The code is good once.", "totp('"+varAppKey+"', '"+varCode+"')", varRequest, varOption),
		}},
		{"Passwordless", "A name alone, and then the second factor.", []step{
			{name: "A name of nobody", op: "token", says: "It is answered as the name of somebody is.", fields: append(logIn("Passwordless", varNobody, "")[:2:2], value{"Username", "nobody"}), status: 400, state: wanted},
			{name: "The name", op: "token", fields: logIn("Passwordless", varNobody, ""), status: 400, state: wanted, keep: []value{keepRequest, {varOption, option(2, 2)}, noCode}},
			sendCode(varNobody),
			granted("Answer with the code", "The code of the message, and the login is complete.", "mailed('"+varNobody+"')", varRequest, varOption),
		}},
		{"Service", "A program asks for a token for itself.", []step{
			{name: "Client credentials", op: "token", fields: []value{{"grant_type", "client_credentials"}, {"client_id", as(varService)}, {"client_secret", as(varServicePW)}}, status: 200,
				keep: []value{{varMachine, "answer.access_token"}}, tests: []expect{
					{"there is an access token and no refresh token", "pm.expect(answer).to.have.property('access_token'); pm.expect(answer).not.to.have.property('refresh_token')"}}},
			{name: "What it may not ask", op: "userInfo", says: "The token of a program stands for no user.", fields: []value{{"Authorization", as(varMachine)}}, needs: []string{varMachine}, status: 403},
		}},
	}
}
