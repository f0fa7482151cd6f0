package wire

import (
	"slices"
	"strconv"
	"strings"
)

// The bits of an authentication status, by position. Up to passwordExpired the
// numbers are published; the later ones follow from the order of declaration
// and from the two published examples that use mfaAuthenticationRequired.
const (
	failure = iota
	userNotFound
	passwordIsLocked
	passwordDoesNotMatch
	userNotAuthorized
	userAccountExpired
	userAccountNotYetAvailable
	processCanceled
	notApproved
	mustChangePasswordAtNextLogon
	lastBadLogin
	success
	lastGraceLogon
	passwordExpired
	passwordDoesNotPassValidation
	passwordWillBeLocked
	userNotFoundInCustomStorage
	userAccountDisabled
	userAccountLocked
	secureCodeDoesNotMatch
	mfaWaitingUserAction
	mfaFailedSendingRequest
	userAccountMissingEmail
	userAccountMissingMobilePhone
	mfaLinkTimeout
	customProviderError
	mfaGraceLogin
	mfaAuthenticationRequired
	mfaEnrollmentRequired
)

// statusNames holds the published member names of the authentication status.
var statusNames = []string{
	failure:                       "Failure",
	userNotFound:                  "UserNotFound",
	passwordIsLocked:              "PasswordIsLocked",
	passwordDoesNotMatch:          "PasswordDoesNotMatch",
	userNotAuthorized:             "UserNotAuthorized",
	userAccountExpired:            "UserAccountExpired",
	userAccountNotYetAvailable:    "UserAccountNotYetAvailable",
	processCanceled:               "ProcessCanceled",
	notApproved:                   "NotApproved",
	mustChangePasswordAtNextLogon: "MustChangePasswordAtNextLogon",
	lastBadLogin:                  "LastBadLogin",
	success:                       "Success",
	lastGraceLogon:                "LastGraceLogon",
	passwordExpired:               "PasswordExpired",
	passwordDoesNotPassValidation: "PasswordDoesNotPassValidation",
	passwordWillBeLocked:          "PasswordWillBeLocked",
	userNotFoundInCustomStorage:   "UserNotFoundInCustomStorage",
	userAccountDisabled:           "UserAccountDisabled",
	userAccountLocked:             "UserAccountLocked",
	secureCodeDoesNotMatch:        "SecureCodeDoesNotMatch",
	mfaWaitingUserAction:          "MFA_WaitingUserAction",
	mfaFailedSendingRequest:       "MFA_FailedSendingRequest",
	userAccountMissingEmail:       "UserAccountMissingEmail",
	userAccountMissingMobilePhone: "UserAccountMissingMobilePhone",
	mfaLinkTimeout:                "MFA_LinkTimeout",
	customProviderError:           "CustomProviderError",
	mfaGraceLogin:                 "MFA_GraceLogin",
	mfaAuthenticationRequired:     "MFA_AuthenticationRequired",
	mfaEnrollmentRequired:         "MFA_EnrollmentRequired",
}

// The bits of an authorization status, by position.
const (
	authzFailure = iota
	authzUserNotFound
	authzUserNotAuthorized
	authzProcessCanceled
	authzSuccess
	authzVersionNotCompatible
	authzGroupSelectionInvalid
	authzRoleSelectionInvalid
)

// authorizationNames holds the member names of the authorization status. The
// ninth member, InProgress, is left out: its number is unpublished and may be
// a bit of its own or the union of the two selection bits.
var authorizationNames = []string{
	authzFailure:               "Failure",
	authzUserNotFound:          "UserNotFound",
	authzUserNotAuthorized:     "UserNotAuthorized",
	authzProcessCanceled:       "ProcessCanceled",
	authzSuccess:               "Success",
	authzVersionNotCompatible:  "VersionNotCompatible",
	authzGroupSelectionInvalid: "GroupSelectionInvalid",
	authzRoleSelectionInvalid:  "RoleSelectionInvalid",
}

// StatusString returns an authentication status the way .NET prints an enum of
// flags: the names of the set bits in ascending order, joined by a comma and a
// blank. When a bit without a name is set, the whole value is printed as one
// decimal number; 0, which has no name either, is "0".
func StatusString(status int64) string { return flagString(statusNames, status) }

// AuthorizationString is [StatusString] for an authorization status.
func AuthorizationString(status int64) string { return flagString(authorizationNames, status) }

// ParseStatus is the inverse of [StatusString]: for every status s,
// ParseStatus(StatusString(s)) is s, true. Like .NET it also takes the names
// in any order, with any number of blanks around them, and every decimal
// number that fits. Names compare exactly. ok is false, and status 0, for
// anything else.
func ParseStatus(s string) (status int64, ok bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	for name := range strings.SplitSeq(s, ",") {
		bit := slices.Index(statusNames, strings.Trim(name, " "))
		if bit < 0 {
			return 0, false
		}
		status |= 1 << bit
	}
	return status, true
}

// flagString implements the two String functions over a table of names, which
// names every bit below its length.
func flagString(names []string, status int64) string {
	if status == 0 || status>>len(names) != 0 {
		return strconv.FormatInt(status, 10)
	}
	var set []string
	for bit, name := range names {
		if status&(1<<bit) != 0 {
			set = append(set, name)
		}
	}
	return strings.Join(set, ", ")
}
