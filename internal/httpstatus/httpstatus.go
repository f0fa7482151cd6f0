// Package httpstatus holds the one table of what HTTP says for each error of
// the engine, for the adapter and for the kit that answers in its place.
package httpstatus

import (
	"context"
	"errors"
	"net/http"

	"github.com/sallyport-auth/sallyport"
)

// Refusal is how a call that failed is answered.
type Refusal struct {
	Status int
	// Code is the "error" of the document: one of RFC 6749 section 5.2 or
	// RFC 6750 section 3.1, or a word of ours.
	Code string
	// Field is the "error_description": the field at fault, or why, and never a value.
	// It may be empty.
	Field string
}

// table is the status and code of each error that has a name. The first entry
// that fits counts.
var table = []struct {
	err    error
	status int
	code   string
}{
	{sallyport.ErrInvalidToken, http.StatusUnauthorized, "invalid_token"},
	{sallyport.ErrMachineToken, http.StatusForbidden, "insufficient_scope"},
	{sallyport.ErrInsufficientScope, http.StatusForbidden, "insufficient_scope"},
	// Unknown, ended, or another browser's: which of them is told to nobody.
	{sallyport.ErrUnknownRequest, http.StatusNotFound, "not_found"},
	// There is no such route where the host keeps the passwords, whoever asks.
	{sallyport.ErrHostAccounts, http.StatusNotFound, "not_found"},
	{sallyport.ErrBusy, http.StatusServiceUnavailable, "temporarily_unavailable"},
	{sallyport.ErrAccounts, http.StatusServiceUnavailable, "temporarily_unavailable"},
	{sallyport.ErrClosed, http.StatusServiceUnavailable, "temporarily_unavailable"},
	{context.Canceled, http.StatusServiceUnavailable, "temporarily_unavailable"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "temporarily_unavailable"},
}

// Of returns the refusal of an error that the engine returned. An error that is
// neither a [sallyport.ProtocolError] nor in the table is a fault of the server,
// of which the caller learns nothing.
func Of(err error) Refusal {
	if p, ok := errors.AsType[*sallyport.ProtocolError](err); ok {
		return Refusal{Status: http.StatusBadRequest, Code: string(p.Code), Field: p.Description()}
	}
	for _, e := range table {
		if errors.Is(err, e.err) {
			return Refusal{Status: e.status, Code: e.code}
		}
	}
	return Refusal{Status: http.StatusInternalServerError, Code: "server_error"}
}
