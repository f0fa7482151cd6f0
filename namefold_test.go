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
