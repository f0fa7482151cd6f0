package httpadapter

import (
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/internal/useragent"
)

// inviteForm is what the form of the page sends. The name is for password managers.
var inviteForm = form.Vocabulary{Exact: []string{"nonce", "username", "password"}}

// inviteKeyPage is the page on which who was invited to add a second factor begins. It
// leads to the enrolment page.
func (a *Adapter) inviteKeyPage() keyPage {
	return keyPage{
		path: a.engine.Pages().Invite, cookie: "sallyport_invite", over: a.toSignIn(inviteOver), form: inviteForm,
		doc: keyPageDoc{
			link: "The link of an invitation to add a second factor. It leads to the page without the key.",
			look: "The page on which who was invited to add a second factor types their password.",
			sent: "Takes up the invitation, and leads to the page on which a factor is added.",
		},
		view: a.viewInvitation,
	}
}

// invitePage is what the template shows.
type invitePage struct {
	sallyport.InvitationView
}

// viewInvitation returns how it stands with an invitation.
func (a *Adapter) viewInvitation(r *http.Request, k keptKey) (*keyState, error) {
	v, err := a.engine.ViewInvitation(r.Context(), k.key)
	if err != nil {
		return nil, err
	}
	shown := page.Page{Name: "invite", Title: page.Say("Add a second factor"), Data: &invitePage{v}}
	if v.Done {
		shown = a.toSignIn(inviteDone).Page()
	}
	shown = shown.In(v.Language)
	return &keyState{
		left: v.Left, done: v.Done, nonce: v.Nonce, shown: shown,
		post: func(w http.ResponseWriter, r *http.Request, f form.Fields) error {
			return a.postInvitation(w, r, sallyport.InvitationCall{Key: k.key, Password: f["password"]}, shown)
		},
	}, nil
}

// postInvitation takes up the invitation, or says why not.
func (a *Adapter) postInvitation(w http.ResponseWriter, r *http.Request, in sallyport.InvitationCall, shown page.Page) error {
	if in.Password == "" {
		shown.Faults = page.Faults{{Field: "password", Text: page.Say("Enter your password first.")}}
		a.writePage(w, r, http.StatusBadRequest, shown)
		return nil
	}
	in.Address, in.Device = a.address(r), useragent.Device(r.UserAgent())
	out, err := a.engine.AcceptInvitation(r.Context(), in)
	switch {
	case isUnknown(err):
		a.seeOther(w, r, "") // it has died meanwhile: the page says so
		return nil
	case err != nil:
		return err
	case out.Outcome == sallyport.EnrollmentWanted:
		a.leadTo(w, out.Enrollment.URL)
		return nil
	}
	if text, told := inviteFaults[out.Reason]; told {
		shown.Faults = page.Faults{{Field: "password", Text: text}}
		a.writePage(w, r, http.StatusBadRequest, shown)
		return nil
	}
	note, known := inviteNotes[out.Reason]
	switch {
	case !known:
		note = inviteImpossible
	case out.Reason == sallyport.ReasonHasFactor:
		note = a.toSignIn(note)
	}
	a.writePage(w, r, http.StatusGone, note.Page().In(shown.Language))
	return nil
}

// inviteFaults are what is wrong with a password that was sent.
var inviteFaults = map[sallyport.Reason]page.Text{
	sallyport.ReasonWrongPassword: page.Say("This is not the password of this account."),
	sallyport.ReasonLastTry:       page.Say("This is not the password of this account. After one more wrong one it is locked for a while."),
	sallyport.ReasonLockedOut:     page.Say("So many wrong passwords were typed that none is accepted for a while. Try again later."),
}

// The notes with which the page ends.
var (
	inviteDone = page.Note{Title: page.Say("Your second factor was added"), Text: []page.Text{
		page.Say("This invitation has done its work. Sign in where you want to go on: you are asked for your password, and for the new factor."),
		page.Say("If it was not you who added it, tell whoever runs the service."),
	}}
	inviteOver = page.Note{Title: page.Say("This invitation is no longer good"), Text: []page.Text{
		page.Say("It was used, its seven days are over, or the account was changed after it was made, such as by a new password."),
		page.Say("Ask whoever runs the service for another one."),
	}}
	inviteImpossible = page.Note{Title: page.Say("No factor can be added now"), Text: []page.Text{
		page.Say("Your password is right, but nothing can be added to this account at the moment. The invitation stays good."),
		page.Say("Ask whoever runs the service."),
	}}
	inviteNotes = map[sallyport.Reason]page.Note{
		sallyport.ReasonHasFactor: {Title: page.Say("Your account has a second factor"), Text: []page.Text{
			page.Say("Sign in with it where you want to go on. An invitation is for accounts that have none."),
			page.Say("If you cannot use it any more, tell whoever runs the service."),
		}},
		sallyport.ReasonGuessesUsedUp: {Title: page.Say("Too many wrong codes"), Text: []page.Text{
			page.Say("So many wrong codes were given for this account that nothing can be added to it for a while. The invitation stays good."),
			page.Say("Try again in an hour."),
		}},
	}
)
