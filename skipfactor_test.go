package sallyport_test

import (
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const skipped = sallyport.Success | sallyport.MFAGraceLogin

// skipping asks everybody for a second factor, and lets them log in n times before.
func skipping(t *testing.T, k *sallyporttest.Kit, n int) {
	t.Helper()
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Mode, d.MFA.GraceLogons = new(mfa.Required), &n })
}

// TestFactorGrace: an account that never had a factor logs in without one as often as the
// policy says, over both transports together, and is told how often that is.
func TestFactorGrace(t *testing.T) {
	k := hosted(t)
	skipping(t, k, 3)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	for name, c := range map[string]*sallyporttest.Client{"in process": k.InProcess(), "over HTTP": k.HTTP()} {
		a := c.Login(p.Name, p.Password).Want(t, skipped)
		if a.Tokens == nil || a.Enrollment != nil || len(a.Options) > 0 {
			t.Errorf("%s: got %+v, want tokens and nothing else", name, a)
		}
	}
	c := k.InProcess()
	c.Login(p.Name, "wrong").Want(t, sallyport.Failure|sallyport.PasswordDoesNotMatch)
	r := hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password})
	wantOutcome(t, "the last", r, sallyport.Granted, sallyport.ReasonFactorSkipped)
	if r.FactorGraceLeft != 0 || r.GraceLeft != 0 || len(r.Session.Methods) != 1 || r.Obstacle != "" {
		t.Errorf("got %+v with methods %q, want none left and no factor claimed", r, r.Session.Methods)
	}
	if _, err := k.Engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID}); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("enrolling in it: got %v", err)
	}
	a := c.Login(p.Name, p.Password)
	if !a.Status.Has(sallyport.MFAEnrollmentRequired) || a.Tokens != nil || a.Enrollment == nil {
		t.Errorf("after the last: got %+v, want a factor to be enrolled", a)
	}
	skipping(t, k, 5)
	r = hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password})
	if wantOutcome(t, "by a wider policy", r, sallyport.Granted, sallyport.ReasonFactorSkipped); r.FactorGraceLeft != 1 {
		t.Errorf("got %d left, want 1", r.FactorGraceLeft)
	}
}

// TestFactorGraceOf: who has or once had a factor, is asked for none, or has no role, does
// without none.
func TestFactorGraceOf(t *testing.T) {
	for _, tt := range []struct {
		name string
		user sallyporttest.User
		edit func(k *sallyporttest.Kit, id string)
		want sallyport.Status
	}{
		{"a factor", sallyporttest.User{TOTP: true}, nil, wanted},
		{"one that was taken away", sallyporttest.User{TOTP: true}, func(k *sallyporttest.Kit, id string) { resetFactors(t, k, id) }, enrolFirst},
		{"not asked", sallyporttest.User{}, func(k *sallyporttest.Kit, _ string) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Mode = new(mfa.WhenEnrolled) })
		}, sallyport.Success},
		{"asked by their own wish", sallyporttest.User{MFA: new(true)}, func(k *sallyporttest.Kit, _ string) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Mode = new(mfa.WhenEnrolled) })
		}, skipped},
		{"none enrollable", sallyporttest.User{}, func(k *sallyporttest.Kit, _ string) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Enrollable = []string{} })
		}, skipped},
		{"by invitation alone", sallyporttest.User{}, func(k *sallyporttest.Kit, _ string) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.FirstEnrollment = new(mfa.ByInvitation) })
		}, skipped},
		{"no role", sallyporttest.User{Roles: []string{}}, nil, sallyport.Failure | sallyport.UserNotAuthorized},
		{"a password that has run out as well", sallyporttest.User{}, func(k *sallyporttest.Kit, _ string) {
			setPolicy(t, k, func(d *directory.Policy) { d.Password.Pattern, d.Password.GraceLogons = "[0-9]{9}", 1 })
		}, skipped | sallyport.PasswordDoesNotPassValidation},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			skipping(t, k, 1)
			tt.user.Name = "nora"
			p := k.AddUser(t, tt.user)
			if tt.edit != nil {
				tt.edit(k, p.ID)
			}
			k.InProcess().Login(p.Name, p.Password).Want(t, tt.want)
		})
	}
}

