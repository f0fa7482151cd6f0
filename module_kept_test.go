package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestModuleFactorTheft (P3): who has the password of a module's account, and no factor of
// it, adds none: neither beside one that there is, nor past an address on record.
func TestModuleFactorTheft(t *testing.T) {
	for _, owner := range []string{"app", "recorded"} {
		t.Run(owner, func(t *testing.T) {
			f := bobs()
			k := joined(t, f)
			factors(t, k, mfa.Required)
			c := k.InProcess()
			if owner == "app" {
				c.EnrollAuthenticator(hostLogin(t, k, bobLogin).RequestID)
			} else {
				f.edit(bobKey, func(r *forestRow) { r.Email = mail })
			}
			before := hostLogin(t, k, bobLogin)
			thief := hostLogin(t, k, bobLogin)
			if _, e := c.EnrollAuthenticator(thief.RequestID); e.IsActive {
				t.Errorf("an authenticator is active: %v", e)
			}
			const evil = "thief@example.com"
			if e := c.SendVerification(thief.RequestID, "Email", evil); e.HTTP == 200 {
				c.ConfirmVerification(thief.RequestID, "Email", k.Outbox.LastCode(evil)).Want(t, false)
			}
			again := bobLogin
			again.RequestID = thief.RequestID
			if r := hostLogin(t, k, again); r.Session != nil {
				t.Error("got a session for a password and a staged factor")
			}
			after := hostLogin(t, k, bobLogin)
			if got, want := fmt.Sprint(after.Status, len(after.Options)), fmt.Sprint(before.Status, len(before.Options)); got != want {
				t.Errorf("after: got %s, want as before: %s", got, want)
			}
		})
	}
}

// TestModuleAddresses: what a module tells as an address is on record, and a factor once its
// owner has proven it. It takes no address from anybody: who has the same one signs in by
// it as before, and nobody signs in by a module's account's.
func TestModuleAddresses(t *testing.T) {
	f := bobs()
	f.edit(bobKey, func(r *forestRow) { r.Email = mail })
	k := joined(t, f, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignInBy = sallyport.SignInByNameOrEmail }))
	c := k.InProcess()
	prove := func() {
		t.Helper()
		factors(t, k, mfa.Required)
		r := hostLogin(t, k, bobLogin)
		c.SendVerification(r.RequestID, "Email", mail).Want(t, false)
		c.ConfirmVerification(r.RequestID, "Email", k.Outbox.LastCode(mail)).Want(t, true)
		factors(t, k, mfa.Off)
	}
	prove()
	for _, in := range []sallyport.Login{{Username: mail, Password: bobPassword}, bobWith(mail, bobPassword)} {
		wantOutcome(t, "by the address", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonWrongPassword)
	}
	k.AddUser(t, sallyporttest.User{Name: "ann", Password: annPassword, Email: mail, EmailValidated: true})
	wantOutcome(t, "ann by it", hostLogin(t, k, sallyport.Login{Username: mail, Password: annPassword}), sallyport.Granted, sallyport.NoReason)
}

// TestModulePasswordStays: a module's password is changed there alone: neither in a session,
// nor in a pending login, nor by name, and the same goes for the address and the account.
func TestModulePasswordStays(t *testing.T) {
	f := bobs()
	k := joined(t, f)
	ctx := t.Context()
	handle := bobIn(t, k).Handle
	factors(t, k, mfa.Required)
	request := hostLogin(t, k, bobLogin).RequestID
	asked := f.checks.Load()
	for name, in := range map[string]sallyport.PasswordChange{
		"in a session":       {Session: handle, Password: bobPassword, NewPassword: "another good one"},
		"in a pending login": {RequestID: request, Password: bobPassword, NewPassword: "another good one"},
	} {
		if r, err := k.Engine.ChangePassword(ctx, in); err != nil || r.Status != sallyport.PasswordChangeRefused || r.RequestID != "" {
			t.Errorf("%s: got %+v, %v, want it refused", name, r, err)
		}
	}
	if r, err := k.Engine.ChangePassword(ctx, sallyport.PasswordChange{Username: "bob", Password: bobPassword, NewPassword: "another good one"}); err != nil || r.Status != sallyport.OldPasswordWrong {
		t.Errorf("by name: got %+v, %v, want it unknown", r, err)
	}
	if r, err := k.Engine.ChangeAddress(ctx, sallyport.AddressChange{Session: handle, Password: bobPassword, Email: mail}); err != nil || r.Outcome != sallyport.Denied || r.Reason != sallyport.ReasonElsewhere {
		t.Errorf("the address: got %+v, %v, want it refused", r, err)
	}
	if r, err := k.Engine.CloseAccount(ctx, sallyport.AccountClosing{Session: handle, Password: bobPassword}); err != nil || r.Outcome != sallyport.Denied || r.Reason != sallyport.ReasonElsewhere {
		t.Errorf("the account: got %+v, %v, want it refused", r, err)
	}
	if n := f.checks.Load() - asked; n != 0 {
		t.Errorf("the module was asked for %d passwords, want none", n)
	}
	wantSession(t, k, "after all that", handle, true)
}

