package sallyport_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestP7Restart closes a bbolt file between every two calls of a login.
func TestP7Restart(t *testing.T) {
	path, keys := filepath.Join(t.TempDir(), "sallyport.db"), sealed.NewKeys()
	outbox := map[string]string{}
	clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	with := func(call func(e *sallyport.Engine)) {
		t.Helper()
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		e, err := sallyport.New(t.Context(), sallyport.Config{Store: s, Keys: keys, Issuer: sallyporttest.Issuer, Email: senderFunc(func(m sallyport.Message) { outbox[m.Kind] = m.Code + m.Link }), Now: func() time.Time { return clock }})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		call(e)
	}
	d := sallyporttest.Directory()
	validated := true
	d.Users = []directory.User{{Name: "marie", Password: "a long password", Email: mail, EmailValidated: &validated, Roles: []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}}}}
	with(func(e *sallyport.Engine) {
		if _, err := e.Apply(t.Context(), d, directory.Options{}); err != nil {
			t.Fatal(err)
		}
	})
	var in sallyport.Login
	step := func(want sallyport.Status) (r *sallyport.Result) {
		t.Helper()
		with(func(e *sallyport.Engine) {
			var err error
			if r, err = e.Login(t.Context(), in); err != nil || r.Status != want {
				t.Fatalf("got %v, %v, want %s", r, err, want)
			}
		})
		return r
	}
	in = login(sallyport.Login{Username: "marie", Password: "a long password"})
	r := step(wanted)
	in = login(sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID})
	step(waiting)
	in.Code = "not it"
	step(wrong)
	in.Code = outbox["otp"]
	r = step(sallyport.Success)
	step(dead)
	with(func(e *sallyport.Engine) {
		if _, err := e.Verify(t.Context(), r.Tokens.AccessToken); err != nil {
			t.Errorf("the token after a restart: %v", err)
		}
	})
}
