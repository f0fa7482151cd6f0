package guard_test

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/httpadapter"
)

// webApp is a web app: sign-in with a second factor, pages by role, sign-out. All but its
// pages, which are the templates below.
func webApp(engine *sallyport.Engine) (http.Handler, error) {
	g, err := guard.New(engine, guard.Options{})
	if err != nil {
		return nil, err
	}
	mailed, err := httpadapter.New(engine, httpadapter.Options{})
	if err != nil {
		return nil, err
	}
	show := func(w http.ResponseWriter, name string, data any) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		pages.ExecuteTemplate(w, name, data)
	}
	page := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { show(w, name, guard.From(r.Context())) }
	}
	mux := http.NewServeMux()
	mux.Handle("/sign-in", g.SignInPage(func(w http.ResponseWriter, r *http.Request, result *sallyport.Result) {
		show(w, "sign-in", result)
	}))
	mux.HandleFunc("POST /sign-out", g.SignOut)
	mux.Handle("/mfa/", mailed) // where links lead to, and where a factor is added
	mux.Handle("GET /{$}", g.Require()(page("home")))
	mux.Handle("GET /admin", g.Require(guard.Role("Manager"))(page("admin")))
	return mux, nil
}

// pages are the app's own. A form without an action is sent to where it stands.
var pages = template.Must(template.New("").Parse(`
{{define "home"}}Hello {{.Name}}<form method="post" action="/sign-out"><button>Sign out</button></form>{{end}}
{{define "admin"}}The books{{end}}
{{define "sign-in"}}Sign in<form method="post">
{{if and . .Options}}<input type="hidden" name="request" value="{{.RequestID}}">
{{range .Options}}<label><input type="radio" name="option" value="{{.ID}}" required> {{.Transport}} {{.Mode}} {{.Destination}} {{.MatchNumber}}</label>
{{end}}<label>Code, once you have it <input name="code" autocomplete="one-time-code"></label>
{{else}}<label>Name <input name="name" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
{{end}}{{with .}}<p>{{.Outcome}} {{.Reason}} {{with .Enrollment}}<a href="{{.URL}}">Add a second factor</a>{{end}}</p>{{end}}<button>Go on</button>
</form>{{end}}`))

// A web app with sign-in, a page for some, and sign-out; and a browser that walks it.
func Example() {
	engine, done := exampleEngine()
	defer done()
	app, err := webApp(engine)
	if err != nil {
		fmt.Println(err)
		return
	}
	browser := openBrowser(engine, app)
	defer browser.close()
	fmt.Println(browser.get("/"))
	fmt.Println(browser.post("/sign-in?to=/", url.Values{"name": {"ada"}, "password": {"correct horse battery"}}))
	fmt.Println(browser.get("/admin"))
	fmt.Println(browser.post("/sign-out", nil))
	// Output:
	// /sign-in Sign in
	// / Hello ada
	// /admin You may not do this.
	// /sign-in Sign in
}
