package sallyport_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// steps are the steps of an enrolment, by name. Each answers the error of one.
func steps(t *testing.T, e *sallyport.Engine, call sallyport.EnrollmentCall) map[string]error {
	t.Helper()
	ctx := t.Context()
	return map[string]error{
		"BeginTOTP":           errorOf(e.BeginTOTP(ctx, call)),
		"Enrollment":          errorOf(e.Enrollment(ctx, call)),
		"SendVerification":    errorOf(e.SendVerification(ctx, call, mfa.Email, "new@example.com")),
		"ConfirmVerification": errorOf(e.ConfirmVerification(ctx, call, mfa.Email, "1")),
		"ConfirmTOTP":         errorOf(e.ConfirmTOTP(ctx, call, "1")),
	}
}

// wantSteps fails the test unless every step is refused as unknown, or none.
func wantSteps(t *testing.T, what string, got map[string]error, unknown bool) {
	t.Helper()
	for name, err := range got {
		if errors.Is(err, sallyport.ErrUnknownRequest) != unknown || !unknown && err != nil {
			t.Errorf("%s, %s: got %v, want it unknown: %v", what, name, err, unknown)
		}
	}
}

// barred are the ways in which an account may not log in that leave its epoch
// as it is, so that nothing but the account itself says so.
var barred = []struct {
	name string
	bar  func(*testing.T, *sallyporttest.Kit, string)
}{
	{"locked", func(t *testing.T, k *sallyporttest.Kit, name string) {
		k.EditUser(t, name, func(u *directory.User) { u.Locked = true })
	}},
	{"unapproved", func(t *testing.T, k *sallyporttest.Kit, name string) {
		k.EditUser(t, name, func(u *directory.User) { u.Approved = new(false) })
	}},
	{"must change", func(t *testing.T, k *sallyporttest.Kit, name string) {
		k.EditUser(t, name, func(u *directory.User) { u.MustChangePassword = true })
	}},
	{"over", func(t *testing.T, k *sallyporttest.Kit, name string) {
		k.EditUser(t, name, func(u *directory.User) { u.End = k.Clock.Now() })
	}},
	{"not begun", func(t *testing.T, k *sallyporttest.Kit, name string) {
		k.EditUser(t, name, func(u *directory.User) { u.Start = k.Clock.Now().Add(time.Second) })
	}},
}

// TestBarredAccountEnrolsNothing: an account that may not log in, though its
// request is live, takes no step and opens no page.
func TestBarredAccountEnrolsNothing(t *testing.T) {
	for _, tt := range barred {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
		a := c.Login(p.Name, p.Password).Want(t, enrolFirst|sallyport.UserAccountMissingEmail|sallyport.UserAccountMissingMobilePhone)
		wantSteps(t, "before", steps(t, k.Engine, pending(a)), false)
		tt.bar(t, k, p.Name)
		wantSteps(t, tt.name, steps(t, k.Engine, pending(a)), true)
		if e := c.CancelEnrollment(a); e.HTTP != http.StatusNotFound {
			t.Errorf("%s, cancelling: got %v, want it unknown", tt.name, e)
		}
		if _, err := k.Engine.OpenEnrollmentPage(t.Context(), pending(a)); !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("%s, the page: got %v, want it unknown", tt.name, err)
		}
	}
}

// TestBarredAccountsLinksAreDead: so are the links of such an account.
func TestBarredAccountsLinksAreDead(t *testing.T) {
	for _, tt := range barred {
		for _, approve := range []bool{true, false} {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			in := sendLink(t, k, c.Login(p.Name, p.Password).Want(t, wanted))
			token := linkToken(k.Outbox.LastLink(mail))
			v, err := k.Engine.ViewLink(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			tt.bar(t, k, p.Name)
			if _, err := k.Engine.ViewLink(t.Context(), token); !errors.Is(err, sallyport.ErrUnknownRequest) {
				t.Errorf("%s, looking: got %v, want it unknown", tt.name, err)
			}
			o, err := k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: approve})
			if !errors.Is(err, sallyport.ErrUnknownRequest) {
				t.Errorf("%s, approving %v: got %v, %v, want it unknown", tt.name, approve, o, err)
			}
			c.Call(in).Want(t, dead)
		}
	}
}

