package sallyport_test

import (
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// pat has no password, where the client lets such accounts log in.
var pat = sallyporttest.User{Email: mail, EmailValidated: true, Edit: asPasswordless}

// admits lets a client admit accounts of these modules beside those with a password here.
func admits(modules ...string) func(*directory.File) {
	return func(d *directory.File) { d.Clients[0].Modules = append(modules, token.ModuleVGUser) }
}

// named is call 1 of the module Passwordless.
func (w *statusWalk) named() {
	w.t.Helper()
	w.call(sallyport.Login{Module: token.ModulePasswordless, Username: w.p.Name})
}

// atModule is call 1 of the module of bobs.
func (w *statusWalk) atModule(password string) {
	w.t.Helper()
	w.call(bobWith("bob", password))
	w.p.Name = `DOM\Bob` // as the module spells it
}

// enrollsByPage adds an authenticator on the enrolment page of the first call.
func (w *statusWalk) enrollsByPage() {
	w.t.Helper()
	page := w.Browser(w.Handler()).Open(w.first.Enrollment.EnrollmentURL).Follow("Authenticator app")
	page.Form("Confirm").Fill("code", page.Authenticator().Code()).Submit("Confirm").Want(w.t, 200, "Save your recovery codes")
}

// invitation is the key of one for the user of the journey.
func (w *statusWalk) invitation() *sallyport.Invitation {
	w.t.Helper()
	i, err := setup(w.Kit).Invite(w.t.Context(), w.p.ID, sallyport.InviteReturned)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// byInvitationAlone is a policy by which a first factor takes an invitation.
func byInvitationAlone(d *directory.File) {
	general(func(p *directory.Policy) { p.MFA.FirstEnrollment = new("Invitation") })(d)
}

// furtherWays are rows for the other ways in: recovery codes, pages, remembered devices,
// invitations, logins without a password, and modules.
var furtherWays = []statusJourney{
	{status: 2048, name: "Success", way: "call 3 with a recovery code, by the authenticator's option", shows: "identity", user: asked, walk: func(w *statusWalk) {
		w.right()
		_, e := w.client.EnrollAuthenticator(w.first.RequestID)
		w.again(w.p.Password)
		w.right()
		w.code("MicrosoftAuthenticator OTP", e.RecoveryCodes[0])
	}},
	{status: 524289, name: "Failure, SecureCodeDoesNotMatch", way: "the same code once more", shows: "identity", user: asked, state: 134217729, walk: func(w *statusWalk) {
		w.right()
		_, e := w.client.EnrollAuthenticator(w.first.RequestID)
		w.again(w.p.Password)
		for range 2 {
			w.right()
			w.code("MicrosoftAuthenticator OTP", e.RecoveryCodes[0])
		}
	}},
	{status: 2048, name: "Success", way: "a first enrolment on its page, then call 1 again with `AuthenticationRequestId`", shows: "identity", user: asked, walk: func(w *statusWalk) {
		w.right()
		w.enrollsByPage()
		w.again(w.p.Password)
	}},
	{status: 2048, name: "Success", way: "call 1 with the `VGDeviceToken` of a device on which a factor was proven: none is asked for", shows: "identity", user: mailed,
		edit: general(func(p *directory.Policy) { p.MFA.Session = new(24 * time.Hour) }), walk: func(w *statusWalk) {
			w.client.Remember = true
			w.right()
			w.choose("Email OTP")
			w.code("Email OTP", w.Outbox.LastCode(mail))
			w.call(sallyport.Login{Username: w.p.Name, Password: w.p.Password, DeviceToken: w.a.Tokens.DeviceToken})
		}},
	{status: 134217729, name: "Failure, MFA_AuthenticationRequired", way: "the same with a token that is spent, over or another account's", says: "IsMFAAuthenticationRequired", shows: "identity options enrolment", state: 134217729, user: mailed,
		edit: general(func(p *directory.Policy) { p.MFA.Session = new(24 * time.Hour) }), walk: func(w *statusWalk) {
			w.client.Remember = true
			w.right()
			w.choose("Email OTP")
			w.code("Email OTP", w.Outbox.LastCode(mail))
			w.Clock.Advance(24 * time.Hour)
			w.call(sallyport.Login{Username: w.p.Name, Password: w.p.Password, DeviceToken: w.a.Tokens.DeviceToken})
		}},
	{status: 281018369, name: "Failure, UserAccountMissingEmail, UserAccountMissingMobilePhone, MFA_EnrollmentRequired", way: "an invitation is wanted, and came along as `VGInvitation`", says: "HasUserAccountMissingEmail HasUserAccountMissingMobilePhone IsMFAEnrollmentRequired", shows: "identity enrolment", state: 268435457,
		user: asked, edit: byInvitationAlone, walk: func(w *statusWalk) {
			w.call(sallyport.Login{Username: w.p.Name, Password: w.p.Password, Invitation: w.invitation().Key})
		}},
	{status: 134217729, name: "Failure, MFA_AuthenticationRequired", way: "the invitation was taken up on its page, and then a right password", says: "IsMFAAuthenticationRequired", shows: "identity options enrolment", state: 134217729,
		user: asked, edit: byInvitationAlone, walk: func(w *statusWalk) {
			page := w.Browser(w.Handler()).Open(w.invitation().URL)
			page = page.Form().Fill("password", w.p.Password).Submit("Go on").Follow("Authenticator app")
			page.Form("Confirm").Fill("code", page.Authenticator().Code()).Submit("Confirm").Want(w.t, 200, "Save your recovery codes")
			w.right()
		}},
	{status: 134217729, name: "Failure, MFA_AuthenticationRequired", way: "Passwordless: `Username` alone, whosever it is", says: "IsMFAAuthenticationRequired", shows: "options", state: 134217729,
		user: pat, edit: admits(token.ModulePasswordless), walk: (*statusWalk).named},
	{status: 1048577, name: "Failure, MFA_WaitingUserAction", way: "Passwordless: call 2", says: "IsMFAWaitingUserAction", state: 1048577,
		user: pat, edit: admits(token.ModulePasswordless), walk: func(w *statusWalk) { w.named(); w.choose("Email OTP") }},
	{status: 2048, name: "Success", way: "Passwordless: call 3 with the code", shows: "identity",
		user: pat, edit: admits(token.ModulePasswordless), walk: func(w *statusWalk) {
			w.named()
			w.choose("Email OTP")
			w.code("Email OTP", w.Outbox.Await(mail, "otp").Code)
		}},
	{status: 2048, name: "Success", way: "Passwordless: call 2 for a link, held until it is approved", shows: "identity",
		user: pat, edit: admits(token.ModulePasswordless), walk: func(w *statusWalk) {
			w.named()
			h := w.client.WaitLink(w.first, "Email")
			w.client.Approve(h.Link)
			w.a, w.sent = h.Answer(), w.first.RequestID
		}},
	{status: 524289, name: "Failure, SecureCodeDoesNotMatch", way: "Passwordless: a wrong code, or any for a name of nobody", state: 134217729,
		user: pat, edit: admits(token.ModulePasswordless), walk: func(w *statusWalk) { w.named(); w.code("Email OTP", "wrong") }},
	{status: 524289, name: "Failure, SecureCodeDoesNotMatch", state: 134217729,
		user: pat, edit: admits(token.ModulePasswordless), walk: func(w *statusWalk) { w.p.Name = "nobody"; w.named(); w.code("Email OTP", "wrong") }},
	{status: 131073, name: "Failure, UserAccountDisabled", way: "Passwordless: the code of an account that is disabled", says: "IsUserAccountDisabled", shows: "identity",
		user: sallyporttest.User{Email: mail, EmailValidated: true, Disabled: true, Edit: asPasswordless}, edit: admits(token.ModulePasswordless), walk: func(w *statusWalk) {
			w.named()
			w.choose("Email OTP")
			w.code("Email OTP", w.Outbox.Await(mail, "otp").Code)
		}},
	{status: 9, name: "Failure, PasswordDoesNotMatch", way: "name and password of an account that has none", says: "IsCredentialInvalid", told: 3, toldName: "Failure, UserNotFound", toldSays: "IsCredentialInvalid",
		user: pat, edit: admits(token.ModulePasswordless), walk: func(w *statusWalk) { w.login("wrong " + rnd.Hex(8)) }},
	{status: 2048, name: "Success", way: "a module of the host's own takes the password", shows: "identity", as: windows, edit: admits(windows), walk: func(w *statusWalk) { w.atModule(bobPassword) }},
	{status: 9, name: "Failure, PasswordDoesNotMatch", way: "it does not", says: "IsCredentialInvalid", edit: admits(windows), walk: func(w *statusWalk) { w.atModule("wrong") }},
}
