package sallyport_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestCancelWantsAnOption: who cancels an enrolment names one of the options of
// its request, where it has any.
func TestCancelWantsAnOption(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	nora := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
	a, other := c.Login(p.Name, p.Password).Want(t, wanted), c.Login(p.Name, p.Password).Want(t, wanted)
	bare := c.Login(nora.Name, nora.Password) // has no options
	for _, tt := range []struct {
		name    string
		request sallyporttest.Answer
		option  string
		want    error
	}{
		{"none", a, "", sallyport.ErrUnknownRequest},
		{"another request's", a, option(t, other, "Email", "OTP"), sallyport.ErrUnknownRequest},
		{"its own in capitals", a, strings.ToUpper(option(t, a, "Email", "OTP")), nil},
		{"its other one", other, option(t, other, "Email", "Link"), nil},
		{"none where there is none", bare, "", nil},
	} {
		if err := cancel(t, k, c, pending(tt.request), tt.option); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestCancelWantsTheClient: who cancels is the client that made the request,
// and proves it.
func TestCancelWantsTheClient(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
	a := c.Login(p.Name, p.Password)
	if err := cancel(t, k, c.As(sallyporttest.PublicClientID, ""), pending(a), ""); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("another client: got %v, want it unknown", err)
	}
	for _, secret := range []string{"", "wrong"} {
		got, ok := errors.AsType[*sallyport.ProtocolError](cancel(t, k, c.As(sallyporttest.ClientID, secret), pending(a), ""))
		if !ok || got.Code != "invalid_client" {
			t.Errorf("secret %q: got %v, want invalid_client", secret, got)
		}
	}
	if app, e := c.BeginTOTP(a.RequestID); app == nil {
		t.Errorf("nobody cancelled it: got %v, want a picture", e)
	}
	c.CancelEnrollment(a).Want(t, false)
}

// TestCancelWantsTheBrowser: once a page has bound the request, only its
// browser cancels.
func TestCancelWantsTheBrowser(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
	call := pending(c.Login(p.Name, p.Password))
	page, err := k.Engine.OpenEnrollmentPage(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		cookie string
		want   error
	}{{"", sallyport.ErrUnknownRequest}, {"another", sallyport.ErrUnknownRequest}, {page.Browser, nil}} {
		call.Browser, call.Nonce = tt.cookie, page.Nonce
		if err := cancel(t, k, c, call, ""); !errors.Is(err, tt.want) {
			t.Errorf("cookie %q: got %v, want %v", tt.cookie, err, tt.want)
		}
	}
}

// TestCancelledIsNotOfferedAgain: a request whose enrolment was cancelled offers
// it no more, takes no step of it and cannot be cancelled twice. Its options
// are as good as before, and the next login may enrol again.
func TestCancelledIsNotOfferedAgain(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	if got := c.Resume(a.RequestID, p.Name, p.Password).Want(t, wanted); got.Enrollment == nil {
		t.Error("nothing is offered to enrol before it is cancelled")
	}
	c.CancelEnrollment(a).Want(t, false)
	if got := c.Resume(a.RequestID, p.Name, p.Password).Want(t, wanted); got.Enrollment != nil || len(got.Options) != 2 {
		t.Errorf("got options %q and an enrolment %v, want the two and none", got.Offered(), got.Enrollment != nil)
	}
	got := steps(t, k.Engine, pending(a))
	delete(got, "Enrollment") // which only looks
	wantSteps(t, "cancelled", got, true)
	if e := c.CancelEnrollment(a); e.HTTP != http.StatusNotFound {
		t.Errorf("a second time: got %v, want it unknown", e)
	}
	a = c.Choose(a, "Email", "OTP").Want(t, waiting)
	c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	k.Clock.Advance(time.Minute)
	if a := c.Login(p.Name, p.Password).Want(t, wanted); a.Enrollment == nil {
		t.Error("the next login offers nothing to enrol")
	}
	if !slices.Contains(k.EventKinds(), sallyport.EventEnrollmentCanceled) {
		t.Errorf("got events %q, want the cancelling", k.EventKinds())
	}
}