// TestEnrollmentPageIsItsBrowsers: once a browser has opened the page, the
// request is that browser's alone: another cookie is as good as none, and so is
// its own without the nonce of the page.
func TestEnrollmentPageIsItsBrowsers(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
	a := c.Login(p.Name, p.Password)
	e, call := k.Engine, pending(a)
	with := func(cookie, nonce string) sallyport.EnrollmentCall {
		call.Browser, call.Nonce = cookie, nonce
		return call
	}
	wantSteps(t, "a cookie before the page", steps(t, e, with("mine", "")), true)
	page, err := e.OpenEnrollmentPage(t.Context(), with("", ""))
	if err != nil || page.Browser == "" {
		t.Fatalf("got %+v, %v, want a page with a cookie", page, err)
	}
	mine := page.Browser
	for _, cookie := range []string{"", "another", mine + "x"} {
		wantSteps(t, "cookie "+cookie, steps(t, e, with(cookie, page.Nonce)), true)
		if _, err := e.OpenEnrollmentPage(t.Context(), with(cookie, "")); !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("the page with cookie %q: got %v, want it unknown", cookie, err)
		}
	}
	again, err := e.OpenEnrollmentPage(t.Context(), with(mine, ""))
	if err != nil || again.Browser != "" || again.Nonce != page.Nonce {
		t.Errorf("the page again: got %+v, %v, want it without another cookie", again, err)
	}
	for _, nonce := range []string{"", "another", page.Nonce + "x"} {
		got := steps(t, e, with(mine, nonce))
		if err := got["BeginTOTP"]; err != nil {
			t.Errorf("the picture of the page: got %v: it is shown with the page and no form", err)
		}
		delete(got, "BeginTOTP")
		wantSteps(t, "its own cookie with nonce "+nonce, got, true)
	}
	wantSteps(t, "its own cookie", steps(t, e, with(mine, page.Nonce)), false)

	other := c.Login(p.Name, p.Password)
	otherPage, err := e.OpenEnrollmentPage(t.Context(), pending(other))
	if err != nil || otherPage.Browser == mine || otherPage.Nonce == page.Nonce {
		t.Errorf("the page of another request: got %+v, %v, want a cookie and a nonce of its own", otherPage, err)
	}
}

// TestEnrollmentChannel: only addresses are verified.
func TestEnrollmentChannel(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
	call := pending(c.Login(p.Name, p.Password))
	for _, channel := range []mfa.Transport{0, mfa.Authenticator, 3, 8} {
		for name, err := range map[string]error{
			"sending":    errorOf(k.Engine.SendVerification(t.Context(), call, channel, mail)),
			"confirming": errorOf(k.Engine.ConfirmVerification(t.Context(), call, channel, "1")),
		} {
			if got, ok := errors.AsType[*sallyport.ProtocolError](err); !ok || got.Field != "channel" {
				t.Errorf("%s over %s: got %v, want the channel refused", name, channel, err)
			}
		}
	}
	if n := k.Outbox.Count(); n != 0 {
		t.Errorf("got %d messages, want none", n)
	}
}

// TestVerificationThatFailed: a code that could not be sent is told as such,
// also to whoever asks again at once; after half a minute another goes out.
func TestVerificationThatFailed(t *testing.T) {
	for _, channel := range []struct{ name, to string }{{"Email", mail}, {"SMS", phone}} {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
		a := c.Login(p.Name, p.Password)
		k.Outbox.FailNext(errors.New("no route"))
		for range 2 {
			c.SendVerification(a.RequestID, channel.name, channel.to).WantRefused(t, string(sallyport.EnrollmentFailedSending))
		}
		k.Clock.Advance(30 * time.Second)
		c.SendVerification(a.RequestID, channel.name, channel.to).Want(t, false)
		c.ConfirmVerification(a.RequestID, channel.name, k.Outbox.LastCode(channel.to)).Want(t, true)
	}
}

// TestBarredAccountsGetNoRequest: an account that may not log in gets no request in
// which it could enroll, although it lacks a factor that is wanted.
func TestBarredAccountsGetNoRequest(t *testing.T) {
	for _, tt := range barred {
		t.Run(tt.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
			tt.bar(t, k, p.Name)
			a := c.Login(p.Name, p.Password)
			if a.Status.Has(sallyport.MFAEnrollmentRequired) || a.Enrollment != nil {
				t.Errorf("got %s and an enrollment %v", a, a.Enrollment != nil)
			}
			if a.Status.Has(sallyport.MustChangePasswordAtNextLogon) { // its request is for that and enrolls nothing before
				c.SendVerification(a.RequestID, "Email", mail).WantRefused(t, "RequestNotFound")
				c.State(a.RequestID).Want(t, a.Status)
				return
			}
			c.State(a.RequestID).Want(t, dead)
		})
	}
}

// TestEnrollmentRepeatTellsNothing: a step that neither sends nor stages anything is
// no event.
func TestEnrollmentRepeatTellsNothing(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul", MFA: new(true)})
	a := c.Login(p.Name, p.Password)
	c.SendVerification(a.RequestID, "Email", mail)
	n := len(k.Events())
	c.SendVerification(a.RequestID, "Email", mail)
	if more := k.Events()[n:]; len(more) != 0 {
		t.Errorf("got %v, want no event for what was sent a moment ago", more)
	}
}
