package sallyport_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/totp"
)

// TestP8FactorFaults breaks every call on the store while a factor is added in a session,
// while one is removed, and while recovery codes are drawn anew.
func TestP8FactorFaults(t *testing.T) {
	for name, over := range map[string]func(*testing.T, fault, int) bool{
		"adding a factor": addOverFault, "removing a factor": removeOverFault, "new recovery codes": renewOverFault,
	} {
		for _, bad := range faults() {
			t.Run(name+" "+bad.name, func(t *testing.T) {
				n := 1
				for hit := true; hit; n++ {
					synctest.Test(t, func(t *testing.T) { hit = over(t, bad, n) })
				}
				proof.Note(t, "faults", name, bad.name, n-2)
			})
		}
	}
}

// faultyFactoring is an account with an authenticator and a mailbox, on a store that is
// about to break.
func faultyFactoring(t *testing.T) (*factoring, *storetest.Faulty) {
	f := storetest.NewFaulty(memstore.New())
	user := sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true, MFA: new(false)}
	m := newFactoring(t, user, sallyporttest.WithStore(f))
	f.Reset()
	return m, f
}

// whole makes both calls of a change by a mailed code, and reports whether all of it was told
// to have succeeded.
func (f *factoring) whole(ctx context.Context, by func(context.Context, sallyport.FactorChange) (*sallyport.Confirmation, error), in sallyport.FactorChange) (r *sallyport.Confirmation, told bool) {
	r, err := by(ctx, in)
	if err != nil || r.Outcome != sallyport.FactorWanted && r.Outcome != sallyport.EnrollmentWanted {
		return nil, false
	}
	if r.Outcome == sallyport.EnrollmentWanted {
		key, err := f.Engine.BeginTOTP(ctx, sallyport.EnrollmentCall{RequestID: r.RequestID})
		if err != nil {
			return nil, false
		}
		secret, err := totp.ParseSecret(key.Secret)
		if err != nil {
			f.t.Fatal(err)
		}
		if e, err := f.Engine.ConfirmTOTP(ctx, sallyport.EnrollmentCall{RequestID: r.RequestID, Name: "Second"}, secret.Code(totp.Step(f.Clock.Now()))); err != nil || e.Status != sallyport.EnrollmentSuccess {
			return nil, false
		}
	}
	later := sallyport.FactorChange{Session: in.Session, RequestID: r.RequestID}
	for _, o := range r.Options {
		if o.Transport == mfa.Email {
			later.OptionID = o.ID
		}
	}
	if r, err = by(ctx, later); err != nil || r.Outcome != sallyport.Waiting {
		return nil, false
	}
	later.Code = f.Outbox.LastCode(mail)
	r, err = by(ctx, later)
	return r, err == nil && r.Outcome == sallyport.Granted
}

// overFault breaks the n-th call on the store during a change, and returns what came of it.
func (f *factoring) overFault(s *storetest.Faulty, bad fault, n int, change func(context.Context) (*sallyport.Confirmation, bool)) (r *sallyport.Confirmation, told, hit bool) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	defer cancel()
	s.At(bad.op, n, bad.make(broken{ctx, cancel, f.Clock}))
	r, told = change(ctx)
	hit = s.Calls(bad.op) >= n
	s.Reset()
	synctest.Wait()
	if !told && (!hit || bad.harmless) {
		f.t.Errorf("fault %d: it failed, want no harm done", n)
	}
	return r, told, hit
}

// wantOther wants another session of the account to have ended exactly where the factors
// have changed, and its own to live.
func (f *factoring) wantOther(n int, other *sallyport.Session, changed bool) {
	f.t.Helper()
	f.wantSession("its own session after the fault", f.s, true)
	f.wantSession("another session after the fault", other, !changed)
	f.Clock.Advance(time.Minute) // a repeat within ten seconds would not be looked at
}

// removeOverFault: whatever broke, the authenticator is there with its codes or gone with
// them, and once the store is sound it can be removed.
func removeOverFault(t *testing.T, bad fault, n int) (hit bool) {
	f, s := faultyFactoring(t)
	id, other := f.idOf("Authenticator app"), f.signIn()
	s.Reset()
	in := sallyport.FactorChange{Session: f.s.Handle, Password: f.p.Password, Factor: id}
	_, told, hit := f.overFault(s, bad, n, func(ctx context.Context) (*sallyport.Confirmation, bool) {
		return f.whole(ctx, f.Engine.RemoveFactor, in)
	})
	gone := len(f.list().Factors) == 1
	if told && !gone {
		t.Errorf("fault %d: told of success, and it is there", n)
	}
	f.wantOther(n, other, gone)
	if _, again := f.whole(t.Context(), f.Engine.RemoveFactor, in); again == gone {
		t.Errorf("fault %d: gone: %v; removed afterwards: %v", n, gone, again)
	}
	f.wantFactors("in the end", mfa.MaskEmail(mail))
	return hit
}

// renewOverFault: whatever broke, the account has the old codes or the new ones, and whoever
// was told of new ones has those.
func renewOverFault(t *testing.T, bad fault, n int) (hit bool) {
	f, s := faultyFactoring(t)
	in := sallyport.FactorChange{Session: f.s.Handle, Password: f.p.Password}
	old, ok := f.whole(t.Context(), f.Engine.RenewRecoveryCodes, in)
	if !ok {
		t.Fatal("the old codes were not drawn")
	}
	f.Clock.Advance(time.Minute)
	other := f.signIn()
	s.Reset()
	r, told, hit := f.overFault(s, bad, n, func(ctx context.Context) (*sallyport.Confirmation, bool) {
		return f.whole(ctx, f.Engine.RenewRecoveryCodes, in)
	})
	_, err := f.Engine.Session(t.Context(), other.Handle)
	renewed := err != nil
	f.wantOther(n, other, renewed)
	f.EditUser(t, "ada", func(u *directory.User) { u.MFA = new(true) })
	if told && (!renewed || !f.codeWorks(r.RecoveryCodes[0])) || f.codeWorks(old.RecoveryCodes[0]) == renewed {
		t.Errorf("fault %d, told of success: %v, renewed: %v: a code is good that should not be, or is not", n, told, renewed)
	}
	return hit
}

// addOverFault: whatever broke, the second authenticator is a factor or is not; and nothing
// is a factor that was not approved.
func addOverFault(t *testing.T, bad fault, n int) (hit bool) {
	f, s := faultyFactoring(t)
	other := f.signIn()
	s.Reset()
	in := sallyport.FactorChange{Session: f.s.Handle, Password: f.p.Password}
	_, told, hit := f.overFault(s, bad, n, func(ctx context.Context) (*sallyport.Confirmation, bool) { return f.whole(ctx, f.Engine.AddFactor, in) })
	added := len(f.list().Factors) == 3
	if told && !added {
		t.Errorf("fault %d: told of success, and it is no factor", n)
	}
	f.wantOther(n, other, added)
	if !added {
		if _, again := f.whole(t.Context(), f.Engine.AddFactor, in); !again {
			t.Errorf("fault %d: it cannot be added once the store is sound", n)
		}
	}
	f.wantFactors("in the end", "Authenticator app", "Second", mfa.MaskEmail(mail))
	return hit
}
