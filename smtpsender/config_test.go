package smtpsender_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

func TestNew(t *testing.T) {
	good := smtpsender.Config{Addr: "mail.example.com:587", From: "Acme <no-reply@acme.example>"}
	for _, tt := range []struct {
		name   string
		edit   func(*smtpsender.Config)
		faults []string // none: it is good
	}{
		{"least", func(*smtpsender.Config) {}, nil},
		{"nothing", func(c *smtpsender.Config) { *c = smtpsender.Config{} }, []string{"Addr", "From"}},
		{"no port", func(c *smtpsender.Config) { c.Addr = "mail.example.com" }, []string{"Addr"}},
		{"no host", func(c *smtpsender.Config) { c.Addr = ":25" }, []string{"Addr"}},
		{"plain, elsewhere", func(c *smtpsender.Config) { c.TLS = smtpsender.InsecurePlain }, []string{"TLS"}},
		{"plain, on a private network", func(c *smtpsender.Config) { c.TLS, c.Addr = smtpsender.InsecurePlain, "10.0.0.1:25" }, []string{"TLS"}},
		{"plain, here", func(c *smtpsender.Config) { c.TLS, c.Addr = smtpsender.InsecurePlain, "[::1]:25" }, nil},
		{"no such TLS", func(c *smtpsender.Config) { c.TLS = 3 }, []string{"TLS"}},
		{"less than none", func(c *smtpsender.Config) { c.TLS = -1 }, []string{"TLS"}},
		{"a user alone", func(c *smtpsender.Config) { c.User = "me" }, []string{"User and Password"}},
		{"a password alone", func(c *smtpsender.Config) { c.Password = "p w" }, []string{"User and Password"}},
		{"a user of two lines", func(c *smtpsender.Config) { c.User, c.Password = "me\r\nRSET", "p w" }, []string{"line end"}},
		{"a password with a zero", func(c *smtpsender.Config) { c.User, c.Password = "me", "p\x00w" }, []string{"line end"}},
		{"no name", func(c *smtpsender.Config) { c.From = "no-reply@acme.example" }, nil},
		{"two senders", func(c *smtpsender.Config) { c.From = "a@acme.example, b@acme.example" }, []string{"From"}},
		{"a sender with a header", func(c *smtpsender.Config) { c.From = "a@acme.example\r\nBcc: eve@example.com" }, []string{"From"}},
		{"a long name", func(c *smtpsender.Config) { c.From = strings.Repeat("n", 129) + " <a@acme.example>" }, []string{"From"}},
		{"a reply nowhere", func(c *smtpsender.Config) { c.ReplyTo = "help" }, []string{"ReplyTo"}},
		{"hello with a line end", func(c *smtpsender.Config) { c.Hello = "host\r\nMAIL" }, []string{"Hello"}},
		{"the engine's own time", func(c *smtpsender.Config) { c.Timeout = 5 * time.Second }, []string{"Timeout"}},
		{"no time", func(c *smtpsender.Config) { c.Timeout = -1 }, []string{"Timeout"}},
		{"most time", func(c *smtpsender.Config) { c.Timeout = 5*time.Second - 1 }, nil},
		{"less than no connection", func(c *smtpsender.Config) { c.Connections = -1 }, []string{"Connections"}},
		{"most connections", func(c *smtpsender.Config) { c.Connections = 64 }, nil},
		{"too many connections", func(c *smtpsender.Config) { c.Connections = 65 }, []string{"Connections"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.edit(&c)
			_, err := smtpsender.New(c)
			if (err == nil) != (tt.faults == nil) {
				t.Fatalf("got %v", err)
			}
			for _, f := range tt.faults {
				if !strings.Contains(err.Error(), f) {
					t.Errorf("got %v, want %q", err, f)
				}
			}
			if err != nil && strings.Contains(err.Error(), "p w") {
				t.Errorf("the error says the password: %v", err)
			}
		})
	}
}

// TestNoMail: what is no mail to one plain address goes nowhere.
func TestNoMail(t *testing.T) {
	s := newSender(t, smtpsender.Config{Addr: "localhost:1", From: "a@acme.example"})
	m := code()
	m.Channel = mfa.SMS
	wantFailed(t, s.Send(t.Context(), m), "reading the message")
	for _, to := range []string{
		"", "ada", "@example.org", "ada@", "ada@example.org, eve@example.com", "ada@example.org,eve@example.com", "Ada <ada@example.org>", "<ada@example.org>",
		"ada@example.org\r\nRCPT TO:<eve@example.com>", "ada@example.org\n", "ada@example.org\x00", "ada@exam ple.org", "\"ada\"@example.org", "ada@example.org>\r\nDATA", "ada@example.org> NOTIFY=SUCCESS", "(c)ada@example.org",
	} {
		m := code()
		m.To = to
		wantFailed(t, s.Send(t.Context(), m), "writing the mail")
	}
}
