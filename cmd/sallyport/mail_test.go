package main_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"mime/quotedprintable"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
	"github.com/sallyport-auth/sallyport/internal/ldaptest"
	"github.com/sallyport-auth/sallyport/internal/smtptest"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

const mailDirectory = `{
	"applications": [{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "PB_Salesdemo", "roles": [{"name": "User"}]}],
	"users": [{"name": "anna", "password": "battery staple", "email": "anna@example.org", "emailValidated": true, "mfa": true, "roles": [{"application": "PB_Salesdemo", "role": "User"}]}],
	"clients": [{"application": "PB_Salesdemo", "platform": "Native", "grantTypes": ["VGAuthenticator"], "scopes": ["openid"], "secrets": [{"value": "secret"}]}]}`

// TestE2EMail logs somebody in by a code that the command mails, in the operator's language
// and words, over STARTTLS and signed in; what cannot be sent is 2097153, its code is good
// for nothing, and neither code nor password is in the log.
func TestE2EMail(t *testing.T) {
	t.Parallel()
	authority, err := ldaptest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	server := smtptest.Start(t, smtptest.Script{
		TLS: &tls.Config{Certificates: []tls.Certificate{authority.Certificate}}, Auth: "PLAIN", User: "me@acme.example", Password: "hidden word",
	})
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/words/fr/PB_Salesdemo", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/words/fr/PB_Salesdemo/default.txt", "Subject: [Acme] {{.Subject}}\n\n{{.Text}}-- Acme\n")
	_, port, _ := strings.Cut(server.Addr, ":")
	config, err := json.Marshal(map[string]string{"smtp": "smtp://me%40acme.example@localhost:" + port, "smtp-from": "Acme <no-reply@acme.example>", "language": "fr"})
	if err != nil {
		t.Fatal(err)
	}
	p, url := spawnServer(t, "-issuer", "http://localhost", "-store", "memory:", "-directory", write(t, dir+"/d.json", mailDirectory), "-config", write(t, dir+"/config.json", string(config)),
		"-smtp-password-file", write(t, dir+"/secret", "hidden word\n"), "-smtp-ca", write(t, dir+"/ca.pem", string(authority.PEM)), "-smtp-templates", dir+"/words", "-log-level", "debug")
	c := newClient(t, url)
	first := c.want(c.password("anna", "battery staple"), factorWanted)
	c.want(c.choose(first.id(), first.option(t, "Email OTP")), waiting)
	taken := server.Take()
	if len(taken) != 1 || len(taken[0].To) != 1 || taken[0].To[0] != "anna@example.org" || !strings.Contains(taken[0].Data, "=5BAcme") && !strings.Contains(taken[0].Data, "[Acme]") {
		t.Fatalf("got %+v", taken)
	}
	code := mailedCode(t, taken[0].Data)
	c.want(c.answer(first.id(), first.option(t, "Email OTP"), code), success)

	server.Do(map[string]smtptest.Action{smtptest.Text: smtptest.Say("554 5.7.1 spam: hidden word\r\n")})
	second := c.want(c.password("anna", "battery staple"), factorWanted)
	c.want(c.choose(second.id(), second.option(t, "Email OTP")), 2097153)
	var refused string
	for _, command := range server.Commands() {
		refused += command + "\n"
	}
	eventually(t, "a line about what failed", func() bool { return strings.Contains(p.err.String(), "554 5.7.1") })
	log := p.err.String()
	for _, secret := range []string{code, "hidden word", "spam"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log says %q:\n%s", secret, log)
		}
	}
	if !strings.Contains(log, "554 5.7.1") || !strings.Contains(log, "a message could not be sent") {
		t.Errorf("the log does not say what failed:\n%s", log)
	}
	if !strings.Contains(refused, "AUTH PLAIN ") {
		t.Errorf("it never signed in: %s", refused)
	}
}

// mailedCode is the code in the text of a mail.
func mailedCode(t *testing.T, data string) string {
	t.Helper()
	raw, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader([]byte(data))))
	found := regexp.MustCompile(`est ([0-9]{6})\.`).FindSubmatch(raw)
	if found == nil {
		t.Fatalf("no code, %v, in %s", err, data)
	}
	return string(found[1])
}

