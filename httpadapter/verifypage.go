package httpadapter

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// mountVerification adds the page to the table, where people can sign up.
func (a *Adapter) mountVerification() {
	if !a.engine.CanSignUp() {
		return
	}
	a.pageLeaf(a.engine.Pages().Verify+"/{key}").
		on(http.MethodGet, "The page on which who signs up proves an address. Looking changes nothing.", a.openVerifyPage).
		on(http.MethodPost, "Makes the account.", a.postVerifyPage)
}

// verifyForm is what the form of the page sends.
var verifyForm = form.Vocabulary{Exact: []string{"nonce", "name", "password"}}

// verifyPage is what the template shows.
type verifyPage struct {
	sallyport.VerificationView
	Until string
	Typed string // the name, as it stands in its field
}

// openVerifyPage shows what a key is about, or, under a word in its place, how one
// ended. It changes nothing, because mail scanners open links too.
func (a *Adapter) openVerifyPage(w http.ResponseWriter, r *http.Request) error {
	if note, ok := verifyNotes[form.LastSegment(r)]; ok {
		a.writePage(w, r, http.StatusOK, note.Page())
		return nil
	}
	v, err := a.engine.ViewVerification(r.Context(), form.LastSegment(r))
	if err != nil {
		return err
	}
	return a.showVerification(w, r, v, v.Name, page.Fault{})
}

// showVerification shows the form, or leads to how it ended, at an address without the
// key.
func (a *Adapter) showVerification(w http.ResponseWriter, r *http.Request, v sallyport.VerificationView, name string, fault page.Fault) error {
	switch v.Status {
	case "":
	case sallyport.RegistrationDead:
		return sallyport.ErrUnknownRequest
	default:
		a.leadTo(w, a.parentPath(r)+"/"+verifyWords[v.Status])
		return nil
	}
	status := http.StatusOK
	if fault.Text != "" {
		status = http.StatusBadRequest
	}
	a.writePage(w, r, status, page.Page{
		Name: "verify", Title: "Make your account", Fault: fault,
		Data: &verifyPage{VerificationView: v, Until: page.When(v.Ends, a.location), Typed: name},
	})
	return nil
}

// postVerifyPage makes the account, with the name and the password of the form: the
// page knows no browser in which the sign-up began.
func (a *Adapter) postVerifyPage(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(w, r, verifyForm, http.StatusUnsupportedMediaType)
	if err != nil {
		return err
	}
	key := form.LastSegment(r)
	v, err := a.engine.ViewVerification(r.Context(), key)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(v.Nonce), []byte(f["nonce"])) != 1 {
		return sallyport.ErrUnknownRequest
	}
	if fault := blankVerification(f); v.Status == "" && fault.Text != "" {
		return a.showVerification(w, r, v, f["name"], fault)
	}
	out, err := a.engine.VerifyEmail(r.Context(), sallyport.Verification{Address: a.address(r), Key: key, Username: f["name"], Password: f["password"]})
	if err != nil {
		return err
	}
	if fault := verifyFault(out); fault.Text != "" {
		return a.showVerification(w, r, v, f["name"], fault)
	}
	if out.Status == sallyport.RegistrationDead { // sent twice, perhaps: then it is told how the first has ended
		if v, err = a.engine.ViewVerification(r.Context(), key); err != nil || v.Status == "" {
			return sallyport.ErrUnknownRequest
		}
		return a.showVerification(w, r, v, "", page.Fault{})
	}
	a.leadTo(w, a.parentPath(r)+"/"+verifyWords[out.Status])
	return nil
}

// blankVerification says what was not filled in.
func blankVerification(f form.Fields) page.Fault {
	switch {
	case strings.TrimSpace(f["name"]) == "":
		return page.Fault{Field: "name", Text: "Choose a name first."}
	case f["password"] == "":
		return page.Fault{Field: "password", Text: "Choose a password first."}
	}
	return page.Fault{}
}

// verifyFault says what was wrong with the form, if anything was.
func verifyFault(out *sallyport.VerificationResult) page.Fault {
	switch out.Status {
	case sallyport.RegistrationNameTaken:
		return page.Fault{Field: "name", Text: "This name is taken. Choose another one."}
	case sallyport.RegistrationNameRefused:
		return page.Fault{Field: "name", Text: "This name cannot be used: it " + out.NameFault.Err.Error() + "."}
	case sallyport.RegistrationPasswordWanted:
		return page.Fault{Field: "password", Text: "This password cannot be used. " + strings.Join(out.Policy.Messages(), " ")}
	}
	return page.Fault{}
}

// verifyWords are what stands in the place of the key in the address of a page that
// tells an end. No key looks like one.
var verifyWords = map[sallyport.RegistrationStatus]string{
	sallyport.RegistrationCreated: "made", sallyport.RegistrationWaits: "waiting", sallyport.RegistrationAddressTaken: "taken",
}

// verifyNotes are the pages of the ends, by those words.
var verifyNotes = map[string]page.Note{
	"made": {Title: "Your account is made", Text: []string{
		"Your address is confirmed. Go back to where you signed up and sign in with your name and password.",
	}},
	"waiting": {Title: "Your account waits for approval", Text: []string{
		"Your address is confirmed, and your account is made. You can sign in once somebody who runs the service has approved it.",
	}},
	"taken": {Title: "You have an account already", Text: []string{
		"Your address belongs to an account that was made meanwhile. No second one was made. Sign in with that one.",
	}},
}
