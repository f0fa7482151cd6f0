package guard_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
)

// app is a web app: sign-in with a second factor, pages by role, sign-out. Its own pages are
// the two forms at its end.
type app struct {
	engine *sallyport.Engine
	guard  *guard.Guard
}

func newApp(engine *sallyport.Engine) (http.Handler, error) {
	g, err := guard.New(engine, guard.Options{})
	if err != nil {
		return nil, err
	}
	a, mux := &app{engine, g}, http.NewServeMux()
	mux.Handle("GET /", g.Require()(http.HandlerFunc(a.home)))
	mux.Handle("GET /admin", g.Require(guard.Role("Boss"))(http.HandlerFunc(a.home)))
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) { passwordForm(w, r.FormValue("to"), "") })
	mux.HandleFunc("POST /sign-in", a.signIn)
	mux.HandleFunc("POST /sign-out", g.SignOut)
	return g.SameSite(mux), nil
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "Hello %s", guard.From(r.Context()).Name)
}

// signIn takes the forms of both steps: name and password, then the way to prove a second
// factor and its code.
func (a *app) signIn(w http.ResponseWriter, r *http.Request) {
	to := guard.LocalPath(r.FormValue("to"))
	result, err := a.engine.Login(r.Context(), sallyport.Login{
		Username: r.PostFormValue("name"), Password: r.PostFormValue("password"),
		RequestID: r.PostFormValue("request"), OptionID: r.PostFormValue("option"), Code: r.PostFormValue("code"),
		Address: r.RemoteAddr, Device: r.UserAgent(), KeepSignedIn: r.PostFormValue("keep") != "",
	})
	switch {
	case err != nil:
		http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
	case result.Outcome == sallyport.Granted:
		if err := a.guard.SignIn(w, r, result.Session); err != nil {
			http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	case result.Outcome == sallyport.FactorWanted || result.Outcome == sallyport.Waiting:
		codeForm(w, to, result)
	default:
		passwordForm(w, to, string(result.Reason))
	}
}

func passwordForm(w io.Writer, to, why string) {
	fmt.Fprintf(w, `<p>%s<form method=post action="/sign-in?to=%s"><input name=name><input name=password type=password><button>Sign in</button></form>`, why, url.QueryEscape(guard.LocalPath(to)))
}

func codeForm(w io.Writer, to string, r *sallyport.Result) {
	fmt.Fprintf(w, `<form method=post action="/sign-in?to=%s"><input type=hidden name=request value=%s>`, url.QueryEscape(to), r.RequestID)
	for _, o := range r.Options {
		fmt.Fprintf(w, `<label><input type=radio name=option value=%s>%s %s</label>`, o.ID, o.Transport, o.Destination)
	}
	fmt.Fprint(w, `<input name=code autocomplete=one-time-code><button>Go on</button></form>`)
}

// A web app with sign-in, a page for some, and sign-out; and a browser that walks it.
func Example() {
	engine, done := exampleEngine()
	defer done()
	handler, err := newApp(engine)
	if err != nil {
		fmt.Println(err)
		return
	}
	site := httptest.NewServer(handler)
	defer site.Close()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	show := func(r *http.Response, err error) {
		if err != nil {
			fmt.Println(err)
			return
		}
		defer r.Body.Close()
		body, _ := io.ReadAll(r.Body)
		fmt.Println(strings.TrimSpace(fmt.Sprint(r.StatusCode, " ", r.Request.URL.Path, " ", strings.SplitN(string(body), "<", 2)[0])))
	}
	page, _ := http.NewRequest(http.MethodGet, site.URL+"/", nil)
	page.Header.Set("Accept", "text/html")
	show(browser.Do(page))
	show(browser.PostForm(site.URL+"/sign-in?to=/", url.Values{"name": {"ada"}, "password": {"correct horse battery"}}))
	show(browser.Get(site.URL + "/admin"))
	leave, _ := http.NewRequest(http.MethodPost, site.URL+"/sign-out", nil)
	leave.Header.Set("Origin", engine.Issuer())
	show(browser.Do(leave))
	show(browser.Get(site.URL + "/"))
	// Output:
	// 200 /sign-in
	// 200 / Hello ada
	// 403 /admin You may not do this.
	// 200 /sign-in
	// 401 / You are not signed in.
}
