package sallyport_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestP8SignUpFaults breaks every call on the store while somebody signs up. Whatever
// broke, nobody has half an account: whoever was told of one logs in to it, and
// whoever was not has it by the same key, or has it already, and can sign up.
func TestP8SignUpFaults(t *testing.T) {
	for _, bad := range faults() {
		t.Run(bad.name, func(t *testing.T) {
			n := 1
			for hit := true; hit; n++ {
				synctest.Test(t, func(t *testing.T) { hit = signUpOverFault(t, bad, n) })
			}
			proof.Note(t, "faults", "sign-up", bad.name, n-2)
		})
	}
}

func signUpOverFault(t *testing.T, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	s := newSigning(t, nil, sallyporttest.WithStore(f))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, s.Clock}))
	in, told := s.signUpWhole(ctx)
	hit = f.Calls(bad.op) >= n
	f.Reset()
	if !told && (!hit || bad.harmless) {
		t.Errorf("fault %d: it failed, want no harm done", n)
	}
	s.Clock.Advance(time.Minute)
	if in.Key == "" {
		in = s.started(evas())
	}
	r, err := s.Engine.VerifyEmail(t.Context(), in)
	there := s.opens("eva", fresh) == sallyport.NoReason
	switch {
	case err != nil || !there:
		t.Errorf("fault %d: the same key again: got %+v, %v, and the account is there: %v", n, r, err, there)
	case told && r.Status != sallyport.RegistrationDead:
		t.Errorf("fault %d, told of success: the same key again: got %+v", n, r)
	case r.Status != sallyport.RegistrationDead && r.Status != sallyport.RegistrationCreated:
		t.Errorf("fault %d: the same key again: got %+v", n, r)
	}
	for table, want := range map[string]int{"account": 1, "name": 1, "email": 1, "factors": 1, "ageing": 1} {
		if got := len(recordsOf(t, f, table)); got != want {
			t.Errorf("fault %d: got %d records of %s, want %d", n, got, table, want)
		}
	}
	return hit
}

// signUpWhole signs up, and returns what proves the address, if it came to that, and
// whether all of it was told to have succeeded.
func (s *signing) signUpWhole(ctx context.Context) (in sallyport.Verification, told bool) {
	r, err := s.Engine.Register(ctx, evas())
	synctest.Wait() // for the mail
	if err != nil {
		return in, false
	}
	link := s.Outbox.Last(evasMail).Link
	in = sallyport.Verification{Key: link[len(sallyporttest.Issuer+"/account/verify/"):], Secret: r.Secret}
	made, err := s.Engine.VerifyEmail(ctx, in)
	return in, err == nil && made.Status == sallyport.RegistrationCreated
}
