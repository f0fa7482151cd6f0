package sallyport_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestCostsOfChanges counts what a change of a password costs, by name and in a
// request, with a second factor and without one, and what the login around it does.
func TestCostsOfChanges(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := hosted(t, sallyporttest.WithStore(counting))
	cost := costs(t, counting)
	change := func(what string, in sallyport.PasswordChange) (request string) {
		t.Helper()
		cost(what, 2, 1, func() {
			t.Helper()
			r, err := k.Engine.ChangePassword(t.Context(), in)
			if err != nil || r.Status != sallyport.PasswordChanged {
				t.Fatalf("%s: got %+v, %v", what, r, err)
			}
			request = r.RequestID
		})
		return request
	}
	var r *sallyport.Result
	login := func(what string, loads int, in sallyport.Login, want sallyport.Outcome) {
		t.Helper()
		cost(what, loads, 1, func() { r = hostLogin(t, k, in) })
		if r.Outcome != want {
			t.Errorf("%s: got %v, %q, want %v", what, r.Outcome, r.Reason, want)
		}
	}

	paul := k.AddUser(t, sallyporttest.User{Name: "paul"})
	change("by name", sallyport.PasswordChange{Username: paul.Name, Password: paul.Password, NewPassword: fresh})

	tom := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	id := change("by name, a second factor wanted", sallyport.PasswordChange{Username: tom.Name, Password: tom.Password, NewPassword: fresh})
	change("in that request", sallyport.PasswordChange{RequestID: id, Password: fresh, NewPassword: fresh + "!"})
	login("going on with what is staged", 2, sallyport.Login{RequestID: id, Password: fresh + "!"}, sallyport.FactorWanted)
	login("the code that sets it", 1, sallyport.Login{RequestID: id, OptionID: r.Options[0].ID, Code: tom.Authenticator.Code()}, sallyport.Granted)

	eve := k.AddUser(t, sallyporttest.User{Name: "eve", MustChangePassword: true})
	login("a login that wants another password", 2, sallyport.Login{Username: eve.Name, Password: eve.Password}, sallyport.PasswordChangeWanted)
	change("in its request", sallyport.PasswordChange{RequestID: r.RequestID, Password: eve.Password, NewPassword: fresh})
	login("going on after it", 2, sallyport.Login{RequestID: r.RequestID, Password: fresh}, sallyport.Granted)

	setPolicy(t, k, func(d *directory.Policy) {
		d.Password.Pattern, d.Password.MaxAge, d.Password.GraceLogons = "[0-9]", 24*time.Hour, 1
	})
	k.Clock.Advance(24 * time.Hour)
	login("a login by grace", 2, sallyport.Login{Username: eve.Name, Password: fresh}, sallyport.Granted)
	login("one that has none left", 2, sallyport.Login{Username: eve.Name, Password: fresh}, sallyport.PasswordChangeWanted)
	request := r.RequestID
	other := k.Node()
	cost("a change at a node that has not met the request", 2, 1, func() {
		in := sallyport.PasswordChange{RequestID: request, Password: fresh, NewPassword: withDigit}
		if r, err := other.Engine.ChangePassword(t.Context(), in); err != nil || r.Status != sallyport.PasswordChanged {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}
