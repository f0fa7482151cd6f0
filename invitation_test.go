package sallyport_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// byInvitation lets nobody add a first factor without an invitation, and asks everybody
// for one.
func byInvitation(t *testing.T, k *sallyporttest.Kit) {
	t.Helper()
	setPolicy(t, k, func(d *directory.Policy) {
		d.MFA.Mode, d.MFA.FirstEnrollment = new(mfa.Required), new(mfa.ByInvitation)
	})
}

// invite makes an invitation that is returned.
func invite(t *testing.T, k *sallyporttest.Kit, id string) string {
	t.Helper()
	i, err := setup(k).Invite(t.Context(), id, sallyport.InviteReturned)
	if err != nil {
		t.Fatal(err)
	}
	if i.URL != sallyporttest.Issuer+"/account/invite/"+i.Key || i.MailedTo != "" || !i.Ends.Equal(k.Clock.Now().Add(7*24*time.Hour)) {
		t.Errorf("got %+v", *i)
	}
	return i.Key
}

// resetFactors takes the factors of an account away.
func resetFactors(t *testing.T, k *sallyporttest.Kit, id string) {
	t.Helper()
	if i, err := setup(k).ResetFactors(t.Context(), id, sallyport.NoInvitation); err != nil || i != nil {
		t.Fatalf("got %v, %v, want no invitation", i, err)
	}
}

// wantUninvited wants an answer to whom nothing is offered, which is no more than that.
func wantUninvited(t *testing.T, what string, a sallyporttest.Answer) {
	t.Helper()
	if a.Status != enrolFirst || a.Enrollment != nil || len(a.Options) > 0 || a.Tokens != nil {
		t.Errorf("%s: got %+v, want 268435457 and nothing to enrol", what, a)
	}
}

// TestInvitation: where the policy wants one, nobody adds a first factor without it, and
// whoever brings it to call 1 does; over both transports.
func TestInvitation(t *testing.T) {
	for name, client := range map[string]func(*sallyporttest.Kit) *sallyporttest.Client{
		"in process": (*sallyporttest.Kit).InProcess, "over HTTP": (*sallyporttest.Kit).HTTP,
	} {
		t.Run(name, func(t *testing.T) {
			k := sallyporttest.New(t)
			byInvitation(t, k)
			c, p := client(k), k.AddUser(t, sallyporttest.User{Name: "nora"})
			key := invite(t, k, p.ID)
			bare := c.Login(p.Name, p.Password)
			wantUninvited(t, "without one", bare)
			c.State(bare.RequestID).Want(t, dead)
			in := login(sallyport.Login{Username: p.Name, Password: p.Password, Invitation: key})
			in.Password = "wrong"
			c.Call(in).Want(t, sallyport.Failure|sallyport.PasswordDoesNotMatch)
			in.Password = p.Password
			a := c.Call(in)
			if !a.Status.Has(sallyport.MFAEnrollmentRequired) || a.Enrollment == nil {
				t.Fatalf("got %+v, want a factor to be enrolled", a)
			}
			_, e := c.EnrollAuthenticator(a.RequestID)
			e.Want(t, true)
			c.Resume(a.RequestID, p.Name, p.Password).Want(t, sallyport.Success)
			if a := c.Call(in).Want(t, wanted); strings.Join(a.Offered(), "") != "MicrosoftAuthenticator OTP" {
				t.Errorf("got options %q", a.Offered())
			}
			resetFactors(t, k, p.ID)
			wantUninvited(t, "the key that was used", c.Call(in))
		})
	}
}

// TestInvitationObstacle: the program that calls is told what is missing, after the right
// password alone.
func TestInvitationObstacle(t *testing.T) {
	k := hosted(t)
	byInvitation(t, k)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	r := hostLogin(t, k, sallyport.Login{Username: p.Name, Password: "wrong"})
	if r.Obstacle != "" || r.Reason != sallyport.ReasonWrongPassword {
		t.Errorf("a wrong password: got %q, %q", r.Reason, r.Obstacle)
	}
	r = hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password})
	wantOutcome(t, "a right one", r, sallyport.Denied, sallyport.ReasonInvitationWanted)
	if r.Obstacle != mfa.InvitationWanted || r.Enrollment != nil {
		t.Errorf("got %q, want that an invitation is missing", r.Obstacle)
	}
}

