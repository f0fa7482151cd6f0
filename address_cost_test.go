package sallyport_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestCostsOfAddresses counts the rounds of reading and the commits of changing an
// address and of closing an account. A key that has not the form of one costs nothing.
func TestCostsOfAddresses(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true}, sallyporttest.WithStore(counting))
	paul := m.AddUser(t, sallyporttest.User{Name: "paul"})
	s := hostLogin(t, m.Kit, sallyport.Login{Username: "paul", Password: paul.Password}).Session
	cost := func(what string, loads, commits int, call func()) {
		t.Helper()
		counting.Reset()
		call()
		if got := counting.Counts(); got.Loads != loads || got.Commits != commits {
			t.Errorf("%s: got %d loads and %d commits, want %d and %d", what, got.Loads, got.Commits, loads, commits)
		}
	}
	var r *sallyport.Confirmation
	cost("a change that wants a factor", 2, 1, func() { r = m.begin(newMail) })
	in := sallyport.AddressChange{RequestID: r.RequestID, OptionID: r.Options[0].ID}
	cost("the choice", 2, 1, func() { m.change(in) })
	in.Code = "wrong"
	cost("a wrong code", 2, 1, func() { m.change(in) })
	in.Code = m.Outbox.LastCode(mail)
	var key string
	cost("the code", 2, 1, func() { key = m.Outbox.Key(newMail, func() { m.change(in) }) })
	cost("proving it", 3, 1, func() { m.spend("the key", key, sallyport.AddressProven) })
	cost("the key again", 1, 0, func() { m.spend("the key again", key, sallyport.AddressKeyDead) })
	cost("a text that is no key", 0, 0, func() { m.spend("no key", key[1:], sallyport.AddressKeyDead) })
	undo := m.key(mail, "notice")
	cost("taking it back", 3, 1, func() { m.spend("undo", undo, sallyport.AddressRestored) })

	by := sallyport.AddressChange{Username: "paul", Password: paul.Password, Email: "paul@example.org"}
	cost("a change by the password alone", 2, 1, func() { m.change(by) })
	by.Username, by.Session = "", s.Handle
	cost("the same in a session", 2, 1, func() { m.change(by) })
	by.Password = "wrong"
	cost("a wrong password in a session", 2, 1, func() { m.change(by) })
	cost("a change of nobody", 2, 1, func() {
		m.change(sallyport.AddressChange{Username: "nobody", Password: "x", Email: newMail})
	})
	cost("closing", 3, 1, func() { m.close(sallyport.AccountClosing{Username: "paul", Password: paul.Password}) })
}
