package smtpsender_test

import (
	"fmt"
	"math/rand/v2"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/smtptest"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

// pieces are what values are made of that want to be more than a value.
var pieces = []string{
	"\r\n", "\n", "\r", "\r\n\r\n", "\n.\n", "\r\n.\r\n", "\x00", "\v", "\f", "\u0085", "\u2028", "\u2029", "\u202e", "\ufeff", "\xff", "\xc3",
	"Bcc: eve@example.com", "To: eve@example.com", "Subject: x", "Content-Type: text/html", "RCPT TO:<eve@example.com>", "MAIL FROM:<>", "DATA", "QUIT",
	"=?utf-8?q?=0D=0ABcc:_eve@example.com?=", "=?utf-8?b?DQpCY2M6IGV2ZQ==?=", "=0D=0A", "%0d%0a", "\\r\\n", ">", "<", "\"", ",", ";", "(", ")", "@example.com", "eve@example.com",
	"--", "{code}", "{{.Code}}", "</p><script>", " ", "\t", "é", "Ж", "😀", "a", "Acme", strings.Repeat("long ", 60),
}

func made(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(6) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// injected are words of an operator's own, with values where a value can do harm.
var injected = fstest.MapFS{
	"en/default.txt":  {Data: []byte("Subject: {{.User}} {{.Application}}\n\n{{.Subject}} {{.Code}} {{.Link}}\n{{.User}}\n{{.Text}}")},
	"en/default.html": {Data: []byte("<a href=\"{{.Link}}\" title='{{.User}}'>{{.Application}}</a> {{.Code}}")},
}

// TestInjection makes 5,000 values of what people, operators and strangers choose, and
// puts each into one field of a mail: none adds a header, a part, a recipient or a command.
func TestInjection(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{Offer: []string{"SMTPUTF8"}})
	c := at(t, server.Addr)
	c.TLS = smtpsender.InsecurePlain
	r := rand.New(rand.NewPCG(1, 2))
	s, fields, refused := newSender(t, c), []string{"label", "user", "factor", "code", "link", "application", "language", "subject", "text", "html", "template", "address", "sender", "reply"}, 0
	for i := range 5000 {
		field, value := fields[i%len(fields)], made(r)
		m, from := code(), c
		facts, language := message.Facts{Label: "Acme", User: "ada", Code: secretCode, Link: "https://id.example.com/x", Factors: []string{"SMS"}}, "de"
		switch field {
		case "label":
			facts.Label = value
		case "user":
			facts.User, m.User = value, value
		case "factor":
			facts.Factors = []string{value}
		case "code":
			facts.Code, m.Code = value, value
		case "link":
			facts.Link, m.Link = value, value
		case "language":
			language = value
		}
		topics := message.Topics()
		words := message.NewMail(language, topics[i%len(topics)], &facts)
		m.Subject, m.Text, m.HTML = words.Subject, words.Text, words.HTML
		switch field {
		case "application":
			m.Application, m.Topic = value, value
		case "language":
			m.Language = value
		case "subject":
			m.Subject = value
		case "text":
			m.Text = value
		case "html":
			m.HTML = "x" + value
		case "template":
			m.User, m.Application, m.Link, from.Templates = value, "Shop"+value, value, injected
		case "address":
			m.To = "ada" + value + "@example.org"
		case "sender":
			from.From = value + " <no-reply@acme.example>"
		case "reply":
			from.ReplyTo = value + " <no-reply@acme.example>"
		}
		sender := s
		if from.From != c.From || from.ReplyTo != c.ReplyTo || from.Templates != nil {
			own, err := smtpsender.New(from)
			if err != nil {
				refused++
				continue
			}
			sender = own
		}
		err := sender.Send(t.Context(), m)
		sender.Close()
		taken := server.Take()
		if err != nil {
			if field != "address" || len(taken) != 0 {
				t.Fatalf("%s %q: %v", field, value, err)
			}
			refused++
			continue
		}
		checkHarmless(t, fmt.Sprintf("%s %q", field, value), taken, &m)
		if t.Failed() {
			return
		}
	}
	if refused == 0 || refused > 1500 {
		t.Errorf("%d of 5,000 were refused: want some, and not most", refused)
	}
	for _, command := range server.Commands() {
		verb, _, _ := strings.Cut(command, " ")
		if !slices.Contains([]string{"EHLO", "MAIL", "RCPT", "DATA", "NOOP"}, verb) || strings.Contains(command, "eve@example.com>") && !strings.HasSuffix(command, "@example.org>") {
			t.Errorf("the server was told %q", command)
		}
	}
}

// checkHarmless wants one mail with one recipient, the headers of every mail, and two
// parts.
func checkHarmless(t *testing.T, name string, taken []smtptest.Mail, m *sallyport.Message) {
	t.Helper()
	if len(taken) != 1 || !slices.Equal(taken[0].To, []string{m.To}) || taken[0].From != "no-reply@acme.example" {
		t.Fatalf("%s: got %d mails, %+v", name, len(taken), taken)
	}
	for line := range strings.SplitAfterSeq(taken[0].Raw, "\r\n") { // RFC 5322 section 2.1.1
		if bare := strings.TrimSuffix(line, "\r\n"); strings.ContainsAny(bare, "\r\n\x00") || len(bare) > 998 {
			t.Fatalf("%s: a line of %d bytes, %.80q", name, len(bare), bare)
		}
	}
	parsed, err := mail.ReadMessage(strings.NewReader(taken[0].Data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for h, values := range parsed.Header {
		if len(values) != 1 || !slices.Contains(append(headers, "Reply-To"), h) {
			t.Fatalf("%s: header %s %q", name, h, values)
		}
	}
	if words := subject(t, parsed); strings.ContainsFunc(words, unicode.IsControl) {
		t.Fatalf("%s: subject %q", name, words)
	}
	for _, h := range []string{"From", "To"} {
		list, err := parsed.Header.AddressList(h)
		if err == nil && strings.ContainsFunc(list[0].Name, unicode.IsControl) {
			t.Fatalf("%s: %s is called %q", name, h, list[0].Name)
		}
		if err != nil || len(list) != 1 || list[0].Address != taken[0].From && list[0].Address != taken[0].To[0] {
			t.Fatalf("%s: %s is %q: %v", name, h, parsed.Header.Get(h), err)
		}
	}
	if m.Channel == mfa.Email && len(parts(t, parsed)) != 2 {
		t.Fatalf("%s: %d parts", name, strings.Count(taken[0].Data, "Content-Type"))
	}
}
