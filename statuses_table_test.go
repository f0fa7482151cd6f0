package sallyport_test

import (
	"errors"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

var (
	mailed = sallyporttest.User{Email: mail, EmailValidated: true}
	asked  = sallyporttest.User{MFA: new(true)}
	app1   = sallyporttest.User{TOTP: true}
)

// graced is a policy with one login by grace, and what edit adds.
func graced(edit func(*directory.Passwords)) func(*directory.File) {
	return general(func(d *directory.Policy) { d.Password.GraceLogons = 1; edit(&d.Password) })
}

// counted is a policy by which these methods count and nothing may be enrolled.
func counted(methods ...string) func(*directory.File) {
	return general(func(d *directory.Policy) { d.MFA.Methods, d.MFA.Enrollable = methods, []string{} })
}

func oldOne(p *directory.Passwords)  { p.MaxAge = 24 * time.Hour }
func weakOne(p *directory.Passwords) { p.Pattern = "[0-9]" }

// nextDay lets a day pass before a right password, twice where grace is to be used up.
func nextDay(times int) func(*statusWalk) {
	return func(w *statusWalk) {
		w.Clock.Advance(24 * time.Hour)
		for range times {
			w.right()
		}
	}
}

// useUp gives ten wrong codes in two logins.
func (w *statusWalk) useUp() {
	w.t.Helper()
	first := w.first
	for range 2 {
		for w.right(); int64(w.a.Status) != 16777217; {
			w.code("MicrosoftAuthenticator OTP", "wrong "+rnd.Hex(8))
		}
	}
	w.first = first
}

// link is call 2 for a link, held while it is decided.
func (w *statusWalk) link(decide func(link string)) {
	w.t.Helper()
	w.right()
	h := w.client.WaitLink(w.first, "Email")
	decide(h.Link)
	w.a, w.sent = h.Answer(), w.first.RequestID
}

// otherNumber is none that a link of the first call shows.
func (w *statusWalk) otherNumber() string {
	if w.first.Options[0].MatchNumber == "00" {
		return "01"
	}
	return "00"
}

// statuses is a row for each way to an answer. Those of the page come first of their
// status.
var statuses = []statusJourney{
	{status: 2048, name: "Success", way: "a right password, no second factor", shows: "identity"},
	{status: 2048, name: "Success", way: "call 3 with the code of a second factor", shows: "identity", user: mailed, walk: func(w *statusWalk) {
		w.right()
		w.choose("Email OTP")
		w.code("Email OTP", w.Outbox.LastCode(mail))
	}},
	{status: 2048, name: "Success", way: "call 2 for a link, held until it is approved", shows: "identity", user: mailed, walk: func(w *statusWalk) {
		w.link(func(link string) { w.client.Approve(link) })
	}},
	{status: 2048, name: "Success", way: "a first enrolment, then call 1 again with `AuthenticationRequestId`", shows: "identity", user: asked, walk: func(w *statusWalk) {
		w.right()
		w.client.EnrollAuthenticator(w.first.RequestID)
		w.again(w.p.Password)
	}},
	{status: 9, name: "Failure, PasswordDoesNotMatch", way: "a wrong password", says: "IsCredentialInvalid", walk: func(w *statusWalk) { w.misses(1) }},
	{status: 9, name: "Failure, PasswordDoesNotMatch", way: "a name that is unknown", says: "IsCredentialInvalid", walk: func(w *statusWalk) {
		w.call(sallyport.Login{Username: "nobody", Password: w.p.Password})
	}, told: 3, toldName: "Failure, UserNotFound", toldSays: "IsCredentialInvalid"},
	{status: 9, name: "Failure, PasswordDoesNotMatch", says: "IsCredentialInvalid", user: sallyporttest.User{Disabled: true}, walk: func(w *statusWalk) { w.misses(1) }},
	{status: 9, name: "Failure, PasswordDoesNotMatch", says: "IsCredentialInvalid", user: sallyporttest.User{Locked: true}, walk: func(w *statusWalk) { w.misses(1) }},
	{status: 9, name: "Failure, PasswordDoesNotMatch", says: "IsCredentialInvalid", user: sallyporttest.User{NotApproved: true}, walk: func(w *statusWalk) { w.misses(1) }},
	{status: 9, name: "Failure, PasswordDoesNotMatch", says: "IsCredentialInvalid", user: sallyporttest.User{MustChangePassword: true}, walk: func(w *statusWalk) { w.misses(1) }},
	{status: 9, name: "Failure, PasswordDoesNotMatch", says: "IsCredentialInvalid", user: startsIn(time.Hour), walk: func(w *statusWalk) { w.misses(1) }},
	{status: 9, name: "Failure, PasswordDoesNotMatch", says: "IsCredentialInvalid", user: endsIn(-time.Hour), walk: func(w *statusWalk) { w.misses(1) }},
	{status: 9, name: "Failure, PasswordDoesNotMatch", says: "IsCredentialInvalid", edit: graced(weakOne), walk: func(w *statusWalk) { w.misses(1) }},
	{status: 9, name: "Failure, PasswordDoesNotMatch", says: "IsCredentialInvalid", user: mailed, state: 134217729, walk: func(w *statusWalk) {
		w.right()
		w.again("wrong")
	}},
	{status: 1033, name: "Failure, PasswordDoesNotMatch, LastBadLogin", way: "the ninth wrong password", says: "IsCredentialInvalid IsLastBadLogin", walk: func(w *statusWalk) { w.misses(9) }},
	{status: 1033, name: "Failure, PasswordDoesNotMatch, LastBadLogin", says: "IsCredentialInvalid IsLastBadLogin", told: 3, toldName: "Failure, UserNotFound", toldSays: "IsCredentialInvalid",
		walk: func(w *statusWalk) { w.p.Name = "nobody"; w.misses(9) }},
	{status: 5, name: "Failure, PasswordIsLocked", way: "the tenth, and every password while the name is locked by them", says: "IsUserAccountLockedOut", walk: func(w *statusWalk) { w.misses(10) }},
	{status: 5, name: "Failure, PasswordIsLocked", says: "IsUserAccountLockedOut", walk: func(w *statusWalk) { w.misses(10); w.right() }},
	{status: 5, name: "Failure, PasswordIsLocked", says: "IsUserAccountLockedOut", walk: func(w *statusWalk) { w.p.Name = "nobody"; w.misses(10) }},
	{status: 257, name: "Failure, NotApproved", way: "a right password, and an account that is not approved", says: "IsNotApproved", shows: "identity", user: sallyporttest.User{NotApproved: true}},
	{status: 131073, name: "Failure, UserAccountDisabled", way: "the same, disabled", says: "IsUserAccountDisabled", shows: "identity", user: sallyporttest.User{Disabled: true}},
	{status: 262145, name: "Failure, UserAccountLocked", way: "the same, locked by an administrator", says: "IsUserAccountLocked", shows: "identity", user: sallyporttest.User{Locked: true}},
	{status: 65, name: "Failure, UserAccountNotYetAvailable", way: "the same, before its start", says: "IsUserAccountNotYetAvailable", shows: "identity", user: startsIn(time.Hour)},
	{status: 33, name: "Failure, UserAccountExpired", way: "the same, from its end on", says: "IsUserAccountExpired", shows: "identity", user: endsIn(0)},
	{status: 513, name: "Failure, MustChangePasswordAtNextLogon", way: "a right password that an administrator wants changed", says: "MustChangePasswordAtNextLogon", shows: "identity", state: 513, user: sallyporttest.User{MustChangePassword: true}},
	{status: 10240, name: "Success, PasswordExpired", way: "a right password as old as `maxAge`, a login by grace left", says: "IsPasswordExpired", shows: "identity", edit: graced(oldOne), walk: nextDay(1)},
	{status: 8705, name: "Failure, MustChangePasswordAtNextLogon, PasswordExpired", way: "the same, none left", says: "IsPasswordExpired MustChangePasswordAtNextLogon", shows: "identity", state: 8705, edit: graced(oldOne), walk: nextDay(2)},
	{status: 18432, name: "Success, PasswordDoesNotPassValidation", way: "a right password that does not meet what the policy states, a login by grace left", shows: "identity", edit: graced(weakOne)},
	{status: 16897, name: "Failure, MustChangePasswordAtNextLogon, PasswordDoesNotPassValidation", way: "the same, none left", says: "MustChangePasswordAtNextLogon", shows: "identity", state: 16897, edit: graced(weakOne), walk: func(w *statusWalk) { w.right(); w.right() }},
	{status: 26624, name: "Success, PasswordExpired, PasswordDoesNotPassValidation", way: "both, a login by grace left", says: "IsPasswordExpired", shows: "identity",
		edit: graced(func(p *directory.Passwords) { oldOne(p); weakOne(p) }), walk: nextDay(1)},
	{status: 25089, name: "Failure, MustChangePasswordAtNextLogon, PasswordExpired, PasswordDoesNotPassValidation", way: "both, none left", says: "IsPasswordExpired MustChangePasswordAtNextLogon", shows: "identity", state: 25089,
		edit: graced(func(p *directory.Passwords) { oldOne(p); weakOne(p) }), walk: nextDay(2)},
	{status: 67110912, name: "Success, MFA_GraceLogin", way: "a right password, `mfa` wanted, no factor and none before, and a login left by the `graceLogons` of `mfa`", shows: "identity", user: asked,
		edit: general(func(d *directory.Policy) { d.MFA.GraceLogons = new(1) })},
	{status: 134217729, name: "Failure, MFA_AuthenticationRequired", way: "a right password, and a confirmed factor", says: "IsMFAAuthenticationRequired", shows: "identity options enrolment", state: 134217729, user: mailed},
	{status: 134217729, name: "Failure, MFA_AuthenticationRequired", way: "the same, where nothing more may be enrolled", says: "IsMFAAuthenticationRequired", shows: "identity options", state: 134217729, user: mailed, edit: counted("EmailOTP")},
	{status: 134217729, name: "Failure, MFA_AuthenticationRequired", way: "its `RequestId` alone", says: "IsMFAAuthenticationRequired", state: 134217729, user: mailed, walk: func(w *statusWalk) {
		w.right()
		w.call(sallyport.Login{RequestID: w.first.RequestID})
	}},
	{status: 134217729, name: "Failure, MFA_AuthenticationRequired", says: "IsMFAAuthenticationRequired", state: 134217729, user: asked, walk: func(w *statusWalk) {
		w.right()
		w.client.EnrollAuthenticator(w.first.RequestID)
		w.call(sallyport.Login{RequestID: w.first.RequestID})
	}},
	{status: 268435457, name: "Failure, MFA_EnrollmentRequired", way: "a right password, `mfa` wanted, no factor, one that may be enrolled, and no address that the policy could use missing", says: "IsMFAEnrollmentRequired", shows: "identity enrolment", state: 268435457, user: asked,
		edit: general(func(d *directory.Policy) { d.MFA.Methods = []string{"MicrosoftAuthenticator"} })},
	{status: 268435457, name: "Failure, MFA_EnrollmentRequired", way: "the same, where an invitation is wanted and did not come: by `firstEnrollment`, or since the account had a factor", says: "IsMFAEnrollmentRequired", shows: "identity", user: asked,
		edit: general(func(d *directory.Policy) { d.MFA.FirstEnrollment = new("Invitation") })},
	{status: 268435457, name: "Failure, MFA_EnrollmentRequired", way: "the same, where nothing may be enrolled", says: "IsMFAEnrollmentRequired", shows: "identity", user: asked, edit: counted("MicrosoftAuthenticator")},
	{status: 268435457, name: "Failure, MFA_EnrollmentRequired", way: "a factor that the policy `Required` does not count, once it has been proven", says: "IsMFAEnrollmentRequired", shows: "identity enrolment", state: 268435457, user: mailed,
		edit: general(func(d *directory.Policy) {
			d.MFA.Mode, d.MFA.Methods = new("Required"), []string{"MicrosoftAuthenticator"}
		}), walk: func(w *statusWalk) {
			w.right()
			w.choose("Email OTP")
			w.code("Email OTP", w.Outbox.LastCode(mail))
		}},
	{status: 281018369, name: "Failure, UserAccountMissingEmail, UserAccountMissingMobilePhone, MFA_EnrollmentRequired", way: "the default policy, `mfa` wanted, nothing on record", says: "HasUserAccountMissingEmail HasUserAccountMissingMobilePhone IsMFAEnrollmentRequired", shows: "identity enrolment", state: 268435457, user: asked},
	{status: 276824065, name: "Failure, UserAccountMissingMobilePhone, MFA_EnrollmentRequired", way: "the same, an address on record that is not validated", says: "HasUserAccountMissingMobilePhone IsMFAEnrollmentRequired", shows: "identity enrolment", state: 268435457, user: sallyporttest.User{MFA: new(true), Email: mail}},
	{status: 272629761, name: "Failure, UserAccountMissingEmail, MFA_EnrollmentRequired", way: "the same, a number on record that is not validated", says: "HasUserAccountMissingEmail IsMFAEnrollmentRequired", shows: "identity enrolment", state: 268435457, user: sallyporttest.User{MFA: new(true), Mobile: phone}},
	{status: 4194305, name: "Failure, UserAccountMissingEmail", way: "`mfa` wanted by e-mail alone, nothing on record, nothing may be enrolled", says: "HasUserAccountMissingEmail", shows: "identity", user: asked, edit: counted("EmailOTP")},
	{status: 8388609, name: "Failure, UserAccountMissingMobilePhone", way: "the same by SMS", says: "HasUserAccountMissingMobilePhone", shows: "identity", user: asked, edit: counted("SMSOTP")},
	{status: 12582913, name: "Failure, UserAccountMissingEmail, UserAccountMissingMobilePhone", way: "the same by either", says: "HasUserAccountMissingEmail HasUserAccountMissingMobilePhone", shows: "identity", user: asked, edit: counted("EmailOTP", "SMSOTP")},
	{status: 1048577, name: "Failure, MFA_WaitingUserAction", way: "call 2 for a code", says: "IsMFAWaitingUserAction", shows: "identity", state: 1048577, user: mailed, walk: func(w *statusWalk) { w.right(); w.choose("Email OTP") }},
	{status: 1048577, name: "Failure, MFA_WaitingUserAction", way: "call 2 for an authenticator: nothing is sent", says: "IsMFAWaitingUserAction", shows: "identity", state: 134217729, user: app1, walk: func(w *statusWalk) { w.right(); w.choose("MicrosoftAuthenticator OTP") }},
	{status: 1048577, name: "Failure, MFA_WaitingUserAction", way: "call 2 for a link of a client whose `holdLinks` is `0s`", says: "IsMFAWaitingUserAction", shows: "identity", state: 1048577, user: mailed,
		edit: func(d *directory.File) { d.Clients[0].HoldLinks = new(time.Duration(0)) }, walk: func(w *statusWalk) { w.right(); w.choose("Email Link") }},
	{status: 1048577, name: "Failure, MFA_WaitingUserAction", says: "IsMFAWaitingUserAction", state: 1048577, user: mailed, walk: func(w *statusWalk) {
		w.right()
		w.choose("Email OTP")
		w.call(sallyport.Login{RequestID: w.first.RequestID})
	}},
	{status: 2097153, name: "Failure, MFA_FailedSendingRequest", way: "call 2, and the message cannot be sent", shows: "identity", state: 1048577, user: mailed, walk: func(w *statusWalk) {
		w.right()
		w.Outbox.FailNext(errors.New("the provider is down"))
		w.choose("Email OTP")
	}},
	{status: 524289, name: "Failure, SecureCodeDoesNotMatch", way: "call 3 with a wrong code", shows: "identity", state: 134217729, user: app1, walk: func(w *statusWalk) {
		w.right()
		w.code("MicrosoftAuthenticator OTP", "wrong")
	}},
	{status: 524289, name: "Failure, SecureCodeDoesNotMatch", way: "the fifth wrong code, which ends the request", shows: "identity", user: app1, walk: func(w *statusWalk) {
		w.right()
		for range 5 {
			w.code("MicrosoftAuthenticator OTP", "wrong "+rnd.Hex(8))
		}
	}},
	{status: 262145, name: "Failure, UserAccountLocked", way: "a right password, after ten wrong codes within an hour", says: "IsUserAccountLocked", shows: "identity", user: app1, walk: func(w *statusWalk) { w.useUp(); w.right() }},
	{status: 262145, name: "Failure, UserAccountLocked", way: "call 2 or 3 of a request from before them", says: "IsUserAccountLocked", shows: "identity", state: 134217729, user: app1, walk: func(w *statusWalk) {
		w.right()
		w.useUp()
		w.choose("MicrosoftAuthenticator OTP")
	}},
	{status: 262145, name: "Failure, UserAccountLocked", says: "IsUserAccountLocked", shows: "identity", state: 134217729, user: app1, walk: func(w *statusWalk) {
		w.right()
		w.useUp()
		w.code("MicrosoftAuthenticator OTP", w.p.Authenticator.Code())
	}},
	{status: 129, name: "Failure, ProcessCanceled", way: "call 2 for a link, and \"This wasn't me\" on its page", says: "IsCanceled", shows: "identity", state: 129, user: mailed, walk: func(w *statusWalk) {
		w.link(func(link string) { w.client.Deny(link) })
	}},
	{status: 129, name: "Failure, ProcessCanceled", way: "a client with `linkNumber`, and another number typed on the page", says: "IsCanceled", shows: "identity", state: 129, user: mailed,
		edit: func(d *directory.File) { d.Clients[0].LinkNumber = true }, walk: func(w *statusWalk) {
			w.link(func(link string) {
				w.client.Decide(link, sallyport.LinkDecision{Approve: true, Number: w.otherNumber()})
			})
		}},
	{status: 129, name: "Failure, ProcessCanceled", way: "any call of such a request until it dies", says: "IsCanceled", shows: "identity", state: 129, user: mailed, walk: func(w *statusWalk) {
		w.link(func(link string) { w.client.Deny(link) })
		w.choose("Email OTP")
	}},
	{status: 129, name: "Failure, ProcessCanceled", says: "IsCanceled", state: 129, user: mailed, walk: func(w *statusWalk) {
		w.link(func(link string) { w.client.Deny(link) })
		w.call(sallyport.Login{RequestID: w.first.RequestID})
	}},
	{status: 17, name: "Failure, UserNotAuthorized", way: "a right password, and no role in the application", says: "IsUserNotAuthorized", shows: "identity", user: sallyporttest.User{Roles: []string{}}},
	{status: 17, name: "Failure, UserNotAuthorized", way: "the same with a second factor: once it is proven", says: "IsUserNotAuthorized", shows: "identity", state: 17, user: sallyporttest.User{Roles: []string{}, TOTP: true}, walk: func(w *statusWalk) {
		w.right()
		w.code("MicrosoftAuthenticator OTP", w.p.Authenticator.Code())
	}},
	{status: 16777217, name: "Failure, MFA_LinkTimeout", way: "a request that is unknown, over, or another client's", says: "IsMFATimeOut", walk: func(w *statusWalk) {
		w.call(sallyport.Login{RequestID: rnd.UUID()})
	}},
	{status: 16777217, name: "Failure, MFA_LinkTimeout", says: "IsMFATimeOut", walk: func(w *statusWalk) {
		w.call(sallyport.Login{RequestID: "no GUID"})
	}},
	{status: 16777217, name: "Failure, MFA_LinkTimeout", way: "call 2 for a link that nobody answers: the request lives on", says: "IsMFATimeOut", shows: "identity", state: 1048577, user: mailed, walk: func(w *statusWalk) {
		w.link(func(string) { w.Clock.Advance(90 * time.Second) })
	}},
}
