package guard

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/sallyport-auth/sallyport"
)

// maxForm bounds the form of a page, in bytes: the longest password, with every byte escaped,
// and room for the rest.
const maxForm = 16 << 10

// drawer draws a page. The result is what the engine has answered; nil: nothing was sent yet.
type drawer = func(w http.ResponseWriter, r *http.Request, result *sallyport.Result)

// step makes one call of the engine out of a form, and keeps a session that was granted.
type step func(w http.ResponseWriter, r *http.Request, form url.Values) (*sallyport.Result, error)

// formPage is the handler of a page whose form is sent to itself until the engine grants what
// is asked for: then the browser is led to the parameter "to" of its URL.
func (g *Guard) formPage(show drawer, next step) http.Handler {
	return g.SameSite(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			show(w, r, nil)
		case http.MethodPost:
			g.takeForm(w, r, show, next)
		default:
			w.Header().Set("Allow", "GET, HEAD, POST")
			refuse(w, http.StatusMethodNotAllowed, "This page takes a form.")
		}
	}))
}

func (g *Guard) takeForm(w http.ResponseWriter, r *http.Request, show drawer, next step) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "This form cannot be read.")
		return
	}
	result, err := next(w, r, r.PostForm)
	var malformed *sallyport.ProtocolError
	switch {
	case errors.As(err, &malformed):
		refuse(w, http.StatusBadRequest, "Something is missing in this form.")
	case errors.Is(err, ErrForeign):
		refuse(w, http.StatusForbidden, fromElsewhere)
	case errors.Is(err, sallyport.ErrInvalidSession):
		lead(w, r, g.opts.SignIn)
	case err != nil:
		unavailable(w)
	case result.Outcome == sallyport.Granted:
		http.Redirect(w, r, LocalPath(r.URL.Query().Get("to")), http.StatusSeeOther)
	default:
		show(w, r, result)
	}
}
