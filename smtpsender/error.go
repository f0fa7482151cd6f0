package smtpsender

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"

	"github.com/sallyport-auth/sallyport/internal/netcause"
)

// Error is a mail that was not sent. It says at which step and why, in words of this
// package alone: a server may repeat in its answer what it was sent, and that is a code
// that signs somebody in.
type Error struct {
	Step string // such as "connecting", "STARTTLS" or "RCPT"
	// Code is the server's answer, such as 550, and Enhanced its finer one, such as 5.1.1
	// (RFC 3463); 0 and empty where it gave none.
	Code     int
	Enhanced string
	// Cause is what happened instead of an answer; nil where there is one.
	Cause error
}

// Error says what failed.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("smtpsender: %s: %v", e.Step, e.Cause)
	}
	s := fmt.Sprintf("smtpsender: %s: the server answered %d", e.Step, e.Code)
	if e.Enhanced != "" {
		s += " " + e.Enhanced
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// The causes.
var (
	errNoMail   = errors.New("it is no e-mail")
	errAddress  = errors.New("the recipient is not one plain address")
	errTemplate = errors.New("a template failed")
	errNoTLS    = errors.New("the server does not offer encryption")
	errNoAuth   = errors.New("the server offers no way to sign in that is safe here")
	errNoUTF8   = errors.New("the server takes no addresses with other letters than ASCII has")
	errTooMuch  = errors.New("the server sends without end")
)

// enhanced is an enhanced status code at the beginning of an answer.
var enhanced = regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}\b`)

// failed makes our own error of one of the network, the library or the server.
func failed(ctx context.Context, step string, err error) error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	if answer, ok := errors.AsType[*textproto.Error](err); ok && answer.Code >= 100 && answer.Code <= 999 {
		return &Error{Step: step, Code: answer.Code, Enhanced: enhanced.FindString(answer.Msg)}
	}
	return &Error{Step: step, Cause: cause(ctx, err)}
}

// cause is what happened, in words of ours.
func cause(ctx context.Context, err error) error {
	for _, own := range []error{errNoTLS, errNoAuth, errNoUTF8, errTooMuch} {
		if errors.Is(err, own) {
			return own
		}
	}
	return netcause.Of(ctx, err)
}
