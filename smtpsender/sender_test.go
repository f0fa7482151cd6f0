package smtpsender_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/ldaptest"
	"github.com/sallyport-auth/sallyport/internal/smtptest"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

const secretCode = "71204986"

// code is a message with a code.
func code() sallyport.Message {
	return sallyport.Message{
		Channel: mfa.Email, Kind: "otp", Topic: "sign-in-code", To: "ada@example.org", User: "ada", Code: secretCode, Lifetime: time.Minute,
		Subject: "Your code for Acmé", Text: "Your code is " + secretCode + ".\n", HTML: "<p>Your code is <strong>" + secretCode + "</strong>.</p>\n", Language: "en", Application: "Shop",
	}
}

// authority signs the certificates of the servers, at localhost.
var authority = sync.OnceValues(ldaptest.NewAuthority)

func certificate(t testing.TB) *ldaptest.Authority {
	t.Helper()
	a, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func serverTLS(t testing.TB) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate(t).Certificate}}
}

// at is the configuration for a server, by the name in its certificate.
func at(t testing.TB, addr string) smtpsender.Config {
	t.Helper()
	_, port, _ := strings.Cut(addr, ":")
	return smtpsender.Config{Addr: "localhost:" + port, From: "Acme <no-reply@acme.example>", RootCAs: certificate(t).Pool, Timeout: 3 * time.Second}
}

func newSender(t testing.TB, c smtpsender.Config) *smtpsender.Sender {
	t.Helper()
	s, err := smtpsender.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func wantSent(t testing.TB, s *smtpsender.Sender, m sallyport.Message) {
	t.Helper()
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// parts are the bodies of a mail, by type, decoded.
func parts(t testing.TB, m *mail.Message) map[string]string {
	t.Helper()
	out := map[string]string{}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if kind == "text/plain" {
		b, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil {
			t.Fatal(err)
		}
		out[kind] = strings.ReplaceAll(string(b), "\r\n", "\n")
		return out
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p) // NextPart has decoded it
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		out[kind] = strings.ReplaceAll(string(b), "\r\n", "\n")
	}
}

func parse(t testing.TB, data string) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return m
}

func subject(t testing.TB, m *mail.Message) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// headers are all that a mail has.
var headers = []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}

// TestSend: a mail arrives over STARTTLS and over TLS, signed in, as text and HTML.
func TestSend(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name     string
		script   smtptest.Script
		mode     smtpsender.TLS
		commands []string // before the mail
	}{
		{"STARTTLS", smtptest.Script{TLS: serverTLS(t)}, smtpsender.STARTTLS, []string{"EHLO host.example", "STARTTLS", "EHLO host.example"}},
		{"TLS", smtptest.Script{TLS: serverTLS(t), Implicit: true}, smtpsender.ImplicitTLS, []string{"EHLO host.example"}},
		{"on this machine", smtptest.Script{}, smtpsender.InsecurePlain, []string{"EHLO host.example"}},
		{"PLAIN", smtptest.Script{TLS: serverTLS(t), Auth: "CRAM-MD5 LOGIN PLAIN", User: "me", Password: "p w"}, smtpsender.STARTTLS, []string{"EHLO host.example", "STARTTLS", "EHLO host.example", "AUTH PLAIN AG1lAHAgdw=="}},
		{"LOGIN", smtptest.Script{TLS: serverTLS(t), Auth: "LOGIN", User: "me", Password: "p w"}, smtpsender.STARTTLS, []string{"EHLO host.example", "STARTTLS", "EHLO host.example", "AUTH LOGIN"}},
		{"CRAM-MD5 in clear", smtptest.Script{Auth: "PLAIN LOGIN CRAM-MD5", User: "me", Password: "p w"}, smtpsender.InsecurePlain, []string{"EHLO host.example", "AUTH CRAM-MD5"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := smtptest.Start(t, tt.script)
			c := at(t, server.Addr)
			c.TLS, c.User, c.Password, c.Hello, c.Now = tt.mode, tt.script.User, tt.script.Password, "host.example", func() time.Time { return now }
			wantSent(t, newSender(t, c), code())
			if got, want := server.Commands(), append(tt.commands, "MAIL FROM:<no-reply@acme.example> BODY=8BITMIME", "RCPT TO:<ada@example.org>", "DATA"); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			taken := server.Mails()
			if len(taken) != 1 {
				t.Fatalf("got %d mails", len(taken))
			}
			m := parse(t, taken[0].Data)
			var names []string
			for name := range m.Header {
				names = append(names, name)
			}
			if slices.Sort(names); !slices.Equal(names, headers) {
				t.Errorf("headers %q, want %q", names, headers)
			}
			for name, want := range map[string]string{
				"From": `"Acme" <no-reply@acme.example>`, "To": "<ada@example.org>", "Auto-Submitted": "auto-generated", "Date": now.Format(time.RFC1123Z),
			} {
				if got := m.Header.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			if id := m.Header.Get("Message-Id"); len(id) != len("<@acme.example>")+32 || !strings.HasSuffix(id, "@acme.example>") {
				t.Errorf("Message-ID %q", id)
			}
			if got := subject(t, m); got != code().Subject {
				t.Errorf("subject %q", got)
			}
			if got := parts(t, m); got["text/plain"] != code().Text || got["text/html"] != code().HTML || len(got) != 2 {
				t.Errorf("parts %q", got)
			}
		})
	}
}

