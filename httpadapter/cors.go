package httpadapter

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
)

// Pages of other origins may call the routes that are no pages, where a client
// lists their origin (Fetch standard, CORS protocol). Cookies and other
// credentials of the browser are never allowed with it: what authenticates a call
// stands in its form or in the Authorization header.

// preflightAge is for how long a browser may keep the answer to a preflight, in
// seconds.
const preflightAge = "600"

// originOf returns the Origin header, or nothing. A header that stands twice
// becomes a text that no client lists.
func originOf(r *http.Request) string { return form.Copied(strings.Join(r.Header["Origin"], ", ")) }

// openTo lets the pages of the request's origin read the answer, whatever it will
// be, if the client that the call names lists that origin. The error of a call
// that no page may make ends it before a secret is looked at.
func (a *Adapter) openTo(w http.ResponseWriter, r *http.Request, in sallyport.OriginCall) error {
	in.Origin = originOf(r)
	v, err := a.engine.JudgeOrigin(r.Context(), in)
	switch {
	case err != nil:
		return err
	case v.Refused:
		return form.Refuse(http.StatusForbidden, "Origin")
	case v.Readable:
		w.Header().Set("Access-Control-Allow-Origin", in.Origin)
	}
	return nil
}

// preflight answers a browser that asks whether a page may call. It names no
// client, so the origin may be that of any; the call itself is judged by its own.
func (l *leaf) preflight(w http.ResponseWriter, r *http.Request) error {
	if err := l.a.openTo(w, r, sallyport.OriginCall{}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Allow", strings.Join(l.methods(), ", "))
	if h.Get("Access-Control-Allow-Origin") != "" {
		called := slices.DeleteFunc(l.methods(), func(m string) bool { return m == http.MethodOptions })
		h.Set("Access-Control-Allow-Methods", strings.Join(called, ", "))
		h.Set("Access-Control-Allow-Headers", "authorization, content-type")
		h.Set("Access-Control-Max-Age", preflightAge)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
