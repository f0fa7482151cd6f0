package sallyport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// The tests of this file are the five attacks of A. Sudhodanan and A. Paverd,
// Pre-hijacked Accounts: An Empirical Study of Security Failures in User Account
// Creation on the Web (USENIX Security 2022). Each has an attacker who knows the
// address of a victim, and makes something with it before the victim signs up; then
// the victim uses the service, and the attacker wants in.

const attackers = "the attacker's password"

// preHijacked is a kit at which an attacker has begun a registration with the victim's
// address. The attacker has the secret of the browser, and the victim has the key.
func preHijacked(t *testing.T) (s *signing, secret, key string) {
	t.Helper()
	s = newSigning(t, nil)
	begun := s.started(sallyport.Registration{Username: "victim", Password: attackers, Email: evasMail, Attributes: []account.Attribute{{Name: "City", Value: "Evil"}}})
	return s, begun.Secret, begun.Key
}

// wantOut wants the attacker to open nothing.
func (s *signing) wantOut(names ...string) {
	s.t.Helper()
	for _, name := range append(names, "victim", "eva", evasMail) {
		if r := hostLogin(s.t, s.Kit, sallyport.Login{Username: name, Password: attackers}); r.Reason != sallyport.ReasonWrongPassword || r.Session != nil {
			s.t.Errorf("the attacker as %s: got %v, %q", name, r.Outcome, r.Reason)
		}
	}
}

// TestPreHijackClassicFederatedMerge: the attacker signs up with the victim's address,
// and the victim's account comes by another way, here from the directory. The two are
// never made one, in whichever order.
func TestPreHijackClassicFederatedMerge(t *testing.T) {
	s, secret, key := preHijacked(t)
	eva := s.AddUser(t, sallyporttest.User{Name: "eva", Email: evasMail, EmailValidated: true})
	s.wantOut()
	// Even with the key, which the victim has, nothing more comes of the registration.
	s.prove(sallyport.Verification{Key: key, Secret: secret}, sallyport.RegistrationAddressTaken)
	s.wantOut()
	if _, err := setup(s.Kit).FindUser(t.Context(), "victim"); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("got %v, want no second account", err)
	}
	if u, err := setup(s.Kit).User(t.Context(), eva.ID); err != nil || u.Name != "eva" || len(u.Attributes) != 0 {
		t.Errorf("the victim's account: got %+v, %v", u, err)
	}
}

// TestPreHijackUnexpiredSession: what the attacker holds of the registration opens
// nothing once the victim has made the account of it: neither the secret of the
// browser, nor the password typed at the start, nor a session, of which there is none.
func TestPreHijackUnexpiredSession(t *testing.T) {
	s, secret, key := preHijacked(t)
	s.wantOut() // there is no session to be kept
	s.prove(sallyport.Verification{Key: key}, sallyport.RegistrationPasswordWanted)
	s.prove(sallyport.Verification{Key: key, Password: fresh}, sallyport.RegistrationCreated)
	s.wantOut()
	s.prove(sallyport.Verification{Key: key, Secret: secret}, sallyport.RegistrationDead)
	if r := s.opens("victim", fresh); r != sallyport.NoReason {
		t.Errorf("the victim: got %q", r)
	}
}

// TestPreHijackTrojanIdentifier: the attacker gives the registration a second thing to
// come in by. There is nothing of the kind: an account that was signed up for has the
// proven address and no other address, number, authenticator or role of the
// attacker's choice; and the owner picks the name.
func TestPreHijackTrojanIdentifier(t *testing.T) {
	s, _, key := preHijacked(t)
	for _, name := range []string{"Mobile", "mobile", "Role", "city"} {
		in := evas()
		in.Attributes = []account.Attribute{{Name: name, Value: "+491701234567"}}
		if _, err := s.Engine.Register(t.Context(), in); faultsOf(err) == nil {
			t.Errorf("the attribute %s was taken: %v", name, err)
		}
	}
	in := evas()
	in.Username = "attacker@example.com"
	if _, err := s.Engine.Register(t.Context(), in); faultsOf(err) == nil {
		t.Errorf("another address was taken as the name: %v", err)
	}
	made := s.prove(sallyport.Verification{Key: key, Username: "eva", Password: fresh}, sallyport.RegistrationCreated)
	u, err := setup(s.Kit).User(t.Context(), made.Account)
	if err != nil || u.Name != "eva" || u.Email != evasMail || u.Mobile != "" || u.Authenticator || u.MobileFactor {
		t.Errorf("got %+v, %v", u, err)
	}
	s.wantOut()
}

