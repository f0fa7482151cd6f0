package sallyport_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestEnrollProvenFirst: of an account whose proven address is no factor, and for which
// the directory file names another, the proven one is asked for first. Enrolling it does
// not take the place of the other, which can be enrolled after it.
func TestEnrollProvenFirst(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, MFA: new(true)})
	if _, err := setup(m.Kit).UpdateUser(t.Context(), m.p.ID, directory.UserChange{EmailProven: new(true)}); err != nil {
		t.Fatal(err)
	}
	m.EditUser(t, "ada", func(u *directory.User) { u.Email = newMail })
	m.wantAddress("the file names another", mail, true, false)
	enrol := func(to string) {
		t.Helper()
		r := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password})
		call := sallyport.EnrollmentCall{RequestID: r.RequestID}
		if res, err := m.Engine.SendVerification(t.Context(), call, mfa.Email, ""); err != nil || res.Status != sallyport.EnrollmentSuccess {
			t.Fatalf("%s: got %+v, %v", to, res, err)
		}
		if res, err := m.Engine.ConfirmVerification(t.Context(), call, mfa.Email, m.Outbox.LastCode(to)); err != nil || res.Status != sallyport.EnrollmentSuccess {
			t.Fatalf("%s: got %+v, %v", to, res, err)
		}
		if len(r.Options) == 0 {
			return
		}
		in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
		hostLogin(t, m.Kit, in)
		in.Code = m.Outbox.LastCode(mail)
		wantOutcome(t, to, hostLogin(t, m.Kit, in), sallyport.Granted, "")
	}
	enrol(mail)
	m.wantAddress("the proven one", mail, true, true)
	enrol(newMail)
	m.wantAddress("the other", newMail, true, true)
}
