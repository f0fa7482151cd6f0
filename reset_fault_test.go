package sallyport_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestP8ResetFaults breaks every call on the store while a password is set by a mailed
// key, with a factor and without one. Whatever broke, one of the two passwords is the
// account's, whoever was told of success has the new one, and a session that the old
// one has opened and the key have not outlived it.
func TestP8ResetFaults(t *testing.T) {
	beside(t)
	for name, user := range map[string]sallyporttest.User{"reset alone": mailbox, "reset with a factor": withApp} {
		for _, bad := range faults() {
			t.Run(name+" "+bad.name, func(t *testing.T) {
				n := 1
				for hit := true; hit; n++ {
					synctest.Test(t, func(t *testing.T) { hit = resetOverFault(t, user, bad, n) })
				}
				proof.Note(t, "faults", name, bad.name, n-2)
			})
		}
	}
}

func resetOverFault(t *testing.T, user sallyporttest.User, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	user.MFA = new(false)
	r := newResetting(t, user, sallyporttest.WithStore(f))
	before := hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: r.p.Password})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, r.Clock}))
	key, told := r.resetWhole(ctx)
	hit = f.Calls(bad.op) >= n
	f.Reset()
	if !told && (!hit || bad.harmless) {
		t.Errorf("fault %d: it failed, want no harm done", n)
	}
	r.Clock.Advance(time.Minute)
	opens := func(pw string) bool {
		return hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: pw}).Reason != sallyport.ReasonWrongPassword
	}
	isOld, isNew := opens(r.p.Password), opens(fresh)
	if isOld == isNew || told && !isNew {
		t.Errorf("fault %d, told of success: %v: the old password is good: %v, the new one: %v", n, told, isOld, isNew)
	}
	_, err := r.Engine.Session(t.Context(), before.Session.Handle)
	if errors.Is(err, sallyport.ErrInvalidSession) != isNew {
		t.Errorf("fault %d: got %v of the session from before, and the new password is good: %v", n, err, isNew)
	}
	if key != "" {
		out := r.finish(sallyport.ResetFinish{Key: key})
		if (out.Status == sallyport.ResetKeyUnknown) != isNew {
			t.Errorf("fault %d: got %+v of the key, and the new password is good: %v", n, out, isNew)
		}
	}
	return hit
}

// resetWhole sets the password by a key, and returns the key, if one came, and whether
// all of it was told to have succeeded.
func (r *resetting) resetWhole(ctx context.Context) (key string, told bool) {
	if err := r.Engine.BeginReset(ctx, sallyport.ResetRequest{Username: "ada"}); err != nil {
		return "", false
	}
	synctest.Wait() // for the mail
	link := r.Outbox.Last(mail).Link
	key = link[len(sallyporttest.Issuer+"/account/reset/"):]
	in := sallyport.ResetFinish{Key: key, NewPassword: fresh}
	out, err := r.Engine.FinishReset(ctx, in)
	if err == nil && out.Outcome == sallyport.FactorWanted {
		in.RequestID, in.OptionID, in.Code = out.RequestID, out.Options[0].ID, r.p.Authenticator.Fresh()
		out, err = r.Engine.FinishReset(ctx, in)
	}
	return key, err == nil && out.Status == sallyport.PasswordChanged
}
