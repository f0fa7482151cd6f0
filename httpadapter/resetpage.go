package httpadapter

import (
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// resetForm is what the forms of the page send. The name is for password managers.
var resetForm = form.Vocabulary{Exact: []string{"action", "nonce", "by", "code", "password", "again", "username"}}

// resetCookie is the name of the cookie that keeps the key, and the id of the request in
// which a factor is proven, so that neither stands in a URL.
const resetCookie = "sallyport_reset"

// resetKeyPage is the page on which a forgotten password is set anew.
func (a *Adapter) resetKeyPage() keyPage {
	return keyPage{
		path: a.engine.Pages().Reset, cookie: resetCookie, over: a.toSignIn(resetOver), form: resetForm,
		doc: keyPageDoc{
			link: "The link by which a forgotten password is set anew. It leads to the page without the key.",
			look: "The page on which a forgotten password is set anew.",
			sent: "The forms of that page.",
		},
		view: a.viewReset,
	}
}

// viewReset returns how far the reset is that a key is for.
func (a *Adapter) viewReset(r *http.Request, k keptKey) (*keyState, error) {
	v, err := a.engine.ViewReset(r.Context(), k.key, k.beside)
	if err != nil {
		return nil, err
	}
	return &keyState{
		left: v.Left, done: v.Done, nonce: v.Nonce, shown: a.resetView(v, r.URL.Query().Get("by")),
		post: func(w http.ResponseWriter, r *http.Request, f form.Fields) error {
			step, known := resetSteps[f["action"]]
			if !known {
				return form.Refuse(http.StatusBadRequest, "action")
			}
			return step(&resetSent{a: a, w: w, r: r, kept: k, view: v, fields: f})
		},
	}, nil
}

// resetSent is one form that was sent.
type resetSent struct {
	a      *Adapter
	w      http.ResponseWriter
	r      *http.Request
	kept   keptKey
	view   *sallyport.ResetView
	fields form.Fields
}

// resetSteps are the forms of the page by the name that each sends.
var resetSteps = map[string]func(*resetSent) error{
	"begin": (*resetSent).begin, "send": (*resetSent).send, "code": (*resetSent).code, "password": (*resetSent).password,
}

// call makes a call of the host's own: the key is what speaks for the browser.
func (s *resetSent) call(in sallyport.ResetFinish) (*sallyport.ResetResult, error) {
	in.Key, in.Address = s.kept.key, s.a.address(s.r)
	return s.a.engine.FinishReset(s.r.Context(), in)
}

// refuse shows the page again, and what is wrong with what was sent.
func (s *resetSent) refuse(fault page.Fault) error {
	p := s.a.resetView(s.view, s.fields["by"])
	p.Faults = page.Faults{fault}
	s.a.writePage(s.w, s.r, http.StatusBadRequest, p)
	return nil
}

// over shows that the key, or the request, is at its end.
func (s *resetSent) over(n page.Note) error {
	s.a.writePage(s.w, s.r, http.StatusGone, s.a.toSignIn(n).Page().In(s.view.Language))
	return nil
}

func (s *resetSent) on(query string) error {
	s.a.seeOther(s.w, s.r, query)
	return nil
}

// begin opens the request in which a factor is proven.
func (s *resetSent) begin() error {
	if !s.view.WantsFactor || len(s.view.Options) > 0 {
		return s.on("") // a double click
	}
	result, err := s.call(sallyport.ResetFinish{})
	switch {
	case err != nil:
		return err
	case result.Outcome != sallyport.FactorWanted:
		return s.denied(result)
	}
	http.SetCookie(s.w, s.a.keptCookie(resetCookie, s.a.publicPath(s.r), keptKey{s.kept.key, result.RequestID}, s.view.Left))
	return s.on("")
}

// way is the one that the form names. Without one the page has moved on.
func (s *resetSent) way() (sallyport.ResetFinish, bool) {
	way, ok := resetWayOf(s.view, s.fields["by"])
	return sallyport.ResetFinish{RequestID: s.kept.beside, OptionID: way.ID}, ok
}

func (s *resetSent) send() error {
	in, ok := s.way()
	if !ok {
		return s.on("")
	}
	result, err := s.call(in)
	switch {
	case err != nil:
		return err
	case result.Outcome == sallyport.Waiting:
		return s.on("?by=" + s.fields["by"])
	case result.Reason == sallyport.ReasonNotSent:
		return s.refuse(page.Fault{Text: page.Say("The code could not be sent. Wait half a minute and try again.")})
	}
	return s.denied(result)
}

func (s *resetSent) code() error {
	in, ok := s.way()
	if !ok {
		return s.on("")
	}
	if in.Code = s.fields["code"]; typed.Code(in.Code) == "" {
		return s.refuse(page.Fault{Field: "code", Text: page.Say("Enter the code first.")})
	}
	result, err := s.call(in)
	switch {
	case err != nil:
		return err
	case result.Outcome == sallyport.PasswordChangeWanted:
		return s.on("")
	case result.Outcome == sallyport.FactorWanted:
		return s.refuse(page.Fault{Field: "code", Text: page.Say("That code is not right. Use the newest one.")})
	}
	return s.denied(result)
}

func (s *resetSent) password() error {
	in := sallyport.ResetFinish{RequestID: s.kept.beside, NewPassword: s.fields["password"]}
	switch {
	case s.view.WantsFactor:
		return s.on("")
	case in.NewPassword == "":
		return s.refuse(page.Fault{Field: "password", Text: page.Say("Enter a new password first.")})
	case in.NewPassword != s.fields["again"]:
		return s.refuse(page.Fault{Field: "again", Text: page.Say("This is not the same password. Enter the new one twice.")})
	}
	result, err := s.call(in)
	switch {
	case err != nil:
		return err
	case result.Outcome == sallyport.Granted:
		return s.on("")
	case result.Outcome == sallyport.PasswordChangeWanted && result.Policy != nil:
		return s.refuse(page.Fault{Field: "password", Text: page.SaidBy(result.Policy)})
	}
	return s.denied(result)
}

// denied says why nothing more can be done, and what to do.
func (s *resetSent) denied(result *sallyport.ResetResult) error {
	switch {
	case result.Status == sallyport.PasswordRequestOver, result.Outcome == sallyport.FactorWanted:
		return s.on("") // the page asks for a factor anew
	case result.Reason == sallyport.ReasonGuessesUsedUp:
		return s.over(resetGuessesUsedUp)
	case result.Reason == sallyport.ReasonNoFactor:
		return s.over(resetImpossible)
	}
	return s.over(resetOver)
}
