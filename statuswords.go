package sallyport

import (
	"slices"

	"github.com/sallyport-auth/sallyport/wire"
)

// StatusMeaning says what one word of an answer is about: a flag of a [Status], or the status
// or error of another document.
type StatusMeaning struct {
	// Of is the document that the word stands in: "login" for the flags of a [Status],
	// "password", "enrolment", or "error" for the errors of OAuth.
	Of   string
	Flag Status // of a login; 0 of the others
	Name string // as documents print it
	// Means, Cause and Cure are a sentence each: what the word says, why it comes, and what
	// whoever meets it does next.
	Means, Cause, Cure string
}

func flagMeaning(flag Status, means, cause, cure string) StatusMeaning {
	return StatusMeaning{Of: "login", Flag: flag, Name: wire.StatusString(int64(flag)), Means: means, Cause: cause, Cure: cure}
}

// statusMeanings is the one table of what answers mean.
var statusMeanings = slices.Concat(flagMeanings, passwordMeanings, enrolmentMeanings, errorMeanings)

const notSent = "Sallyport never answers so; another server may."

// flagMeanings are those of the flags of a [Status].
var flagMeanings = []StatusMeaning{
	flagMeaning(Failure, "The login is not complete.", "Every answer but a complete login has it: the other flags say why.", "Go by the other flags. Alone it says nothing that may be told."),
	flagMeaning(UserNotFound, "There is no such user.", "The name is nobody's, and the server is set to say so (DiscloseUnknownUsers); by default a name that is nobody's is answered as a wrong password.", "Type the name again. Make the account if there should be one."),
	flagMeaning(PasswordIsLocked, "Too many wrong passwords: no password is looked at for a while.", "maxBadLogons wrong passwords under this name, or for this account, within badLogonWindow; each lock in a row lasts twice as long.", "Wait for autoUnlockAfter, set the password anew by mail, or have an administrator unlock (sallyport user unlock)."),
	flagMeaning(PasswordDoesNotMatch, "Name or password is wrong.", "The password is another, the name is nobody's, or the account is one of another module: they are not told apart.", "Type both again; look at the keyboard. The lock comes after some more."),
	flagMeaning(UserNotAuthorized, "It is who they say, and they have no part in this application.", "The account has no role in the application that the client belongs to.", "Have an administrator grant a role of that application (sallyport user set -roles)."),
	flagMeaning(UserAccountExpired, "The account is over.", "Its end lies in the past.", "Have an administrator set a later end (sallyport user set -end)."),
	flagMeaning(UserAccountNotYetAvailable, "The account has not begun.", "Its start lies in the future.", "Wait for that day, or have an administrator set an earlier start (sallyport user set -start)."),
	flagMeaning(ProcessCanceled, "Somebody said no.", "The link was answered by \"This wasn't me\" or with another number than the page showed, or the client cancelled.", "Begin again with the password. If it was not you who began, change the password."),
	flagMeaning(NotApproved, "The account waits for approval.", "It signed up, or was made, without being approved.", "Have an administrator approve it (sallyport user set -approved)."),
	flagMeaning(MustChangePasswordAtNextLogon, "The password is right, and another one has to be set first.", "An administrator wants it, or its age or form is over what the policy allows with no grace left.", "Set another one: POST /api/Password/Change with the RequestId, Engine.ChangePassword in Go, or the page of the host."),
	flagMeaning(LastBadLogin, "One more wrong password locks.", "One is left of maxBadLogons.", "Stop guessing: set the password anew by mail."),
	flagMeaning(Success, "It is who they say, with all that was wanted.", "The password was right, and the second factor where one is wanted.", "Go on. Flags beside it say what is to be done soon."),
	flagMeaning(LastGraceLogon, "The last login before the password has to be changed.", notSent, "Set another password."),
	flagMeaning(PasswordExpired, "The password is too old.", "It is older than maxAge. With Success a login by grace was used; with Failure none is left.", "Set another one, at the latest when the grace is used up."),
	flagMeaning(PasswordDoesNotPassValidation, "The password does not meet the policy any more.", "It is right, and shorter or plainer than the policy states now, or was cut at 72 bytes where it came from.", "Set another one, at the latest when the grace is used up."),
	flagMeaning(PasswordWillBeLocked, "The next wrong password locks.", notSent, "As for LastBadLogin."),
	flagMeaning(UserNotFoundInCustomStorage, "The module does not know the name.", notSent, "As for PasswordDoesNotMatch."),
	flagMeaning(UserAccountDisabled, "The account is switched off.", "An administrator, a directory file or the module has disabled it. It is told after a right password alone.", "Have an administrator enable it (sallyport user set -disabled=false)."),
	flagMeaning(UserAccountLocked, "The account is locked, or its guesses at second factors are used up.", "An administrator locked it, or there were ten wrong codes within an hour or thirty within a day behind a right password.", "Wait an hour or a day, or have an administrator unlock it (sallyport user unlock)."),
	flagMeaning(SecureCodeDoesNotMatch, "The code is wrong.", "It was mistyped, is over, was replaced by a later one, or was used already; an authenticator whose clock is off shows wrong ones. Five of them end the request.", "Type the latest code; let the telephone set its clock by the network."),
	flagMeaning(MFAWaitingUserAction, "A code or link is on its way, or the authenticator has to be looked at.", "An option was chosen; a link waits to be answered.", "Type the code, or answer the link, and call again with RequestId and option."),
	flagMeaning(MFAFailedSendingRequest, "The message could not be sent.", "The sender failed, its time was over, a budget of messages is used up, or links are withheld for an hour after a denial.", "Choose another option, or the same one after half a minute. The log of the server says what failed."),
	flagMeaning(UserAccountMissingEmail, "There is no e-mail address that could be used.", "A second factor is wanted, and the account has no validated e-mail address.", "Enrol one where MFA_EnrollmentRequired says so, else have an administrator set one."),
	flagMeaning(UserAccountMissingMobilePhone, "There is no mobile number that could be used.", "A second factor is wanted, and the account has no validated mobile number.", "Enrol one where MFA_EnrollmentRequired says so, else have an administrator set one."),
	flagMeaning(MFALinkTimeout, "The link was not answered in time, or the request is over.", "The link's life is over; or the RequestId is unknown, finished, older than ten minutes, another client's, or of an account that has changed since.", "Choose again while the request lives, else begin with the password."),
	flagMeaning(CustomProviderError, "The module that checks passwords failed.", "Sallyport answers 503 with temporarily_unavailable instead.", "Try again; look at the log of the server."),
	flagMeaning(MFAGraceLogin, "A second factor is wanted, and was skipped this time.", "The account never had one, and graceLogons of the policy were left.", "Enrol one before the grace is used up."),
	flagMeaning(MFAAuthenticationRequired, "The password is right: now the second factor.", "The account has one, or the policy wants one.", "Choose one of MFAAvailables and call again with RequestId and its id."),
	flagMeaning(MFAEnrollmentRequired, "The password is right: a second factor has to be enrolled first.", "The policy wants one and the account has none that counts.", "Open the EnrollmentUrl, or take up an invitation where one is wanted; then the password again with AuthenticationRequestId."),
}