// TestModuleReset: whoever forgot a module's password is told by mail why there is no new
// one, where they have proven an address; nothing tells the caller, and the module is not
// asked.
func TestModuleReset(t *testing.T) {
	f := bobs()
	f.edit(bobKey, func(r *forestRow) { r.Email = mail })
	k := joined(t, f)
	factors(t, k, mfa.Required)
	c := k.InProcess()
	r := hostLogin(t, k, bobLogin)
	c.SendVerification(r.RequestID, "Email", mail)
	c.ConfirmVerification(r.RequestID, "Email", k.Outbox.LastCode(mail))
	asked := f.reads.Load() + f.checks.Load()
	before := k.Outbox.Count()
	for _, name := range []string{"nobody", `DOM\Bob`} {
		if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: name}); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
	m := k.Outbox.Await(mail, "notice")
	if !strings.Contains(m.Text, "kept by another system") || m.Link != "" || k.Outbox.Count() != before+1 {
		t.Errorf("got %d mails, the last %q, want one that says why not", k.Outbox.Count()-before, m.Text)
	}
	if n := f.reads.Load() + f.checks.Load() - asked; n != 0 {
		t.Errorf("the module was asked %d times, want none", n)
	}
}

// TestModuleSameAnswer (P9): wrong passwords of names that a module knows, that it knew, and
// that it does not know are answered alike, and cost the same.
func TestModuleSameAnswer(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	f := bobs()
	for _, name := range []string{"disabled", "locked", "met"} {
		f.edit("dom/"+name, func(r *forestRow) {
			*r = forestRow{Principal: sallyport.Principal{Key: "dom/" + name, Name: name, Disabled: name == "disabled", Locked: name == "locked"}, password: bobPassword}
		})
	}
	k := joined(t, f, sallyporttest.WithStore(counting), sallyporttest.WithConfig(func(c *sallyport.Config) { c.DiscloseUnknownUsers = true }))
	hostLogin(t, k, bobWith("met", bobPassword))
	var first string
	for _, name := range []string{"unknown", "bob", "disabled", "locked", "met"} {
		counting.Reset()
		r := hostLogin(t, k, bobWith(name, "wrong"))
		work := counting.Counts()
		r.RequestID = ""
		if got := fmt.Sprintf("%+v, %d loads, %d commits", r, work.Loads, work.Commits); first == "" {
			first = got
		} else if got != first {
			t.Errorf("%s: got %s, want %s", name, got, first)
		}
	}
}

// TestModuleAdmin: an administrator ends the sessions of a module's account, unlocks it,
// takes its factors and forgets it, by the id that events and sessions have.
func TestModuleAdmin(t *testing.T) {
	f := bobs()
	k := joined(t, f)
	ctx, admin := t.Context(), setup(k)
	s := bobIn(t, k)
	if err := admin.EndSessions(ctx, s.AccountID); err != nil {
		t.Error(err)
	}
	wantSession(t, k, "after they were ended", s.Handle, false)
	for i := range 10 {
		hostLogin(t, k, bobWith("bob", fmt.Sprint("x", i)))
	}
	if err := admin.Unlock(ctx, s.AccountID); err != nil {
		t.Error(err)
	}
	wantOutcome(t, "unlocked", hostLogin(t, k, bobLogin), sallyport.Granted, sallyport.NoReason)
	factors(t, k, mfa.WhenEnrolled)
	f.edit(bobKey, func(r *forestRow) { r.Email = "" })
	factors(t, k, mfa.Required)
	k.InProcess().EnrollAuthenticator(hostLogin(t, k, bobLogin).RequestID)
	factors(t, k, mfa.WhenEnrolled)
	wantOutcome(t, "with a factor", hostLogin(t, k, bobLogin), sallyport.FactorWanted, sallyport.NoReason)
	if err := takeFactors(ctx, admin, s.AccountID); err != nil {
		t.Error(err)
	}
	if r := hostLogin(t, k, bobLogin); r.Outcome == sallyport.FactorWanted {
		t.Error("its factor is there after it was taken away")
	}
	if err := admin.Forget(ctx, s.AccountID); err != nil {
		t.Error(err)
	}
	again := bobIn(t, k)
	if again.AccountID != s.AccountID {
		t.Errorf("got the id %s after it was forgotten, want %s", again.AccountID, s.AccountID)
	}
	other := strings.Repeat("0", 32)
	for name, do := range map[string]func(context.Context, string) error{
		"EndSessions": admin.EndSessions, "Unlock": admin.Unlock, "ResetFactors": func(ctx context.Context, id string) error { return takeFactors(ctx, admin, id) }, "Forget": admin.Forget, "DeleteUser": admin.DeleteUser,
	} {
		if err := do(ctx, other); !errors.Is(err, directory.ErrNoUser) {
			t.Errorf("%s of nobody: got %v, want %v", name, err, directory.ErrNoUser)
		}
	}
}