// TestMailSettings: what cannot be meant ends the start, names the flag, and repeats no
// password.
func TestMailSettings(t *testing.T) {
	dir := t.TempDir()
	secret := write(t, filepath.Join(dir, "secret"), "hidden\n")
	open := write(t, filepath.Join(dir, "open"), "hidden\n")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	base, from := "serve -store memory: -listen 127.0.0.1:0 ", " -smtp-from a@acme.example"
	for _, tt := range []struct{ name, args, want string }{
		{"a sender without a server", base + from, "-smtp is required"},
		{"templates without a server", base + "-smtp-templates x", "-smtp is required"},
		{"no sender", base + "-smtp smtp://mail.example.com", "Config.From"},
		{"another scheme", base + "-smtp http://mail.example.com" + from, "-smtp: want smtp://"},
		{"no scheme", base + "-smtp mail.example.com:25" + from, "-smtp: want smtp://"},
		{"a path", base + "-smtp smtp://mail.example.com/x" + from, "-smtp: want smtp://USER@HOST"},
		{"a query", base + "-smtp smtp://mail.example.com?x=hidden" + from, "-smtp: want smtp://USER@HOST"},
		{"what is no URL", base + "-smtp smtp://u:hidden%zz@h" + from, "-smtp: want smtp://USER@HOST"},
		{"a password in the URL", base + "-smtp smtp://u:hidden@mail.example.com" + from, "-smtp: the URL holds a password"},
		{"in clear, elsewhere", base + "-smtp smtp+plain://mail.example.com" + from, "on this machine alone"},
		{"a user without a password", base + "-smtp smtp://u@mail.example.com" + from, "User and Password"},
		{"a password without a user", base + "-smtp smtp://mail.example.com -smtp-password-file " + secret + from, "User and Password"},
		{"a password that others may read", base + "-smtp smtp://u@mail.example.com -smtp-password-file " + open + from, "-smtp-password-file: "},
		{"no such authorities", base + "-smtp smtp://mail.example.com -smtp-ca /no/such/file" + from, "-smtp-ca: "},
		{"no such templates", base + "-smtp smtp://mail.example.com -smtp-templates /no/such/folder" + from, "Config.Templates"},
		{"an outbox beside it", base + "-smtp smtp://mail.example.com -outbox " + dir + "/outbox" + from, "-outbox and -smtp"},
		{"a language that is none", base + "-language de_DE", "Config.Language"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, _, said := run(t, "", strings.Fields(tt.args)...)
			if code != 2 || !strings.Contains(said, tt.want) || strings.Count(said, "\n") != 1 || strings.Contains(said, "hidden") {
				t.Errorf("got %d, %q, want 2 and one line with %q", code, said, tt.want)
			}
		})
	}
}

// refusals are all that is said of a URL.
var refusals = []string{
	"want smtp://USER@HOST:PORT", "want smtp://, smtps:// or smtp+plain://",
	"the URL holds a password, which others on this machine can read: use -smtp-password-file",
}

// FuzzMailServer reads the URL of -smtp: what is taken names a host and a port, in clear
// only by the scheme that says so, and no password; what is refused is not repeated.
func FuzzMailServer(f *testing.F) {
	for _, url := range []string{"smtp://me%40acme.example@mail.example.com", "smtps://[::1]:465/", "smtp+plain://localhost:25", "smtp://u:p@h", "smtp://h?x", "SMTP://h:", "smtp://h:x", "smtp:h"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		c, err := command.MailServer(url)
		if err != nil {
			if !slices.Contains(refusals, err.Error()) {
				t.Errorf("%q: the error is not in our words: %v", url, err)
			}
			return
		}
		host, port, err := net.SplitHostPort(c.Addr)
		if err != nil || host == "" || port == "" || c.Password != "" {
			t.Errorf("%q: got %q, a password %v: %v", url, c.Addr, c.Password != "", err)
		}
		if plain := c.TLS == smtpsender.InsecurePlain; plain != strings.HasPrefix(strings.ToLower(url), "smtp+plain://") {
			t.Errorf("%q: in clear: %v", url, plain)
		}
	})
}
