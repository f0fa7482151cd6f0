package sallyport_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// accept takes an invitation up.
func accept(t *testing.T, k *sallyporttest.Kit, key, password string) *sallyport.InvitationResult {
	t.Helper()
	r, err := k.Engine.AcceptInvitation(t.Context(), sallyport.InvitationCall{Key: key, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAcceptInvitation: who was invited adds a factor after their password, whatever a
// policy asks for and although the password has to be changed first. The request is good
// for nothing else, and the next login asks for the factor.
func TestAcceptInvitation(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	if err := setup(k).SetPassword(t.Context(), p.ID, "an initial password"); err != nil {
		t.Fatal(err)
	}
	key := invite(t, k, p.ID)
	if v, err := k.Engine.ViewInvitation(t.Context(), key); err != nil || v.User != "nora" || v.Done || v.Nonce == "" {
		t.Errorf("got %+v, %v", v, err)
	}
	r := accept(t, k, key, "an initial password")
	if r.Outcome != sallyport.EnrollmentWanted || r.Enrollment == nil || r.Enrollment.URL != sallyporttest.Issuer+"/mfa/enroll/"+r.RequestID || len(r.Enrollment.Transports) != 3 {
		t.Fatalf("got %+v, want a factor to be added", r)
	}
	useless := func(when string) {
		t.Helper()
		for what, in := range map[string]sallyport.Login{
			"the request with the password":     {RequestID: r.RequestID, Username: "nora", Password: "an initial password"},
			"the request":                       {RequestID: r.RequestID},
			"the request, by a client":          login(sallyport.Login{RequestID: r.RequestID, Username: "nora", Password: "an initial password"}),
			"the request with a made-up option": {RequestID: r.RequestID, OptionID: r.RequestID, Code: "123456"},
		} {
			wantOutcome(t, what+when, hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonOver)
		}
		ch, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: "an initial password", NewPassword: fresh})
		if err != nil || ch.Status != sallyport.PasswordRequestOver {
			t.Errorf("a new password in it%s: got %+v, %v", when, ch, err)
		}
	}
	useless("")
	page, err := k.Engine.OpenEnrollmentPage(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID})
	if err != nil || len(page.Transports) != 3 {
		t.Fatalf("got %+v, %v", page, err)
	}
	on := sallyport.EnrollmentCall{RequestID: r.RequestID, Browser: page.Browser, Nonce: page.Nonce}
	if _, err := k.Engine.SendVerification(t.Context(), on, mfa.Email, mail); err != nil {
		t.Fatal(err)
	}
	if e, err := k.Engine.ConfirmVerification(t.Context(), on, mfa.Email, k.Outbox.LastCode(mail)); err != nil || !e.Active {
		t.Fatalf("got %+v, %v, want a factor", e, err)
	}
	useless(" after the factor")
	if v, err := k.Engine.ViewInvitation(t.Context(), key); err != nil || !v.Done {
		t.Errorf("got %+v, %v, want it done", v, err)
	}
	if page, err := k.Engine.OpenEnrollmentPage(t.Context(), on); err != nil || !page.Active {
		t.Errorf("the page after it: got %+v, %v", page, err)
	}
	wantOutcome(t, "the next login", hostLogin(t, k, sallyport.Login{Username: "nora", Password: "an initial password"}), sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
}

// TestP3StolenInvitation: an invitation without the password opens nothing, and guesses
// behind it are charged like any others.
func TestP3StolenInvitation(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	key := invite(t, k, p.ID)
	var last *sallyport.InvitationResult
	for i := range 11 {
		last = accept(t, k, key, fmt.Sprint("guess ", i))
		if last.Outcome != sallyport.Denied || last.Enrollment != nil || last.RequestID != "" {
			t.Fatalf("guess %d: got %+v", i, last)
		}
	}
	if last.Reason != sallyport.ReasonLockedOut {
		t.Errorf("got %q, want the account locked", last.Reason)
	}
	if r := accept(t, k, key, p.Password); r.Reason != sallyport.ReasonLockedOut {
		t.Errorf("the right one: got %q, want it locked out", r.Reason)
	}
	wantOutcome(t, "a login", hostLogin(t, k, sallyport.Login{Username: "nora", Password: p.Password}), sallyport.Denied, sallyport.ReasonLockedOut)
	for _, in := range []sallyport.InvitationCall{{Key: key}, {Key: "none", Password: p.Password}} {
		if _, err := k.Engine.AcceptInvitation(t.Context(), in); err == nil {
			t.Errorf("%q, without what it needs: got no error", in.Key)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", sallyport.InvitationCall{Key: key}, sallyport.Invitation{Key: key}, sallyport.Invitation{URL: key}); strings.Contains(s, key) {
		t.Errorf("it prints as %s", s)
	}
}

// TestAcceptInvitationRefused: what an account may not do in a login it may not do by its
// invitation.
func TestAcceptInvitationRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		by     directory.UserChange
		policy func(*directory.Policy)
		want   sallyport.Reason
	}{
		"disabled":           {by: directory.UserChange{Disabled: new(true)}, want: sallyport.ReasonDisabled},
		"not approved":       {by: directory.UserChange{Approved: new(false)}, want: sallyport.ReasonNotApproved},
		"locked":             {by: directory.UserChange{Locked: new(true)}, want: sallyport.ReasonLocked},
		"nothing enrollable": {policy: func(d *directory.Policy) { d.MFA.Enrollable = []string{} }, want: sallyport.ReasonNoFactor},
	} {
		t.Run(name, func(t *testing.T) {
			k := hosted(t)
			p := k.AddUser(t, sallyporttest.User{Name: "nora"})
			if tt.policy != nil {
				setPolicy(t, k, tt.policy)
			} else if _, err := setup(k).UpdateUser(t.Context(), p.ID, tt.by); err != nil {
				t.Fatal(err)
			}
			if r := accept(t, k, invite(t, k, p.ID), p.Password); r.Outcome != sallyport.Denied || r.Reason != tt.want || r.Enrollment != nil {
				t.Errorf("got %+v, want %q", r, tt.want)
			}
		})
	}
}

