package sallyporttest

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/totp"
	"github.com/sallyport-auth/sallyport/wire"
)

// Enrollment is the answer to a step of an enrolment.
type Enrollment struct {
	wire.EnrollmentResult

	HTTP int
	Body []byte
	Err  error // the engine's, in process only
}

// String says how the step went in one line, without recovery codes.
func (e Enrollment) String() string {
	return fmt.Sprintf("%d %s, active %t, %d recovery codes", e.HTTP, e.Status, e.IsActive, len(e.RecoveryCodes))
}

// Format prints [Enrollment.String] for every verb.
func (e Enrollment) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.String()) }

// Want fails the test unless the step succeeded and what it confirmed is
// active, or staged, as said.
func (e Enrollment) Want(t testing.TB, active bool) Enrollment {
	t.Helper()
	if e.HTTP != http.StatusOK || e.Status != string(sallyport.EnrollmentSuccess) || e.IsFailed || e.IsActive != active {
		t.Errorf("got %s, want 200 Success, active %t", e, active)
	}
	return e
}

// WantRefused fails the test unless the step was refused with that status,
// such as "SecureCodeDoesNotMatch".
func (e Enrollment) WantRefused(t testing.TB, status string) Enrollment {
	t.Helper()
	if e.HTTP == http.StatusOK || e.Status != status || !e.IsFailed || e.IsActive {
		t.Errorf("got %s, want a refusal with %s", e, status)
	}
	return e
}

// BeginTOTP fetches the picture of the authenticator that a request may enrol,
// and points a telephone at it. Where there is no picture, the authenticator
// is nil and the answer says why; else Body is the picture.
func (c *Client) BeginTOTP(requestID string) (*Authenticator, Enrollment) {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	r := c.way.picture(ctx, requestID)
	if r.status != http.StatusOK {
		return nil, c.step(r)
	}
	// Reading the picture takes a camera. Instead the kit asks the engine which
	// key it is and draws the same picture.
	key, err := c.kit.Engine.BeginTOTP(ctx, sallyport.EnrollmentCall{RequestID: requestID})
	if err != nil {
		c.t().Errorf("sallyporttest: asking for the key behind a picture: %v", err)
		return nil, Enrollment{}
	}
	if want, err := key.PNG(); err != nil || !bytes.Equal(r.body, want) {
		c.t().Errorf("sallyporttest: got a picture of %d bytes, want the key's own of %d (%v)", len(r.body), len(want), err)
	}
	secret, err := totp.ParseSecret(key.Secret)
	if err != nil {
		c.t().Errorf("sallyporttest: reading a typed key: %v", err)
		return nil, Enrollment{}
	}
	return &Authenticator{Secret: secret, clock: c.kit.Clock}, Enrollment{HTTP: r.status, Body: r.body}
}

// ConfirmTOTP sends the first code of the authenticator that is being
// enrolled.
func (c *Client) ConfirmTOTP(requestID, code string) Enrollment {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	return c.step(c.way.confirmTOTP(ctx, requestID, code))
}

// EnrollAuthenticator enrols an authenticator from the picture to the first
// code. Whether it is active now or staged stands in the answer.
func (c *Client) EnrollAuthenticator(requestID string) (*Authenticator, Enrollment) {
	c.t().Helper()
	a, e := c.BeginTOTP(requestID)
	if a == nil {
		return nil, e
	}
	return a, c.ConfirmTOTP(requestID, a.Code())
}

// SendVerification asks for a code to an address, over "Email" or "SMS"; an
// empty address is the one on record.
func (c *Client) SendVerification(requestID, channel, address string) Enrollment {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	return c.step(c.way.sendVerification(ctx, requestID, channel, address))
}

// ConfirmVerification sends the code that came to the address.
func (c *Client) ConfirmVerification(requestID, channel, code string) Enrollment {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	return c.step(c.way.confirmVerification(ctx, requestID, channel, code))
}

// EnrollmentProgress asks how far the enrolment of a request is.
func (c *Client) EnrollmentProgress(requestID string) Enrollment {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	return c.step(c.way.progress(ctx, requestID))
}

// CancelEnrollment gives up what the request of a was enrolling. It names one
// of the request's options, where there are any.
func (c *Client) CancelEnrollment(a Answer) Enrollment {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	option := ""
	if len(a.offered) > 0 {
		option = a.offered[0].ID
	}
	return c.step(c.way.cancel(ctx, a.request, c.ID, c.Secret, option))
}

// step reads the answer to a step of an enrolment.
func (c *Client) step(r reply) Enrollment {
	c.t().Helper()
	e := Enrollment{HTTP: r.status, Body: r.body, Err: r.err}
	if err := wire.Decode(r.body, &e.EnrollmentResult); err != nil {
		c.t().Errorf("sallyporttest: reading an enrolment answer of status %d, %d bytes: %v (%v)", r.status, len(r.body), err, r.err)
	}
	return e
}
