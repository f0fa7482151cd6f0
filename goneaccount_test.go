package sallyport_test

import (
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestGoneAccount: whatever was open of an account with factors when it was deleted, or
// closed in another tab, is over, and is no fault.
func TestGoneAccount(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Mobile: phone, MobileValidated: true})
	e, ctx := m.Engine, t.Context()
	undo := m.addMailbox(mail)
	view, err := e.ViewLink(ctx, undo)
	if err != nil {
		t.Fatal(err)
	}
	login := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password})
	hostLogin(t, m.Kit, sallyport.Login{RequestID: login.RequestID, OptionID: login.Options[0].ID})
	link := linkToken(m.Outbox.Await(mail, "link").Link)
	move := m.begin(newMail)
	closing, err := e.CloseAccount(ctx, sallyport.AccountClosing{Username: "ada", Password: m.p.Password})
	if err != nil {
		t.Fatal(err)
	}
	key := m.Outbox.Key(mail, func() {
		if err := e.BeginReset(ctx, sallyport.ResetRequest{Username: "ada"}); err != nil {
			t.Fatal(err)
		}
	})
	reset, err := e.FinishReset(ctx, sallyport.ResetFinish{Key: key})
	if err != nil || len(reset.Options) == 0 {
		t.Fatalf("got %+v, %v", reset, err)
	}
	if err := setup(m.Kit).DeleteUser(ctx, m.p.ID); err != nil {
		t.Fatal(err)
	}

	for what, in := range map[string]sallyport.Login{
		"its state": {RequestID: login.RequestID}, "a choice": {RequestID: login.RequestID, OptionID: login.Options[1].ID},
		"a code": {RequestID: login.RequestID, OptionID: login.Options[1].ID, Code: "123456"},
	} {
		wantOutcome(t, what, hostLogin(t, m.Kit, in), sallyport.Denied, sallyport.ReasonOver)
		wantOutcome(t, what+" at another node", hostNode(t, m.Kit, in), sallyport.Denied, sallyport.ReasonOver)
	}
	wantConfirmation(t, "a change of address", m.change(sallyport.AddressChange{RequestID: move.RequestID, OptionID: move.Options[0].ID}), sallyport.Denied, sallyport.ReasonOver)
	c, err := e.CloseAccount(ctx, sallyport.AccountClosing{RequestID: closing.RequestID, OptionID: closing.Options[0].ID, Code: "123456"})
	if err != nil || c.Outcome != sallyport.Denied || c.Reason != sallyport.ReasonOver {
		t.Errorf("closing: got %+v, %v", c, err)
	}
	for _, id := range []string{"", reset.RequestID} {
		r, err := e.FinishReset(ctx, sallyport.ResetFinish{Key: key, RequestID: id, NewPassword: fresh})
		if err != nil || r.Status != sallyport.ResetKeyUnknown {
			t.Errorf("a reset: got %+v, %v", r, err)
		}
	}
	if r, err := e.ChangePassword(ctx, sallyport.PasswordChange{RequestID: login.RequestID, Password: m.p.Password, NewPassword: fresh}); err != nil || r.Status != sallyport.PasswordRequestOver {
		t.Errorf("a change of password: got %+v, %v", r, err)
	}
	_, viewed := e.ViewReset(ctx, key, "")
	_, enrolled := e.SendVerification(ctx, sallyport.EnrollmentCall{RequestID: login.RequestID}, mfa.Email, newMail)
	_, linked := e.ViewLink(ctx, link)
	_, undone := e.DecideLink(ctx, undo, sallyport.LinkDecision{Nonce: view.Nonce, Approve: true})
	for what, err := range map[string]error{"the page of the reset": viewed, "enrolment": enrolled, "the page of the link": linked, "removing the factor": undone} {
		if !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("%s: got %v, want it unknown", what, err)
		}
	}
}
