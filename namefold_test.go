package sallyport_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestSignUpTakesNoOthersAddress: names are folded further than addresses are, so two
// addresses can be one name. Whoever has proven the one does not get the other as a name,
// which would stand before it wherever people sign in by either.
func TestSignUpTakesNoOthersAddress(t *testing.T) {
	for own, others := range map[string]string{
		"x@straße.example": "x@strasse.example", "maß@example.com": "mass@example.com", "\u212aarl@example.com": "karl@example.com",
	} {
		s := newSigning(t, func(c *sallyport.Config) { c.SignInBy = sallyport.SignInByNameOrEmail })
		withoutFactors(t, s.Kit)
		victim := addProven(t, s.Kit, "victim", others)
		in := sallyport.Registration{Username: own, Password: fresh, Email: own}
		if r, err := s.Engine.Register(t.Context(), in); err == nil {
			t.Errorf("%s: got %v, want the name refused", own, r)
		}
		in.Username = "eva"
		v := s.started(in)
		v.Username = own
		s.prove(v, sallyport.RegistrationNameRefused)
		v.Username = ""
		s.prove(v, sallyport.RegistrationCreated)
		wantOutcome(t, others, hostLogin(t, s.Kit, sallyport.Login{Username: others, Password: victim.Password}), sallyport.Granted, "")
		wantOutcome(t, own, hostLogin(t, s.Kit, sallyport.Login{Username: own, Password: fresh}), sallyport.Granted, "")
	}
}

// TestUnlockNameWithDomain: a name that is an address is counted in the spelling of
// addresses wherever people may sign in by one, and unlocked in it too.
func TestUnlockNameWithDomain(t *testing.T) {
	for name, unlock := range map[string]func(*sallyporttest.Kit, *sallyporttest.Person) error{
		"an administrator": func(k *sallyporttest.Kit, p *sallyporttest.Person) error { return setup(k).Unlock(t.Context(), p.ID) },
		"a new password": func(k *sallyporttest.Kit, p *sallyporttest.Person) error {
			return setup(k).SetLastingPassword(t.Context(), p.ID, fresh)
		},
		"a reset": func(k *sallyporttest.Kit, p *sallyporttest.Person) error {
			key := k.Outbox.Key(mail, func() {
				if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: p.Name}); err != nil {
					t.Fatal(err)
				}
			})
			_, err := k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: fresh})
			return err
		},
	} {
		k := sallyporttest.New(t, signsInBy(sallyport.SignInByNameOrEmail))
		withoutFactors(t, k)
		p := k.AddUser(t, sallyporttest.User{Name: "ada@bücher.example", Email: mail, EmailValidated: true})
		for wrong := wrongPasswords(); hostLogin(t, k, sallyport.Login{Username: p.Name, Password: wrong()}).Reason != sallyport.ReasonLockedOut; {
		}
		wantOutcome(t, "locked", hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password}), sallyport.Denied, sallyport.ReasonLockedOut)
		if u, err := setup(k).User(t.Context(), p.ID); err != nil || u.LockedUntil.IsZero() {
			t.Errorf("got %+v, %v, want it shown as locked", u, err)
		}
		if err := unlock(k, p); err != nil {
			t.Fatal(err)
		}
		pw := fresh
		if name == "an administrator" {
			pw = p.Password
		}
		wantOutcome(t, "unlocked by "+name, hostLogin(t, k, sallyport.Login{Username: p.Name, Password: pw}), sallyport.Granted, "")
	}
}

// TestSignUpForgetsMissOfAddress: a password that missed while nobody had the address is
// the account's once it is made, and is judged anew, by whatever it is signed in with.
func TestSignUpForgetsMissOfAddress(t *testing.T) {
	for mode, by := range signInModes {
		for _, name := range []string{"eva", evasMail} {
			s := newSigning(t, func(c *sallyport.Config) { c.SignInBy = by })
			withoutFactors(t, s.Kit)
			in := evas()
			in.Username = name
			v := s.started(in)
			texts := []string{name, evasMail}
			for _, text := range texts {
				if why := s.opens(text, fresh); why != sallyport.ReasonWrongPassword {
					t.Errorf("by %s, %s, before: got %q", mode, text, why)
				}
			}
			s.prove(v, sallyport.RegistrationCreated)
			for _, text := range texts {
				good := by != sallyport.SignInByEmail && text == name || by != sallyport.SignInByName && text == evasMail
				if why := s.opens(text, fresh); (why == "") != good {
					t.Errorf("by %s, %s, as %s: got %q", mode, text, name, why)
				}
			}
		}
	}
}
