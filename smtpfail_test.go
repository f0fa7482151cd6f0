package sallyport_test

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/smtptest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

// overSMTP is a kit whose mails go over SMTP to a server that does as a test tells it, and
// the codes that the server has seen.
type overSMTP struct {
	*sallyporttest.Kit
	server *smtptest.Server
	p      *sallyporttest.Person

	mu    sync.Mutex
	codes []string
}

var codeInMail = regexp.MustCompile(`\b[0-9]{6}\b`)

func newOverSMTP(t *testing.T, timeout time.Duration) *overSMTP {
	t.Helper()
	m := &overSMTP{server: smtptest.Start(t, smtptest.Script{})}
	s, err := smtpsender.New(smtpsender.Config{Addr: m.server.Addr, TLS: smtpsender.InsecurePlain, From: "Acme <no-reply@acme.example>", Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	m.Kit = sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Email = s }))
	m.p = m.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	return m
}

// see keeps the code of the mail that a server has read, and does something then.
func (m *overSMTP) see(then smtptest.Action) smtptest.Action {
	return func(s *smtptest.Session) {
		m.mu.Lock()
		m.codes = append(m.codes, codeInMail.FindString(s.Mail().Data))
		m.mu.Unlock()
		then(s)
	}
}

func (m *overSMTP) code(t *testing.T) string {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.codes) == 0 || m.codes[len(m.codes)-1] == "" {
		t.Fatal("the server has seen no code")
	}
	return m.codes[len(m.codes)-1]
}

// TestMailFails: a mail that a server refuses, drops or never answers is told of as failed,
// and its code is good for nothing, also where the server has read it all; one that it has
// taken is sent, whatever it does then.
func TestMailFails(t *testing.T) {
	for name, tt := range map[string]struct {
		at   string
		act  smtptest.Action
		sent bool
		seen bool // the server has read the code
	}{
		"refuses the sender":             {at: smtptest.MAIL, act: smtptest.Say("550 5.7.1 no\r\n")},
		"refuses the recipient":          {at: smtptest.RCPT, act: smtptest.Say("550 5.1.1 no\r\n")},
		"greylists":                      {at: smtptest.RCPT, act: smtptest.Say("450 4.2.0 later\r\n")},
		"drops before the text":          {at: smtptest.DATA, act: smtptest.Drop},
		"is closed":                      {at: smtptest.Connect, act: smtptest.Drop},
		"hangs":                          {at: smtptest.EHLO, act: smtptest.Hang},
		"refuses the text":               {at: smtptest.Text, act: smtptest.Say("554 5.7.1 spam\r\n"), seen: true},
		"drops the text":                 {at: smtptest.Text, act: smtptest.Drop, seen: true},
		"never answers the text":         {at: smtptest.Text, act: smtptest.Hang, seen: true},
		"says what is no answer":         {at: smtptest.Text, act: smtptest.Say("taken\r\n"), seen: true},
		"takes the text, and refuses it": {at: smtptest.Text, act: smtptest.Say("250-taken\r\n550 no\r\n"), seen: true},
		"takes the text, and hangs up": {at: smtptest.Text, sent: true, seen: true, act: func(s *smtptest.Session) {
			smtptest.Say("250 taken\r\n")(s)
			smtptest.Drop(s)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newOverSMTP(t, time.Second)
			c, act := m.InProcess(), tt.act
			if tt.seen {
				act = m.see(act)
			}
			m.server.Do(map[string]smtptest.Action{tt.at: act})
			first := c.Login("marie", m.p.Password).Want(t, wanted)
			a := c.Choose(first, "Email", "OTP")
			if tt.sent {
				a.Want(t, waiting)
				c.Answer(a, m.code(t)).Want(t, sallyport.Success)
				return
			}
			a.Want(t, unsent)
			if !slices.Contains(m.EventKinds(), sallyport.EventSendFailed) {
				t.Errorf("the trail has %v", m.EventKinds())
			}
			if tt.seen {
				c.Answer(a, m.code(t)).Want(t, wrong)
			}
			m.server.Do(map[string]smtptest.Action{smtptest.Text: m.see(smtptest.Say("250 taken\r\n"))})
			m.Clock.Advance(31 * time.Second)
			a = c.Choose(first, "Email", "OTP").Want(t, waiting)
			c.Answer(a, m.code(t)).Want(t, sallyport.Success)
		})
	}
}

// TestMailServerHangs: while a server hangs on more mails than it may have at once, whoever
// needs none logs in; each of the others is told that theirs was not sent.
func TestMailServerHangs(t *testing.T) {
	m := newOverSMTP(t, 4900*time.Millisecond)
	release, hanging := make(chan struct{}), make(chan struct{}, 64)
	m.server.Do(map[string]smtptest.Action{smtptest.RCPT: func(s *smtptest.Session) {
		hanging <- struct{}{}
		<-release
		smtptest.Drop(s)
	}})
	eve := m.AddUser(t, sallyporttest.User{Name: "eve"})
	tom := m.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	results := make(chan sallyporttest.Answer, 20)
	c := m.InProcess()
	for i := range cap(results) {
		p := m.AddUser(t, sallyporttest.User{Name: fmt.Sprint("user", i), Email: fmt.Sprintf("user%d@example.com", i), EmailValidated: true})
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		go func() { results <- c.Choose(a, "Email", "OTP") }()
	}
	for range 8 { // as many as there are connections
		<-hanging
	}
	for range 5 {
		c.Login(eve.Name, eve.Password).Want(t, sallyport.Success)
	}
	c.LoginWithCode(tom.Name, tom.Password).Want(t, sallyport.Success)
	if n := len(results); n != 0 {
		t.Errorf("%d calls were answered before the server", n)
	}
	close(release)
	for range cap(results) {
		(<-results).Want(t, unsent)
	}
}
