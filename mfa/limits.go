package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
)

// What there is a limit to, each with its number: nothing else in this package says
// them.
var (
	requestSends = budget.Rule{
		Name: "request-sends", What: "codes and links", By: "a pending login", Size: 5, Refills: budget.Never,
		UsedUp: "nothing is sent, and what was sent before stays good", Source: "ours",
	}
	enrollmentSends = budget.Rule{
		Name: "request-enrollment-sends", What: "codes that confirm an address", By: "a pending login", Size: 5, Refills: budget.Never,
		UsedUp: "nothing is sent, and what was sent before stays good", Source: "ours",
	}
	resend = budget.Rule{
		Name: "resend", What: "codes, or links after the one before has ended", By: "an option or an address of a pending login", Size: 1, Period: 30 * time.Second, Refills: budget.AtOnce,
		UsedUp: "nothing new is sent, and the answer is the one before", Source: "ours",
	}
	accountSends = budget.Rule{
		Name: "account-sends", What: "codes and links, over all pending logins", By: "an account", Size: 10, Period: time.Hour, Refills: budget.Evenly,
		UsedUp: "nothing is sent, and what was sent before stays good", Source: "ours",
	}
	stepUpSends = budget.Rule{
		Name: "step-up-sends", What: "codes and links of step-ups", By: "an account", Size: 5, Period: time.Hour, Refills: budget.Evenly,
		UsedUp: "nothing is sent, and what was sent before stays good", Source: "ours: whoever has found a session open has its owner tired by no more",
	}
	newNumbers = budget.Rule{
		Name: "account-numbers", What: "mobile numbers that the account has sent no code to confirm them within the day", By: "an account", Size: 3, Period: 24 * time.Hour, Refills: budget.EachAfter,
		UsedUp: "no code goes to another number", Source: "ours: whoever pumps messages names many numbers",
	}
	emailSends = budget.Rule{
		Name: "email", What: "codes and links by e-mail, and keys that set a new password or prove the address", By: "a mailbox, in whatever spelling", Size: 30, Period: 24 * time.Hour, Refills: budget.Evenly, Half: true,
		UsedUp: "nothing is sent, and what was sent before stays good", Source: "ours",
	}
	smsSends = budget.Rule{
		Name: "sms", What: "codes and links by text message", By: "a mobile number", Size: 10, Period: 24 * time.Hour, Refills: budget.Evenly, Half: true,
		UsedUp: "nothing is sent, and what was sent before stays good", Source: "ours",
	}
	prefixSends = budget.Rule{
		Name: "sms-prefix", What: "codes and links by text message", By: "the mobile numbers that share their first six digits", Size: 20, Period: time.Hour, Refills: budget.Evenly, Half: true,
		UsedUp: "nothing is sent, and what was sent before stays good", Source: "ours: whoever pumps messages works through ranges of numbers",
	}
	attemptNotices = budget.Rule{
		Name: "notices-attempts", What: "notices of what somebody tried", By: "an account", Size: 6, Period: time.Hour, Refills: budget.AtOnce,
		UsedUp: "the owner is not told of further attempts", Source: "ours",
	}
	allNotices = budget.Rule{
		Name: "notices", What: "notices of what was tried or changed", By: "an account", Size: 10, Period: time.Hour, Refills: budget.AtOnce,
		UsedUp: "the owner is not told of further changes", Source: "ours: attempts leave four of it to what was changed",
	}
	dailyNotices = budget.Rule{
		Name: "notices-daily", What: "notices that somebody who knows the password can repeat at will", By: "an account and kind of notice", Size: 1, Period: 24 * time.Hour, Refills: budget.AtOnce,
		UsedUp: "the owner is not told again", Source: "ours",
	}
	requestGuesses = budget.Rule{
		Name: "request-guesses", What: "wrong codes", By: "a pending login", Size: 5, Refills: budget.Never,
		UsedUp: "it ends, and the owner is told", Source: "ours; one where InsecureShortCodes lets codes have under six characters",
	}
	deviceGuesses = budget.Rule{
		Name: "request-confirming-guesses", What: "wrong first codes of an authenticator that is being added", By: "a pending login, and again a browser that opens its page", Size: 5, Refills: budget.Never,
		UsedUp: "it ends", Source: "ours; one where InsecureShortCodes lets codes have under six characters",
	}
	hourGuesses = budget.Rule{
		Name: "guesses-hour", What: "wrong second factors", By: "an account; apart from it those behind no password", Size: 10, Period: time.Hour, Refills: budget.EachAfter,
		UsedUp: "no code is judged; a complete login, a password changed on a proven factor and an administrator bring all back", Source: "ours",
	}
	dayGuesses = budget.Rule{
		Name: "guesses-day", What: "wrong second factors", By: "an account; apart from it those behind no password", Size: 30, Period: 24 * time.Hour, Refills: budget.EachAfter,
		UsedUp: "no code is judged; a password changed on a proven factor and an administrator bring all back, a login does not", Source: "ours: of a million codes with three good at a time one is found in thirty years",
	}
	rowGuesses = budget.Rule{
		Name: "guesses-row", What: "wrong second factors without a complete login", By: "an account; apart from it those behind no password", Size: 100, Refills: budget.ByLogin,
		UsedUp: "no code is judged until an administrator unlocks the account", Source: "NIST SP 800-63B, rate limiting",
	}
	refusedPasswords = budget.Rule{
		Name: "request-refused-passwords", What: "new passwords that the policy refuses", By: "a pending login in which one is set", Size: 5, Refills: budget.Never,
		UsedUp: "it ends", Source: "ours: what is refused may tell of the account's earlier passwords",
	}
	codeRepeats = budget.Rule{
		Name: "recovery-code-repeats", What: "times that new recovery codes are shown again, within a minute, where no browser is known", By: "a pending login", Size: 3, Refills: budget.Never,
		UsedUp: "they are not shown again", Source: "ours",
	}
	addressChanges = budget.Rule{
		Name: "address-changes", What: "changes of the e-mail address that can be taken back", By: "an account", Size: 8, Period: undoLife, Refills: budget.EachAfter,
		UsedUp: "the address cannot be changed", Source: "ours: no change crowds out the way back of an earlier one",
	}
	openRequests = budget.Rule{
		Name: "open-requests", What: "pending logins at once", By: "an account", Size: 20, Period: Life, Refills: budget.EachAfter,
		UsedUp: "another ends for the new one: one of the network address that holds most", Source: "ours",
	}
)

// Budgets returns all limits that this package keeps, in the order in which they are
// listed.
func Budgets() []budget.Rule {
	return []budget.Rule{
		emailSends, smsSends, prefixSends, accountSends, stepUpSends, newNumbers, requestSends, enrollmentSends, resend,
		attemptNotices, allNotices, dailyNotices,
		requestGuesses, deviceGuesses, hourGuesses, dayGuesses, rowGuesses, refusedPasswords, codeRepeats, addressChanges, openRequests,
	}
}
