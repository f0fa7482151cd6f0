package sallyport_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestHostOptionsAgain: the host is told what a request can be answered with for as long as
// an answer is wanted, so that its pages need not remember it; and no longer. A client is
// told once, as the original does.
func TestHostOptionsAgain(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: "ada@example.com", EmailValidated: true})
	first := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	id := func(mode mfa.Mode) string {
		return first.Options[slices.IndexFunc(first.Options, func(o sallyport.Option) bool { return o.Mode == mode })].ID
	}
	code, link := id(mfa.OTP), id(mfa.Link)
	again := func(what string, in sallyport.Login, o sallyport.Outcome, why sallyport.Reason, many int) *sallyport.Result {
		t.Helper()
		in.RequestID = first.RequestID
		r := hostLogin(t, k, in)
		wantOutcome(t, what, r, o, why)
		if len(r.Options) != many || many > 0 && r.Options[0] != first.Options[0] {
			t.Errorf("%s: got the options %v, want %d of %v", what, r.Options, many, first.Options)
		}
		return r
	}
	n := len(first.Options)
	again("a link chosen", sallyport.Login{OptionID: link}, sallyport.Waiting, sallyport.NoReason, n)
	again("asked how it stands", sallyport.Login{}, sallyport.Waiting, sallyport.NoReason, n)
	k.Outbox.FailNext(errors.New("down"))
	again("a code that could not be sent", sallyport.Login{OptionID: code}, sallyport.FactorWanted, sallyport.ReasonNotSent, n)
	k.Clock.Advance(31 * time.Second) // else the same is said again
	right := k.Outbox.Code("ada@example.com", func() {
		again("a code chosen", sallyport.Login{OptionID: code}, sallyport.Waiting, sallyport.NoReason, n)
	})
	again("a wrong code", sallyport.Login{OptionID: code, Code: "000000"}, sallyport.FactorWanted, sallyport.ReasonWrongCode, n)
	again("another wrong password", sallyport.Login{Username: "ada", Password: "not it"}, sallyport.FactorWanted, sallyport.ReasonWrongPassword, n)
	again("the right code", sallyport.Login{OptionID: code, Code: right}, sallyport.Granted, sallyport.NoReason, 0)
	again("once more", sallyport.Login{OptionID: code, Code: right}, sallyport.Denied, sallyport.ReasonOver, 0)

	c := k.InProcess()
	a := c.Login("ada", p.Password)
	option, _ := a.Option("Email", "OTP")
	by := &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
	if r := hostLogin(t, k, sallyport.Login{Caller: by, RequestID: a.RequestID, OptionID: option}); r.Outcome != sallyport.Waiting || len(r.Options) != 0 {
		t.Errorf("a client: got %v with %v, want none", r.Outcome, r.Options)
	}
}

// TestHostOptionsAgainInSession is the same of a change in a session.
func TestHostOptionsAgainInSession(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: "ada@example.com", EmailValidated: true, TOTP: true})
	r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	app := func(list []sallyport.Option) string {
		return list[slices.IndexFunc(list, func(o sallyport.Option) bool { return o.Transport == mfa.Authenticator })].ID
	}
	r = hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: app(r.Options), Code: p.Authenticator.Fresh()})
	wantOutcome(t, "a login", r, sallyport.Granted, sallyport.NoReason)
	draw := func(in sallyport.FactorChange) *sallyport.Confirmation {
		t.Helper()
		in.Session = r.Session.Handle
		c, err := k.Engine.RenewRecoveryCodes(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := draw(sallyport.FactorChange{Password: p.Password})
	c := draw(sallyport.FactorChange{RequestID: first.RequestID, OptionID: app(first.Options), Code: "000000"})
	if c.Outcome != sallyport.FactorWanted || c.Reason != sallyport.ReasonWrongCode || len(c.Options) != len(first.Options) || len(c.Options) == 0 {
		t.Errorf("a wrong code: got %v, %q with %v, want %v again", c.Outcome, c.Reason, c.Options, first.Options)
	}
	c = draw(sallyport.FactorChange{RequestID: first.RequestID, OptionID: app(first.Options), Code: p.Authenticator.Fresh()})
	if c.Outcome != sallyport.Granted || len(c.Options) != 0 {
		t.Errorf("the right code: got %v, %q with %v", c.Outcome, c.Reason, c.Options)
	}
	add := sallyport.FactorChange{Session: r.Session.Handle, Password: p.Password}
	begun, err := k.Engine.AddFactor(t.Context(), add)
	if err != nil {
		t.Fatal(err)
	}
	early, err := k.Engine.AddFactor(t.Context(), sallyport.FactorChange{Session: r.Session.Handle, RequestID: begun.RequestID, OptionID: begun.Options[0].ID})
	if err != nil || early.Outcome != sallyport.EnrollmentWanted || len(early.Options) != len(begun.Options) || len(early.Options) == 0 {
		t.Errorf("before there is anything to add: got %+v, %v, want the options of %+v", early, err, begun.Options)
	}
}
