package guard

import (
	"errors"
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/useragent"
)

// maxSignInForm bounds the form of a sign-in page, in bytes: the longest password and room
// for the rest, with every byte escaped.
const maxSignInForm = 16 << 10

// SignInPage is the handler of the page that [Options].SignIn names, and walks a login of
// the host's own: a GET shows the page, a POST of its form is one call of
// [sallyport.Engine.Login]. Whoever is granted a session gets the cookie, as [Guard.SignIn]
// says, and is led to the local path in the parameter "to" of the page's URL. Whatever else
// the engine answers is for show to write, which draws the page. Its result is nil where
// nothing was sent yet.
//
// The fields of the form, each of which may be left out: name and password; keep, with any
// value, for [sallyport.Login].KeepSignedIn; request, of the result's RequestID, with option,
// the ID of one of its Options, and code. Option without code has a message sent, and asks
// again whether a link has been answered. The form is sent to the URL of the page itself, so
// without an action, that "to" stays.
//
// A form of another site is 403, one that no login can be made of 400, and where the store
// fails or the engine is busy the answer is 503.
func (g *Guard) SignInPage(show func(w http.ResponseWriter, r *http.Request, result *sallyport.Result)) http.Handler {
	return g.SameSite(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			show(w, r, nil)
		case http.MethodPost:
			if result := g.walk(w, r); result != nil {
				show(w, r, result)
			}
		default:
			w.Header().Set("Allow", "GET, HEAD, POST")
			refuse(w, http.StatusMethodNotAllowed, "Sign in by a form.")
		}
	}))
}

// walk makes one call of a login. It returns nil where it has answered itself.
func (g *Guard) walk(w http.ResponseWriter, r *http.Request) *sallyport.Result {
	r.Body = http.MaxBytesReader(w, r.Body, maxSignInForm)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "This form cannot be read.")
		return nil
	}
	f := r.PostForm
	result, err := g.engine.Login(r.Context(), sallyport.Login{
		Username: f.Get("name"), Password: f.Get("password"), KeepSignedIn: f.Get("keep") != "",
		RequestID: f.Get("request"), OptionID: f.Get("option"), Code: f.Get("code"),
		Address: g.addressOf(r), Device: useragent.Device(r.UserAgent()),
	})
	var malformed *sallyport.ProtocolError
	switch {
	case errors.As(err, &malformed):
		refuse(w, http.StatusBadRequest, "Something is missing in this form.")
		return nil
	case err != nil:
		unavailable(w)
		return nil
	case result.Outcome != sallyport.Granted:
		return result
	}
	if err := g.SignIn(w, r, result.Session); err != nil {
		unavailable(w)
		return nil
	}
	http.Redirect(w, r, LocalPath(r.URL.Query().Get("to")), http.StatusSeeOther)
	return nil
}
