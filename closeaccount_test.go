package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

func (m *moving) close(in sallyport.AccountClosing) *sallyport.Confirmation {
	m.t.Helper()
	r, err := m.Engine.CloseAccount(m.t.Context(), in)
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

// wantClosed wants the account to be gone, with its name reserved, or to be there.
func (m *moving) wantClosed(what string, closed bool) {
	m.t.Helper()
	_, err := setup(m.Kit).User(m.t.Context(), m.p.ID)
	if errors.Is(err, directory.ErrNoUser) != closed || !closed && err != nil {
		m.t.Errorf("%s: got %v, want it closed: %v", what, err, closed)
	}
	if _, err := setup(m.Kit).CreateUser(m.t.Context(), directory.NewUser{Name: "ADA"}); !errors.Is(err, directory.ErrNameTaken) {
		m.t.Errorf("%s: the name again: got %v, want it taken", what, err)
	}
}

// TestCloseAccount: password and factor close an account, which ends its sessions, keeps
// its name, and is told to each proven address and in the trail.
func TestCloseAccount(t *testing.T) {
	for _, user := range []sallyporttest.User{
		{}, {Email: mail}, {Email: mail, EmailValidated: true}, {Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true}, {TOTP: true, Email: mail},
	} {
		var told []sallyport.Event
		m := newMoving(t, user, sallyporttest.WithConfig(func(c *sallyport.Config) { c.OnEvent = func(ev sallyport.Event) { told = append(told, ev) } }))
		r := m.close(sallyport.AccountClosing{Username: "ada", Password: m.p.Password})
		if user.EmailValidated || user.TOTP {
			wantConfirmation(t, "the password", r, sallyport.FactorWanted, "")
			m.wantClosed("before the factor", false)
			in := sallyport.AccountClosing{RequestID: r.RequestID, OptionID: r.Options[0].ID}
			wantConfirmation(t, "the choice", m.close(in), sallyport.Waiting, "")
			if in.Code = "nothing"; m.close(in).Reason != sallyport.ReasonWrongCode {
				t.Errorf("got %+v, want a wrong code", m.close(in))
			}
			if user.TOTP {
				in.Code = m.p.Authenticator.Code()
			} else {
				in.Code = m.Outbox.LastCode(mail)
			}
			r = m.close(in)
		}
		wantConfirmation(t, "closing", r, sallyport.Granted, "")
		m.wantClosed("closed", true)
		wantOutcome(t, "a login", hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}), sallyport.Denied, sallyport.ReasonWrongPassword)
		wantConfirmation(t, "closing again", m.close(sallyport.AccountClosing{Username: "ada", Password: m.p.Password}), sallyport.Denied, sallyport.ReasonWrongPassword)
		m.Engine.Close() // which waits for mails
		notices := map[string]bool{}
		for _, msg := range m.Outbox.Messages() {
			if msg.Kind == "notice" {
				notices[msg.To] = true
			}
		}
		if notices[mail] != user.EmailValidated || notices[phone] != user.MobileValidated {
			t.Errorf("%+v: got %v told", user, notices)
		}
		var closed []sallyport.Event
		for _, ev := range told {
			if ev.Kind == sallyport.EventAccountClosed {
				closed = append(closed, ev)
			}
		}
		if len(closed) != 1 || closed[0].Account != m.p.ID || closed[0].Actor != "" {
			t.Errorf("got %+v, want one event, by the account", closed)
		}
	}
	in := sallyport.AccountClosing{Username: "ada", Password: "hidden"}
	if text := fmt.Sprintf("%v %#v", in, in); text != "sallyport.AccountClosing(hidden) sallyport.AccountClosing(hidden)" {
		t.Errorf("got %s", text)
	}
}