// wantFailed wants an error without a word of the mail, the password or the server.
func wantFailed(t testing.TB, err error, step string) *smtpsender.Error {
	t.Helper()
	e, ok := errors.AsType[*smtpsender.Error](err)
	if !ok {
		t.Fatalf("got %v, want an *Error", err)
	}
	if step != "" && e.Step != step {
		t.Errorf("failed at %q (%v), want %q", e.Step, err, step)
	}
	for _, word := range []string{secretCode, "p w", "AG1lAHAgdw", "echo", "ada@"} {
		if strings.Contains(err.Error(), word) || strings.Contains(fmt.Sprintf("%+v %#v", err, errors.Unwrap(err)), word) {
			t.Errorf("the error says %q: %v", word, err)
		}
	}
	return e
}

var steps = []struct{ at, step string }{
	{smtptest.Connect, "greeting"}, {smtptest.EHLO, "EHLO"}, {smtptest.STARTTLS, "STARTTLS"}, {smtptest.AUTH, "signing in"},
	{smtptest.MAIL, "MAIL"}, {smtptest.RCPT, "RCPT"}, {smtptest.DATA, "DATA"}, {smtptest.Text, "sending the text"},
}

// TestServerFails: a server that refuses, drops, hangs, floods or talks nonsense at a step
// fails that mail, in time and without a word of it, and the next one is sent.
func TestServerFails(t *testing.T) {
	script := smtptest.Script{TLS: serverTLS(t), Auth: "PLAIN", User: "me", Password: "p w"}
	server := smtptest.Start(t, script)
	c := at(t, server.Addr)
	c.User, c.Password = script.User, script.Password
	s := newSender(t, c)
	c.Timeout = 300 * time.Millisecond
	hasty := newSender(t, c)
	for _, act := range []struct {
		name  string
		act   smtptest.Action
		code  int
		cause string
	}{
		{"421", smtptest.Say("421 4.3.2 echo " + secretCode + "\r\n"), 421, ""},
		{"550", smtptest.Say("550-5.7.1 echo\r\n550 5.7.1 " + secretCode + " p w\r\n"), 550, ""},
		{"drop", smtptest.Drop, 0, "closed the connection"},
		{"nonsense", smtptest.Say("echo " + secretCode + "\r\n"), 0, "protocol"},
		{"flood", smtptest.Flood, 0, "without end"},
		{"hang", smtptest.Hang, 0, "in time"},
	} {
		for _, at := range steps {
			t.Run(act.name+" at "+at.at, func(t *testing.T) {
				server.Do(map[string]smtptest.Action{at.at: act.act})
				defer server.Do(nil)
				sender := s
				if act.name == "hang" {
					sender = hasty
				}
				before := len(server.Mails())
				e := wantFailed(t, sender.Send(t.Context(), code()), at.step)
				if e.Code != act.code || act.cause != "" && (e.Cause == nil || !strings.Contains(e.Error(), act.cause)) {
					t.Errorf("got %v, want %d %s", e, act.code, act.cause)
				}
				server.Do(nil)
				wantSent(t, s, code())
				if got := len(server.Mails()) - before; got != 1 {
					t.Errorf("got %d mails, want the second", got)
				}
				s.Close() // ends what is kept, so that the next one connects
				s = newSender(t, func() smtpsender.Config { x := c; x.Timeout = 3 * time.Second; return x }())
			})
		}
	}
}

// TestContextEnds: a mail whose caller has gone is given up at once, and an answer that
// comes later is nobody's.
func TestContextEnds(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{TLS: serverTLS(t), At: map[string]smtptest.Action{smtptest.Text: smtptest.Hang}})
	s := newSender(t, at(t, server.Addr))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if e := wantFailed(t, s.Send(ctx, code()), ""); !strings.Contains(e.Error(), "in time") {
		t.Errorf("got %v", e)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	wantFailed(t, s.Send(ctx, code()), "")
	server.Do(nil)
	wantSent(t, s, code())
	if n := len(server.Mails()); n != 1 {
		t.Errorf("got %d mails, want the last", n)
	}
}

// TestContextEndsMeanwhile: a mail whose caller goes while the server hangs is given up
// then, and before one that was begun earlier and has its whole time.
func TestContextEndsMeanwhile(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{At: map[string]smtptest.Action{smtptest.Text: smtptest.Hang}})
	c := at(t, server.Addr)
	c.TLS, c.Timeout = smtpsender.InsecurePlain, 4900*time.Millisecond
	s := newSender(t, c)
	begin := func(ctx context.Context, n int) <-chan error {
		done := make(chan error, 1)
		go func() { done <- s.Send(ctx, code()) }()
		awaitTexts(server, n)
		return done
	}
	patient := begin(t.Context(), 1)
	ctx, cancel := context.WithCancel(t.Context())
	hasty := begin(ctx, 2)
	cancel()
	wantFailed(t, <-hasty, "sending the text")
	select {
	case err := <-patient:
		t.Errorf("the one that was begun first has ended before: %v", err)
	default:
	}
}
