package sallyport

import "github.com/sallyport-auth/sallyport/wire"

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
	UserNotFoundInCustomStorage                      // only from a host's own module
	UserAccountDisabled                              // the account is disabled
	UserAccountLocked                                // the account is locked, or its second-factor guesses are used up
	SecureCodeDoesNotMatch                           // wrong code
	MFAWaitingUserAction                             // a code or link was sent
	MFAFailedSendingRequest                          // the message could not be sent
	UserAccountMissingEmail                          // no e-mail address on record
	UserAccountMissingMobilePhone                    // no mobile number on record
	MFALinkTimeout                                   // link not answered in time, or the request is dead
	CustomProviderError                              // only from a host's own module
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
	factorImpossible                   // none, and none may be enrolled
)

// assess is the whole decision of a call that brought a password, in the order
// of docs/compatibility.md: lockout, password, approved, disabled, locked,
// not yet valid, expired, must change, password age and policy, second factor,
// roles. Reasons other than the lockout are told only after a right password.
func assess(f facts) Status {
	switch {
	case f.lockedOut:
		return Failure | PasswordIsLocked
	case !f.known && f.disclose && !f.locks:
		return Failure | UserNotFound
	case !f.password || !f.known:
		return missed(f)
	}
	if s := accountStatus(f); s != 0 {
		return Failure | s
	}
	ok := Success
	if f.passwordExpired {
		ok |= PasswordExpired
	}
	if f.passwordWeak {
		ok |= PasswordDoesNotPassValidation
	}
	if ok != Success && !f.grace {
		return Failure | MustChangePasswordAtNextLogon | ok&^Success
	}
	if s := factorStatus(f); s != 0 {
		return Failure | s
	}
	if !f.hasRole {
		return Failure | UserNotAuthorized
	}
	if f.factor == factorGrace {
		ok |= MFAGraceLogin
	}
	return ok
}

// missed is the answer to a wrong password, which an unknown name has too.
func missed(f facts) Status {
	switch {
	case f.locks:
		return Failure | PasswordIsLocked
	case f.lastMiss:
		return Failure | PasswordDoesNotMatch | LastBadLogin
	}
	return Failure | PasswordDoesNotMatch
}

// accountStatus is the first reason of the account itself, or 0.
func accountStatus(f facts) Status {
	switch {
	case !f.approved:
		return NotApproved
	case f.disabled:
		return UserAccountDisabled
	case f.locked:
		return UserAccountLocked
	case f.notYet:
		return UserAccountNotYetAvailable
	case f.expired:
		return UserAccountExpired
	case f.mustChange:
		return MustChangePasswordAtNextLogon
	}
	return 0
}

// factorStatus is what the second factor still wants, or 0.
func factorStatus(f facts) Status {
	var missing Status
	if f.missingEmail {
		missing |= UserAccountMissingEmail
	}
	if f.missingMobile {
		missing |= UserAccountMissingMobilePhone
	}
	switch {
	case f.factor == factorExhausted:
		return UserAccountLocked
	case f.factor == factorWanted:
		return MFAAuthenticationRequired
	case f.factor == factorEnrol:
		return MFAEnrollmentRequired | missing
	case f.factor == factorImpossible && missing != 0:
		return missing
	case f.factor == factorImpossible:
		return MFAEnrollmentRequired
	}
	return 0
}