// TestP5InvitationOfAnother: an invitation that is not good is as good as none: another
// account's, one of before, one that is over, one that was used, another kind of key.
func TestP5InvitationOfAnother(t *testing.T) {
	for _, tt := range []struct {
		name string
		bad  func(k *sallyporttest.Kit, id string) string
	}{
		{"another account's", func(k *sallyporttest.Kit, _ string) string {
			return invite(t, k, k.AddUser(t, sallyporttest.User{Name: "mallory"}).ID)
		}},
		{"expired", func(k *sallyporttest.Kit, id string) string {
			defer k.Clock.Advance(7 * 24 * time.Hour)
			return invite(t, k, id)
		}},
		{"made ahead of the clock", func(k *sallyporttest.Kit, id string) string {
			k.Clock.Advance(2 * time.Hour)
			defer k.Clock.Advance(-2 * time.Hour)
			return invite(t, k, id)
		}},
		{"before the sessions were ended", func(k *sallyporttest.Kit, id string) string {
			key := invite(t, k, id)
			if err := setup(k).EndSessions(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			return key
		}},
		{"before the account was disabled for a while", func(k *sallyporttest.Kit, id string) string {
			key := invite(t, k, id)
			for _, off := range []bool{true, false} {
				if _, err := setup(k).UpdateUser(t.Context(), id, directory.UserChange{Disabled: &off}); err != nil {
					t.Fatal(err)
				}
			}
			return key
		}},
		{"another spelling", func(k *sallyporttest.Kit, id string) string { return strings.ToUpper(invite(t, k, id)) }},
		{"no key", func(*sallyporttest.Kit, string) string { return strings.Repeat("0", 64) }},
		{"no form", func(*sallyporttest.Kit, string) string { return "invitation" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			byInvitation(t, k)
			p := k.AddUser(t, sallyporttest.User{Name: "nora"})
			key := tt.bad(k, p.ID)
			wantUninvited(t, tt.name, k.InProcess().Call(login(sallyport.Login{Username: p.Name, Password: p.Password, Invitation: key})))
			if tt.name == "another account's" {
				return // its own page shows it
			}
			if _, err := k.Engine.ViewInvitation(t.Context(), key); !errors.Is(err, sallyport.ErrUnknownRequest) {
				t.Errorf("its page: got %v", err)
			}
			if _, err := k.Engine.AcceptInvitation(t.Context(), sallyport.InvitationCall{Key: key, Password: p.Password}); !errors.Is(err, sallyport.ErrUnknownRequest) {
				t.Errorf("taken up: got %v", err)
			}
		})
	}
}

// TestP6Invitation: an invitation is good until the nanosecond at which it expires, also
// within a request that it came with.
func TestP6Invitation(t *testing.T) {
	k := sallyporttest.New(t)
	byInvitation(t, k)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora"})
	in := login(sallyport.Login{Username: p.Name, Password: p.Password, Invitation: invite(t, k, p.ID)})
	k.Clock.Advance(account.KeyInvitation.Life() - time.Nanosecond)
	a := c.Call(in)
	app, _ := c.BeginTOTP(a.RequestID)
	if app == nil {
		t.Fatalf("got %+v, want a picture in its last nanosecond", a)
	}
	k.Clock.Advance(time.Nanosecond)
	if again, e := c.BeginTOTP(a.RequestID); again != nil {
		t.Errorf("a picture after it: %v", e)
	}
	c.ConfirmTOTP(a.RequestID, app.Code()).WantRefused(t, "RequestNotFound")
	wantUninvited(t, "the request", c.Resume(a.RequestID, p.Name, p.Password))
	wantUninvited(t, "another login", c.Call(in))
}

// TestP1InvitationSpent: of two requests that came with one invitation, and of two
// invitations, one adds a factor. One that is given up has not used its invitation.
func TestP1InvitationSpent(t *testing.T) {
	k := sallyporttest.New(t)
	byInvitation(t, k)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora"})
	key, other := invite(t, k, p.ID), invite(t, k, p.ID)
	begin := func(key string) string {
		return c.Call(login(sallyport.Login{Username: p.Name, Password: p.Password, Invitation: key})).RequestID
	}
	begin(key) // and given up
	first, second, third := begin(key), begin(key), begin(other)
	app, _ := c.BeginTOTP(second)
	_, e := c.EnrollAuthenticator(first)
	e.Want(t, true)
	c.ConfirmTOTP(second, app.Code()).WantRefused(t, "RequestNotFound")
	if app, _ := c.BeginTOTP(third); app != nil {
		t.Error("the other invitation is still good")
	}
	if v, err := k.Engine.ViewInvitation(t.Context(), key); err != nil || !v.Done || v.User != "" {
		t.Errorf("got %+v, %v, want it done", v, err)
	}
	if _, err := k.Engine.ViewInvitation(t.Context(), other); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("the other one: got %v, want it dead", err)
	}
}

