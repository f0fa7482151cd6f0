package sallyport_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// openThings are what may be open of ada's account, who has a mailbox as a factor. Each
// returns how it is used, which reports whether that did something.
var openThings = map[string]func(*moving) (use func() bool){
	"a reset key": func(m *moving) func() bool {
		key := m.resetKey()
		return func() bool {
			r, err := m.Engine.FinishReset(m.t.Context(), sallyport.ResetFinish{Key: key, NewPassword: "one of a reset"})
			return good(m.t, err) && r.Status == sallyport.PasswordChanged
		}
	},
	"an address key": func(m *moving) func() bool {
		key := m.Outbox.Key("third@example.com", func() { m.ask("third@example.com") })
		return func() bool {
			r, err := m.Engine.ProveAddress(m.t.Context(), key)
			return good(m.t, err) && r.Status == sallyport.AddressProven
		}
	},
	"an undo key": func(m *moving) func() bool {
		byOld, _ := m.moveTo(newMail)
		return func() bool {
			r, err := m.Engine.UndoAddress(m.t.Context(), byOld)
			return good(m.t, err) && r.Status == sallyport.AddressRestored
		}
	},
	"a login": func(m *moving) func() bool { return m.login(sallyport.Login{Username: "ada", Password: m.p.Password}) },
	"a staged password": func(m *moving) func() bool {
		r, err := m.Engine.ChangePassword(m.t.Context(), sallyport.PasswordChange{Username: "ada", Password: m.p.Password, NewPassword: "one that is staged"})
		if err != nil || r.RequestID == "" {
			m.t.Fatal(r, err)
		}
		return m.login(sallyport.Login{RequestID: r.RequestID, Password: "one that is staged"})
	},
	"a forced change": func(m *moving) func() bool {
		must := directory.UserChange{MustChangePassword: new(true)}
		m.edit(must)
		r := hostLogin(m.t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password})
		wantOutcome(m.t, "the login", r, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
		pw := m.p.Password
		return func() bool {
			out, err := m.Engine.ChangePassword(m.t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: pw, NewPassword: "one that is forced"})
			return good(m.t, err) && out.Status == sallyport.PasswordChanged
		}
	},
	"a session": func(m *moving) func() bool {
		r := hostLogin(m.t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password})
		in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
		hostLogin(m.t, m.Kit, in)
		in.Code = m.Outbox.LastCode(mail)
		s := hostLogin(m.t, m.Kit, in).Session
		return func() bool {
			_, err := m.Engine.Session(m.t.Context(), s.Handle)
			return !errors.Is(err, sallyport.ErrInvalidSession) && good(m.t, err)
		}
	},
	"a change of address": func(m *moving) func() bool {
		r := m.begin("fourth@example.com")
		in := sallyport.AddressChange{RequestID: r.RequestID, OptionID: r.Options[0].ID}
		m.change(in)
		in.Code = m.Outbox.LastCode(mail)
		return func() bool { return m.change(in).Outcome == sallyport.Granted }
	},
	"closing": func(m *moving) func() bool {
		in := sallyport.AccountClosing{Username: "ada", Password: m.p.Password}
		r := m.close(in)
		in = sallyport.AccountClosing{RequestID: r.RequestID, OptionID: r.Options[0].ID}
		m.close(in)
		in.Code = m.Outbox.LastCode(mail)
		return func() bool { return m.close(in).Outcome == sallyport.Granted }
	},
	"an enrolment": func(m *moving) func() bool {
		r := hostLogin(m.t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password})
		return func() bool {
			_, err := m.Engine.BeginTOTP(m.t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID})
			return good(m.t, err)
		}
	},
}