func wordsOf(document string, rows ...[4]string) (list []StatusMeaning) {
	for _, r := range rows {
		list = append(list, StatusMeaning{Of: document, Name: r[0], Means: r[1], Cause: r[2], Cure: r[3]})
	}
	return list
}

// passwordMeanings are those of a [PasswordStatus].
var passwordMeanings = wordsOf("password",
	[4]string{string(PasswordChanged), "The new password is set, or waits for the second factor.", "It was right, or staged in a login or change that wants a factor.", "Go on with the new password, in the same login if RequestId came."},
	[4]string{string(OldPasswordWrong), "The old password is wrong.", "It is another, or the name is nobody's: they are not told apart.", "Type it again, or set a new one by mail."},
	[4]string{string(OldPasswordLastTry), "The old password is wrong, and one more locks.", "One is left of maxBadLogons.", "Stop guessing: set a new one by mail."},
	[4]string{string(PasswordsLockedOut), "No password is looked at for a while.", "Too many wrong ones.", "Wait, set a new one by mail, or have an administrator unlock."},
	[4]string{string(NewPasswordRefused), "The new password breaks the policy.", "It lacks the pattern, is a published one, or holds name or address.", "Messages say each rule: choose another one."},
	[4]string{string(NewPasswordUsed), "The new password was used before.", "It is the present one or one of the last historyLength.", "Choose another one."},
	[4]string{string(NewPasswordShort), "The new password is too short.", "It has fewer than minLength characters.", "Choose a longer one."},
	[4]string{string(NewPasswordPlain), "The new password is too plain.", "It has fewer than minNonAlphanumeric other characters than letters and digits.", "Add some."},
	[4]string{string(PasswordChangeRefused), "The password cannot be changed here.", "The account may not log in, or its password is kept by a module.", "Change it where it is kept, or ask an administrator."},
	[4]string{string(PasswordRequestOver), "The request is over.", "Its RequestId is unknown, finished, or older than ten minutes.", "Begin again."},
	[4]string{string(ResetKeyUnknown), "The mailed key is not good.", "It was used, is older than 30 minutes, was given up, or the account has changed since.", "Have another one mailed."},
)