// TestCloseInSession: a session stands for the name, with the password all the same.
func TestCloseInSession(t *testing.T) {
	m := newMoving(t, sallyporttest.User{})
	s := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
	if _, err := m.Engine.CloseAccount(t.Context(), sallyport.AccountClosing{Session: s.Handle}); err == nil {
		t.Error("got no error without a password")
	}
	if _, err := m.Engine.CloseAccount(t.Context(), sallyport.AccountClosing{Session: s.Handle + "A", Password: m.p.Password}); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("got %v, want an invalid session", err)
	}
	wantConfirmation(t, "a wrong password", m.close(sallyport.AccountClosing{Session: s.Handle, Password: "wrong"}), sallyport.Denied, sallyport.ReasonWrongPassword)
	m.wantClosed("a wrong password", false)
	wantConfirmation(t, "the right one", m.close(sallyport.AccountClosing{Session: s.Handle, Password: m.p.Password}), sallyport.Granted, "")
	m.wantClosed("the right one", true)
	m.wantSession("closed", s, false)
}

// TestP4MissesInSession: wrong passwords and codes in a session are charged as anywhere
// else, and the fifth ends the session. A repeat is not charged, and other sessions live.
func TestP4MissesInSession(t *testing.T) {
	for _, tt := range []struct {
		name             string
		passwords, codes int
	}{{"passwords", 5, 0}, {"codes", 0, 5}, {"both", 2, 3}} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMoving(t, sallyporttest.User{TOTP: true})
			m.EditUser(t, "ada", func(u *directory.User) { u.MFA = new(false) })
			s, other := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session, hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
			r := m.change(sallyport.AddressChange{Session: s.Handle, Password: m.p.Password, Email: newMail})
			wantConfirmation(t, "the password", r, sallyport.FactorWanted, "")
			n := 0
			missed := func(what string, r *sallyport.Confirmation, why sallyport.Reason) {
				if r.Reason != why {
					t.Errorf("%s: got %v, %q, want %q", what, r.Outcome, r.Reason, why)
				}
				n++
				m.wantSession(fmt.Sprint(what, ", number ", n), s, n < 5)
			}
			for i := range tt.passwords {
				in := sallyport.AddressChange{Session: s.Handle, Password: fmt.Sprint("wrong ", i), Email: newMail}
				missed("a wrong password", m.change(in), sallyport.ReasonWrongPassword)
				if n < 5 {
					m.change(in) // a repeat
				}
			}
			for i := range tt.codes {
				in := sallyport.AddressChange{Session: s.Handle, RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: fmt.Sprint("wrong ", i)}
				missed("a wrong code", m.change(in), sallyport.ReasonWrongCode)
				if n < 5 {
					m.change(in)
				}
			}
			m.wantSession("another session", other, true)
			ended := func(ev sallyport.Event) bool { return ev.Kind == sallyport.EventSessionEnded && ev.Account == m.p.ID }
			if !slices.ContainsFunc(m.Events(), ended) {
				t.Error("the trail does not tell that the session was ended")
			}
			if tt.passwords == 5 {
				for i := range 4 {
					hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: fmt.Sprint("also wrong ", i)})
				}
				wantOutcome(t, "the tenth miss of the name", hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: "wrong"}), sallyport.Denied, sallyport.ReasonLockedOut)
			}
		})
	}
}

