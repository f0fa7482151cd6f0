package sallyport

import (
	"cmp"

	"github.com/sallyport-auth/sallyport/wire"
)

// Status is the answer to "who is this, and may they in?": a set of flags, of
// which exactly one is [Failure] or [Success]. The numbers and names are
// Visual Guard's; see docs/compatibility.md for which of them are published.
// The integer, the string and the booleans of a document all come from one
// Status. Flags that are not known here are kept.
type Status int64

// The flags of a [Status].
const (
	Failure                       Status = 1 << iota // the process failed
	UserNotFound                                     // no such user
	PasswordIsLocked                                 // locked out by wrong passwords
	PasswordDoesNotMatch                             // wrong password
	UserNotAuthorized                                // no role in this application
	UserAccountExpired                               // past the end date
	UserAccountNotYetAvailable                       // before the start date
	ProcessCanceled                                  // the user denied or cancelled
	NotApproved                                      // the account is not approved
	MustChangePasswordAtNextLogon                    // the password must be changed first
	LastBadLogin                                     // the next wrong password locks
	Success                                          // it is who they say, with all factors
	LastGraceLogon                                   // deprecated; never emitted
	PasswordExpired                                  // the password is too old
	PasswordDoesNotPassValidation                    // the password no longer meets the policy
	PasswordWillBeLocked                             // never emitted
	UserNotFoundInCustomStorage                      // never emitted: a module does not tell it from a wrong password
	UserAccountDisabled                              // the account is disabled
	UserAccountLocked                                // the account is locked, or its second-factor guesses are used up
	SecureCodeDoesNotMatch                           // wrong code
	MFAWaitingUserAction                             // a code or link was sent
	MFAFailedSendingRequest                          // the message could not be sent
	UserAccountMissingEmail                          // no e-mail address on record
	UserAccountMissingMobilePhone                    // no mobile number on record
	MFALinkTimeout                                   // link not answered in time, or the request is dead
	CustomProviderError                              // never emitted: a module that cannot be asked is [ErrBusy]
	MFAGraceLogin                                    // the second factor was skipped by grace
	MFAAuthenticationRequired                        // a second factor is wanted
	MFAEnrollmentRequired                            // a second factor must be enrolled first
)

// String lists the names of the flags in ascending order, as .NET prints a
// flags enumeration: a value with any unknown flag prints as a number.
func (s Status) String() string { return wire.StatusString(int64(s)) }

// Has reports whether all flags of f are set.
func (s Status) Has(f Status) bool { return s&f == f }

// State is the status with its 22 booleans, as documents carry it.
func (s Status) State() wire.State { return wire.NewState(int64(s)) }

// AuthorizationStatus is the answer to "have they a part in this application?".
type AuthorizationStatus int64

// The flags of an [AuthorizationStatus].
const (
	AuthorizationFailure              AuthorizationStatus = 1 << iota // not authorized, or not yet judged
	AuthorizationUserNotFound                                         // no such user
	AuthorizationUserNotAuthorized                                    // no role in this application
	AuthorizationProcessCanceled                                      // cancelled
	AuthorizationSuccess                                              // authorized
	AuthorizationVersionNotCompatible                                 // only read, never emitted
)

// String is like [Status.String].
func (s AuthorizationStatus) String() string { return wire.AuthorizationString(int64(s)) }

// Authorization is the authorization that goes with a status: it stays a plain
// failure until the second factor is done, since authorization comes after it.
func (s Status) Authorization() AuthorizationStatus {
	switch {
	case s.Has(Success):
		return AuthorizationSuccess
	case s.Has(UserNotAuthorized):
		return AuthorizationFailure | AuthorizationUserNotAuthorized
	}
	return AuthorizationFailure
}

// answer is what a call is answered with in all its forms. They are made in one
// place, so that none says something else than another.
type answer struct {
	status  Status
	outcome Outcome
	reason  Reason
}

// denied is the answer to a call with which the login ends.
func denied(s Status, why Reason) answer { return answer{Failure | s, Denied, why} }

// keptByModule is the answer to whoever would change what a module keeps.
var keptByModule = answer{Failure, Denied, ReasonElsewhere}

// asks is the answer that wants something before the login is complete.
func asks(o Outcome, s Status, why Reason) answer { return answer{Failure | s, o, why} }

// facts is everything that the verdict on a first call depends on. Each field
// is a plain fact; their order of judgement is assess's alone.
type facts struct {
	lockedOut bool // by misses, under the name that was typed or of the account
	known     bool // the name is an account's
	disclose  bool // unknown names are told apart before a right password
	password  bool // the password is right
	lastMiss  bool // the next wrong password locks
	locks     bool // this wrong password locks

	approved, disabled, locked bool
	notYet, expired            bool // outside the account's dates
	mustChange                 bool
	elsewhere                  bool // the password is kept by a module, and is changed there alone
	passwordExpired            bool
	passwordWeak               bool
	grace                      bool // a grace logon is left for the password

	factor                      factorFact
	missingEmail, missingMobile bool
	hasRole                     bool
}