// TestP3InvitationAndAddress: an invitation does not stand in for an address on record,
// nor for a factor that the account has.
func TestP3InvitationAndAddress(t *testing.T) {
	k := sallyporttest.New(t)
	byInvitation(t, k)
	c := k.InProcess()
	reached := k.AddUser(t, sallyporttest.User{Name: "nora", Email: mail})
	a := c.Call(login(sallyport.Login{Username: "nora", Password: reached.Password, Invitation: invite(t, k, reached.ID)}))
	_, e := c.EnrollAuthenticator(a.RequestID)
	e.Want(t, false)
	c.SendVerification(a.RequestID, "Email", "thief@example.org").WantRefused(t, string(sallyport.EnrollmentInvalidAddress))
	c.SendVerification(a.RequestID, "Email", "").Want(t, false)
	c.ConfirmVerification(a.RequestID, "Email", k.Outbox.LastCode(mail)).Want(t, true)
	c.Resume(a.RequestID, "nora", reached.Password).Want(t, sallyport.Success)

	has := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	key := invite(t, k, has.ID)
	b := c.Call(login(sallyport.Login{Username: "tom", Password: has.Password, Invitation: key})).Want(t, wanted)
	c.SendVerification(b.RequestID, "Email", newMail).Want(t, false)
	c.ConfirmVerification(b.RequestID, "Email", k.Outbox.LastCode(newMail)).Want(t, false)
	c.Resume(b.RequestID, "tom", has.Password).Want(t, wanted)
	r, err := k.Engine.AcceptInvitation(t.Context(), sallyport.InvitationCall{Key: key, Password: has.Password})
	if err != nil || r.Outcome != sallyport.Denied || r.Reason != sallyport.ReasonHasFactor || r.Enrollment != nil {
		t.Errorf("got %+v, %v, want that the account has a factor", r, err)
	}
}

// TestInvitationMustChange: who was given a password and an invitation sets another and
// adds a factor in one login.
func TestInvitationMustChange(t *testing.T) {
	k := hosted(t)
	byInvitation(t, k)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	if err := setup(k).SetPassword(t.Context(), p.ID, "an initial password"); err != nil {
		t.Fatal(err)
	}
	for _, invited := range []bool{false, true} {
		in := sallyport.Login{Username: "nora", Password: "an initial password"}
		if invited {
			in.Invitation = invite(t, k, p.ID)
		}
		r := hostLogin(t, k, in)
		wantOutcome(t, "call 1", r, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
		if ch, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: in.Password, NewPassword: fresh}); err != nil || ch.Status != sallyport.PasswordChanged {
			t.Fatalf("got %+v, %v", ch, err)
		}
		again := sallyport.Login{RequestID: r.RequestID, Username: "nora", Password: fresh}
		if !invited {
			r = hostLogin(t, k, again)
			wantOutcome(t, "without an invitation", r, sallyport.Denied, sallyport.ReasonInvitationWanted)
			continue
		}
		wantOutcome(t, "with one", hostLogin(t, k, again), sallyport.EnrollmentWanted, "")
		if page, err := k.Engine.OpenEnrollmentPage(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID}); err != nil || len(page.Transports) == 0 {
			t.Errorf("the page of a login that changes the password: got %+v, %v", page, err)
		}
	}
}
