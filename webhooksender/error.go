package webhooksender

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sallyport-auth/sallyport/internal/netcause"
)

// Error is a message that was not sent. It says why in words of this package alone: a
// gateway may repeat in its answer what it was sent, and that is a code that signs somebody
// in.
type Error struct {
	// Status is that of the gateway's answer, such as 400; 0 where it gave none.
	Status int
	// Cause is what happened instead of a plain answer; nil where there is one.
	Cause error

	sent  bool          // some of the message may have arrived
	after time.Duration // that the gateway asks to wait
}

// Error says what failed.
func (e *Error) Error() string {
	switch {
	case e.Status != 0 && e.Cause != nil:
		return fmt.Sprintf("webhooksender: the gateway answered %d: %v", e.Status, e.Cause)
	case e.Status != 0:
		return fmt.Sprintf("webhooksender: the gateway answered %d", e.Status)
	}
	return fmt.Sprintf("webhooksender: %v", e.Cause)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// again reports whether the message may be tried again: where the gateway says that it has
// not taken it (429, 503), or nothing of it was sent, or the gateway sends twice what it
// gets twice never.
func (e *Error) again(idempotent bool) bool {
	switch {
	case e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable:
		return true
	case errors.Is(e.Cause, netcause.ErrTrust), errors.Is(e.Cause, netcause.ErrName), errors.Is(e.Cause, netcause.ErrTime):
		return false // it would be the same again
	case errors.Is(e.Cause, netcause.ErrProtocol) && !e.sent:
		return false // likewise: they do not agree about TLS
	case e.Status >= 500:
		return idempotent
	}
	return e.Status == 0 && (idempotent || !e.sent)
}

// The causes.
var (
	errBody    = errors.New("the body could not be written")
	errRefused = errors.New("its body says that it has refused")
)
