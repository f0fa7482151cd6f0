package sallyport_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestP4ParallelChanges: wrong old passwords are counted with those of logins, however
// many come at once: eight plain answers, one that says the next locks, one that locks.
func TestP4ParallelChanges(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	var mu sync.Mutex
	got := map[sallyport.PasswordStatus]int{}
	crowd(100, func(i int) {
		r, err := c.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ada", Password: fmt.Sprint("guess ", i), NewPassword: fresh})
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		got[r.Status]++
	})
	if got[sallyport.OldPasswordWrong] != 8 || got[sallyport.OldPasswordLastTry] != 1 || got[sallyport.PasswordsLockedOut] != 91 {
		t.Errorf("got %v, want 8, 1 and 91", got)
	}
}

// TestP9ChangeTellsNothing: before the right password a change is answered alike,
// whoever it is about, and whatever the new password is.
func TestP9ChangeTellsNothing(t *testing.T) {
	c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true})
	c.AddUser(t, sallyporttest.User{Name: "eve"})
	c.EditUser(t, "eve", func(u *directory.User) { u.Disabled = true })
	for _, name := range []string{"ada", "eve", "nobody", "a,\x00"} {
		for _, next := range []string{fresh, "short", mail, c.p.Password} {
			r := c.change(sallyport.PasswordChange{Username: name, Password: "wrong " + next, NewPassword: next})
			c.want(name, r, sallyport.OldPasswordWrong, "")
			if r.Policy != nil {
				t.Errorf("%s: told %v before the right password", name, r.Policy)
			}
		}
	}
}

// TestP11StagedPassword: neither a new password nor the old one rests in clear.
func TestP11StagedPassword(t *testing.T) {
	s := memstore.New()
	c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true}, sallyporttest.WithStore(s),
		sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	r := c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh})
	for rec, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if text := rec.Key + string(rec.Value); strings.Contains(text, fresh) || strings.Contains(text, c.p.Password) || strings.Contains(text, r.RequestID) {
			t.Errorf("%s holds a password or the id of the request in clear", rec.Key)
		}
	}
	if logs := c.Logs(); strings.Contains(logs, fresh) || strings.Contains(logs, c.p.Password) {
		t.Error("the log holds a password")
	}
}
