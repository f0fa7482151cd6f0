package sallyport_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestP9AddressTellsNothing: before the right password a change of address and a closing
// are answered alike, whoever they are about, and whosever the new address is.
func TestP9AddressTellsNothing(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
	addProven(t, m.Kit, "bob", "bob@example.com")
	m.AddUser(t, sallyporttest.User{Name: "eve"})
	m.EditUser(t, "eve", func(u *directory.User) { u.Disabled = true })
	for i, name := range []string{"ada", "eve", "bob", "nobody", "a,\x00"} {
		for j, email := range []string{newMail, mail, "bob@example.com"} {
			r := m.change(sallyport.AddressChange{Username: name, Password: fmt.Sprint("wrong ", i, j), Email: email})
			wantConfirmation(t, name+" "+email, r, sallyport.Denied, sallyport.ReasonWrongPassword)
			if r.RequestID != "" || len(r.Options) > 0 {
				t.Errorf("%s: got %+v", name, r)
			}
		}
		wantConfirmation(t, "closing "+name, m.close(sallyport.AccountClosing{Username: name, Password: fmt.Sprint("wrong ", i)}), sallyport.Denied, sallyport.ReasonWrongPassword)
	}
	if n := m.Outbox.Count(); n != 0 {
		t.Errorf("got %d messages, want none", n)
	}
}

// TestP4ParallelConfirmations: wrong passwords are counted with those of logins, however
// many come at once: eight plain answers, one that says the next locks, one that locks;
// and of wrong codes five.
func TestP4ParallelConfirmations(t *testing.T) {
	m := newMoving(t, sallyporttest.User{TOTP: true})
	var mu sync.Mutex
	got := map[sallyport.Reason]int{}
	count := func(r *sallyport.Confirmation, err error) {
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		got[r.Reason]++
	}
	request := m.begin(newMail)
	crowd(100, func(i int) {
		count(m.Engine.ChangeAddress(t.Context(), sallyport.AddressChange{Username: "ada", Password: fmt.Sprint("guess ", i), Email: newMail}))
	})
	if got[sallyport.ReasonWrongPassword] != 8 || got[sallyport.ReasonLastTry] != 1 || got[sallyport.ReasonLockedOut] != 91 {
		t.Errorf("got %v, want 8, 1 and 91", got)
	}
	clear(got)
	crowd(100, func(i int) {
		count(m.Engine.ChangeAddress(t.Context(), sallyport.AddressChange{RequestID: request.RequestID, OptionID: request.Options[0].ID, Code: fmt.Sprint("guess ", i)}))
	})
	if got[sallyport.ReasonWrongCode] != 5 || got[sallyport.ReasonOver] != 95 {
		t.Errorf("got %v, want 5 and 95", got)
	}
}

// TestP11Addresses: no key, request or password of a change rests in clear or stands in
// the log.
func TestP11Addresses(t *testing.T) {
	s := memstore.New()
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true}, sallyporttest.WithStore(s),
		sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	r := m.begin(newMail)
	secrets := []string{m.p.Password, r.RequestID}
	key := m.Outbox.Key(newMail, func() { m.prove(r) })
	undo := m.Outbox.Key(mail, func() { m.spend("the key", key, sallyport.AddressProven) })
	secrets = append(secrets, key, undo, m.Outbox.LastCode(mail))
	for rec, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if strings.Contains(rec.Key+string(rec.Value), secret) {
				t.Errorf("%s holds %q in clear", rec.Key, secret)
			}
		}
		if strings.Contains(rec.Key, "example") {
			t.Errorf("the key %s holds an address", rec.Key)
		}
	}
	for _, secret := range append(secrets, newMail) {
		if strings.Contains(m.Logs(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// TestP12ChangeAddress: a key is good for the account as it was when it was mailed: one
// that was disabled or deleted since, or whose password is another, has no new address.
// What is taken back is not held to that.
func TestP12ChangeAddress(t *testing.T) {
	for name, change := range map[string]func(*moving) error{
		"disabled": func(m *moving) error {
			_, err := setup(m.Kit).UpdateUser(m.t.Context(), m.p.ID, directory.UserChange{Disabled: new(true)})
			return err
		},
		"locked": func(m *moving) error {
			_, err := setup(m.Kit).UpdateUser(m.t.Context(), m.p.ID, directory.UserChange{Locked: new(true)})
			return err
		},
		"another password": func(m *moving) error { return setup(m.Kit).SetLastingPassword(m.t.Context(), m.p.ID, fresh) },
		"signed out":       func(m *moving) error { return setup(m.Kit).EndSessions(m.t.Context(), m.p.ID) },
		"deleted":          func(m *moving) error { return setup(m.Kit).DeleteUser(m.t.Context(), m.p.ID) },
	} {
		m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
		key := m.Outbox.Key(newMail, func() { m.ask(newMail) })
		if err := change(m); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Engine.ViewAddressKey(t.Context(), key); !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("%s: got %v of the view", name, err)
		}
		m.spend(name, key, sallyport.AddressKeyDead)

		m = newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
		undo, _ := m.moveTo(newMail)
		if err := change(m); err != nil {
			t.Fatal(err)
		}
		want := sallyport.AddressRestored
		if name == "deleted" {
			want = sallyport.AddressKeyDead
		}
		m.spend(name+", undo", undo, want)
	}
}

// TestViewAddressKey: a page can say what a key is about before and after it has done its
// work, and looking spends nothing.
func TestViewAddressKey(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
	nonces := map[string]string{}
	view := func(what, key string, want sallyport.AddressView) {
		t.Helper()
		for range 2 {
			v, err := m.Engine.ViewAddressKey(t.Context(), key)
			want.Nonce = wantNonce(t, nonces, key, v.Nonce)
			if want.Left = want.Ends.Sub(m.Clock.Now()); err != nil || v != want {
				t.Errorf("%s: got %+v, %v, want %+v", what, v, err, want)
			}
		}
	}
	key := m.Outbox.Key(newMail, func() { m.ask(newMail) })
	ends := m.Clock.Now().Add(24 * time.Hour)
	view("a key", key, sallyport.AddressView{User: "ada", Address: newMail, Ends: ends})
	undo := m.Outbox.Key(mail, func() { m.spend("the key", key, sallyport.AddressProven) })
	view("a key that was spent", key, sallyport.AddressView{User: "ada", Address: newMail, Done: true, Ends: ends})
	ends = m.Clock.Now().Add(72 * time.Hour)
	view("a key to undo", undo, sallyport.AddressView{User: "ada", Address: mail, Undo: true, Ends: ends})
	byNew := m.key(newMail, "notice")
	m.spend("undo", undo, sallyport.AddressRestored)
	view("a key to undo that was spent", undo, sallyport.AddressView{User: "ada", Undo: true, Done: true, Ends: ends})
	for _, bad := range []string{"", "x", strings.Repeat("a", 64), byNew} {
		if v, err := m.Engine.ViewAddressKey(t.Context(), bad); !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("%q: got %+v, %v", bad, v, err)
		}
	}
}

// wantNonce wants each key to have a nonce of its own, which stays, and returns it.
func wantNonce(t *testing.T, nonces map[string]string, key, got string) string {
	t.Helper()
	for k, n := range nonces {
		if (k == key) != (n == got) {
			t.Errorf("got the nonce %q of one key and %q of another or the same", n, got)
		}
	}
	if nonces[key] = got; len(got) < 16 || strings.Contains(key, got) || strings.Contains(got, key) {
		t.Errorf("got the nonce %q", got)
	}
	return got
}