// endings are what ends all of that; those that keep the key which takes a change of
// address back are marked by a dash.
var endings = map[string]func(*moving){
	"- a reset": func(m *moving) {
		r, err := m.Engine.FinishReset(m.t.Context(), sallyport.ResetFinish{Key: m.resetKey(), NewPassword: fresh})
		if err != nil || r.Status != sallyport.PasswordChanged {
			m.t.Fatal(r, err)
		}
	},
	"- another address": func(m *moving) {
		if m.user().MustChangePassword {
			m.edit(directory.UserChange{EmailProven: new(false)}) // by an administrator: the account has to choose a password first
			return
		}
		m.moveTo("fifth@example.com")
	},
	"- a password that an administrator gives": func(m *moving) { m.must(setup(m.Kit).SetPassword(m.t.Context(), m.p.ID, fresh)) },
	"- factors that are taken away":            func(m *moving) { resetFactors(m.t, m.Kit, m.p.ID) },
	"- sessions that are ended":                func(m *moving) { m.must(setup(m.Kit).EndSessions(m.t.Context(), m.p.ID)) },
	"- disabled for a while": func(m *moving) {
		m.edit(directory.UserChange{Disabled: new(true)})
		m.edit(directory.UserChange{Disabled: new(false)})
	},
	"- a proof that is taken away":    func(m *moving) { m.edit(directory.UserChange{EmailProven: new(false)}) },
	"an address by the administrator": func(m *moving) { m.edit(directory.UserChange{Email: new("desk@example.com"), EmailProven: new(true)}) },
	"the file, with another address":  func(m *moving) { m.file(func(u *directory.User) { u.Email = "file@example.com" }) },
	"deleted":                         func(m *moving) { m.must(setup(m.Kit).DeleteUser(m.t.Context(), m.p.ID)) },
}

func (m *moving) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *moving) edit(by directory.UserChange) {
	m.t.Helper()
	_, err := setup(m.Kit).UpdateUser(m.t.Context(), m.p.ID, by)
	m.must(err)
}

// file applies the file with another entry of ada's, whose credentials are newer.
func (m *moving) file(change func(*directory.User)) {
	m.EditUser(m.t, "ada", func(u *directory.User) {
		change(u)
		u.EmailValidated, u.CredentialsVersion = new(true), 2
	})
}

// resetKey is a key that is mailed to the present address.
func (m *moving) resetKey() string {
	m.t.Helper()
	return m.Outbox.Key(m.user().Email, func() { m.must(m.Engine.BeginReset(m.t.Context(), sallyport.ResetRequest{Username: "ada"})) })
}

// login begins a login up to its mailed code, and returns how it is completed.
func (m *moving) login(in sallyport.Login) func() bool {
	r := hostLogin(m.t, m.Kit, in)
	in = sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
	hostLogin(m.t, m.Kit, in)
	in.Code = m.Outbox.LastCode(mail)
	return func() bool { return hostLogin(m.t, m.Kit, in).Outcome == sallyport.Granted }
}

// TestP12OpenOfAnAccount: whatever is open of an account ends with each thing that
// changes who may say that it is theirs, and cannot be used after it at any node. Only the
// key that takes a change of address back outlives all but whoever administers.
func TestP12OpenOfAnAccount(t *testing.T) {
	for thing, begin := range openThings {
		for ending, end := range endings {
			t.Run(strings.TrimPrefix(thing+", then "+ending, "- "), func(t *testing.T) {
				m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
				use := begin(m)
				m.Clock.Advance(30 * time.Second)
				end(m)
				want := thing == "an undo key" && strings.HasPrefix(ending, "- ")
				if got := use(); got != want {
					t.Errorf("got it good %v, want %v", got, want)
				}
			})
		}
		t.Run(thing+", and nothing in between", func(t *testing.T) {
			m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
			use := begin(m)
			m.Clock.Advance(30 * time.Second)
			m.must(setup(m.Kit).Unlock(t.Context(), m.p.ID))
			if !use() {
				t.Error("it is not good")
			}
		})
	}
}

// TestP12AtOnce: of whatever is open of an account and is used at the same moment, each
// twice, the first ends the rest.
func TestP12AtOnce(t *testing.T) {
	for range 5 {
		m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
		var uses []func() bool
		for _, thing := range []string{"a reset key", "an address key", "a staged password", "a change of address", "closing"} {
			uses = append(uses, openThings[thing](m))
			m.Clock.Advance(30 * time.Second)
		}
		uses = append(uses, uses...) // each twice: a double click
		var won atomic.Int32
		crowd(len(uses), func(i int) {
			if uses[i]() {
				won.Add(1)
			}
		})
		if n := won.Load(); n != 1 {
			t.Errorf("got %d that were good, want one", n)
		}
	}
}
