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

// codeWorks reports whether a recovery code signs in.
func (f *factoring) codeWorks(code string) bool {
	f.t.Helper()
	r := hostLogin(f.t, f.Kit, sallyport.Login{Username: "ada", Password: f.p.Password})
	for _, o := range r.Options {
		if o.Transport == mfa.Authenticator {
			return hostLogin(f.t, f.Kit, sallyport.Login{RequestID: r.RequestID, OptionID: o.ID, Code: code}).Session != nil
		}
	}
	return false
}

// TestRenewRecoveryCodes: new codes take the place of the old ones in one commit, once, and
// other sessions end. Their number is the policy's, and where that is 0 there are none.
func TestRenewRecoveryCodes(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
	other := f.signIn()
	r := f.proven(renews, f.first(renews, ""), mfa.Email)
	wantConfirmation(t, "renewing", r, sallyport.Granted, "")
	if text := fmt.Sprintf("%v %+v %#v", r, r, r); len(r.RecoveryCodes) != 10 || strings.Contains(text, r.RecoveryCodes[0]) {
		t.Errorf("got %d codes, printed %s", len(r.RecoveryCodes), text)
	}
	f.wantSession("its own session", f.s, true)
	f.wantSession("another", other, false)
	if m := f.Outbox.Await(mail, "otp"); !strings.Contains(m.Text, "Your code to make new recovery codes at ") || m.Topic != "confirmation-code" {
		t.Errorf("the code says %q, want what it is for", m.Text)
	}
	if n := f.Outbox.Await(mail, "notice"); !strings.Contains(n.Text, "recovery codes") || strings.Contains(n.Text, r.RecoveryCodes[0]) {
		t.Errorf("told %q", n.Text)
	}
	if !f.codeWorks(r.RecoveryCodes[0]) || f.codeWorks(r.RecoveryCodes[0]) {
		t.Error("a new code is not good, or good twice")
	}
	if n := f.list().RecoveryCodes; n != 9 {
		t.Errorf("%d are left, want 9", n)
	}
	f.Apply(t, func(d *directory.File) { d.Policy = &directory.Policy{MFA: directory.MFA{RecoveryCodes: new(3)}} })
	fresh := f.proven(renews, f.first(renews, ""), mfa.Email)
	if len(fresh.RecoveryCodes) != 3 || f.codeWorks(r.RecoveryCodes[1]) || !f.codeWorks(fresh.RecoveryCodes[2]) {
		t.Errorf("got %d codes; an old one is good, or a new one is not", len(fresh.RecoveryCodes))
	}
	f.Apply(t, func(d *directory.File) { d.Policy.MFA.RecoveryCodes = new(0) })
	wantConfirmation(t, "where there are none", f.first(renews, ""), sallyport.Denied, sallyport.ReasonNoRecovery)

	f = newFactoring(t, sallyporttest.User{Email: mail, EmailValidated: true})
	wantConfirmation(t, "without an authenticator", f.first(renews, ""), sallyport.Denied, sallyport.ReasonNoRecovery)
}

// TestRecoveryCodesRunOut: each that is spent is in the trail, and the owner is told when
// two are left and when none is.
func TestRecoveryCodesRunOut(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
	f.Apply(t, func(d *directory.File) { d.Policy = &directory.Policy{MFA: directory.MFA{RecoveryCodes: new(3)}} })
	codes := f.proven(renews, f.first(renews, ""), mfa.Email).RecoveryCodes
	for i := range 3 {
		if !f.codeWorks(codes[i]) {
			t.Fatalf("code %d is not good", i)
		}
	}
	var details []string
	for _, ev := range f.Events() {
		if ev.Kind == sallyport.EventRecoverySpent && ev.Account == f.p.ID {
			details = append(details, ev.Detail)
		}
	}
	if fmt.Sprint(details) != "[2 left 1 left 0 left]" {
		t.Errorf("the trail tells %q", details)
	}
	f.Engine.Close() // which waits for mails
	told := ""
	for _, m := range f.Outbox.Messages() {
		if m.Kind == "notice" {
			told += m.Text
		}
	}
	if strings.Count(told, "A recovery code was used") != 1 || strings.Count(told, "2 are left") != 1 || strings.Count(told, "The last recovery code") != 1 {
		t.Errorf("told %q", told)
	}
}

// TestRecoveryCodeAdds: whoever has lost their only authenticator adds another by a recovery
// code, and removes the lost one by a code of the new.
func TestRecoveryCodeAdds(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
	codes := f.proven(renews, f.first(renews, ""), mfa.Email).RecoveryCodes
	lost := f.idOf("Authenticator app")
	second, r := f.stage("New phone")
	in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: f.optionOn(r, mfa.Authenticator), Code: codes[4]}
	wantConfirmation(t, "by a recovery code", f.call(adds, in), sallyport.Granted, "")
	f.p.Authenticator = second
	wantConfirmation(t, "the lost one", f.proven(removes, f.first(removes, lost), mfa.Authenticator), sallyport.Granted, "")
	f.wantFactors("in the end", "New phone", mfa.MaskEmail(mail))
	if n := f.list().RecoveryCodes; n != 9 {
		t.Errorf("%d recovery codes are left, want 9", n)
	}
}

