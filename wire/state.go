package wire

// State is an authentication status together with the booleans that clients
// read instead of its bits. Make one with [NewState], so that number and
// booleans agree; a zero State claims a password that is not secure. Bits
// without a boolean show in Status alone.
type State struct {
	// Status is the whole status. Bits that this package has no name for are
	// kept when read and written.
	Status int64 `json:"Status"`

	IsFailed                      bool `json:"IsFailed"`                      // bit 0
	IsNotApproved                 bool `json:"IsNotApproved"`                 // bit 8
	IsCanceled                    bool `json:"IsCanceled"`                    // bit 7
	IsCredentialInvalid           bool `json:"IsCredentialInvalid"`           // bit 1, 3 or 16: name or password, not said which
	IsUserNotAuthorized           bool `json:"IsUserNotAuthorized"`           // bit 4: no role in the application
	IsUserAccountExpired          bool `json:"IsUserAccountExpired"`          // bit 5
	IsUserAccountNotYetAvailable  bool `json:"IsUserAccountNotYetAvailable"`  // bit 6
	IsUserAccountDisabled         bool `json:"IsUserAccountDisabled"`         // bit 17
	IsUserAccountLocked           bool `json:"IsUserAccountLocked"`           // bit 18: the account, not its password
	IsLastBadLogin                bool `json:"IsLastBadLogin"`                // bit 10: the next miss locks
	IsLastGraceLogon              bool `json:"IsLastGraceLogon"`              // bit 12, deprecated in the original
	IsPasswordExpired             bool `json:"IsPasswordExpired"`             // bit 13
	IsPasswordSecure              bool `json:"IsPasswordSecure"`              // neither bit 13 nor 14, so true on most failures
	IsUserAccountLockedOut        bool `json:"IsUserAccountLockedOut"`        // bit 2: the password, after misses
	IsUserAccountWillBeLockedOut  bool `json:"IsUserAccountWillBeLockedOut"`  // bit 15
	MustChangePasswordAtNextLogon bool `json:"MustChangePasswordAtNextLogon"` // bit 9

	IsMFAWaitingUserAction           bool `json:"IsMFAWaitingUserAction"`           // bit 20
	IsMFAAuthenticationRequired      bool `json:"IsMFAAuthenticationRequired"`      // bit 27
	IsMFATimeOut                     bool `json:"IsMFATimeOut"`                     // bit 24
	HasUserAccountMissingEmail       bool `json:"HasUserAccountMissingEmail"`       // bit 22
	HasUserAccountMissingMobilePhone bool `json:"HasUserAccountMissingMobilePhone"` // bit 23
	IsMFAEnrollmentRequired          bool `json:"IsMFAEnrollmentRequired"`          // bit 28
}

// NewState returns the State of an authentication status, every boolean
// derived from it.
func NewState(status int64) State {
	has := func(bit int) bool { return status&(1<<bit) != 0 }
	return State{
		Status:                        status,
		IsFailed:                      has(failure),
		IsNotApproved:                 has(notApproved),
		IsCanceled:                    has(processCanceled),
		IsCredentialInvalid:           has(userNotFound) || has(passwordDoesNotMatch) || has(userNotFoundInCustomStorage),
		IsUserNotAuthorized:           has(userNotAuthorized),
		IsUserAccountExpired:          has(userAccountExpired),
		IsUserAccountNotYetAvailable:  has(userAccountNotYetAvailable),
		IsUserAccountDisabled:         has(userAccountDisabled),
		IsUserAccountLocked:           has(userAccountLocked),
		IsLastBadLogin:                has(lastBadLogin),
		IsLastGraceLogon:              has(lastGraceLogon),
		IsPasswordExpired:             has(passwordExpired),
		IsPasswordSecure:              !has(passwordExpired) && !has(passwordDoesNotPassValidation),
		IsUserAccountLockedOut:        has(passwordIsLocked),
		IsUserAccountWillBeLockedOut:  has(passwordWillBeLocked),
		MustChangePasswordAtNextLogon: has(mustChangePasswordAtNextLogon),

		IsMFAWaitingUserAction:           has(mfaWaitingUserAction),
		IsMFAAuthenticationRequired:      has(mfaAuthenticationRequired),
		IsMFATimeOut:                     has(mfaLinkTimeout),
		HasUserAccountMissingEmail:       has(userAccountMissingEmail),
		HasUserAccountMissingMobilePhone: has(userAccountMissingMobilePhone),
		IsMFAEnrollmentRequired:          has(mfaEnrollmentRequired),
	}
}

// Authorization is an authorization status with its booleans. Make one with
// [NewAuthorization]. Until the second factor is done it is plain Failure (1),
// without a reason.
type Authorization struct {
	// Status is the whole status; unknown bits are kept.
	Status int64 `json:"Status"`

	IsFailed               bool `json:"IsFailed"`               // bit 0
	IsCanceled             bool `json:"IsCanceled"`             // bit 3
	IsUserNotFound         bool `json:"IsUserNotFound"`         // bit 1
	IsUserNotAuthorized    bool `json:"IsUserNotAuthorized"`    // bit 2
	IsVersionNotCompatible bool `json:"IsVersionNotCompatible"` // bit 5
}

// NewAuthorization returns the Authorization of an authorization status, every
// boolean derived from it.
func NewAuthorization(status int64) Authorization {
	has := func(bit int) bool { return status&(1<<bit) != 0 }
	return Authorization{
		Status:                 status,
		IsFailed:               has(authzFailure),
		IsCanceled:             has(authzProcessCanceled),
		IsUserNotFound:         has(authzUserNotFound),
		IsUserNotAuthorized:    has(authzUserNotAuthorized),
		IsVersionNotCompatible: has(authzVersionNotCompatible),
	}
}
