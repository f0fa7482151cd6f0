package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/guard"
)

// deed is what an admin may do to an account of somebody else, with a reason.
type deed struct {
	Name, Button string
	Text         string // what it does
	Done         string // that it was done
	fits         func(u *sallyport.User) bool
	do           deedFunc
}

// deedFunc does it in the name of an actor. The invitation is nil where it makes none.
type deedFunc func(ctx context.Context, s *site, by sallyport.Actor, id string) (*sallyport.Invitation, error)

// plain is a deed that makes no invitation.
func plain(do func(ctx context.Context, s *site, by sallyport.Actor, id string) error) deedFunc {
	return func(ctx context.Context, s *site, by sallyport.Actor, id string) (*sallyport.Invitation, error) {
		return nil, do(ctx, s, by, id)
	}
}

var deeds = []deed{
	{
		"lock", "Lock", "Its owner is out at once, and stays out until an admin unlocks it.", "The account is locked.",
		func(u *sallyport.User) bool { return !u.Locked },
		plain(func(ctx context.Context, s *site, by sallyport.Actor, id string) error {
			return s.people.lock(ctx, by, id)
		}),
	},
	{
		"unlock", "Unlock", "Ends a lock, also one that came of wrong passwords or codes.", "The account is not locked.", nil,
		plain(func(ctx context.Context, s *site, by sallyport.Actor, id string) error {
			return s.people.unlock(ctx, by, id)
		}),
	},
	{
		"disable", "Disable", "For an account that is to stay, and is not to be used: its owner is out at once.", "The account is disabled.",
		func(u *sallyport.User) bool { return !u.Disabled },
		plain(func(ctx context.Context, s *site, by sallyport.Actor, id string) error {
			return s.people.disable(ctx, by, id, true)
		}),
	},
	{
		"enable", "Enable", "Its owner may sign in again.", "The account is enabled.",
		func(u *sallyport.User) bool { return u.Disabled },
		plain(func(ctx context.Context, s *site, by sallyport.Actor, id string) error {
			return s.people.disable(ctx, by, id, false)
		}),
	},
	{
		"end-sessions", "End all sessions", "Signs its owner out everywhere, and forgets remembered devices.", "All sessions of the account have ended.", nil,
		plain(func(ctx context.Context, s *site, by sallyport.Actor, id string) error {
			return s.engine.Admin(by).EndSessions(ctx, id)
		}),
	},
	{
		"reset-factors", "Take all second factors away", "For somebody who has lost them: they add a new one by an invitation.", "The account has no second factor any more.", nil,
		func(ctx context.Context, s *site, by sallyport.Actor, id string) (*sallyport.Invitation, error) {
			return inviting(func(how sallyport.InviteBy) (*sallyport.Invitation, error) {
				return s.engine.Admin(by).ResetFactors(ctx, id, how)
			})
		},
	},
	{
		"invite", "Invite to add a second factor", "Makes an invitation and takes nothing away.", "There is an invitation.", nil,
		func(ctx context.Context, s *site, by sallyport.Actor, id string) (*sallyport.Invitation, error) {
			return inviting(func(how sallyport.InviteBy) (*sallyport.Invitation, error) {
				return s.engine.Admin(by).Invite(ctx, id, how)
			})
		},
	},
}

// inviting makes an invitation, which goes to the owner of an account by mail where their
// address is proven, else through the admin.
func inviting(call func(how sallyport.InviteBy) (*sallyport.Invitation, error)) (*sallyport.Invitation, error) {
	in, err := call(sallyport.InviteMailed)
	if errors.Is(err, sallyport.ErrNoProvenAddress) { // and nothing was done
		return call(sallyport.InviteReturned)
	}
	return in, err
}

// changeUser takes the form of a deed.
func (s *site) changeUser(w http.ResponseWriter, r *http.Request) {
	name, form, why := r.PostFormValue("deed"), r.PostFormValue("form"), strings.TrimSpace(r.PostFormValue("reason"))
	wrong := wrongReason(why)
	d, known := deedOf(name)
	if !known || form == "" || len(form) > 64 {
		show(w, r, http.StatusBadRequest, "trouble", "Nothing was done: something is missing in this form. Open the page of the account, and try again.")
		return
	}
	if wrong == "" {
		this := repeat{guard.From(r.Context()).SessionID, r.PathValue("id"), form + " " + name}
		err := s.done.once(this, s.engine.Now(), func() (*done, error) { return s.do(r, d, why) })
		if err == nil {
			http.Redirect(w, r, "/admin/users/"+url.PathEscape(r.PathValue("id"))+"?done="+url.QueryEscape(this.form), http.StatusSeeOther)
			return
		}
		if wrong = wrongDeed(err); wrong == "" {
			fault(w, r, err)
			return
		}
	}
	s.showUser(w, r, http.StatusBadRequest, userView{Wrong: wrong, Sent: name, Reason: why})
}

func deedOf(name string) (deed, bool) {
	for _, d := range deeds {
		if d.Name == name {
			return d, true
		}
	}
	return deed{}, false
}

// do does a deed, unless it is to the actor's own account: somebody else has to.
func (s *site) do(r *http.Request, d deed, why string) (*done, error) {
	actor := by(r, why)
	u, err := s.people.find(r.Context(), actor, r.PathValue("id"))
	switch {
	case err != nil:
		return nil, err
	case u.ID == actor.Access.AccountID:
		return nil, sallyport.ErrOwnAccount
	}
	invitation, err := d.do(r.Context(), s, actor, u.ID)
	if err != nil {
		return nil, err
	}
	return &done{Text: d.Done, Invitation: invitation}, nil
}

// wrongReason says what is wrong with a reason; empty: nothing. The trail keeps it.
func wrongReason(why string) string {
	switch {
	case why == "":
		return "Nothing was done. Say why, for the records."
	case utf8.RuneCountInString(why) > 200:
		return "Nothing was done. Say why in at most 200 characters."
	case !utf8.ValidString(why) || strings.ContainsFunc(why, unicode.IsControl):
		return "Nothing was done. Say why in one line of plain text."
	}
	return ""
}

// wrongDeed says why something cannot be done to this account; empty: it may another time.
func wrongDeed(err error) string {
	switch {
	case errors.Is(err, sallyport.ErrOwnAccount):
		return "Nothing was done: this is your own account. Another admin may change it."
	case errors.Is(err, directory.ErrPasswordless):
		return "Nothing was done: the account has no password, so an invitation is of no use."
	}
	return ""
}
