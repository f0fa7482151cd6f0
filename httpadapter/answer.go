package httpadapter

import (
	"errors"
	"net/http"
	"sync"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/httpstatus"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/wire"
)

// invalidClient is the code of RFC 6749 section 5.2 that is answered with a
// challenge.
const invalidClient = "invalid_client"

// retryAfter is how long a client should wait after a busy engine refused it,
// in seconds: about the time in which a full queue of password hashes drains.
const retryAfter = "2"

// The challenges that a 401 has to carry (RFC 7617 section 2, RFC 6750 section
// 3), as the original's server writes them.
const (
	basicChallenge  = `Basic realm="IdentityServer", charset="UTF-8"`
	bareChallenge   = `Bearer realm="IdentityServer"` // where no token was sent
	bearerChallenge = bareChallenge + `,error="invalid_token"`
)

// fail turns an error into an answer: a [form.Refusal] says itself which one, and
// [httpstatus.Of] makes one of what the engine returns. What is not known to be
// the caller's fault is logged, and the caller learns nothing of it.
func (a *Adapter) fail(w http.ResponseWriter, r *http.Request, l *leaf, err error) {
	e, ours := errors.AsType[*form.Refusal](err)
	if !ours {
		found := form.Refusal(httpstatus.Of(err))
		e = &found
		challenge(w, r, e, err)
		a.logFailure(r, l, e.Status, err)
	}
	switch {
	case l.page:
		n := page.NoteOf(e.Status)
		if e.Status == http.StatusNotFound {
			n = a.toSignIn(n)
		}
		a.writePage(w, r, e.Status, n.Page())
	case errors.Is(err, sallyport.ErrUnknownRequest):
		a.writeJSON(w, e.Status, wire.EnrollmentResult{Status: "RequestNotFound", IsFailed: true})
	default:
		a.writeJSON(w, e.Status, wire.OAuthError{Error: e.Code, ErrorDescription: e.Field})
	}
}

// challenge sets the headers that tell a caller how to try again. A client that
// authenticated by Basic gets 401 in place of 400 (RFC 6749 section 5.2).
func challenge(w http.ResponseWriter, r *http.Request, e *form.Refusal, err error) {
	h := w.Header()
	switch {
	case e.Code == invalidClient && len(form.Basic(r)) > 0:
		e.Status = http.StatusUnauthorized
		h.Set("WWW-Authenticate", basicChallenge)
	case errors.Is(err, sallyport.ErrExpiredToken):
		h.Set("WWW-Authenticate", bearerChallenge+`,error_description="The access token expired"`)
	case errors.Is(err, sallyport.ErrInvalidToken):
		h.Set("WWW-Authenticate", bearerChallenge)
	case errors.Is(err, sallyport.ErrMachineToken), errors.Is(err, sallyport.ErrInsufficientScope):
		h.Set("WWW-Authenticate", bareChallenge+`,error="insufficient_scope"`)
	case errors.Is(err, sallyport.ErrBusy):
		h.Set("Retry-After", retryAfter)
	}
}

// logFailure logs faults of the server, and as debug messages the calls that
// ended early. That the engine was busy is neither.
func (a *Adapter) logFailure(r *http.Request, l *leaf, status int, err error) {
	switch {
	case status == http.StatusInternalServerError:
		a.logger.ErrorContext(r.Context(), "a call failed", "route", l.path, "error", err)
	case status == http.StatusServiceUnavailable && !errors.Is(err, sallyport.ErrBusy):
		a.logger.DebugContext(r.Context(), "a call ended early", "route", l.path, "error", err)
	}
}

// toSignIn returns a note that leads to where people sign in, if the host said where that is.
func (a *Adapter) toSignIn(n page.Note) page.Note {
	n.Link = a.signIn
	return n
}

// writePage sends a page, or a short text if the template fails.
func (a *Adapter) writePage(w http.ResponseWriter, r *http.Request, status int, p page.Page) {
	body, err := a.theme.Render(p, a.theme.Language(p.Language, r.Header.Get("Accept-Language")))
	if err != nil {
		a.logger.ErrorContext(r.Context(), "a page could not be written", "page", p.Name, "error", err)
		status, body = http.StatusInternalServerError, []byte("Something went wrong.")
	}
	a.theme.SetHeaders(w.Header(), p)
	writeBody(w, status, "text/html; charset=utf-8", body)
}

// writeJSON sends a document of package wire.
func (a *Adapter) writeJSON(w http.ResponseWriter, status int, doc any) {
	room := bodies.Get().(*[]byte)
	defer bodies.Put(room)
	body, err := wire.Append((*room)[:0], doc)
	if err != nil { // a bug, such as a claim that stands twice
		a.logger.Error("a document could not be written", "error", err)
		status, body = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	writeBody(w, status, "application/json; charset=UTF-8", body)
}

// bodies are the rooms in which answers are put together. An answer to a login
// has some four kilobytes; a longer one gets a room of its own.
var bodies = sync.Pool{New: func() any { return new(make([]byte, 0, 5<<10)) }}

// writeEmpty sends a 200 without a body, which nothing may store.
func writeEmpty(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store, no-cache, max-age=0")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(http.StatusOK)
}

// writeBody sends an answer that no cache may store and whose type no browser
// may guess. The status is always written out: some routers send 404 for
// handlers that leave it.
func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	// The names are canonical, and the values share one array, of which an append
	// by somebody else gets none.
	v := [...]string{contentType, "no-store, no-cache, max-age=0", "no-cache", "nosniff"}
	h := w.Header()
	h["Content-Type"], h["Cache-Control"], h["Pragma"], h["X-Content-Type-Options"] = v[0:1:1], v[1:2:2], v[2:3:3], v[3:4:4]
	w.WriteHeader(status)
	_, _ = w.Write(body) // the only failure is a caller who has gone
}
