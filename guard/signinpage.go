package guard

import (
	"net/http"
	"net/url"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/useragent"
)

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
	return g.formPage(show, func(w http.ResponseWriter, r *http.Request, f url.Values) (*sallyport.Result, error) {
		result, err := g.engine.Login(r.Context(), sallyport.Login{
			Username: f.Get("name"), Password: f.Get("password"), KeepSignedIn: f.Get("keep") != "",
			RequestID: f.Get("request"), OptionID: f.Get("option"), Code: f.Get("code"),
			Address: g.Address(r), Device: useragent.Device(r.UserAgent()),
		})
		if err == nil && result.Outcome == sallyport.Granted {
			err = g.SignIn(w, r, result.Session)
		}
		return result, err
	})
}
