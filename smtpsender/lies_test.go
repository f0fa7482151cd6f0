package smtpsender_test

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/ldaptest"
	"github.com/sallyport-auth/sallyport/internal/smtptest"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

// TestNothingInClear: to a server, or to somebody before it, that keeps encryption from
// beginning, neither mail nor password is given.
func TestNothingInClear(t *testing.T) {
	other, err := ldaptest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	foreign := &tls.Config{Certificates: []tls.Certificate{other.Certificate}}
	for _, tt := range []struct {
		name   string
		script smtptest.Script
		edit   func(*smtpsender.Config)
		step   string
		cause  string
	}{
		{"STARTTLS is not offered", smtptest.Script{Auth: "PLAIN"}, nil, "STARTTLS", "does not offer encryption"},
		{"STARTTLS is refused", smtptest.Script{TLS: serverTLS(t), Auth: "PLAIN", At: map[string]smtptest.Action{smtptest.STARTTLS: smtptest.Say("454 4.7.0 later\r\n")}}, nil, "STARTTLS", "answered 454 4.7.0"},
		{"STARTTLS is said, and does not follow", smtptest.Script{TLS: serverTLS(t), Auth: "PLAIN", At: map[string]smtptest.Action{smtptest.STARTTLS: func(s *smtptest.Session) {
			smtptest.Say("220 go ahead\r\n250 and now in clear\r\n")(s)
			smtptest.Drop(s)
		}}}, nil, "STARTTLS", ""},
		{"an untrusted certificate", smtptest.Script{TLS: foreign, Auth: "PLAIN"}, nil, "STARTTLS", "authority"},
		{"an untrusted certificate, TLS first", smtptest.Script{TLS: foreign, Implicit: true, Auth: "PLAIN"}, func(c *smtpsender.Config) { c.TLS = smtpsender.ImplicitTLS }, "TLS", "authority"},
		{"no authority but the system's", smtptest.Script{TLS: serverTLS(t), Auth: "PLAIN"}, func(c *smtpsender.Config) { c.RootCAs = x509.NewCertPool() }, "STARTTLS", "authority"},
		{"a certificate for another name", smtptest.Script{TLS: serverTLS(t), Auth: "PLAIN"}, func(c *smtpsender.Config) { c.Addr = strings.Replace(c.Addr, "localhost", "127.0.0.2", 1) }, "", ""},
		{"an old TLS", smtptest.Script{TLS: &tls.Config{Certificates: serverTLS(t).Certificates, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}, Auth: "PLAIN"}, nil, "STARTTLS", ""},
		{"clear text where TLS is first", smtptest.Script{Auth: "PLAIN"}, func(c *smtpsender.Config) { c.TLS = smtpsender.ImplicitTLS }, "TLS", ""},
		{"PLAIN alone, in clear", smtptest.Script{Auth: "PLAIN LOGIN"}, func(c *smtpsender.Config) { c.TLS = smtpsender.InsecurePlain }, "signing in", "no way to sign in"},
		{"no way to sign in", smtptest.Script{TLS: serverTLS(t)}, nil, "signing in", "no way to sign in"},
		{"an unknown way to sign in", smtptest.Script{TLS: serverTLS(t), Auth: "NTLM XOAUTH2 PLAINER"}, nil, "signing in", "no way to sign in"},
		{"a wrong password", smtptest.Script{TLS: serverTLS(t), Auth: "PLAIN", User: "me", Password: "another"}, nil, "signing in", "answered 535 5.7.8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := smtptest.Start(t, tt.script)
			c := at(t, server.Addr)
			c.User, c.Password = "me", "p w"
			if tt.edit != nil {
				tt.edit(&c)
			}
			e := wantFailed(t, newSender(t, c).Send(t.Context(), code()), tt.step)
			if !strings.Contains(e.Error(), tt.cause) {
				t.Errorf("got %v, want %q", e, tt.cause)
			}
			for _, command := range server.Commands() {
				if strings.HasPrefix(command, "MAIL") || strings.HasPrefix(command, "AUTH") && tt.name != "a wrong password" {
					t.Errorf("the server was told %q", command)
				}
			}
		})
	}
}

// TestInjectedBeforeTLS: what somebody puts into the conversation before encryption begins
// counts for nothing after it: neither answers nor extensions.
func TestInjectedBeforeTLS(t *testing.T) {
	answers := 0
	server := smtptest.Start(t, smtptest.Script{TLS: serverTLS(t), Auth: "PLAIN", User: "me", Password: "p w", At: map[string]smtptest.Action{
		smtptest.EHLO: func(s *smtptest.Session) {
			if answers++; answers == 1 {
				smtptest.Say("250-mx\r\n250-STARTTLS\r\n250-SMTPUTF8\r\n250 AUTH NTLM\r\n")(s)
				return
			}
			smtptest.Say("250-mx\r\n250 AUTH PLAIN\r\n")(s)
		},
		smtptest.STARTTLS: smtptest.Say("220 go ahead\r\n"),
	}})
	c := at(t, server.Addr)
	c.User, c.Password = "me", "p w"
	s := newSender(t, c)
	wantSent(t, s, code())
	m := code()
	m.To = "ädä@example.org" // SMTPUTF8 was somebody else's word
	if e := wantFailed(t, s.Send(t.Context(), m), "MAIL"); !strings.Contains(e.Error(), "other letters") {
		t.Errorf("got %v", e)
	}
	// A second answer in clear, behind the first, is read by nobody: the handshake fails.
	server.Do(map[string]smtptest.Action{smtptest.STARTTLS: smtptest.Say("220 go ahead\r\n250-mx\r\n250 AUTH PLAIN\r\n")})
	err := newSender(t, c).Send(t.Context(), code())
	if n := len(server.Mails()); err == nil && n != 2 || err != nil && n != 1 {
		t.Errorf("got %v and %d mails", err, n)
	}
}

// TestServerLies: a server that says yes twice, or another size than it takes, or closes
// what it has just taken, changes nothing about what was sent.
func TestServerLies(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script smtptest.Script
		fails  bool
	}{
		{"a size of nothing", smtptest.Script{Offer: []string{"SIZE 1"}}, false},
		{"a size without end", smtptest.Script{Offer: []string{"SIZE 99999999999999999999999999", "SIZE -1"}}, false},
		{"it takes the mail and hangs up", smtptest.Script{At: map[string]smtptest.Action{smtptest.Text: func(s *smtptest.Session) {
			smtptest.Say("250 taken\r\n")(s)
			smtptest.Drop(s)
		}}}, false},
		{"252 for the recipient", smtptest.Script{At: map[string]smtptest.Action{smtptest.RCPT: smtptest.Say("252 perhaps\r\n")}}, false},
		{"a mail taken before its text", smtptest.Script{At: map[string]smtptest.Action{smtptest.DATA: smtptest.Say("250 taken\r\n")}}, true},
		{"a text of lines that are no answer", smtptest.Script{At: map[string]smtptest.Action{smtptest.Text: smtptest.Say("250-a\r\n550 b\r\n")}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := smtptest.Start(t, tt.script)
			c := at(t, server.Addr)
			c.TLS = smtpsender.InsecurePlain
			if tt.fails {
				c.Timeout = 300 * time.Millisecond
			}
			s := newSender(t, c)
			for range 3 { // what was left unread of one mail is no answer to the next
				if err := s.Send(t.Context(), code()); (err != nil) != tt.fails {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}
