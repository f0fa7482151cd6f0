package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/password"
)

// PasswordRules are the rules on passwords and on their age. In a record that an
// older program wrote they are zero, which is the default.
type PasswordRules struct {
	MinLength          int // characters; 0: not stated, the default holds for passwords that are set
	MinNonAlphanumeric int
	Pattern, Message   string
	HistoryLength      *int          // nil: the default
	MaxAge             time.Duration // 0: passwords do not run out
	GraceLogons        int           // with a password that has run out, or does not meet what is stated
	ResetNeedsFactor   bool          // a mailbox alone sets no new password
}

func defaultPasswordRules() PasswordRules {
	history := password.DefaultHistory
	return PasswordRules{HistoryLength: &history}
}

// State reports whether they state anything that a password in use may not meet.
func (r *PasswordRules) State() bool {
	return r.MinLength > 0 || r.MinNonAlphanumeric > 0 || r.Pattern != ""
}

// History returns how many of an account's last passwords are not taken again: 0 to
// [password.MaxHistory].
func (r *PasswordRules) History() int { return or(r.HistoryLength, password.DefaultHistory) }

// Policy returns what a password that is set has to meet, in the form that checks
// one. It compiles the pattern, so it is made once for a record. The list of breached
// passwords may be nil. The error is of a record that no checked file makes.
func (r *PasswordRules) Policy(breached *password.BreachFilter) (*password.Policy, error) {
	return password.NewPolicy(password.PolicyConfig{
		MinLength: r.MinLength, MinNonAlphanumeric: r.MinNonAlphanumeric,
		Pattern: r.Pattern, Message: r.Message, Breached: breached,
	})
}