// TestPreHijackUnexpiredEmailChange: the attacker begins to add the victim's address to
// an account of their own, and waits. Once the victim has signed up with it, what was
// begun gives the attacker nothing of the victim's, and the victim's account is
// whole, whatever link of the attacker's they open.
func TestPreHijackUnexpiredEmailChange(t *testing.T) {
	s := newSigning(t, nil)
	trudy := s.AddUser(t, sallyporttest.User{Name: "trudy", Password: attackers})
	change := s.Outbox.Key(evasMail, func() {
		if _, err := s.Engine.ChangeAddress(t.Context(), sallyport.AddressChange{Username: "trudy", Password: attackers, Email: evasMail}); err != nil {
			t.Fatal(err)
		}
	})
	yes := true
	mallory := s.AddUser(t, sallyporttest.User{Name: "mallory", Password: attackers, MFA: &yes})
	begun := hostLogin(t, s.Kit, sallyport.Login{Username: "mallory", Password: attackers})
	call := sallyport.EnrollmentCall{RequestID: begun.RequestID}
	if _, err := s.Engine.SendVerification(t.Context(), call, mfa.Email, evasMail); err != nil {
		t.Fatal(err)
	}
	code := s.Outbox.LastCode(evasMail)
	proof := s.started(evas())
	made := s.prove(proof, sallyport.RegistrationCreated)
	if r, err := s.Engine.ProveAddress(t.Context(), change); err != nil || r.Status != sallyport.AddressTaken {
		t.Errorf("the key of the attacker's change: got %+v, %v", r, err)
	}
	if u, err := setup(s.Kit).User(t.Context(), trudy.ID); err != nil || u.Email != "" {
		t.Errorf("the attacker who changed: got %+v, %v", u, err)
	}
	for range 3 { // the attacker has the request and not the code
		s.Clock.Advance(15 * time.Second)
		if r, err := s.Engine.ConfirmVerification(t.Context(), call, mfa.Email, wrongCode(code)); err == nil && r.Status == sallyport.EnrollmentSuccess {
			t.Errorf("a code that was guessed: got %+v", r)
		}
	}
	if u, err := setup(s.Kit).User(t.Context(), mallory.ID); err != nil || u.EmailFactor {
		t.Errorf("the attacker: got %+v, %v", u, err)
	}
	if u, err := setup(s.Kit).User(t.Context(), made.Account); err != nil || u.Email != evasMail || s.opens("eva", fresh) != sallyport.NoReason {
		t.Errorf("the victim: got %+v, %v", u, err)
	}
	s.wantOut()
}

// TestPreHijackNonVerifyingIdP: an account that claims the victim's address without a
// proof, as a module, a file or an administrator may make one, neither keeps the
// victim out nor gets anything of theirs.
func TestPreHijackNonVerifyingIdP(t *testing.T) {
	s := newSigning(t, nil)
	mallory := s.AddUser(t, sallyporttest.User{Name: "mallory", Password: attackers, Email: evasMail})
	made, err := setup(s.Kit).CreateUser(t.Context(), directory.NewUser{Name: "trudy", Password: attackers, Email: evasMail})
	if err != nil {
		t.Fatal(err)
	}
	own := s.signUp(evas()) // by a key, and not "you have an account"
	if own.Account == mallory.ID || own.Account == made.ID {
		t.Fatal("the victim was given the attacker's account")
	}
	for _, id := range []string{mallory.ID, made.ID} {
		if u, err := setup(s.Kit).User(t.Context(), id); err != nil || u.EmailFactor {
			t.Errorf("the attacker: got %+v, %v", u, err)
		}
	}
	s.wantOut()
}

// wrongCode is another code of the same length.
func wrongCode(code string) string {
	if code[0] == '0' {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}
