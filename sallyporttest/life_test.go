package sallyporttest_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestAccountLife is the whole life of an account as a host's own test may walk it:
// sign-up, proof of the address, login, another password, and one that was forgotten.
func TestAccountLife(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{} }))
	e, ctx, address := k.Engine, t.Context(), "ada@example.com"
	login := func(password string, want sallyport.Outcome) {
		t.Helper()
		r, err := e.Login(ctx, sallyport.Login{Username: "ada", Password: password})
		if err != nil || r.Outcome != want {
			t.Fatalf("login: got %v, %v, want %s", r, err, want)
		}
	}
	var browser *sallyport.RegistrationResult
	var err error
	key := k.Outbox.Key(address, func() {
		browser, err = e.Register(ctx, sallyport.Registration{Username: "ada", Email: address, Password: "a first password"})
	})
	if err != nil {
		t.Fatal(err)
	}
	login("a first password", sallyport.Denied) // there is no account before the proof
	made, err := e.VerifyEmail(ctx, sallyport.Verification{Key: key, Secret: browser.Secret})
	if err != nil || made.Status != sallyport.RegistrationCreated {
		t.Fatalf("proof: got %v, %v", made, err)
	}
	login("a first password", sallyport.Granted)
	changed, err := e.ChangePassword(ctx, sallyport.PasswordChange{Username: "ada", Password: "a first password", NewPassword: "a second password"})
	if err != nil || changed.Status != sallyport.PasswordChanged {
		t.Fatalf("change: got %v, %v", changed, err)
	}
	key = k.Outbox.Key(address, func() { err = e.BeginReset(ctx, sallyport.ResetRequest{Username: "ada"}) })
	if err != nil {
		t.Fatal(err)
	}
	reset, err := e.FinishReset(ctx, sallyport.ResetFinish{Key: key, NewPassword: "a third password"})
	if err != nil || reset.Status != sallyport.PasswordChanged {
		t.Fatalf("reset: got %v, %v", reset, err)
	}
	login("a second password", sallyport.Denied)
	login("a third password", sallyport.Granted)
}
