package sallyport_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestModuleFactors: second factors are ours whoever keeps the account: who signs in by a
// module adds and removes them, and draws recovery codes, in a session, by the password that
// the module judges and a code. Their address and the account are the module's.
func TestModuleFactors(t *testing.T) {
	k := joined(t, bobs())
	s := bobIn(t, k)
	in := sallyport.FactorChange{Session: s.Handle, Password: bobPassword}
	r, err := k.Engine.AddFactor(t.Context(), in)
	if err != nil || r.Outcome != sallyport.EnrollmentWanted {
		t.Fatalf("got %v, %v", r, err)
	}
	app, e := k.InProcess().EnrollAuthenticator(r.RequestID)
	e.Want(t, true)
	wantSession(t, k, "after adding", s.Handle, true)
	if r, err = k.Engine.RenewRecoveryCodes(t.Context(), in); err != nil || r.Outcome != sallyport.FactorWanted {
		t.Fatalf("recovery codes: got %v, %v", r, err)
	}
	r, err = k.Engine.RenewRecoveryCodes(t.Context(), sallyport.FactorChange{Session: s.Handle, RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: app.Fresh()})
	if err != nil || r.Outcome != sallyport.Granted || len(r.RecoveryCodes) != 10 {
		t.Errorf("recovery codes: got %v, %v", r, err)
	}
	list, err := k.Engine.Factors(t.Context(), s.Handle)
	if err != nil || len(list.Factors) != 1 {
		t.Fatalf("got %+v, %v", list, err)
	}
	in.Factor = list.Factors[0].ID
	if r, err = k.Engine.RemoveFactor(t.Context(), in); err != nil || r.Outcome != sallyport.FactorWanted {
		t.Fatalf("removing: got %v, %v", r, err)
	}
	r, err = k.Engine.RemoveFactor(t.Context(), sallyport.FactorChange{Session: s.Handle, RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: app.Fresh()})
	if err != nil || r.Outcome != sallyport.Granted {
		t.Errorf("removed: got %v, %v", r, err)
	}
	if r, err := k.Engine.ChangeAddress(t.Context(), sallyport.AddressChange{Session: s.Handle, Password: bobPassword, Email: mail}); err != nil || r.Reason != sallyport.ReasonElsewhere {
		t.Errorf("another address: got %v, %v", r, err)
	}
	if r, err := k.Engine.CloseAccount(t.Context(), sallyport.AccountClosing{Session: s.Handle, Password: bobPassword}); err != nil || r.Reason != sallyport.ReasonElsewhere {
		t.Errorf("closing the account: got %v, %v", r, err)
	}
}

// TestP4ModuleFactors: wrong passwords of such a change are charged to the name that the
// account has at the module, with those of its logins; the fifth ends the session.
func TestP4ModuleFactors(t *testing.T) {
	k := joined(t, bobs())
	s := bobIn(t, k)
	for i := range 5 {
		r, err := k.Engine.AddFactor(t.Context(), sallyport.FactorChange{Session: s.Handle, Password: fmt.Sprint("wrong", i)})
		if err != nil || r.Reason != sallyport.ReasonWrongPassword {
			t.Errorf("guess %d: got %v, %v", i, r, err)
		}
	}
	wantSession(t, k, "after five", s.Handle, false)
	var last *sallyport.Result
	for i := range 5 {
		last = hostLogin(t, k, bobWith("bob", fmt.Sprint("x", i)))
	}
	wantOutcome(t, "the tenth of all", last, sallyport.Denied, sallyport.ReasonLockedOut)
}

// TestModuleInvitation: who signs in by a module takes an invitation up by the password
// that the module judges, on the page and at call 1. One without a password needs none.
func TestModuleInvitation(t *testing.T) {
	k := joined(t, bobs())
	s := bobIn(t, k)
	byInvitation(t, k)
	wantOutcome(t, "without one", hostLogin(t, k, bobLogin), sallyport.Denied, sallyport.ReasonInvitationWanted)
	key := invite(t, k, s.AccountID)
	with := bobLogin
	with.Invitation = key
	wantOutcome(t, "at call 1", hostLogin(t, k, with), sallyport.EnrollmentWanted, "")
	if r := accept(t, k, key, "wrong"); r.Reason != sallyport.ReasonWrongPassword || r.RequestID != "" {
		t.Errorf("a wrong password: got %+v", r)
	}
	r := accept(t, k, key, bobPassword)
	if r.Outcome != sallyport.EnrollmentWanted {
		t.Fatalf("got %+v", r)
	}
	_, e := k.InProcess().EnrollAuthenticator(r.RequestID)
	e.Want(t, true)
	next := hostLogin(t, k, bobLogin)
	wantOutcome(t, "the next login", next, sallyport.FactorWanted, "")
	if len(next.Options) != 1 || next.Options[0].Transport != mfa.Authenticator {
		t.Errorf("got %v", next.Options)
	}
	pat := k.AddUser(t, sallyporttest.User{Name: "pat", Email: mail, EmailValidated: true, Edit: asPasswordless})
	if i, err := setup(k).Invite(t.Context(), pat.ID, sallyport.InviteReturned); !errors.Is(err, directory.ErrPasswordless) {
		t.Errorf("one without a password: got %v, %v", i, err)
	}
}