// TestP5Confirmations: a request serves the change that it was made for, the client and
// the session that made it, and no other call knows it. No session comes of it.
func TestP5Confirmations(t *testing.T) {
	m := newMoving(t, sallyporttest.User{TOTP: true})
	m.EditUser(t, "ada", func(u *directory.User) { u.MFA = new(false) })
	session := func() *sallyport.Session {
		return hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
	}
	s, other := session(), session()
	client := &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
	byName := m.begin(newMail)
	bySession := m.change(sallyport.AddressChange{Session: s.Handle, Password: m.p.Password, Email: newMail})
	closing := m.close(sallyport.AccountClosing{Username: "ada", Password: m.p.Password})
	byClient := m.change(sallyport.AddressChange{Caller: client, Username: "ada", Password: m.p.Password, Email: newMail})
	m.EditUser(t, "ada", func(u *directory.User) { u.MFA = new(true) })
	login := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password})
	code := m.p.Authenticator.Code()
	over := func(what string, o sallyport.Outcome, why sallyport.Reason) {
		t.Helper()
		if o != sallyport.Denied || why != sallyport.ReasonOver {
			t.Errorf("%s: got %v, %q, want it unknown", what, o, why)
		}
	}
	for what, r := range map[string]*sallyport.Confirmation{"by name": byName, "by session": bySession, "closing": closing} {
		for _, in := range []sallyport.Login{
			{RequestID: r.RequestID}, {RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: code},
			{RequestID: r.RequestID, Username: "ada", Password: m.p.Password}, {RequestID: r.RequestID, OptionID: r.Options[0].ID},
		} {
			got := hostLogin(t, m.Kit, in)
			over("a login goes on with the request "+what, got.Outcome, got.Reason)
		}
		if _, err := m.Engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID}); !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("an enrolment in the request %s: got %v", what, err)
		}
		c, err := m.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: m.p.Password, NewPassword: fresh})
		if err != nil || c.Status != sallyport.PasswordRequestOver {
			t.Errorf("a change of password in the request %s: got %+v, %v", what, c, err)
		}
	}
	for what, in := range map[string]sallyport.AddressChange{
		"a login's request":               {RequestID: login.RequestID, OptionID: login.Options[0].ID},
		"that of closing":                 {RequestID: closing.RequestID, OptionID: closing.Options[0].ID},
		"a client's":                      {RequestID: byClient.RequestID, OptionID: byClient.Options[0].ID},
		"one of a session, without it":    {RequestID: bySession.RequestID, OptionID: bySession.Options[0].ID},
		"one of a session, in another":    {Session: other.Handle, RequestID: bySession.RequestID, OptionID: bySession.Options[0].ID},
		"one of no session, in a session": {Session: s.Handle, RequestID: byName.RequestID, OptionID: byName.Options[0].ID},
		"an option of another request":    {RequestID: byName.RequestID, OptionID: closing.Options[0].ID},
		"the host's, by a client":         {Caller: client, RequestID: byName.RequestID, OptionID: byName.Options[0].ID},
	} {
		in.Code = code
		r := m.change(in)
		over(what, r.Outcome, r.Reason)
	}
	r := m.close(sallyport.AccountClosing{RequestID: byName.RequestID, OptionID: byName.Options[0].ID, Code: code})
	over("closing by the request of an address", r.Outcome, r.Reason)
	if err := m.Engine.SignOut(t.Context(), s.Handle); err != nil {
		t.Fatal(err)
	}
	r = m.change(sallyport.AddressChange{Session: s.Handle, RequestID: bySession.RequestID, OptionID: bySession.Options[0].ID, Code: code})
	over("one of a session that has ended", r.Outcome, r.Reason)
	wantConfirmation(t, "the right call", m.change(sallyport.AddressChange{RequestID: byName.RequestID, OptionID: byName.Options[0].ID, Code: code}), sallyport.Granted, "")
	r = m.change(sallyport.AddressChange{RequestID: byName.RequestID, OptionID: byName.Options[0].ID, Code: code})
	over("the same again", r.Outcome, r.Reason)
}

// TestP6IdleSessionConfirms: a session that died of not being used confirms nothing, and no
// clock that is set back revives it once it was seen dead.
func TestP6IdleSessionConfirms(t *testing.T) {
	m := newMoving(t, sallyporttest.User{})
	s := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
	m.Clock.Advance(time.Hour)
	in := sallyport.AccountClosing{Session: s.Handle, Password: m.p.Password}
	if _, err := m.Engine.CloseAccount(t.Context(), in); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("idle: got %v, want it refused", err)
	}
	m.Clock.Set(sallyporttest.Start)
	m.wantSession("idle, and the clock set back", s, false)
	m.wantClosed("by a dead session", false)
}
