package weblogin

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/httpstatus"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// route is one page with its forms.
type route struct {
	path    string
	anybody bool // also who is not signed in
	// hosts means that pages of the host have this form too, which have no nonce to give: it
	// does nothing that a form of this site may not do, and the guard refuses all others.
	hosts bool
	// look shows how it stands, also where a form was refused: then the visit has faults.
	look func(*visit) error
	// forms are what is done, by the action that each form names.
	forms map[string]func(*visit) error
}

// routes are all pages but those that mails lead to.
func (p *Pages) routes() []route {
	list := []route{
		{path: p.paths.SignIn, anybody: true, look: (*visit).lookSignIn, forms: signInForms},
		{path: p.paths.StepUp, look: (*visit).lookStepUp, forms: stepUpForms},
		{path: p.opts.SignOut, anybody: true, hosts: true, look: (*visit).lookSignOut, forms: signOutForms},
		{path: p.opts.Forgot, anybody: true, look: (*visit).lookForgot, forms: forgotForms},
	}
	if p.engine.CanSignUp() {
		list = append(list, route{path: p.opts.SignUp, anybody: true, look: (*visit).lookSignUp, forms: signUpForms})
	}
	return append(list, p.accountRoutes()...)
}

// handler serves one page. Forms of other sites are refused, whether or not they bring a cookie.
func (p *Pages) handler(r route) http.Handler {
	return p.guard.SameSite(p.guard.Require(guard.Anonymous)(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		v := newVisit(p, &r, w, form.WithSteadyContext(req))
		if err := v.serve(); err != nil {
			v.fail(err)
		}
	})))
}

func (v *visit) serve() error {
	looks := v.r.Method == http.MethodGet || v.r.Method == http.MethodHead
	switch {
	case !looks && v.r.Method != http.MethodPost:
	case v.who == nil && !v.route.anybody:
		return v.askSignIn(looks)
	case looks:
		return v.route.look(v)
	default:
		return v.take()
	}
	v.w.Header().Set("Allow", "GET, HEAD, POST")
	return form.Refuse(http.StatusMethodNotAllowed, "method")
}

// take takes a form: of a page that this browser has been shown, as it stands now.
func (v *visit) take() (err error) {
	if v.form, err = form.Read(v.w, v.r, vocabulary, http.StatusUnsupportedMediaType); err != nil {
		return err
	}
	if !v.route.hosts && !v.isTag(v.form["nonce"], v.route.path) {
		return v.stale()
	}
	do, known := v.route.forms[v.form["action"]]
	if !known {
		return form.Refuse(http.StatusBadRequest, "action")
	}
	return do(v)
}

// stale shows how it stands to whoever sent a form of an earlier page, or whose browser keeps no
// cookies.
func (v *visit) stale() error {
	if v.browser == "" {
		return v.refuse(page.Fault{Text: page.Say("Nothing was done: your browser brought no cookie of this page. Allow cookies for this site, and try again.")})
	}
	return v.refuse(page.Fault{Text: page.Sentences(page.Say("Nothing was done: you sent a page from before. This is how it stands now."), page.Say("Go on from here."))})
}

// sessionOver answers whose session has ended while the request was served. A form was refused
// before only where its wrong passwords or codes have ended it.
func (v *visit) sessionOver() error {
	looks := v.r.Method != http.MethodPost
	if looks || len(v.faults) == 0 {
		return v.askSignIn(looks)
	}
	v.faults = nil
	return v.tellSignedOut(page.Say("Your session has ended: too many wrong passwords or codes were typed in it."))
}

// askSignIn leads to the sign-in, and from there back. Of a form that was sent without a session
// it says that nothing was done.
func (v *visit) askSignIn(looks bool) error {
	if looks {
		return v.lead(v.signInPath())
	}
	return v.tellSignedOut(page.Say("Nothing was done: your session has ended, here or in another window."))
}

// signInPath is that of the sign-in, which leads back here.
func (v *visit) signInPath() string {
	return v.p.paths.SignIn + "?to=" + url.QueryEscape(guard.LocalPath(v.r.URL.RequestURI()))
}

// tellSignedOut says to whoever sent a form why they are signed out.
func (v *visit) tellSignedOut(why page.Text) error {
	v.status = http.StatusUnauthorized
	return v.show(page.Note{Title: page.Say("You are signed out"), Text: []page.Text{
		why, page.Say("Sign in to go on."),
	}, Link: linkTo(v.signInPath(), page.Say("Sign in"))}.Page())
}

// vocabulary are the fields of all forms.
var vocabulary = form.Vocabulary{Exact: []string{
	"nonce", "of", "ends", "action", "name", "username", "password", "keep", "remember", "option", "code", "new", "again",
	"email", "factor", "label", "session", "device", "language", "sure",
}}

// refuse shows the page again, with what was wrong.
func (v *visit) refuse(faults ...page.Fault) error {
	v.faults, v.status = faults, http.StatusBadRequest
	return v.route.look(v)
}

// busy shows the page again where no mail can be asked for now (503), with what was typed.
func (v *visit) busy() error {
	v.status = http.StatusServiceUnavailable
	v.faults = page.Faults{{Text: page.Say("No mail was sent: too much is asked for at the moment, here or from your network. Try again in a minute, and if that does not help, in an hour.")}}
	v.w.Header().Set("Retry-After", "60")
	return v.route.look(v)
}

// fail turns an error into a page that says what to do.
func (v *visit) fail(err error) {
	switch {
	case errors.Is(err, sallyport.ErrInvalidSession):
		err = v.sessionOver()
	case errors.Is(err, guard.ErrForeign):
		err = form.Refuse(http.StatusForbidden, "Origin")
	}
	if err == nil {
		return
	}
	e, ours := asRefusal(err)
	if !ours {
		e = form.Refusal(httpstatus.Of(err))
		if e.Status == http.StatusInternalServerError {
			v.p.opts.Logger.ErrorContext(v.r.Context(), "a page failed", "route", v.route.path, "error", err)
		}
	}
	if e.Status == http.StatusServiceUnavailable {
		v.w.Header().Set("Retry-After", "2")
	}
	v.status = e.Status
	if err := v.show(page.OfStatus(e.Status)); err != nil {
		v.p.opts.Logger.ErrorContext(v.r.Context(), "a page could not be drawn", "route", v.route.path, "error", err)
		http.Error(v.w, "Something went wrong.", http.StatusInternalServerError)
	}
}
