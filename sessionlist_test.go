package sallyport_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// manySessions is ada with two sessions of the host's own, on a laptop and a phone, and one
// of a client that can be refreshed.
type manySessions struct {
	*sallyporttest.Kit
	t             *testing.T
	p             *sallyporttest.Person
	laptop, phone string // handles
	refresh       string
}

func newManySessions(t *testing.T) *manySessions {
	t.Helper()
	m := &manySessions{Kit: hosted(t), t: t}
	m.p = m.AddUser(t, sallyporttest.User{Name: "ada"})
	m.laptop = m.signIn("Firefox on Linux", "192.0.2.7")
	m.Clock.Advance(time.Minute)
	m.phone = m.signIn("", "")
	m.Clock.Advance(time.Minute)
	m.refresh = m.InProcess().Login("ada", m.p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
	return m
}

func (m *manySessions) signIn(device, address string) string {
	m.t.Helper()
	r := hostLogin(m.t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password, Device: device, Address: address})
	if r.Session == nil {
		m.t.Fatalf("got %v, want a session", r)
	}
	return r.Session.Handle
}

func (m *manySessions) list(handle string) []sallyport.OpenSession {
	m.t.Helper()
	list, err := m.Engine.Sessions(m.t.Context(), handle)
	if err != nil {
		m.t.Fatal(err)
	}
	return list
}

// wantLiving holds what lives of the three to a text such as "laptop refresh".
func (m *manySessions) wantLiving(when, want string) {
	m.t.Helper()
	var live []string
	for name, handle := range map[string]string{"laptop": m.laptop, "phone": m.phone} {
		if _, err := m.Engine.Session(m.t.Context(), handle); err == nil {
			live = append(live, name)
		} else if !errors.Is(err, sallyport.ErrInvalidSession) {
			m.t.Fatal(err)
		}
	}
	if r := m.InProcess().Refresh(m.refresh); r.Granted() {
		m.refresh = r.Tokens.RefreshToken
		live = append(live, "refresh")
	}
	for _, name := range []string{"laptop", "phone", "refresh"} {
		if got := strings.Contains(strings.Join(live, " "), name); got != strings.Contains(want, name) {
			m.t.Errorf("%s: got alive %v, want %s", when, live, want)
		}
	}
}

// TestSessions lists what is open of an account: with what it was begun, where and when,
// which one asks, and until when; the one used last first.
func TestSessions(t *testing.T) {
	m := newManySessions(t)
	m.AddUser(t, sallyporttest.User{Name: "tom"})
	hostLogin(t, m.Kit, sallyport.Login{Username: "tom", Password: sallyporttest.Password})
	list := m.list(m.laptop)
	if len(list) != 3 {
		t.Fatalf("got %+v, want three", list)
	}
	now := m.Clock.Now()
	if s := list[0]; s.ClientID != sallyporttest.ClientID || s.Present || !s.LastUse.Equal(now) || !s.Expires.Equal(now.Add(token.DefaultRefreshIdle)) {
		t.Errorf("the client's: got %+v", s)
	}
	if s := list[1]; s.ClientID != "host" || s.Present || s.Device != "" || s.Address != "" || !s.Began.Equal(now.Add(-time.Minute)) {
		t.Errorf("the phone's: got %+v", s)
	}
	if s := list[2]; !s.Present || s.Device != "Firefox on Linux" || s.Address != "192.0.2.7" || len(s.Methods) != 1 || !s.Expires.Equal(s.LastUse.Add(token.HandleIdle)) || len(s.ID) != 32 {
		t.Errorf("the laptop's: got %+v", s)
	}
	if admin, err := setup(m.Kit).Sessions(t.Context(), m.p.ID); err != nil || len(admin) != 3 || admin[2].Present {
		t.Errorf("an administrator: got %+v, %v", admin, err)
	}
	m.Clock.Advance(time.Hour)
	if _, err := m.Engine.Sessions(t.Context(), m.laptop); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("unused for an hour: got %v", err)
	}
	if list, err := setup(m.Kit).Sessions(t.Context(), m.p.ID); err != nil || len(list) != 1 {
		t.Errorf("those of the host's own are not used: got %+v, %v", list, err)
	}
	m.Clock.Advance(-time.Hour)
	wantSession(t, m.Kit, "after the clock was put right", m.laptop, false)
}

