package sallyport

import "strconv"

// Outcome is what a call of the conversation has come to, in six words. The zero
// Outcome is a refusal.
type Outcome int

// The outcomes of a [Login].
const (
	// Denied means that nothing more can be done with this login. [Result].Reason
	// says why.
	Denied Outcome = iota
	// Granted means that it is who they say, with all factors that are wanted.
	Granted
	// FactorWanted means that a second factor has to be proven: the user chooses
	// one of [Result].Options, or answers the one chosen before.
	FactorWanted
	// EnrollmentWanted means that the account has no second factor that could be
	// asked for, and has to add one: see [Result].Enrollment.
	EnrollmentWanted
	// PasswordChangeWanted means that the password is right and has to be changed
	// first.
	PasswordChangeWanted
	// Waiting means that a code or a link is on its way, or an authenticator was
	// chosen: it is the user's turn.
	Waiting
)

var outcomeNames = [...]string{"Denied", "Granted", "FactorWanted", "EnrollmentWanted", "PasswordChangeWanted", "Waiting"}

// String is the outcome's name.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomeNames) {
		return "Outcome(" + strconv.Itoa(int(o)) + ")"
	}
	return outcomeNames[o]
}

// Reason says why an [Outcome] is what it is, for the program that calls. What a
// user may be told is for the host to say: before a right password every reason is
// ReasonWrongPassword, so that nobody learns whether an account exists, unless the
// name is locked or [Config].DiscloseUnknownUsers is set.
type Reason string

// The reasons. An outcome that needs none has NoReason.
const (
	NoReason Reason = ""

	// Of the password.

	ReasonWrongPassword Reason = "wrong password" // or no such account, or one that may not log in
	ReasonLastTry       Reason = "last try"       // a wrong password, and the next one locks the name
	ReasonLockedOut     Reason = "locked out"     // too many wrong passwords, for a while
	ReasonUnknownUser   Reason = "unknown user"   // only with Config.DiscloseUnknownUsers

	// Of the account, after a right password.

	ReasonNotApproved Reason = "not approved"
	ReasonDisabled    Reason = "disabled"
	ReasonLocked      Reason = "locked" // by an administrator
	ReasonNotYetValid Reason = "not yet valid"
	ReasonExpired     Reason = "expired"   // the account
	ReasonNoRole      Reason = "no role"   // in the application
	ReasonElsewhere   Reason = "elsewhere" // a module keeps the account, its address and its password: they are changed there. Second factors are changed here

	// Of a password that is right and has to be changed. With Granted it says why
	// it will have to be before long.

	ReasonMustChange      Reason = "must change"      // an administrator wants it
	ReasonPasswordExpired Reason = "password expired" // it is too old
	ReasonPasswordWeak    Reason = "password weak"    // it does not meet the policy

	// Of the second factor.

	ReasonWrongCode        Reason = "wrong code"
	ReasonNotSent          Reason = "not sent"          // the message could not be sent
	ReasonLinkUnanswered   Reason = "link unanswered"   // in time; another may be sent
	ReasonGuessesUsedUp    Reason = "guesses used up"   // too many wrong codes of the account
	ReasonNoFactor         Reason = "no factor"         // one is wanted, and none can be asked for or enrolled: see [Result].Obstacle
	ReasonInvitationWanted Reason = "invitation wanted" // a second factor is wanted, and is enrolled by an invitation of an administrator alone: see [Result].Obstacle
	ReasonFactorWanted     Reason = "factor wanted"     // of a refresh: a second factor is wanted, and its login proved none
	ReasonEnrollmentWanted Reason = "enrollment wanted" // of a refresh or a step-up: a second factor is wanted, and the account has none that counts: it is added first
	ReasonHasFactor        Reason = "has a factor"      // of [Engine.AcceptInvitation]: another one is added in a login
	ReasonFactorProven     Reason = "factor proven"     // by an enrollment: the same login goes on with the password, or the resume secret
	ReasonFactorSkipped    Reason = "factor skipped"    // Granted, by grace
	ReasonTooEarly         Reason = "too early"         // the code is right, and may be older than what it is to add: the next one will do
	ReasonLastFactor       Reason = "last factor"       // without it none could be asked for, and one is wanted
	ReasonUnknownFactor    Reason = "unknown factor"    // the account has none of that id
	ReasonNothingToAdd     Reason = "nothing to add"    // the account has as many factors as it may, or the policy lets none be added
	ReasonNoRecovery       Reason = "no recovery codes" // the account has no authenticator that they could stand in for, or the policy gives none
	ReasonDisowned         Reason = "disowned"          // "this wasn't me", a wrong number, or canceled
	ReasonOver             Reason = "over"              // the login is unknown, finished, too old, another client's, or the account has changed since
)
