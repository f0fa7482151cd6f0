package guard

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/sallyport-auth/sallyport"
)

// StepUpPage is the handler of the page that [Options].StepUp names, for whoever is signed
// in by a cookie; all others are led to the sign-in page. It is used as [Guard.SignInPage] is:
// a GET shows the page, a POST without the field option begins ([Guard.StepUp]), with it, and
// request and code, goes on ([Guard.AnswerStepUp]). What has to be proven is said here, and
// never by the form. A step-up that is over is shown as Denied with
// [sallyport.ReasonOver].
func (g *Guard) StepUpPage(need sallyport.Need, show func(w http.ResponseWriter, r *http.Request, result *sallyport.Result)) http.Handler {
	return g.Require()(g.formPage(show, func(w http.ResponseWriter, r *http.Request, f url.Values) (result *sallyport.Result, err error) {
		if option := f.Get("option"); option == "" {
			result, err = g.StepUp(w, r, need)
		} else {
			result, err = g.AnswerStepUp(w, r, sallyport.StepUpAnswer{RequestID: f.Get("request"), OptionID: option, Code: f.Get("code")})
		}
		if errors.Is(err, sallyport.ErrUnknownRequest) {
			return &sallyport.Result{Outcome: sallyport.Denied, Reason: sallyport.ReasonOver}, nil
		}
		return result, err
	}))
}
