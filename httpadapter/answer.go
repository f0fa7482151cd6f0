package httpadapter

import (
	"context"
	"errors"
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/wire"
)

// The codes of RFC 6749 section 5.2 that are answered here; all others come
// from the engine.
const (
	invalidRequest = "invalid_request"
	invalidClient  = "invalid_client"
)

// retryAfter is what a caller is told who met a busy engine, in seconds: about
// the time in which a full queue of password hashes drains.
const retryAfter = "2"

// refusal is a request that cannot be answered as asked.
type refusal struct {
	status int
	code   string
	field  string // what is at fault; never a value
}

// Error names the code and the field.
func (e *refusal) Error() string { return "httpadapter: " + e.code + ": " + e.field }

func refuse(status int, field string) *refusal {
	return &refusal{status: status, code: invalidRequest, field: field}
}

// fail turns an error into an answer. What is not known to be the caller's
// fault is logged, and the caller learns nothing of it.
func (a *Adapter) fail(w http.ResponseWriter, r *http.Request, l *leaf, err error) {
	if errors.Is(err, sallyport.ErrUnknownRequest) {
		a.failUnknown(w, r, l)
		return
	}
	e := a.judge(w, r, l, err)
	if l.page {
		a.writePage(w, r, e.status, pageOf(e.status))
		return
	}
	a.writeJSON(w, e.status, wire.OAuthError{Error: e.code, ErrorDescription: e.field})
}

// judge finds the status and code of an error, and sets the headers that go
// with them.
func (a *Adapter) judge(w http.ResponseWriter, r *http.Request, l *leaf, err error) *refusal {
	var e *refusal
	var p *sallyport.ProtocolError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &p):
		if p.Code == sallyport.InvalidClient && len(r.Header["Authorization"]) > 0 {
			w.Header().Set("WWW-Authenticate", `Basic realm="IdentityServer", charset="UTF-8"`)
			return &refusal{status: http.StatusUnauthorized, code: string(p.Code)}
		}
		return &refusal{status: http.StatusBadRequest, code: string(p.Code), field: p.Field}
	case errors.Is(err, sallyport.ErrBusy):
		w.Header().Set("Retry-After", retryAfter)
		return unavailable()
	case errors.Is(err, sallyport.ErrClosed), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		a.logger.DebugContext(r.Context(), "a call ended early", "route", l.path, "error", err)
		return unavailable()
	}
	a.logger.ErrorContext(r.Context(), "a call failed", "route", l.path, "error", err)
	return &refusal{status: http.StatusInternalServerError, code: "server_error"}
}

func unavailable() *refusal {
	return &refusal{status: http.StatusServiceUnavailable, code: "temporarily_unavailable"}
}

// failUnknown answers for a request or link that is unknown, dead, or not the
// caller's: always the same.
func (a *Adapter) failUnknown(w http.ResponseWriter, r *http.Request, l *leaf) {
	if l.page {
		a.writePage(w, r, http.StatusNotFound, pageOf(http.StatusNotFound))
		return
	}
	a.writeJSON(w, http.StatusNotFound, wire.EnrollmentResult{Status: "RequestNotFound", IsFailed: true})
}

// writeJSON sends one of our documents.
func (a *Adapter) writeJSON(w http.ResponseWriter, status int, doc any) {
	body, err := wire.Encode(doc)
	if err != nil { // a bug: such as a directory with an attribute that stands twice
		a.logger.Error("a document could not be written", "error", err)
		status, body = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	writeBody(w, status, "application/json; charset=UTF-8", body)
}

// writeBody sends an answer that no cache may store and whose type no browser
// may guess. The status is always written out: some routers send 404 for
// handlers that leave it.
func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store, no-cache, max-age=0")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the only failure is a caller who has gone
}