// TestAdminFactors: an administrator lists the factors of an account and removes one, with a
// reason, but not of their own account. Its sessions end and its owner is told.
func TestAdminFactors(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
	ctx, admin := t.Context(), f.Engine.Admin(sallyport.Actor{Name: "desk", Reason: "phone lost"})
	l, err := admin.Factors(ctx, strings.ToUpper(f.p.ID))
	if err != nil || len(l.Factors) != 2 {
		t.Fatalf("got %+v, %v", l, err)
	}
	access, err := f.Engine.Session(ctx, f.s.Handle)
	if err != nil {
		t.Fatal(err)
	}
	own := f.Engine.Admin(sallyport.Actor{Access: access, Reason: "mine"})
	if err := own.RemoveFactor(ctx, strings.ToUpper(f.p.ID), l.Factors[0].ID); !errors.Is(err, sallyport.ErrOwnAccount) {
		t.Errorf("of their own account: got %v", err)
	}
	for _, id := range []string{"", "none"} {
		if err := admin.RemoveFactor(ctx, f.p.ID, id); !errors.Is(err, sallyport.ErrNoFactor) {
			t.Errorf("factor %q: got %v", id, err)
		}
		if err := admin.RemoveFactor(ctx, id, l.Factors[0].ID); !errors.Is(err, directory.ErrNoUser) {
			t.Errorf("account %q: got %v", id, err)
		}
		if _, err := admin.Factors(ctx, id); !errors.Is(err, directory.ErrNoUser) {
			t.Errorf("listing %q: got %v", id, err)
		}
	}
	f.wantSession("before", f.s, true)
	if err := admin.RemoveFactor(ctx, f.p.ID, l.Factors[0].ID); err != nil {
		t.Fatal(err)
	}
	f.wantSession("after", f.s, false)
	f.wantFactors("after", mfa.MaskEmail(mail))
	if n := f.Outbox.Await(mail, "notice"); !strings.Contains(n.Text, "MicrosoftAuthenticator") || n.Link != "" {
		t.Errorf("told %+v", n)
	}
	events := f.Events()
	if ev := events[len(events)-1]; ev.Kind != sallyport.EventFactorRemoved || ev.Actor != "desk" || ev.Reason != "phone lost" || ev.Account != f.p.ID || ev.Detail != "MicrosoftAuthenticator" {
		t.Errorf("the trail tells %+v", ev)
	}
	if err := admin.RemoveFactor(ctx, f.p.ID, l.Factors[1].ID); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, "without any factor left", hostLogin(t, f.Kit, sallyport.Login{Username: "ada", Password: f.p.Password}), sallyport.Denied, sallyport.ReasonInvitationWanted)
}

// TestHostedFactors: the factors of accounts that a host owns are ours, and are added,
// removed and listed alike.
func TestHostedFactors(t *testing.T) {
	k := owned(t, ann(t))
	handle := signedIn(t, k)
	in := sallyport.FactorChange{Session: handle, Password: annPassword}
	r, err := k.Engine.AddFactor(t.Context(), in)
	if err != nil || r.Outcome != sallyport.EnrollmentWanted {
		t.Fatalf("got %v, %v", r, err)
	}
	app, _ := k.InProcess().BeginTOTP(r.RequestID)
	if e, err := k.Engine.ConfirmTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID}, app.Code()); err != nil || !e.Active {
		t.Fatalf("got %+v, %v", e, err)
	}
	wantSession(t, k, "after adding", handle, true)
	l, err := k.Engine.Factors(t.Context(), handle)
	if err != nil || len(l.Factors) != 1 || l.RecoveryCodes != 10 {
		t.Fatalf("got %+v, %v", l, err)
	}
	if err := k.Engine.RenameFactor(t.Context(), handle, l.Factors[0].ID, "Phone"); err != nil {
		t.Error(err)
	}
	in.Factor = l.Factors[0].ID
	if r, err = k.Engine.RemoveFactor(t.Context(), in); err != nil || r.Outcome != sallyport.FactorWanted {
		t.Fatalf("got %v, %v", r, err)
	}
	later := sallyport.FactorChange{Session: handle, RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: app.Fresh()}
	if r, err = k.Engine.RemoveFactor(t.Context(), later); err != nil || r.Outcome != sallyport.Granted {
		t.Errorf("got %v, %v", r, err)
	}
	wantSession(t, k, "after removing", handle, true)

	desk := k.Engine.Admin(sallyport.Actor{Name: "desk"})
	again := func(what string) {
		t.Helper()
		i, err := desk.Invite(t.Context(), annID, sallyport.InviteReturned)
		if err != nil {
			t.Fatal(err)
		}
		a, err := k.Engine.AcceptInvitation(t.Context(), sallyport.InvitationCall{Key: i.Key, Password: annPassword})
		if err != nil || a.Outcome != sallyport.EnrollmentWanted {
			t.Fatalf("%s: got %+v, %v", what, a, err)
		}
		app, _ = k.InProcess().BeginTOTP(a.RequestID)
		if e, err := k.Engine.ConfirmTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: a.RequestID}, app.Code()); err != nil || !e.Active {
			t.Fatalf("%s: got %+v, %v", what, e, err)
		}
	}
	again("adding again")
	first := hostLogin(t, k, annLogin)
	wantOutcome(t, "with the new factor", first, sallyport.FactorWanted, "")
	s := hostLogin(t, k, sallyport.Login{RequestID: first.RequestID, OptionID: first.Options[0].ID, Code: app.Fresh()}).Session
	if s == nil {
		t.Fatal("no session")
	}
	if l, err = desk.Factors(t.Context(), annID); err != nil || len(l.Factors) != 1 {
		t.Fatalf("got %+v, %v", l, err)
	}
	if err := desk.RemoveFactor(t.Context(), annID, l.Factors[0].ID); err != nil {
		t.Error(err)
	}
	wantSession(t, k, "after the desk", s.Handle, false)
	again("after the desk")
	if err := takeFactors(t.Context(), desk, annID); err != nil {
		t.Error(err)
	}
	if l, err = desk.Factors(t.Context(), annID); err != nil || len(l.Factors) != 0 {
		t.Errorf("after all were taken: got %+v, %v", l, err)
	}
	again("after all were taken")
}
