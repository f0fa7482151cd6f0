package sallyport_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// moveTo changes the address to that one, up to the proof, and returns the keys by which
// the old address, if it was proven, and the new one take it back.
func (m *moving) moveTo(email string) (byOld, byNew string) {
	m.t.Helper()
	was := m.user()
	key := m.Outbox.Key(email, func() { m.ask(email) })
	prove := func() {
		byNew = m.Outbox.Key(email, func() { m.spend("the key for "+email, key, sallyport.AddressProven) })
	}
	if was.EmailProven {
		byOld = m.Outbox.Key(was.Email, prove)
	} else {
		prove()
	}
	m.wantAddress("moved", email, true, m.user().EmailFactor)
	m.Clock.Advance(time.Minute)
	return byOld, byNew
}

// TestUndoAfterTakeover: whoever took an account over may change the address twice, the
// password, and undo their own changes as they like: the first owner's key restores the
// first address all the same, ends all sessions, and leaves no key that undoes that.
func TestUndoAfterTakeover(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
	const thief1, thief2 = "one@thief.example", "two@thief.example"
	owner, new1 := m.moveTo(thief1)
	old2, new2 := m.moveTo(thief2)
	m.spend("undo by the thief of their second change", new2, sallyport.AddressRestored)
	m.wantAddress("undone by the thief", thief1, true, true)
	m.spend("undo by the thief, of a change that was undone", old2, sallyport.AddressKeyDead)
	if err := setup(m.Kit).SetLastingPassword(t.Context(), m.p.ID, fresh); err != nil {
		t.Fatal(err)
	}
	m.p.Password = fresh
	old3, new3 := m.moveTo(thief2)
	in := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: fresh})
	r := m.spend("undo by the owner", owner, sallyport.AddressRestored)
	if r.Address != mail || !r.Factor || r.AccountID != m.p.ID {
		t.Errorf("got %+v", r)
	}
	m.wantAddress("undone by the owner", mail, true, true)
	wantOutcome(t, "a login from before", hostLogin(t, m.Kit, sallyport.Login{RequestID: in.RequestID}), sallyport.Denied, sallyport.ReasonOver)
	for _, key := range []string{owner, new1, old2, new2, old3, new3} {
		m.spend("undo with any other key", key, sallyport.AddressKeyDead)
	}
	m.wantAddress("after all", mail, true, true)
}

// TestUndoByNewAddress: the new address can take the change back too, once.
func TestUndoByNewAddress(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, TOTP: true})
	_, key := m.moveTo(newMail)
	m.spend("undo", key, sallyport.AddressRestored)
	m.wantAddress("undone", mail, false, false)
	m.spend("undo again", key, sallyport.AddressKeyDead)
	for _, bad := range []string{"", "x", strings.Repeat("0", 64), strings.ToUpper(key), key + "0"} {
		m.spend("undo with a made-up key", bad, sallyport.AddressKeyDead)
		m.spend("a made-up key", bad, sallyport.AddressKeyDead)
	}
}

// TestFormerAddressIsTold: for 72 hours the former address is told what happens to the
// account, with the link that removes a new factor, and then no more.
func TestFormerAddressIsTold(t *testing.T) {
	for _, late := range []bool{false, true} {
		m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
		m.moveTo(newMail)
		if late {
			m.Clock.Advance(72 * time.Hour)
		}
		before := len(m.Outbox.Messages())
		if r, err := m.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ada", Password: m.p.Password, NewPassword: fresh}); err != nil || r.RequestID == "" {
			t.Fatalf("got %+v, %v", r, err)
		} else {
			on := hostLogin(t, m.Kit, sallyport.Login{RequestID: r.RequestID, Password: fresh})
			in := sallyport.Login{RequestID: r.RequestID, OptionID: on.Options[1].ID}
			hostLogin(t, m.Kit, in)
			in.Code = m.Outbox.LastCode(newMail)
			wantOutcome(t, "the login", hostLogin(t, m.Kit, in), sallyport.Granted, "")
		}
		m.Engine.Close() // which waits for mails
		told := map[string]bool{}
		for _, msg := range m.Outbox.Messages()[before:] {
			if msg.Kind == "notice" {
				told[msg.To] = true
			}
		}
		if !told[newMail] || told[mail] == late {
			t.Errorf("late: %v: got %v told", late, told)
		}
	}
}

// TestManyChanges: within 72 hours eight changes can be taken back, and no ninth is made
// that would crowd out the first.
func TestManyChanges(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
	first := ""
	for i := range 8 {
		byOld, _ := m.moveTo(fmt.Sprintf("a%d@example.org", i))
		first = cmp.Or(first, byOld)
		m.Clock.Advance(10 * time.Minute)
	}
	key := m.Outbox.Key("a8@example.org", func() { m.ask("a8@example.org") })
	m.spend("the ninth", key, sallyport.AddressRefused)
	m.spend("undo of the first", first, sallyport.AddressRestored)
	m.spend("the ninth, of an account that has changed since", key, sallyport.AddressKeyDead)
	m.wantAddress("undone", mail, true, true)
}

// TestUndoAfterAdministrator: whoever administers has the last word on an address.
func TestUndoAfterAdministrator(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
	key, _ := m.moveTo(newMail)
	if _, err := setup(m.Kit).UpdateUser(t.Context(), m.p.ID, directory.UserChange{Email: new("desk@example.com")}); err != nil {
		t.Fatal(err)
	}
	m.spend("undo", key, sallyport.AddressKeyDead)
	m.wantAddress("after it", "desk@example.com", false, false)
}