// enrolmentMeanings are those of an [EnrollmentStatus].
var enrolmentMeanings = wordsOf("enrolment",
	[4]string{string(EnrollmentSuccess), "The factor is confirmed, or the code was sent.", "The code was right, or the address can be written to.", "IsActive says whether it counts already; else prove a factor that the account has."},
	[4]string{string(EnrollmentWrongCode), "The confirming code is wrong.", "It was mistyped or is over; an authenticator whose clock is off shows wrong ones. Five end the request.", "Type the latest code; let the telephone set its clock by the network."},
	[4]string{string(EnrollmentFailedSending), "The confirming code could not be sent.", "The sender failed, or a budget of messages is used up.", "Try again after half a minute, or another address."},
	[4]string{string(EnrollmentInvalidAddress), "This is no address or number that can be written to.", "It is malformed, or a number outside of those that the server sends to.", "Type it with the country's code, such as +44…; look for mistyped letters."},
	[4]string{string(EnrollmentInvalidName), "The name of the authenticator cannot be kept.", "It is too long or has characters that no page shows.", "Choose a shorter one."},
)

// errorMeanings are those of errors of RFC 6749 section 5.2, RFC 6750 section 3.1, RFC 7009
// section 2.2.1, RFC 8707 section 2 and RFC 9470 section 3, and of those that a server adds
// which is busy or has failed.
var errorMeanings = wordsOf("error",
	[4]string{string(InvalidRequest), "A field is missing or malformed; beside a VGResponse it only says that the login is not complete.", "error_description names the field, if it is one.", "Mend the field, or read the status in VGResponse."},
	[4]string{string(InvalidClient), "The client is unknown or its secret is wrong.", "client_id or client_secret is mistyped, over or disabled, or the secret of a Native client was sent in another way than it is registered for.", "Look at the client in the directory file; after 20 in a minute the server answers 503 for a while."},
	[4]string{string(InvalidGrant), "The refresh token or the password is not good.", "It was used before, is over, its session has ended, or the present policy would refuse the login: then error_description says why.", "Log in again."},
	[4]string{string(InvalidScope), "The client may not have one of these scopes.", "A scope is not registered for the client, or is one of users in a client_credentials call.", "Ask for the registered ones."},
	[4]string{string(UnauthorizedClient), "The client may not use this grant or module.", "grantTypes or modules of the client do not list it.", "Register it for the client."},
	[4]string{"unsupported_grant_type", "The server does not know this grant.", "grant_type is mistyped, or not one of VGAuthenticator, password, refresh_token and client_credentials.", "Use one of them."},
	[4]string{"invalid_target", "The client may not have a token for this resource.", "resource is no audience of an API resource of the client's application, or is malformed.", "Ask for one of those that the directory lists, or leave resource out."},
	[4]string{"invalid_token", "The access token is not good: the status is 401.", "It is over, its session has ended, its account or client was disabled, or it is no access token of this server.", "Get another one by the refresh token, else log in again."},
	[4]string{"insufficient_scope", "The token is good and allows something else: the status is 403.", "Its scopes lack one that this call wants, or it is a program's where a user's is wanted.", "Ask for the scope at the login; use a token of a user."},
	[4]string{"insufficient_user_authentication", "A second factor has to be proven anew: the status is 401.", "The call is behind guard.Factor, and the proof is too long ago, or there was none.", "Log in anew with a second factor."},
	[4]string{"unsupported_token_type", "This token cannot be given up.", "It is one that a program got for itself, and has no session.", "Let it expire, or have an administrator disable the client."},
	[4]string{"not_found", "There is no such thing here, or not for this caller: the status is 404.", "The request of an enrolment is unknown, over, or another browser's; or the host keeps the passwords itself.", "Begin the login again; change the password where it is kept."},
	[4]string{"server_error", "The server has failed: the status is 500.", "The store or another part failed; nothing was granted.", "Try again; look at the log of the server, which has the error."},
	[4]string{"temporarily_unavailable", "The server cannot judge right now.", "The store or a module failed, or too many passwords are being looked at: the status is 503.", "Try again after the seconds of Retry-After. Nobody was charged whose secret was not looked at."},
)
