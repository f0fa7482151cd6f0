package guard_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
)

// stepUp is the page on which a second factor is proven anew: a GET begins, and each form
// goes on. The need is the page's own, whatever the request says.
func (a *app) stepUp(w http.ResponseWriter, r *http.Request) {
	to := guard.LocalPath(r.FormValue("to"))
	var result *sallyport.Result
	var err error
	if r.Method == http.MethodPost {
		result, err = a.guard.AnswerStepUp(w, r, sallyport.StepUpAnswer{
			RequestID: r.PostFormValue("request"), OptionID: r.PostFormValue("option"), Code: r.PostFormValue("code"),
		})
	} else {
		result, err = a.guard.StepUp(w, r, sallyport.Need{})
	}
	switch {
	case errors.Is(err, sallyport.ErrInvalidSession):
		http.Redirect(w, r, "/sign-in?to="+url.QueryEscape(to), http.StatusSeeOther)
	case errors.Is(err, sallyport.ErrUnknownRequest):
		http.Error(w, "This is over. Begin once more.", http.StatusNotFound)
	case errors.Is(err, guard.ErrForeign):
		http.Error(w, "This request came from another site.", http.StatusForbidden)
	case err != nil:
		http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
	case result.Outcome == sallyport.Granted:
		http.Redirect(w, r, to, http.StatusSeeOther)
	case result.Outcome == sallyport.Denied:
		fmt.Fprint(w, result.Reason) // enrollment wanted: lead them to add a factor
	default:
		stepUpForm(w, to, result)
	}
}

func stepUpForm(w http.ResponseWriter, to string, r *sallyport.Result) {
	fmt.Fprintf(w, `%s<form method=post action="/step-up?to=%s"><input type=hidden name=request value=%s>`, r.Outcome, url.QueryEscape(to), r.RequestID)
	for _, o := range r.Options {
		fmt.Fprintf(w, `<label><input type=radio name=option value=%s>%s %s %s</label>`, o.ID, o.Transport, o.Destination, o.MatchNumber)
	}
	fmt.Fprint(w, `<input name=code autocomplete=one-time-code><button>Go on</button></form>`)
}

// A page that wants a second factor of the last five minutes, the page on which whoever is
// signed in proves it anew, and a browser that comes to both.
func ExampleGuard_StepUp() {
	var code string
	engine, done := exampleEngine(func(c *sallyport.Config) { c.Email = mailbox{&code} })
	defer done()
	g, err := guard.New(engine, guard.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	a, mux := &app{engine, g}, http.NewServeMux()
	mux.Handle("GET /pay", g.Require(guard.Factor(5*time.Minute))(http.HandlerFunc(a.home)))
	mux.HandleFunc("POST /sign-in", a.signIn)
	mux.HandleFunc("/step-up", a.stepUp)
	browser := openBrowser(engine, g.SameSite(mux))
	defer browser.close()
	browser.post("/sign-in?to=/step-up", url.Values{"name": {"ada"}, "password": {"correct horse battery"}})
	fmt.Println(browser.get("/pay"))
	form := browser.form()
	fmt.Println(browser.post("/step-up?to=/pay", form))
	form.Set("code", code)
	fmt.Println(browser.post("/step-up?to=/pay", form))
	// Output:
	// /step-up FactorWanted
	// /step-up Waiting
	// /pay Hello ada
}
