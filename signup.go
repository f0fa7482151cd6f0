package sallyport

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
)

// SignUp says what people may make for themselves, who sign up with
// [Engine.Register]. What an account may is said here, and never by who signs up. The
// zero SignUp makes accounts without a role that can log in at once.
type SignUp struct {
	// Approval has an administrator approve each account: see [Admin.UpdateUser].
	// Until then its right password is answered with ReasonNotApproved.
	Approval bool

	// Unapproved is how long an account waits for that; 0 means 30 days. Then
	// [Engine.Maintain] deletes it, and its name and address are free again.
	Unapproved time.Duration

	// Roles are names of roles in the application of the engine's own calls, which
	// every account has. One that does not exist is an error of [Engine.Register].
	Roles []string

	// Attributes are the names of those that may be set at sign-up.
	Attributes []string

	// AnyScript allows names of the letters of any script, of one alone. By default
	// they have the letters a to z, digits, and ".", "_" and "-".
	AnyScript bool
}

// ErrNoSignUp means that nobody can sign up here: [Config].SignUp is nil.
var ErrNoSignUp = errors.New("sallyport: nobody can sign up: Config.SignUp is not set")

// defaultUnapproved is how long an account waits for approval unless the
// configuration says otherwise.
const defaultUnapproved = 30 * 24 * time.Hour

// check tells the faults of a SignUp, which may be nil.
func (s *SignUp) check(mails bool, fault func(format string, args ...any)) {
	if s == nil {
		return
	}
	if !mails {
		fault("SignUp needs Email to mail the keys that prove addresses; set a Sender")
	}
	if s.Unapproved < 0 {
		fault("SignUp.Unapproved is %s, want none below 0", s.Unapproved)
	}
	if err := directory.CheckAttributes(named(s.Attributes)); err != nil {
		fault("SignUp.Attributes: %w", err)
	}
}

// named are attributes of those names, without values.
func named(names []string) (list []account.Attribute) {
	for _, n := range names {
		list = append(list, account.Attribute{Name: n})
	}
	return list
}

// filled is a copy with what was left out; of nil it is nil.
func (s *SignUp) filled() *SignUp {
	if s == nil {
		return nil
	}
	out := *s
	out.Roles, out.Attributes = slices.Clone(s.Roles), slices.Clone(s.Attributes)
	out.Unapproved = cmp.Or(s.Unapproved, defaultUnapproved)
	return &out
}
