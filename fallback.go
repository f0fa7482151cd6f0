package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/directory"
)

// Fallback is another system from which accounts move in as their owners log in.
//
// It is asked in a login whose name no account has or had, with the name as it was typed
// and the password, once a login, after the lockout and the gate: a locked name, and a
// wrong password that comes again at once, are not asked for. What it answers with yes
// becomes an account in the commit of that login, with the password as its own, and from
// then on it is never asked for that name again. What it answers with no is a wrong
// password like any other.
//
// An error, a panic and an answer that takes longer than five seconds deny, as does the
// 65th question at once: the login ends with [ErrBusy], and nothing is charged. Where the
// caller goes away meanwhile nothing is made.
//
// The time of a login tells what the Fallback discloses by its own, and that a name has
// not moved in yet: only such names are asked for. For all of those the engine itself
// does the same work. While people may sign up, whoever takes a name first has it: the
// Fallback is then never asked for it.
type Fallback interface {
	// Check reports whether the password is the name's in the other system, and if
	// so returns the account that is to be made. Its Name is that name, in any
	// spelling that is the same name; it has no Password and no PasswordHash; its
	// Roles are roles of the application of the engine's own calls. Check must not
	// keep the password, and must return soon after ctx ends. It is called from any
	// number of goroutines, 64 at most.
	Check(ctx context.Context, name, password string) (u *directory.NewUser, ok bool, err error)
}
