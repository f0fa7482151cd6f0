package guard

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// SignIn keeps a session that [sallyport.Engine.Login] has granted in the cookie of the
// browser, and ends the one that the browser brought: whoever put that there has nothing of
// it. It is called before anything of the answer is written.
//
// A request of another site signs nobody in, by whatever method: the error is [ErrForeign],
// and the session that was granted ends. So it is where a request brings the cookie and does
// not say where it comes from. Other errors are faults of the store. With an error no cookie
// is set.
func (g *Guard) SignIn(w http.ResponseWriter, r *http.Request, s *sallyport.Session) error {
	if !g.maySign(r) {
		return errors.Join(ErrForeign, g.engine.SignOut(r.Context(), s.Handle))
	}
	if err := g.endBrought(r, s.Handle); err != nil {
		return err
	}
	g.setCookie(w, s)
	return nil
}

// SignOut is the handler of a sign-out: a POST that ends the session, then its cookie, has
// the browser drop what it keeps of this site, and leads to the sign-in page. Other methods
// are 405: a link or a picture signs nobody out. Without a session it does the same, unless
// another site sends it.
func (g *Guard) SignOut(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "Sign out by a form.")
		return
	}
	switch err := g.EndSession(w, r); {
	case errors.Is(err, ErrForeign):
		refuse(w, http.StatusForbidden, fromElsewhere)
	case err != nil:
		unavailable(w)
	default:
		http.Redirect(w, r, g.opts.SignIn, http.StatusSeeOther)
	}
}

// EndSession is [Guard.SignOut] for a page that answers by itself: it ends the session that a
// browser brings, then its cookie, and has the browser drop what it keeps of this site. It is
// called for a POST, before anything of the answer is written, and writes but headers.
// Without a session it does the same.
//
// A request of another site ends nothing, as [Guard.SignIn] says: the error is [ErrForeign].
// Other errors are faults of the store. With an error the cookie is as it was.
func (g *Guard) EndSession(w http.ResponseWriter, r *http.Request) error {
	if !g.maySign(r) {
		return ErrForeign
	}
	if err := g.endBrought(r, ""); err != nil {
		return err
	}
	h := w.Header()
	g.dropCookie(h) // that of an exchange in the same request
	http.SetCookie(w, &http.Cookie{Name: g.cookie, Path: "/", MaxAge: -1, Secure: g.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	h.Set("Clear-Site-Data", `"cache"`)
	h.Set("Cache-Control", "no-store")
	return nil
}

// setCookie sets the cookie of a session. One that was chosen to be kept outlives the
// browser; the record alone says when it is over.
func (g *Guard) setCookie(w http.ResponseWriter, s *sallyport.Session) {
	c := &http.Cookie{Name: g.cookie, Value: s.Handle, Path: "/", Secure: g.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if s.Kept {
		c.MaxAge = int(s.Expires.Sub(g.engine.Now()) / time.Second)
	}
	g.dropCookie(w.Header()) // one that was set in this answer already, by an exchange
	http.SetCookie(w, c)
	w.Header().Set("Cache-Control", "no-store")
}

// dropCookie takes the cookie out of the header of an answer.
func (g *Guard) dropCookie(h http.Header) {
	const name = "Set-Cookie"
	list := slices.DeleteFunc(h.Values(name), func(c string) bool { return strings.HasPrefix(c, g.cookie+"=") })
	if h.Del(name); len(list) > 0 {
		h[name] = list
	}
}
