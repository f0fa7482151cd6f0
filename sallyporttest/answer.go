package sallyporttest

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/wire"
)

// Answer is what a call of the token endpoint was answered with. The two ways
// of a [Client] give the same Answer, but for Header and Err.
type Answer struct {
	HTTP   int         // status code, also in process
	Header http.Header // nil in process
	Body   []byte      // as it went over the wire, or would have

	// Tokens and Refusal are the body, decoded. Exactly one of them is not
	// nil, unless the test has failed already.
	Tokens  *wire.TokenSuccess
	Refusal *wire.TokenError

	// Response is the VGResponse of whichever of the two there is; nil in
	// answers without one, such as a refresh. The fields after it are what
	// tests look at most, and are zero without it.
	Response   *wire.Response
	Status     sallyport.Status
	RequestID  string
	Options    []wire.Option
	Enrollment *wire.Enrollment // nil: nothing to enrol

	// OAuthError is the "error" of a refusal without VGResponse, such as
	// invalid_grant.
	OAuthError string

	// Err is the engine's error, in process only; it was answered with
	// HTTP and OAuthError as an adapter would.
	Err error

	offered []wire.Option // by call 1, for the calls after it
	request string        // named by the call or answered by it
	option  string        // chosen last
	repeats bool          // a miss that was charged before
}

// Granted reports whether there are tokens.
func (a Answer) Granted() bool { return a.Tokens != nil }

// String says how the call went in one line, without a secret.
func (a Answer) String() string {
	switch {
	case a.Response != nil:
		return fmt.Sprintf("%d %s (%d)", a.HTTP, a.Status, int64(a.Status))
	case a.OAuthError != "":
		return fmt.Sprintf("%d %s", a.HTTP, a.OAuthError)
	case a.Granted():
		return fmt.Sprintf("%d tokens", a.HTTP)
	}
	return fmt.Sprintf("%d, %d bytes", a.HTTP, len(a.Body))
}

// Format prints [Answer.String] for every verb, so that no test prints tokens
// by accident.
func (a Answer) Format(f fmt.State, _ rune) { fmt.Fprint(f, a.String()) }

// Want fails the test unless the status is s, and returns a. Where a wrong password
// or code was repeated within ten seconds, which charges it once, it says so.
func (a Answer) Want(t testing.TB, s sallyport.Status) Answer {
	t.Helper()
	if a.Status != s || a.Response == nil || a.Granted() != s.Has(sallyport.Success) {
		t.Errorf("got %s, want %s (%d)%s", a, s, int64(s), a.hint())
	}
	return a
}

// WantOAuth fails the test unless the call was refused by that OAuth error,
// without VGResponse, and returns a.
func (a Answer) WantOAuth(t testing.TB, code string) Answer {
	t.Helper()
	if a.OAuthError != code || a.Granted() {
		t.Errorf("got %s, want %s", a, code)
	}
	return a
}

// hint is what a test that wanted another answer may have overlooked.
func (a Answer) hint() string {
	if a.repeats {
		return repeatHint
	}
	return ""
}

// Option finds the id of an option that call 1 offered, by the names that the
// documents display, such as "Email" and "OTP".
func (a Answer) Option(transport, mode string) (id string, ok bool) {
	for _, o := range a.offered {
		if o.TransportModeDisplay == transport && o.AuthenticationModeDisplay == mode {
			return o.ID, true
		}
	}
	return "", false
}

// Offered names the options of call 1, such as "Email OTP", in their order.
func (a Answer) Offered() []string {
	var list []string
	for _, o := range a.offered {
		list = append(list, o.TransportModeDisplay+" "+o.AuthenticationModeDisplay)
	}
	return list
}

// reply is an answer before anybody has read it.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// read decodes the body of a token answer.
func (r reply) read() (Answer, error) {
	a := Answer{HTTP: r.status, Header: r.header, Body: r.body, Err: r.err}
	var err error
	if a.Tokens, a.Refusal, err = wire.DecodeTokenAnswer(r.body); err != nil {
		return a, fmt.Errorf("status %d, %d bytes: %w", r.status, len(r.body), err)
	}
	if a.Tokens != nil {
		a.Response = a.Tokens.VGResponse
	} else if a.Response = a.Refusal.VGResponse; a.Response == nil {
		a.OAuthError = a.Refusal.Error
	}
	if a.Response != nil {
		a.RequestID = a.Response.RequestID
		a.Status = sallyport.Status(a.Response.AuthenticationState.Status)
		a.Options = a.Response.AuthenticationResponse.MFAAvailables
		a.Enrollment = a.Response.AuthenticationResponse.AuthenticationEnrollmentRequest
	}
	return a, nil
}

// after carries over what a conversation remembers from one call to the next.
func (a Answer) after(before Answer, in sallyport.Login) Answer {
	a.request, a.option = in.RequestID, in.OptionID
	if a.request == "" {
		a.request = a.RequestID
	}
	if a.offered = a.Options; len(a.offered) == 0 {
		a.offered = before.offered
	}
	return a
}
