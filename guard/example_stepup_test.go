package guard_test

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
)

// A page that wants a second factor of the last five minutes, the page on which whoever is
// signed in proves it anew, and a browser that comes to both.
func ExampleGuard_StepUpPage() {
	var code string
	engine, done := exampleEngine(func(c *sallyport.Config) { c.Email = mailbox{&code} })
	defer done()
	g, err := guard.New(engine, guard.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("GET /pay", g.Require(guard.Factor(5*time.Minute))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "Pay, ", guard.From(r.Context()).Name)
	})))
	mux.Handle("/sign-in", g.SignInPage(stepUpForm))
	mux.Handle("/step-up", g.StepUpPage(sallyport.Need{}, stepUpForm)) // the need is the page's own, whatever the form says
	browser := openBrowser(engine, mux)
	defer browser.close()
	browser.post("/sign-in?to=/", url.Values{"name": {"ada"}, "password": {"correct horse battery"}})
	fmt.Println(browser.get("/pay"))
	fmt.Println(browser.post("/step-up?to=/pay", nil))
	form := browser.form()
	fmt.Println(browser.post("/step-up?to=/pay", form))
	form.Set("code", code)
	fmt.Println(browser.post("/step-up?to=/pay", form))
	// Output:
	// /step-up Is it you?
	// /step-up FactorWanted
	// /step-up Waiting
	// /pay Pay, ada
}

// stepUpForm draws the page.
func stepUpForm(w http.ResponseWriter, _ *http.Request, result *sallyport.Result) {
	if result == nil {
		fmt.Fprint(w, `Is it you?<form method=post><button>Go on</button></form>`)
		return
	}
	fmt.Fprintf(w, `%s<form method=post><input type=hidden name=request value=%s>`, result.Outcome, result.RequestID)
	for _, o := range result.Options {
		fmt.Fprintf(w, `<label><input type=radio name=option value=%s>%s %s %s</label>`, o.ID, o.Transport, o.Destination, o.MatchNumber)
	}
	fmt.Fprint(w, `<input name=code autocomplete=one-time-code><button>Go on</button></form>`)
}
