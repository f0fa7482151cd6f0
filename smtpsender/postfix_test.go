package smtpsender_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/smtptest"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

// TestPostfix sends mails through Debian's Postfix, over STARTTLS and TLS, as text and HTML
// with letters of every kind, many at once; and meets its refusals.
func TestPostfix(t *testing.T) {
	a := certificate(t)
	p := smtptest.StartPostfix(t, a.CertPEM, a.KeyPEM)
	c := at(t, p.Addr)
	starttls := newSender(t, c)
	c.Addr, c.TLS = p.Secure, smtpsender.ImplicitTLS
	implicit := newSender(t, c)

	var wg sync.WaitGroup
	for i := range 20 {
		m := code()
		m.To, m.Subject = fmt.Sprintf("ada%d@example.org", i), "Ihr Code für Ärzte & Söhne – Привет 😀 "+strings.Repeat("lang ", 30)
		m.Text = ".\n..\nFrom here\n" + strings.Repeat("long ", 300) + "\n" + secretCode + " é\n"
		m.HTML = "<p>" + secretCode + " é</p>\n"
		s := starttls
		if i%2 == 1 {
			s = implicit
		}
		wg.Go(func() {
			if err := s.Send(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, data := range p.Await(20) {
		m := parse(t, data)
		got := parts(t, m)
		if s := subject(t, m); !strings.HasPrefix(s, "Ihr Code für Ärzte & Söhne – Привет 😀 lang") {
			t.Errorf("subject %q", s)
		}
		if !strings.HasPrefix(got["text/plain"], ".\n..\nFrom here\nlong ") || !strings.HasSuffix(got["text/plain"], secretCode+" é\n") || got["text/html"] != "<p>"+secretCode+" é</p>\n" {
			t.Errorf("got %q", got)
		}
	}
	m := code()
	m.To = "ada@elsewhere.example"
	if e := wantFailed(t, starttls.Send(t.Context(), m), "RCPT"); e.Code != 554 || e.Enhanced != "5.7.1" {
		t.Errorf("got %v, want relaying denied", e)
	}
	m.To = "ädä@example.org"
	wantSent(t, starttls, m)
	m.To = "ada@bücher.example"
	wantFailed(t, starttls.Send(t.Context(), m), "RCPT")
	p.Await(21)
	plain := at(t, p.Addr)
	plain.TLS = smtpsender.InsecurePlain
	if e := wantFailed(t, newSender(t, plain).Send(t.Context(), code()), "MAIL"); e.Code != 530 {
		t.Errorf("in clear: got %v, want 530", e)
	}
}

// TestPostfixSignIn signs in at Postfix, whose users Cyrus SASL knows, with PLAIN over TLS
// and CRAM-MD5 without; a wrong password, none, and a server that lost its TLS get no mail.
func TestPostfixSignIn(t *testing.T) {
	a := certificate(t)
	p := smtptest.StartPostfix(t, a.CertPEM, a.KeyPEM)
	for _, tt := range []struct {
		name           string
		addr           string
		tls            smtpsender.TLS
		user, password string
		step           string // empty: it is sent
		code           int
		enhanced       string
	}{
		{"over STARTTLS", p.SignIn, smtpsender.STARTTLS, smtptest.User, smtptest.Password, "", 0, ""},
		{"a wrong password", p.SignIn, smtpsender.STARTTLS, smtptest.User, "p w", "signing in", 535, "5.7.8"},
		{"another user", p.SignIn, smtpsender.STARTTLS, "eve@example.org", smtptest.Password, "signing in", 535, "5.7.8"},
		{"nobody", p.SignIn, smtpsender.STARTTLS, "", "", "RCPT", 554, "5.7.1"},
		{"without TLS, where it is wanted", p.SignIn, smtpsender.InsecurePlain, smtptest.User, smtptest.Password, "signing in", 0, ""},
		{"without TLS, by a hidden password", p.Hidden, smtpsender.InsecurePlain, smtptest.User, smtptest.Password, "", 0, ""},
		{"a wrong hidden password", p.Hidden, smtpsender.InsecurePlain, smtptest.User, "p w", "signing in", 535, "5.7.8"},
		{"STARTTLS that is not offered", p.Clear, smtpsender.STARTTLS, "", "", "STARTTLS", 0, ""},
		{"TLS that is not offered to a user", p.Hidden, smtpsender.STARTTLS, smtptest.User, smtptest.Password, "STARTTLS", 0, ""},
		{"no TLS, as was said", p.Clear, smtpsender.InsecurePlain, "", "", "", 0, ""},
	} {
		c := at(t, tt.addr)
		c.TLS, c.User, c.Password = tt.tls, tt.user, tt.password
		err := newSender(t, c).Send(t.Context(), code())
		if tt.step == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if e := wantFailed(t, err, tt.step); e.Code != tt.code || e.Enhanced != tt.enhanced {
			t.Errorf("%s: got %v, want %d %s", tt.name, e, tt.code, tt.enhanced)
		}
	}
	if got := len(p.Await(3)); got != 3 {
		t.Errorf("%d mails were delivered, want 3", got)
	}
}
