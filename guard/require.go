package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// retryAfter is what callers are told to wait where the store or the engine fails.
const retryAfter = 2 * time.Second

// Require returns a link of a chain of handlers that lets those pass who meet all
// conditions, with [From] in the context; without conditions whoever is signed in.
func (g *Guard) Require(conditions ...Condition) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, next, conditions) })
	}
}

func (g *Guard) serve(w http.ResponseWriter, r *http.Request, next http.Handler, conditions []Condition) {
	c, err := g.identify(r)
	switch {
	case errors.Is(err, ErrForeign):
		refuse(w, http.StatusForbidden, fromElsewhere)
		return
	case err != nil:
		unavailable(w)
		return
	}
	out := &writer{ResponseWriter: w, behindFactor: asksFactor(conditions)}
	if c.access != nil && c.access.RenewDue && !c.bearer && !opensSocket(r) { // whose answer may bring no cookie
		if err := g.renew(out, r, &c); err != nil {
			unavailable(w)
			return
		}
	}
	out.known = c.access != nil
	defer out.settle() // also where the handler panics, and another link answers for it
	r = r.WithContext(context.WithValue(r.Context(), contextKey{}, &c))
	if missing, is := unmet(conditionsOf(conditions), c.access, g.engine.Now()); is {
		g.turnAway(out, r, &c, missing)
		return
	}
	next.ServeHTTP(out, r)
}

// conditionsOf are the conditions, or that somebody is signed in.
func conditionsOf(list []Condition) []Condition {
	if len(list) == 0 {
		return []Condition{{}}
	}
	return list
}

func asksFactor(list []Condition) bool {
	for _, c := range list {
		if c.kind == factor {
			return true
		}
	}
	return false
}

// renew exchanges the handle of the session for its successor.
func (g *Guard) renew(w *writer, r *http.Request, c *caller) error {
	s, err := g.engine.Renew(r.Context(), c.handle)
	if errors.Is(err, sallyport.ErrInvalidSession) { // it has ended a moment ago, or was stepped up
		c.access, c.wrong, err = g.look(r, c.handle)
		return err
	}
	if err != nil {
		return err
	}
	c.access, c.handle = &s.Access, s.Handle
	g.setCookie(w, s)
	return nil
}

// turnAway answers whoever does not meet a condition.
func (g *Guard) turnAway(w *writer, r *http.Request, c *caller, missing Condition) {
	switch {
	case c.bearer:
		challenge(w, c, missing)
	case c.access == nil:
		g.leadToSignIn(w, r)
	case missing.kind == factor && wantsPage(r):
		lead(w, r, g.opts.StepUp)
	case missing.kind == factor:
		challenge(w, c, missing) // so that a script can tell it from not being signed in
	case g.opts.Forbidden != nil:
		g.opts.Forbidden.ServeHTTP(w, r)
	default:
		refuse(w, http.StatusForbidden, "You may not do this.")
	}
}

// challenge answers a caller with a token, or with none, as RFC 6750 section 3 and RFC 9470
// section 3 say.
func challenge(w http.ResponseWriter, c *caller, missing Condition) {
	say, status := "Bearer", http.StatusUnauthorized
	switch {
	case c.wrong:
		say += ` error="invalid_token"`
	case c.access == nil:
	case missing.kind == scope:
		say, status = say+` error="insufficient_scope", scope=`+strconv.Quote(missing.value), http.StatusForbidden
	case missing.kind == factor:
		say += ` error="insufficient_user_authentication"`
		if missing.since > 0 {
			say += fmt.Sprintf(`, max_age="%d"`, int64(missing.since/time.Second))
		}
	default:
		refuse(w, http.StatusForbidden, "You may not do this.")
		return
	}
	w.Header().Set("WWW-Authenticate", say)
	refuse(w, status, http.StatusText(status))
}

// leadToSignIn leads a browser that asks for a page to the sign-in page; everybody else is
// told that they are not signed in.
func (g *Guard) leadToSignIn(w http.ResponseWriter, r *http.Request) {
	if !wantsPage(r) {
		if !g.opts.WithoutTokens {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		refuse(w, http.StatusUnauthorized, "You are not signed in. Sign in first, then try again.")
		return
	}
	lead(w, r, g.opts.SignIn)
}

// lead leads a browser to a page, and tells it where to come back to.
func lead(w http.ResponseWriter, r *http.Request, page string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, page+"?to="+url.QueryEscape(LocalPath(pathOf(r))), http.StatusSeeOther)
}

// pathOf is the path that the browser asked for, also where a router has taken a prefix off.
func pathOf(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// wantsPage reports whether a browser asks for a page to show.
func wantsPage(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

func unavailable(w http.ResponseWriter) {
	w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	refuse(w, http.StatusServiceUnavailable, "This cannot be served at the moment, and nothing was done. Try again in a few seconds.")
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, text, status)
}