// TestP12SignOut: each way to sign out ends what it says, at once and nothing else, held
// calls, pending logins and remembered devices among them.
func TestP12SignOut(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(m *manySessions) error
		want string
	}{
		"this one":   {func(m *manySessions) error { return m.Engine.SignOut(m.t.Context(), m.laptop) }, "phone refresh"},
		"the others": {func(m *manySessions) error { return m.Engine.SignOutOthers(m.t.Context(), m.laptop) }, "laptop"},
		"all":        {func(m *manySessions) error { return m.Engine.SignOutAll(m.t.Context(), m.laptop) }, ""},
		"the phone": {func(m *manySessions) error {
			return m.Engine.EndSession(m.t.Context(), m.laptop, m.list(m.laptop)[1].ID)
		}, "laptop refresh"},
		"the client's": {func(m *manySessions) error {
			return m.Engine.EndSession(m.t.Context(), m.laptop, m.list(m.laptop)[0].ID)
		}, "laptop phone"},
		"its own by its id": {func(m *manySessions) error {
			return m.Engine.EndSession(m.t.Context(), m.laptop, m.list(m.laptop)[2].ID)
		}, "phone refresh"},
		"none of that id": {func(m *manySessions) error {
			return m.Engine.EndSession(m.t.Context(), m.laptop, strings.Repeat("0", 32))
		}, "laptop phone refresh"},
		"no id": {func(m *manySessions) error { return m.Engine.EndSession(m.t.Context(), m.laptop, "../x") }, "laptop phone refresh"},
		"the phone, by an administrator": {func(m *manySessions) error {
			return setup(m.Kit).EndSession(m.t.Context(), m.p.ID, m.list(m.laptop)[1].ID)
		}, "laptop refresh"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newManySessions(t)
			if err := tt.do(m); err != nil {
				t.Fatal(err)
			}
			m.wantLiving(name, tt.want)
		})
	}
}

// TestP5EndSessionOfAnother: nobody ends, or sees, the session of another account.
func TestP5EndSessionOfAnother(t *testing.T) {
	m := newManySessions(t)
	tom := m.AddUser(t, sallyporttest.User{Name: "tom"})
	his := hostLogin(t, m.Kit, sallyport.Login{Username: "tom", Password: tom.Password}).Session.Handle
	for _, s := range m.list(m.laptop) {
		if err := m.Engine.EndSession(t.Context(), his, s.ID); err != nil {
			t.Error(err)
		}
		if err := setup(m.Kit).EndSession(t.Context(), tom.ID, s.ID); err == nil {
			t.Error("an administrator ended a session of another account than they named")
		}
	}
	m.wantLiving("after another account tried", "laptop phone refresh")
	if list := m.list(his); len(list) != 1 || !list[0].Present {
		t.Errorf("tom sees %+v", list)
	}
}

// TestP12SignOutPending: signing out the others ends pending logins and forgets devices.
func TestP12SignOutPending(t *testing.T) {
	k := hosted(t)
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = new(time.Hour) })
	p := k.AddUser(t, sallyporttest.User{Name: "ada", TOTP: true})
	c := k.HTTP()
	c.Remember = true
	a := c.AnswerWith(c.Login("ada", p.Password), "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
	first := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	s := hostLogin(t, k, sallyport.Login{RequestID: first.RequestID, OptionID: optionOver(t, first, mfa.Authenticator), Code: p.Authenticator.Fresh()}).Session
	pending := c.Login("ada", p.Password).Want(t, wanted)
	if err := k.Engine.SignOutOthers(t.Context(), s.Handle); err != nil {
		t.Fatal(err)
	}
	c.State(pending.RequestID).Want(t, sallyport.Failure|sallyport.MFALinkTimeout)
	c.Call(sallyport.Login{Username: "ada", Password: p.Password, DeviceToken: a.Tokens.DeviceToken}).Want(t, wanted)
	wantSession(t, k, "its own", s.Handle, true)
}

// TestP12SignOutStolen: whatever a thief took before their victim signed out everywhere is
// worth nothing at once: the handle, also as its successor, a refresh token, an access token,
// a device, and a call that waits for a link, which is answered and not approved any more.
func TestP12SignOutStolen(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
	c := k.InProcess()
	first := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	over := optionOver(t, first, mfa.Email)
	hostLogin(t, k, sallyport.Login{RequestID: first.RequestID, OptionID: over})
	stolen := hostLogin(t, k, sallyport.Login{RequestID: first.RequestID, OptionID: over, Code: k.Outbox.LastCode(mail)}).Session
	k.Clock.Advance(time.Minute)
	tokens := c.LoginWithCode("ada", p.Password).Want(t, sallyport.Success).Tokens
	k.Clock.Advance(time.Minute)
	held := c.WaitLink(c.Login("ada", p.Password).Want(t, wanted), "Email")
	node := k.Node() // where the thief is
	if err := k.Engine.SignOutAll(t.Context(), stolen.Handle); err != nil {
		t.Fatal(err)
	}
	for name, use := range map[string]func() error{
		"the handle":            func() error { _, err := node.Engine.Session(t.Context(), stolen.Handle); return err },
		"a new handle":          func() error { _, err := node.Engine.Renew(t.Context(), stolen.Handle); return err },
		"the list of sessions":  func() error { _, err := node.Engine.Sessions(t.Context(), stolen.Handle); return err },
		"signing out the owner": func() error { return node.Engine.SignOutAll(t.Context(), stolen.Handle) },
		"the access token":      func() error { _, err := node.Engine.Verify(t.Context(), tokens.AccessToken); return err },
		"user info":             func() error { _, err := node.Engine.UserInfo(t.Context(), tokens.AccessToken); return err },
	} {
		if err := use(); !errors.Is(err, sallyport.ErrInvalidSession) && !errors.Is(err, sallyport.ErrInvalidToken) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	node.InProcess().Refresh(tokens.RefreshToken).WantOAuth(t, "invalid_grant")
	c.Approve(held.Link)
	held.Answer().Want(t, dead)
}
