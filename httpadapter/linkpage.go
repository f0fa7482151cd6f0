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
	Alert string
}

// openLinkPage shows what a link is about. It changes nothing, because mail
// scanners open links too.
func (a *Adapter) openLinkPage(w http.ResponseWriter, r *http.Request) error {
	v, err := a.engine.ViewLink(r.Context(), form.LastSegment(r))
	if err != nil {
		return err
	}
	a.writePage(w, r, http.StatusOK, page.Page{Name: "link", Data: linkPage{LinkView: v}})
	return nil
}

// postLinkPage takes the answer and shows its outcome. Only the client that
// waits gets tokens.
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
			a.writePage(w, r, http.StatusBadRequest, page.Page{Name: "link", Data: linkPage{LinkView: v, Alert: "Enter the two digits that the sign-in shows."}})
			return nil
		}
	}
	out, err := a.engine.DecideLink(r.Context(), token, d)
	if err != nil {
		return err
	}
	a.writePage(w, r, http.StatusOK, linkNotes[out].Page())
	return nil
}

// isNumber reports whether s can be the number of a link: two digits.
func isNumber(s string) bool { return len(s) == 2 && strings.Trim(s, "0123456789") == "" }

// linkNotes are the pages of the outcomes.
var linkNotes = map[sallyport.LinkOutcome]page.Note{
	sallyport.LinkApproved: {Title: "Approved", Text: []string{
		"Go back to where you signed in: it goes on there.", "You can close this page.",
	}},
	sallyport.LinkDenied: {Title: "Stopped", Text: []string{
		"The sign-in has been refused.",
		"Whoever tried it knows your password: change it soon.",
	}},
	sallyport.LinkWrongNumber: {Title: "That was not the number", Text: []string{
		"To be safe, the sign-in has been refused. If it was you, sign in once more.",
		"If it was not you, somebody knows your password: change it soon.",
	}},
	sallyport.LinkMustWait: {Title: "Not yet", Text: []string{
		"Another sign-in to your account is waiting as well, and nothing tells the two apart. Nothing was approved.",
		"Wait until the other has expired, a few minutes, then open the link again. If you did not start two, say that this was not you.",
	}},
	sallyport.LinkUndone: {Title: "Removed", Text: []string{
		"What was added has been removed, and every session of your account has ended.",
		"Change your password before you sign in again.",
	}},
}