// TestUndoTakenMeanwhile: whoever has proven a former address since keeps it to
// themselves, and signs in by it. The key stays good until it is free again.
func TestUndoTakenMeanwhile(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail}, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignInBy = sallyport.SignInByNameOrEmail }))
	withoutFactors(t, m.Kit)
	m.edit(directory.UserChange{EmailProven: new(true)})
	byOld, byNew := m.moveTo(newMail)
	eve, err := setup(m.Kit).CreateUser(t.Context(), directory.NewUser{Name: "eve", Password: fresh, Email: strings.ToUpper(mail), EmailProven: true, Roles: []string{sallyporttest.RoleName}})
	m.must(err)
	for _, key := range []string{byOld, byNew, byOld} {
		m.spend("undo", key, sallyport.AddressTaken)
	}
	m.wantAddress("after it", newMail, true, false)
	r := hostLogin(t, m.Kit, sallyport.Login{Username: mail, Password: fresh})
	if r.Session == nil || r.Session.AccountID != eve.ID {
		t.Errorf("signing in by the address: got %v, %q, want eve", r.Outcome, r.Reason)
	}
	_, err = setup(m.Kit).UpdateUser(t.Context(), eve.ID, directory.UserChange{EmailProven: new(false)})
	m.must(err)
	m.spend("undo once it is free", byOld, sallyport.AddressRestored)
	m.wantAddress("undone", mail, true, false)
}

// TestUndoShared: an address that another account had proven before the change too is
// restored, as nothing is taken from that one.
func TestUndoShared(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
	addProven(t, m.Kit, "bob", mail)
	byOld, _ := m.moveTo(newMail)
	m.spend("undo", byOld, sallyport.AddressRestored)
	m.wantAddress("undone", mail, true, true)
}

// TestTakenAddress: of an address that another account has proven its owner alone is
// told; whoever asked for it is answered alike, after as much work.
func TestTakenAddress(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	m := newMoving(t, sallyporttest.User{}, sallyporttest.WithStore(counting))
	addProven(t, m.Kit, "eve", "Eve@Example.com")
	addProven(t, m.Kit, "bob", "shared@example.com")
	addProven(t, m.Kit, "carl", "shared@example.com")
	m.begin("warm@example.com")
	want := ""
	for _, email := range []string{"free@example.com", "eve@example.com", "shared@example.com"} {
		m.Clock.Advance(time.Hour)
		counting.Reset()
		r := m.begin(email)
		n := counting.Counts() // before the owner is looked up, behind the answer
		got := fmt.Sprintf("%+v, %d loads of %d, %d commits of %d", *r, n.Loads, n.Loaded, n.Commits, n.Writes)
		if want == "" {
			want = got
		}
		if n.Loads <= 2 && got != want {
			t.Errorf("%s: got %s, want %s", email, got, want)
		}
	}
	m.Engine.Close() // which waits for mails
	for to, kind := range map[string]string{"free@example.com": "address", "Eve@Example.com": "notice", "shared@example.com": "notice"} {
		msg := m.Outbox.Last(to)
		if msg.Kind != kind || (msg.Link != "") != (kind == "address") || strings.Contains(strings.ReplaceAll(msg.Text, msg.Link, ""), "ada") {
			t.Errorf("%s: got %+v", to, msg)
		}
	}
	if m.Outbox.Count() != 4 {
		t.Errorf("got %d messages, want one for each", m.Outbox.Count())
	}
}

// TestAddressTakenMeanwhile: the first proof wins. Who loses has proven the mailbox, and
// is told.
func TestAddressTakenMeanwhile(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail})
	key := m.Outbox.Key(newMail, func() { m.ask(newMail) })
	addProven(t, m.Kit, "eve", strings.ToUpper(newMail))
	m.spend("the key", key, sallyport.AddressTaken)
	m.wantAddress("after it", mail, false, false)
}

// TestAddressBudgets: three mails a day go to an address, whoever asks and also of sign-ups, and ten an hour
// are sent for an account. Beyond that the answer is the same.
func TestAddressBudgets(t *testing.T) {
	m := newMoving(t, sallyporttest.User{}, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{} }))
	m.AddUser(t, sallyporttest.User{Name: "eve"})
	for i := range 6 {
		name := []string{"ada", "eve"}[i%2]
		r := m.change(sallyport.AddressChange{Username: name, Password: sallyporttest.Password, Email: newMail})
		wantConfirmation(t, "one of many", r, sallyport.Granted, "")
	}
	for i := range 20 {
		wantConfirmation(t, "another of many", m.begin(fmt.Sprintf("a%d@example.org", i)), sallyport.Granted, "")
	}
	if _, err := m.Engine.Register(t.Context(), sallyport.Registration{Username: "dora", Password: "quite another one", Email: newMail}); err != nil {
		t.Fatal(err)
	}
	m.Engine.Close() // which waits for mails
	to := map[string]int{}
	for _, msg := range m.Outbox.Messages() {
		to[msg.To]++
	}
	if to[newMail] != 3 || len(to) != 1+8 { // two of ada's ten went to the first
		t.Errorf("got %v, want three to the one and eight others", to)
	}
}
