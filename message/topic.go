// Package message holds the words of every mail and text message, in each language that
// it knows. It sends nothing, and knows nothing of accounts or requests: the engine tells
// it what a message is about ([Topic]) and the facts that stand in it ([Facts]).
//
// The words of a language are one table: english.go, french.go, german.go. A mail has a
// subject, a plain text, and the same text as HTML, which is made of the plain one, so
// that no translation can differ between the two. A text message has words of its own
// where those of the mail are too many.
package message

import "time"

// Topic is what one message is about. The names are those of files that take the place
// of the words here, so they stay.
type Topic string

// The topics of messages that carry a code.
const (
	SignInCode       Topic = "sign-in-code"
	UnprovenCode     Topic = "unproven-code"     // of a sign-in that no password was given for
	ResetCode        Topic = "reset-code"        // beside the link by which a new password is set
	ConfirmationCode Topic = "confirmation-code" // of a change of the account: Purpose says which
	StepUpCode       Topic = "step-up-code"      // of somebody who is signed in and has to prove it anew
	EnrolmentCode    Topic = "enrolment-code"    // proves a new address or number
)

// The topics of messages that carry a link. [FactorAdded] and [AddressChanged] carry one
// as well where the change can be taken back.
const (
	SignInLink     Topic = "sign-in-link"
	StepUpLink     Topic = "step-up-link" // as StepUpCode
	SignUp         Topic = "sign-up"
	Reset          Topic = "reset"
	ConfirmAddress Topic = "confirm-address"
	Invitation     Topic = "invitation"
)

// The topics of notices.
const (
	HasAccount        Topic = "has-account"   // somebody signs up with the address of an account
	NoReset           Topic = "no-reset"      // a new password cannot be set by mail: Reason says why
	AddressGiven      Topic = "address-given" // another account wanted the address
	FactorAdded       Topic = "factor-added"
	FactorRemoved     Topic = "factor-removed"
	FactorsReset      Topic = "factors-reset"
	FactorsWaiting    Topic = "factors-waiting"
	RecoveryRenewed   Topic = "recovery-renewed"
	FewRecoveryCodes  Topic = "few-recovery-codes" // Number are left
	NoRecoveryCodes   Topic = "no-recovery-codes"
	WrongPasswords    Topic = "wrong-passwords" // Number of them
	WrongCodes        Topic = "wrong-codes"
	WrongCodesInReset Topic = "wrong-codes-in-reset"
	WrongInStepUp     Topic = "wrong-codes-in-step-up"
	CodesUsedUp       Topic = "codes-used-up"
	ManySignIns       Topic = "many-sign-ins"
	PasswordChanged   Topic = "password-changed"
	PasswordReset     Topic = "password-reset"
	AddressChanged    Topic = "address-changed"
	AddressRestored   Topic = "address-restored"
	AddressTaken      Topic = "address-taken"
	AccountClosed     Topic = "account-closed"
	DeviceCopied      Topic = "device-copied"
)

// Topics returns all topics: codes, links, notices.
func Topics() []Topic {
	return []Topic{
		SignInCode, UnprovenCode, ResetCode, ConfirmationCode, StepUpCode, EnrolmentCode,
		SignInLink, StepUpLink, SignUp, Reset, ConfirmAddress, Invitation,
		HasAccount, NoReset, AddressGiven, FactorAdded, FactorRemoved, FactorsReset, FactorsWaiting,
		RecoveryRenewed, FewRecoveryCodes, NoRecoveryCodes, WrongPasswords, WrongCodes, WrongCodesInReset, WrongInStepUp, CodesUsedUp,
		ManySignIns, PasswordChanged, PasswordReset, AddressChanged, AddressRestored, AddressTaken, AccountClosed, DeviceCopied,
	}
}

// CarriesCode reports whether a message on the topic is worth nothing without its code.
func (t Topic) CarriesCode() bool {
	switch t {
	case SignInCode, UnprovenCode, ResetCode, ConfirmationCode, StepUpCode, EnrolmentCode:
		return true
	}
	return false
}

// CarriesLink reports whether a message on the topic is worth nothing without its link.
func (t Topic) CarriesLink() bool {
	switch t {
	case SignInLink, StepUpLink, SignUp, Reset, ConfirmAddress, Invitation:
		return true
	}
	return false
}

// Purpose is what the code of a [ConfirmationCode] allows.
type Purpose string

// The purposes.
const (
	ToChangeAddress Purpose = "change address"
	ToCloseAccount  Purpose = "close account"
	ToAddFactor     Purpose = "add factor"
	ToRemoveFactor  Purpose = "remove factor"
	ToRenewRecovery Purpose = "renew recovery codes"
)

// Reason is why [NoReset] says no.
type Reason string

// The reasons.
const (
	Disabled    Reason = "disabled"
	NotApproved Reason = "not approved"
	NoPassword  Reason = "no password" // the account signs in without one
	Elsewhere   Reason = "elsewhere"   // another system keeps the password
	NoFactor    Reason = "no factor"   // a factor besides the mailbox is wanted
)

// Facts are what a message tells. A topic takes those that its words name and leaves the
// others. Each is one line, whatever stands in it: line ends and what cannot be seen
// become blanks.
type Facts struct {
	Label   string // of the service
	User    string // the name of the account
	Code    string
	Link    string
	Life    time.Duration // of the code or link
	Factors []string      // "SMS", "Email" or "MicrosoftAuthenticator": added, removed, or about to be added
	Number  int
	Purpose Purpose
	Reason  Reason
}