// TestInvitationOfApplication: the page of an invitation goes by the policy of the
// application that it was made in.
func TestInvitationOfApplication(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		d.Applications[0].MFA.Enrollable = []string{"SMS"}
	}))
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	for app, want := range map[string]string{"": "[SMS Email MicrosoftAuthenticator]", sallyporttest.ApplicationID: "[SMS]"} {
		i, err := setup(k).In(app).Invite(t.Context(), p.ID, sallyport.InviteReturned)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(accept(t, k, i.Key, p.Password).Enrollment.Transports); got != want {
			t.Errorf("in %q: got %s to be added, want %s", app, got, want)
		}
	}
	if _, err := setup(k).In("none").Invite(t.Context(), p.ID, sallyport.InviteReturned); !errors.Is(err, directory.ErrNoApplication) {
		t.Errorf("in none: got %v", err)
	}
}

// TestInviteByMail: by choice an invitation goes to the proven address alone, and where
// there is none it is not made.
func TestInviteByMail(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "nora", Email: mail})
	for _, by := range []sallyport.InviteBy{sallyport.InviteMailed, sallyport.InviteBoth} {
		if i, err := setup(k).Invite(t.Context(), p.ID, by); !errors.Is(err, sallyport.ErrNoProvenAddress) || i != nil {
			t.Errorf("to an address that nobody has proven: got %v, %v", i, err)
		}
	}
	if _, err := setup(k).UpdateUser(t.Context(), p.ID, directory.UserChange{EmailProven: new(true)}); err != nil {
		t.Fatal(err)
	}
	for by, returned := range map[sallyport.InviteBy]bool{sallyport.InviteMailed: false, sallyport.InviteBoth: true} {
		var i *sallyport.Invitation
		key := k.Outbox.Key(mail, func() {
			var err error
			if i, err = setup(k).ResetFactors(t.Context(), p.ID, by); err != nil {
				t.Fatal(err)
			}
		})
		m := k.Outbox.Last(mail)
		if i.MailedTo != mail || (i.Key == key) != returned || (i.URL == m.Link) != returned || m.Kind != "invitation" || m.User != "nora" || !strings.HasSuffix(m.Link, "/account/invite/"+key) {
			t.Errorf("%v: got %+v and %+v", by, *i, m)
		}
		if r := accept(t, k, key, p.Password); r.Outcome != sallyport.EnrollmentWanted {
			t.Errorf("%v: got %+v", by, r)
		}
	}
	events := k.Events()
	if ev := events[len(events)-2]; ev.Kind != sallyport.EventFactorsReset || !strings.Contains(ev.Detail, "mailed") {
		t.Errorf("got event %+v", ev)
	}
	for _, by := range []sallyport.InviteBy{sallyport.NoInvitation, -1, 4} {
		if _, err := setup(k).Invite(t.Context(), p.ID, by); err == nil {
			t.Errorf("%v: got no error", by)
		}
	}
	if _, err := setup(k).Invite(t.Context(), "nobody", sallyport.InviteReturned); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("of nobody: got %v", err)
	}
	mute := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Email = nil }))
	q := mute.AddUser(t, sallyporttest.User{Name: "nora", Email: mail, EmailValidated: true})
	if _, err := setup(mute).Invite(t.Context(), q.ID, sallyport.InviteMailed); err == nil {
		t.Error("without a sender: got no error")
	}
}

// TestInviteHosted: an account that the host owns is invited too, also one that never
// logged in.
func TestInviteHosted(t *testing.T) {
	k := owned(t, ann(t))
	byInvitation(t, k)
	wantOutcome(t, "without", hostLogin(t, k, annLogin), sallyport.Denied, sallyport.ReasonInvitationWanted)
	in := annLogin
	in.Invitation = invite(t, k, annID)
	r := hostLogin(t, k, in)
	wantOutcome(t, "with one", r, sallyport.EnrollmentWanted, "")
	if r := accept(t, k, in.Invitation, annPassword); r.Outcome != sallyport.EnrollmentWanted {
		t.Errorf("on its page: got %+v", r)
	}
	_, e := k.InProcess().EnrollAuthenticator(r.RequestID)
	e.Want(t, true)
	wantOutcome(t, "the next login", hostLogin(t, k, annLogin), sallyport.FactorWanted, "")

	unmet := owned(t, ann(t))
	if r := accept(t, unmet, invite(t, unmet, annID), annPassword); r.Outcome != sallyport.EnrollmentWanted {
		t.Errorf("one that never logged in: got %+v", r)
	}
	if _, err := setup(unmet).Invite(t.Context(), "9", sallyport.InviteReturned); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("of nobody: got %v", err)
	}
}
