package sallyport_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// isPresent wants a password to be refused since the account has had it.
func isPresent(t *testing.T, what string, e *password.PolicyError) {
	t.Helper()
	if e == nil || len(e.Failed) != 1 || e.Failed[0].Rule != password.RuleHistory {
		t.Errorf("%s: got %v, want it refused as one that the account has", what, e)
	}
}

// TestPresentPasswordRefused: the present password is no new one, also where no history
// holds it: a file has set it, another system has hashed it, or none is kept.
func TestPresentPasswordRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		keep       *int
		byRun, set string // at run time; then by the file
	}{
		"by a file": {nil, "", ""}, "by a file, since": {nil, fresh, "of the file, and new"}, "no history": {new(int), fresh, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newResetting(t, mailbox)
			setPolicy(t, r.Kit, func(p *directory.Policy) { p.Password.HistoryLength = tt.keep })
			withoutFactors(t, r.Kit)
			if tt.byRun != "" {
				if err := setup(r.Kit).SetLastingPassword(t.Context(), r.p.ID, tt.byRun); err != nil {
					t.Fatal(err)
				}
				r.p.Password = tt.byRun
			}
			if tt.set != "" {
				r.EditUser(t, "ada", func(u *directory.User) { u.Password, u.CredentialsVersion = tt.set, 2 })
				r.p.Password = tt.set
			}
			r.wantPassword(r.p.Password, true)
			key := r.key()
			isPresent(t, "a reset", r.finish(sallyport.ResetFinish{Key: key, NewPassword: r.p.Password}).Policy)
			r.done("another", sallyport.ResetFinish{Key: key, NewPassword: "yet another horse"})
		})
	}
}

// TestMustChangeIsNoRoundTrip: whoever has to change the password cannot stage another
// and then the old one again.
func TestMustChangeIsNoRoundTrip(t *testing.T) {
	c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true, MustChangePassword: true})
	r := hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password})
	wantOutcome(t, "the login", r, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
	if out := c.change(sallyport.PasswordChange{RequestID: r.RequestID, Password: c.p.Password, NewPassword: fresh}); out.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v", out)
	}
	c.change(sallyport.PasswordChange{RequestID: r.RequestID, Password: fresh, NewPassword: c.p.Password})
	for _, pw := range []string{fresh, c.p.Password} {
		on := hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: pw})
		if on.Outcome != sallyport.FactorWanted || len(on.Options) == 0 {
			continue
		}
		in := sallyport.Login{RequestID: r.RequestID, OptionID: on.Options[1].ID}
		hostLogin(t, c.Kit, in)
		in.Code = c.Outbox.LastCode(mail)
		if done := hostLogin(t, c.Kit, in); done.Outcome == sallyport.Granted && pw == c.p.Password {
			t.Error("the old password is the new one")
		}
	}
	c.Clock.Advance(20 * time.Second)
	if out := hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password}); out.Outcome == sallyport.Granted || out.Outcome == sallyport.FactorWanted {
		t.Errorf("with the old password: got %v, %q", out.Outcome, out.Reason)
	}
}
