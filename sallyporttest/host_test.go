package sallyporttest_test

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"html/template"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestHostForm: a form is good for its browser and for ten minutes by the kit's
// clock, and a session for its browser.
func TestHostForm(t *testing.T) {
	kit := sallyporttest.New(t)
	who := kit.AddUser(t, sallyporttest.User{Name: "marie"})
	h := newHost(kit.Engine)
	sign := func(f *sallyporttest.Form) *sallyporttest.Page {
		return f.Fill("Name", who.Name).Fill("Password", who.Password).Submit("Sign in")
	}
	hers, other := kit.Browser(h), kit.Browser(h)
	page := hers.Open("/login")
	kit.Clock.Advance(10 * time.Minute)
	sign(page.Form()).Want(t, http.StatusForbidden, "out of date")
	sign(hers.Open("/login").Form()).Want(t, http.StatusOK, "Hello, marie")
	hers.Open("/account").Want(t, http.StatusOK, "Hello, marie")
	if page := other.Open("/account").Want(t, http.StatusOK); page.Title != "Sign in" {
		t.Errorf("got the page %s in another browser, want the form", page)
	}
}

// host is a small program with pages of its own: whoever is not signed in is sent to
// a form, which is good for the browser that fetched it.
type host struct {
	engine *sallyport.Engine

	mu    sync.Mutex
	users map[string]string // by session cookie
}

func newHost(engine *sallyport.Engine) http.Handler {
	h := &host{engine: engine, users: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /account", h.account)
	mux.HandleFunc("GET /login", h.form)
	mux.HandleFunc("POST /login", h.login)
	return mux
}

var loginPage = template.Must(template.New("").Parse(`<!doctype html><title>Sign in</title><h1>Sign in</h1>
{{with .Fault}}<p role=alert>{{.}}</p>{{end}}<form method=post>
<input type=hidden name=nonce value="{{.Nonce}}">
<p><label>Name <input name=user value="{{.User}}"></label></p>
<p><label>Password <input type=password name=password></label> <button>Sign in</button></p></form>`))

type loginView struct{ Nonce, User, Fault string }

func (h *host) show(w http.ResponseWriter, status int, v loginView) {
	w.Header().Set("Content-Type", htmlType)
	w.WriteHeader(status)
	loginPage.Execute(w, v)
}

func (h *host) form(w http.ResponseWriter, _ *http.Request) {
	v := loginView{Nonce: rand.Text()}
	http.SetCookie(w, &http.Cookie{Name: "__Host-nonce", Value: v.Nonce, Path: "/", Secure: true, HttpOnly: true, MaxAge: 600})
	h.show(w, http.StatusOK, v)
}

func (h *host) login(w http.ResponseWriter, r *http.Request) {
	nonce, err := r.Cookie("__Host-nonce")
	if err != nil || subtle.ConstantTimeCompare([]byte(nonce.Value), []byte(r.PostFormValue("nonce"))) != 1 {
		http.Error(w, "This form is out of date.", http.StatusForbidden)
		return
	}
	v := loginView{Nonce: nonce.Value, User: r.PostFormValue("user")}
	res, err := h.engine.Login(r.Context(), sallyport.Login{
		Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}, Address: "127.0.0.1",
		Username: v.User, Password: r.PostFormValue("password"),
	})
	switch {
	case errors.Is(err, sallyport.ErrBusy):
		http.Error(w, "Too many sign in at once. Please try again in a moment.", http.StatusServiceUnavailable)
	case err != nil:
		http.Error(w, "Something is broken here.", http.StatusInternalServerError)
	case res.Tokens == nil:
		v.Fault = "That did not work."
		h.show(w, http.StatusUnauthorized, v)
	default:
		h.signIn(w, r, v.User)
	}
}

func (h *host) signIn(w http.ResponseWriter, r *http.Request, user string) {
	session := rand.Text()
	h.mu.Lock()
	h.users[session] = user
	h.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "__Host-session", Value: session, Path: "/", Secure: true, HttpOnly: true})
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

func (h *host) account(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie("__Host-session")
	if err != nil {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	h.mu.Lock()
	user := h.users[cookie.Value]
	h.mu.Unlock()
	w.Header().Set("Content-Type", htmlType)
	template.Must(template.New("").Parse(`<title>Account</title><p>Hello, {{.}}`)).Execute(w, user)
}