// TestModuleBesideHost: beside the users of a host's own a module's are still nobody else's,
// and an administrator names each by the id that it has.
func TestModuleBesideHost(t *testing.T) {
	f, u := bobs(), ann(t)
	u.edit("8", func(a *sallyport.Account) { *a = u.rows[annID]; a.ID, a.Name = "8", "bob" })
	k := joined(t, f, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Accounts = u }))
	hosts, s := signedIn(t, k), bobIn(t, k)
	wantOutcome(t, "the host's bob with the module's password", hostLogin(t, k, sallyport.Login{Username: "bob", Password: bobPassword}), sallyport.Denied, sallyport.ReasonWrongPassword)
	wantOutcome(t, "the module's bob with the host's", hostLogin(t, k, bobWith("bob", annPassword)), sallyport.Denied, sallyport.ReasonWrongPassword)
	asked := u.names.Load()
	hostLogin(t, k, bobLogin)
	if u.names.Load() != asked {
		t.Error("the host was asked for a name of the module's")
	}
	if err := setup(k).EndSessions(t.Context(), s.AccountID); err != nil {
		t.Error(err)
	}
	wantSession(t, k, "the module's", s.Handle, false)
	wantSession(t, k, "the host's", hosts, true)
	if err := setup(k).EndSessions(t.Context(), annID); err != nil {
		t.Error(err)
	}
	wantSession(t, k, "the host's, ended", hosts, false)
}

// TestModuleBesideFallback: the Fallback is asked for names of VGUser alone.
func TestModuleBesideFallback(t *testing.T) {
	o := newOldSystem()
	k := joined(t, bobs(), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Fallback = o }))
	for _, name := range []string{"ada", "bob", "nobody"} {
		hostLogin(t, k, bobWith(name, oldWord))
	}
	if n := o.times(); n != 0 {
		t.Errorf("the Fallback was asked %d times for names of the module", n)
	}
	wantOutcome(t, "as VGUser", hostLogin(t, k, sallyport.Login{Username: "ada", Password: oldWord}), sallyport.Granted, sallyport.NoReason)
}

// TestModuleNames: which names modules may have, all faults at once.
func TestModuleNames(t *testing.T) {
	config := func(m map[string]sallyport.Module) error {
		s := memstore.New()
		t.Cleanup(func() { s.Close() })
		e, err := sallyport.New(t.Context(), sallyport.Config{Store: s, InsecurePlainStore: true, Issuer: "http://localhost", Modules: m})
		if err == nil {
			e.Close()
		}
		return err
	}
	good := map[string]sallyport.Module{windows: bobs(), "Other-module_2.x": bobs(), strings.Repeat("x", 64): bobs()}
	if err := config(good); err != nil {
		t.Error(err)
	}
	bad := map[string]string{"": "1 to 64", strings.Repeat("x", 65): "1 to 64", "with blank": "1 to 64", "vguser": "the engine's own", "PASSWORDLESS": "the engine's own", "Windowſ": "1 to 64"}
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		if err := config(map[string]sallyport.Module{name: bobs()}); err == nil || !strings.Contains(err.Error(), bad[name]) {
			t.Errorf("%q: got %v, want %q", name, err, bad[name])
		}
	}
	if err := config(map[string]sallyport.Module{"a": bobs(), "A": bobs()}); err == nil || !strings.Contains(err.Error(), `"A" and "a", which are one name`) {
		t.Errorf("one name twice: got %v", err)
	}
	if err := config(map[string]sallyport.Module{"a": nil}); err == nil || !strings.Contains(err.Error(), `Modules["a"] is nil`) {
		t.Errorf("nil: got %v", err)
	}
}

// TestModuleCost: what a login by a module, a look at its session and a refresh read and
// write of the store.
func TestModuleCost(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := joined(t, bobs(), sallyporttest.WithStore(counting))
	hostLogin(t, k, bobLogin)
	var s *sallyport.Session
	var tokens *sallyport.Tokens
	for _, tt := range []struct {
		what           string
		do             func() error
		loads, commits int
	}{
		{"a login", func() error { s = bobIn(t, k); return nil }, 5, 1},
		{"a wrong password", func() error { hostLogin(t, k, bobWith("bob", "x")); return nil }, 5, 1},
		{"a look at a session", func() error { return errOf(k.Engine.Session(t.Context(), s.Handle)) }, 1, 0},
		{"a login by a client", func() error {
			r, err := k.Engine.Login(t.Context(), login(bobLogin))
			tokens = r.Tokens
			return err
		}, 5, 1},
		{"a look at a token", func() error { return errOf(k.Engine.Verify(t.Context(), tokens.AccessToken)) }, 1, 0},
		{"a refresh", func() error { return errOf(k.Engine.Refresh(t.Context(), refresh(tokens.RefreshToken))) }, 1, 1},
	} {
		counting.Reset()
		if err := tt.do(); err != nil {
			t.Fatal(tt.what, err)
		}
		if got := counting.Counts(); got.Loads > tt.loads || got.Commits > tt.commits {
			t.Errorf("%s: got %d loads and %d commits, want %d and %d at most", tt.what, got.Loads, got.Commits, tt.loads, tt.commits)
		}
	}
}
