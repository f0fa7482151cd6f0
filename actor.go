package sallyport

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// Actor is who administers: a person, by the [Access] that their session or token
// gave, or a job of the host's, by a name. It is never made of what a caller sent.
type Actor struct {
	Access *Access // of a person
	// Name is that of a job, such as setup, and is read where there is no Access. It
	// does not look like the id of an account, by which the trail calls people.
	Name string
	// Reason is for the trail: 1 to 200 characters without control characters where a
	// person acts; a job may leave it out.
	Reason string
}

// maxReason is how many characters an actor may give as a reason, and as a name.
const maxReason = 200

// ErrOwnAccount means that an actor may not do this to their own account: unlock,
// approve or enable it, set its password, move its addresses, take its factors away,
// or give it roles, also by an edit of a role that it has or, where the users are the
// host's own, names.
var ErrOwnAccount = directory.ErrOwnAccount

// id is how the trail calls the actor.
func (a *Actor) id() string {
	if a.Access != nil {
		return a.Access.AccountID
	}
	return a.Name
}

// own is the id of the actor's account; a job has none.
func (a *Actor) own() string {
	if a.Access == nil {
		return ""
	}
	return a.Access.AccountID
}

// isOwnKept is isOwn of an id of an account that the host or a module keeps, which the
// host may have spelt as it likes.
func (a *Actor) isOwnKept(id string) bool { return id != "" && a.own() == id }

// isOwn reports whether an id is that of the actor's account.
func (a *Actor) isOwn(id string) bool { return id != "" && a.own() == normalID(id) }

// sign puts the actor into an event.
func (a *Actor) sign(ev Event) Event {
	ev.Actor, ev.Reason = a.id(), a.Reason
	if a.Access != nil {
		ev.ActorSession = a.Access.SessionID
	}
	return ev
}

// check returns what is wrong with an actor.
func (a *Actor) check() error {
	for _, f := range []field{{"Actor.Name", a.Name}, {"Actor.Reason", a.Reason}} {
		if !utf8.ValidString(f.value) || utf8.RuneCountInString(f.value) > maxReason || strings.ContainsFunc(f.value, unicode.IsControl) {
			return fmt.Errorf("sallyport: %s has over %d characters, or a control character", f.name, maxReason)
		}
	}
	_, looksLikeID := rnd.ParseUUID(strings.TrimSpace(a.Name))
	switch {
	case a.id() == "":
		return errors.New("sallyport: Actor names nobody: want Access, or Name for a job")
	case a.Access == nil && looksLikeID:
		return errors.New("sallyport: Actor.Name looks like the id of an account, by which the trail calls people: want Access, or another name for the job")
	case a.Access != nil && strings.TrimSpace(a.Reason) == "":
		return fmt.Errorf("sallyport: Actor.Reason is missing: a person says why, in 1 to %d characters", maxReason)
	}
	return nil
}
