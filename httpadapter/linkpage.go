package httpadapter

import (
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// linkForm is what the form of the page sends.
var linkForm = form.Vocabulary{Exact: []string{"nonce", "decision", "number", "add"}}

// linkPage is what the template shows.
type linkPage struct {
	sallyport.LinkView
	Typed  string // the number, as it was sent
	Ticked bool   // the box, as it was sent
}

// openLinkPage shows what a link is about, or how it ended. It changes nothing,
// because mail scanners open links too.
func (a *Adapter) openLinkPage(w http.ResponseWriter, r *http.Request) error {
	v, err := a.engine.ViewLink(r.Context(), form.LastSegment(r))
	if err != nil {
		return err
	}
	a.writePage(w, r, linkStatus(v), a.linkView(v))
	return nil
}

// linkStatus is 410 for a link that nobody answered and nobody can any more.
func linkStatus(v sallyport.LinkView) int {
	if v.Outcome == sallyport.LinkOver {
		return http.StatusGone
	}
	return http.StatusOK
}

// linkView is the page of a link, in the language of its account.
func (a *Adapter) linkView(v sallyport.LinkView) page.Page { return a.linkScreen(v).In(v.Language) }

func (a *Adapter) linkScreen(v sallyport.LinkView) page.Page {
	data := &linkPage{LinkView: v}
	switch {
	case v.Outcome != "":
		return a.linkNote(v).Page()
	case v.StepUp:
		return page.Page{Name: "link", Title: page.Say("Is this you?"), Data: data}
	case v.Undo:
		return page.Page{Name: "undo", Title: page.Say("Remove what was added?"), Data: data}
	}
	return page.Page{Name: "link", Title: page.Say("Is this you signing in?"), Data: data}
}

// linkNote says how a link ended. Whoever said that it was not them signs in to change their
// password.
func (a *Adapter) linkNote(v sallyport.LinkView) page.Note {
	n := linkNotes[v.Outcome]
	if own, differs := stepUpNotes[v.Outcome]; differs && v.StepUp {
		n = own
	}
	if v.Outcome == sallyport.LinkDenied || v.Outcome == sallyport.LinkUndone {
		n = a.toSignIn(n)
	}
	return n
}

// postLinkPage takes the answer, and leads to the page that shows its outcome, so
// that a reload sends nothing again. Only the client that waits gets tokens.
func (a *Adapter) postLinkPage(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(w, r, linkForm, http.StatusUnsupportedMediaType)
	if err != nil {
		return err
	}
	token := form.LastSegment(r)
	d := sallyport.LinkDecision{Nonce: f["nonce"], Approve: f["decision"] == "approve", Number: typed.Code(f["number"]), Add: f["add"] != ""}
	if !d.Approve && f["decision"] != "deny" {
		return form.Refuse(http.StatusBadRequest, "decision")
	}
	if d.Approve && !isNumber(d.Number) {
		v, err := a.engine.ViewLink(r.Context(), token)
		if err != nil {
			return err
		}
		if v.WantsNumber { // there is one try, and a typing error must not use it up
			fault := page.Fault{Field: "number", Text: page.Say("Enter the two digits that the sign-in shows.")}
			if v.StepUp {
				fault.Text = page.Say("Enter the two digits that the page shows.")
			}
			a.refuseLink(w, r, v, f, fault)
			return nil
		}
	}
	out, err := a.engine.DecideLink(r.Context(), token, d)
	if err != nil {
		return err
	}
	if out == sallyport.LinkMustWait {
		v, err := a.engine.ViewLink(r.Context(), token)
		if err != nil {
			return err
		}
		a.refuseLink(w, r, v, f, page.Fault{Text: page.Say("Nothing was approved: another sign-in to your account is waiting as well.")})
		return nil
	}
	a.seeOther(w, r, "")
	return nil
}

// refuseLink shows the form again as it was filled in, and what is wrong with it.
func (a *Adapter) refuseLink(w http.ResponseWriter, r *http.Request, v sallyport.LinkView, f form.Fields, fault page.Fault) {
	p := a.linkView(v)
	if data, ok := p.Data.(*linkPage); ok {
		data.Typed, data.Ticked = f["number"], f["add"] != ""
		p.Faults = page.Faults{fault}
	}
	a.writePage(w, r, http.StatusBadRequest, p)
}

// isNumber reports whether s can be the number of a link: two digits.
func isNumber(s string) bool { return len(s) == 2 && strings.Trim(s, "0123456789") == "" }

// linkNotes are the pages of the outcomes.
var linkNotes = map[sallyport.LinkOutcome]page.Note{
	sallyport.LinkApproved: {Title: page.Say("Approved"), Text: []page.Text{
		page.Say("Go back to where you signed in: it goes on there."), page.Say("You can close this page."),
	}},
	sallyport.LinkApprovedAlone: {Title: page.Say("Approved, and nothing was added"), Text: []page.Text{
		page.Say("Go back to where you signed in: it goes on there."),
		page.Say("The new way to sign in was not added, because the box was not ticked. If you set it up yourself, set it up once more at your next sign-in."),
	}},
	sallyport.LinkDenied: {Title: page.Say("Stopped"), Text: []page.Text{
		page.Say("The sign-in has been refused. For an hour no more links are sent where your account has another way to sign in."),
		page.Say("Whoever tried it knows your password: change it soon."),
	}},
	sallyport.LinkWrongNumber: {Title: page.Say("That was not the number"), Text: []page.Text{
		page.Say("To be safe, the sign-in has been refused. If it was you, sign in once more."),
		page.Say("If it was not you, somebody knows your password: change it soon."),
	}},
	sallyport.LinkUndone: {Title: page.Say("Removed"), Text: []page.Text{
		page.Say("What was added has been removed, and every session of your account has ended."),
		page.Say("Change your password before you sign in again."),
	}},
	sallyport.LinkOver: {Title: page.Say("This link is no longer good"), Text: []page.Text{
		page.Say("It has expired, a newer one was sent, or the sign-in has ended. Nothing was approved with it."),
		page.Say("If it was you, go back to where you signed in and ask for another link, or sign in once more."),
	}},
}

// stepUpNotes are those of them that differ where nobody signs in: somebody who is signed in
// has to prove that it is them.
var stepUpNotes = map[sallyport.LinkOutcome]page.Note{
	sallyport.LinkApproved: {Title: page.Say("Approved"), Text: []page.Text{
		page.Say("Go back to the page that asked: it goes on there."), page.Say("You can close this page."),
	}},
	sallyport.LinkDenied: {Title: page.Say("Stopped"), Text: []page.Text{
		page.Say("It has been refused, and the session that asked has ended. For an hour no more links are sent where your account has another way to sign in."),
		page.Say("Somebody else was signed in to your account: end all other sessions, and change your password."),
	}},
	sallyport.LinkWrongNumber: {Title: page.Say("That was not the number"), Text: []page.Text{
		page.Say("To be safe, it has been refused. If it was you, go back to the page that asked and begin once more."),
		page.Say("If it was not you, somebody else is signed in to your account: end all other sessions, and change your password."),
	}},
	sallyport.LinkOver: {Title: page.Say("This link is no longer good"), Text: []page.Text{
		page.Say("It has expired, a newer one was sent, or what asked for it has ended. Nothing was approved with it."),
		page.Say("If it was you, go back to the page that asked and ask for another link."),
	}},
}