// TestFactorGraceInvited: who brings an invitation adds a factor, and spends no login.
func TestFactorGraceInvited(t *testing.T) {
	k := sallyporttest.New(t)
	skipping(t, k, 1)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora"})
	a := c.Call(login(sallyport.Login{Username: p.Name, Password: p.Password, Invitation: invite(t, k, p.ID)}))
	if a.Enrollment == nil {
		t.Errorf("got %+v, want a factor to be enrolled", a)
	}
	c.Login(p.Name, p.Password).Want(t, skipped)
}

// TestP3FactorGrace: a login without a factor opens a login and nothing else: no factor is
// added by it, and no change that wants one is made.
func TestP3FactorGrace(t *testing.T) {
	k := hosted(t)
	skipping(t, k, 9)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	s := hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password}).Session
	for what, in := range map[string]sallyport.AddressChange{
		"by name": {Username: "nora", Password: p.Password, Email: newMail}, "in the session": {Session: s.Handle, Password: p.Password, Email: newMail},
	} {
		if r, err := k.Engine.ChangeAddress(t.Context(), in); err != nil || r.Outcome != sallyport.EnrollmentWanted {
			t.Errorf("another address %s: got %+v, %v, want a factor wanted first", what, r, err)
		}
	}
	if r, err := k.Engine.CloseAccount(t.Context(), sallyport.AccountClosing{Username: "nora", Password: p.Password}); err != nil || r.Outcome != sallyport.EnrollmentWanted {
		t.Errorf("closing it: got %+v, %v", r, err)
	}
}

// TestFactorGraceMustChange: who has to set another password does so first, and the login
// goes on without a factor; it counts once.
func TestFactorGraceMustChange(t *testing.T) {
	k := hosted(t)
	skipping(t, k, 1)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	if err := setup(k).SetPassword(t.Context(), p.ID, "an initial password"); err != nil {
		t.Fatal(err)
	}
	r := hostLogin(t, k, sallyport.Login{Username: "nora", Password: "an initial password"})
	wantOutcome(t, "call 1", r, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
	if ch, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: "an initial password", NewPassword: fresh}); err != nil || ch.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", ch, err)
	}
	on := hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, Username: "nora", Password: fresh})
	if wantOutcome(t, "going on", on, sallyport.Granted, sallyport.ReasonFactorSkipped); on.Status != skipped || on.FactorGraceLeft != 0 {
		t.Errorf("got %v, %d left", on.Status, on.FactorGraceLeft)
	}
	wantOutcome(t, "the next", hostLogin(t, k, sallyport.Login{Username: "nora", Password: fresh}), sallyport.EnrollmentWanted, "")
}

// TestFactorGraceRefresh: a session that grace has let in is judged anew at each refresh:
// it goes on while the present policy leaves as many logins as there had been with it.
func TestFactorGraceRefresh(t *testing.T) {
	k := sallyporttest.New(t)
	skipping(t, k, 2)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora"})
	first := c.Login(p.Name, p.Password).Want(t, skipped).Tokens.RefreshToken
	second := c.Login(p.Name, p.Password).Want(t, skipped).Tokens.RefreshToken
	next := func(token string) string {
		t.Helper()
		a := c.Refresh(token)
		if a.Tokens == nil {
			t.Fatalf("got %+v, want the session to go on", a)
		}
		return a.Tokens.RefreshToken
	}
	first, second = next(first), next(second)
	skipping(t, k, 1)
	first = next(first)
	c.Refresh(second).WantOAuth(t, "invalid_grant")
	skipping(t, k, 0)
	c.Refresh(first).WantOAuth(t, "invalid_grant")
	skipping(t, k, 2)
	next(first)
	next(second)
	a := c.Call(login(sallyport.Login{Username: p.Name, Password: p.Password}))
	_, e := c.EnrollAuthenticator(a.RequestID)
	e.Want(t, true)
	c.Refresh(second).WantOAuth(t, "invalid_grant") // the account has a factor now
}
