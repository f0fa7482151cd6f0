package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestP10SignUpStrangers: a month after a crowd has begun to sign up and proven
// nothing, the store holds what it held before; keys that were never mailed leave
// nothing at all.
func TestP10SignUpStrangers(t *testing.T) {
	s := newSigning(t, nil, sallyporttest.WithStore(memstore.New()))
	before := maintainAll(t, s.Kit, time.Hour)
	for i := range 500 {
		in := evas()
		in.Email, in.Address = fmt.Sprintf("eva%d@example.com", i%200), fmt.Sprintf("198.51.100.%d", i%50)
		if _, err := s.Engine.Register(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	during := inventory(t, s.Store)
	for i := range 100 {
		s.prove(sallyport.Verification{Key: fmt.Sprintf("%064d", i), Password: fresh}, sallyport.RegistrationDead)
	}
	if !maps.Equal(during, inventory(t, s.Store)) {
		t.Error("keys that were never mailed have left something")
	}
	if n := countPrefix(during, "event/"); n != countPrefix(before, "event/") {
		t.Errorf("strangers stored %d events", n)
	}
	if after := maintainAll(t, s.Kit, 31*24*time.Hour); !maps.Equal(before, after) {
		t.Errorf("a month later: %v", difference(before, after))
	}
}

// TestSignUpDeparted: who hangs up is counted all the same, and is told nothing.
func TestSignUpDeparted(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	s := newSigning(t, nil, sallyporttest.WithStore(f))
	in := evas()
	in.Address = "203.0.113.1"
	for i := range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		f.Reset()
		f.At(storetest.Commit, 1, storetest.Cancel(cancel))
		if r, err := s.Engine.Register(ctx, in); err == nil {
			t.Errorf("start %d: got %v, want none", i, r)
		}
	}
	f.Reset()
	if _, err := s.Engine.Register(t.Context(), in); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("got %v, want the starts of who has gone to be counted", err)
	}
}

// TestSignUpBusy: where there is no room for a hash, nothing begins.
func TestSignUpBusy(t *testing.T) {
	s := newSigning(t, nil)
	proof := s.started(evas())
	busy := &signing{s.Node(sallyporttest.WithBusyGate()), t}
	if _, err := busy.Engine.Register(t.Context(), evas()); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("got %v", err)
	}
	chosen := proof
	chosen.Password = otherFresh
	if _, err := busy.Engine.VerifyEmail(t.Context(), chosen); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("a proof with a password: got %v", err)
	}
	busy.prove(proof, sallyport.RegistrationCreated) // whose password is hashed already
}

// TestSignUpUnsent: whether a mail goes out, and when, is not in the answer.
func TestSignUpUnsent(t *testing.T) {
	s := newSigning(t, nil)
	s.Outbox.FailNext(errors.New("no route to mailbox"))
	_, release := s.Outbox.Block()
	s.begin(evas()) // which does not wait for the mail
	release()
	if err := s.Engine.Close(); err != nil {
		t.Fatal(err)
	}
	if logs := s.Logs(); s.Outbox.Count() != 0 || !strings.Contains(logs, "could not be sent") || strings.Contains(logs, evasMail) {
		t.Errorf("got %d mails, and the log %s", s.Outbox.Count(), logs)
	}
}

// TestSignUpClients: a client begins with its secret, for its users, and none of
// another's.
func TestSignUpClients(t *testing.T) {
	s := newSigning(t, nil)
	in := evas()
	in.Caller = &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: "a wrong secret"}
	if _, err := s.Engine.Register(t.Context(), in); err == nil || err.Error() != "sallyport: invalid_client" {
		t.Errorf("a wrong secret: got %v", err)
	}
	in.Caller.ClientSecret = sallyporttest.ClientSecret
	s.signUp(in)
	in.Caller = &sallyport.Caller{}
	if _, err := s.Engine.Register(t.Context(), in); err == nil || err.Error() != "sallyport: invalid_client" {
		t.Errorf("no client id: got %v", err)
	}
}

// TestPutBackSignUp: a registration and a key that are put back after they have ended
// make no second account, since the address is taken by the first.
func TestPutBackSignUp(t *testing.T) {
	m := memstore.New()
	s := newSigning(t, nil, sallyporttest.WithStore(m))
	v := &vandal{Kit: s.Kit, t: t, raw: m}
	proof := s.started(evas())
	v.remember()
	s.prove(proof, sallyport.RegistrationCreated)
	v.putBack("key")
	s.prove(proof, sallyport.RegistrationDead)
	v.putBack("registration")
	s.prove(proof, sallyport.RegistrationAddressTaken)
}