// factorFact is where the second factor stands.
type factorFact int

const (
	factorNone       factorFact = iota // not asked for
	factorProven                       // proven in this request
	factorGrace                        // skipped by grace
	factorExhausted                    // the account's guesses are used up
	factorWanted                       // there is an option to answer with
	factorEnrol                        // none, but one may be enrolled
	factorInvitation                   // none, and one may be enrolled by an invitation, which did not come
	factorImpossible                   // none, and none may be enrolled
)

// assess is the whole decision of a call that brought a password, in the order
// of docs/compatibility.md: lockout, password, approved, disabled, locked,
// not yet valid, expired, must change, password age and policy, second factor,
// roles. Reasons other than the lockout are told only after a right password.
func assess(f facts) answer {
	switch {
	case f.lockedOut:
		return denied(PasswordIsLocked, ReasonLockedOut)
	case !f.known && f.disclose && !f.locks:
		return denied(UserNotFound, ReasonUnknownUser)
	case !f.password || !f.known:
		return missed(f)
	}
	if a, refused := accountAnswer(f); refused {
		return a
	}
	ok := granted(f)
	if ok.byGrace() && !f.grace {
		return ok.refused()
	}
	if a, open := factorAnswer(f); open {
		return a
	}
	if !f.hasRole {
		return denied(UserNotAuthorized, ReasonNoRole)
	}
	if f.factor == factorGrace {
		return ok.skipping()
	}
	return ok
}

// skipping is the answer to a complete login that grace let in without the second factor.
func (a answer) skipping() answer {
	return answer{a.status | MFAGraceLogin, a.outcome, cmp.Or(a.reason, ReasonFactorSkipped)}
}

// skips reports whether it is one.
func (a answer) skips() bool { return a.status&MFAGraceLogin != 0 }

// granted is the answer to a complete login, and what it says of the password.
func granted(f facts) answer {
	a := answer{Success, Granted, NoReason}
	if f.passwordWeak {
		a.status, a.reason = a.status|PasswordDoesNotPassValidation, ReasonPasswordWeak
	}
	if f.passwordExpired {
		a.status, a.reason = a.status|PasswordExpired, ReasonPasswordExpired
	}
	return a
}

// byGrace reports whether a complete login counts as one by grace.
func (a answer) byGrace() bool { return a.status&(PasswordExpired|PasswordDoesNotPassValidation) != 0 }

// refused is the answer in the place of one by grace, where no grace is left.
func (a answer) refused() answer {
	return asks(PasswordChangeWanted, MustChangePasswordAtNextLogon|a.status&^Success, a.reason)
}

// missed is the answer to a wrong password, which an unknown name has too.
func missed(f facts) answer {
	switch {
	case f.locks:
		return denied(PasswordIsLocked, ReasonLockedOut)
	case f.lastMiss:
		return denied(PasswordDoesNotMatch|LastBadLogin, ReasonLastTry)
	}
	return denied(PasswordDoesNotMatch, ReasonWrongPassword)
}

// accountAnswer is the first reason of the account itself, if it has one.
func accountAnswer(f facts) (a answer, refused bool) {
	switch {
	case !f.approved:
		a = denied(NotApproved, ReasonNotApproved)
	case f.disabled:
		a = denied(UserAccountDisabled, ReasonDisabled)
	case f.locked:
		a = denied(UserAccountLocked, ReasonLocked)
	case f.notYet:
		a = denied(UserAccountNotYetAvailable, ReasonNotYetValid)
	case f.expired:
		a = denied(UserAccountExpired, ReasonExpired)
	case f.mustChange:
		a = asks(PasswordChangeWanted, MustChangePasswordAtNextLogon, ReasonMustChange)
		if f.elsewhere {
			a.outcome = Denied
		}
	default:
		return a, false
	}
	return a, true
}

// factorAnswer is what the second factor still wants, if it wants anything.
func factorAnswer(f facts) (a answer, open bool) {
	missing := f.missing()
	switch f.factor {
	case factorExhausted:
		a = denied(UserAccountLocked, ReasonGuessesUsedUp)
	case factorWanted:
		a = asks(FactorWanted, MFAAuthenticationRequired, NoReason)
	case factorEnrol:
		a = asks(EnrollmentWanted, MFAEnrollmentRequired|missing, NoReason)
	case factorInvitation:
		a = denied(MFAEnrollmentRequired, ReasonInvitationWanted)
	case factorImpossible:
		a = denied(cmp.Or(missing, MFAEnrollmentRequired), ReasonNoFactor)
	default:
		return a, false
	}
	return a, true
}

// missing are the flags of the addresses that are not on record.
func (f facts) missing() (s Status) {
	if f.missingEmail {
		s |= UserAccountMissingEmail
	}
	if f.missingMobile {
		s |= UserAccountMissingMobilePhone
	}
	return s
}
