package smtpsender_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sallyport-auth/sallyport/internal/smtptest"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

func words(subject, text string) string { return "Subject: " + subject + "\n\n" + text }

// TestTemplates: the nearest template is taken, by language, application and topic in this
// order, else the words that came with the message.
func TestTemplates(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{})
	c := at(t, server.Addr)
	c.TLS = smtpsender.InsecurePlain
	c.Templates = files(
		"de/sign-in-code.txt", words("de code", "{{.Code}}"),
		"de/Shop/sign-in-code.txt", words("de shop code {{.User}}", "{{.Code}} {{.Minutes}} {{.Seconds}} {{.Application}}"),
		"de/Shop/sign-in-code.html", "<b>{{.Code}}</b> {{.User}}",
		"de-at/default.txt", words("at default", "{{.Text}} -- Wien"),
		"it/default.txt", "\ufeffSubject: it {{.Subject}}\r\n\r\n{{.Text}}",
		"en/Other/default.txt", words("other", "{{.Text}}"),
	)
	s := newSender(t, c)
	own := code()
	for _, tt := range []struct {
		language, application, topic, subject, text string
		html                                        bool
	}{
		{"de", "Shop", "sign-in-code", "de shop code ada", secretCode + " 1 60 Shop", true},
		{"DE-ch", "Shop", "sign-in-code", "de shop code ada", secretCode + " 1 60 Shop", true},
		{"de", "Else", "sign-in-code", "de code", secretCode, false},
		{"de", "../Shop", "sign-in-code", "de code", secretCode, false},
		{"de", "Shop", "reset", own.Subject, own.Text, true},
		{"de-AT", "Shop", "sign-in-code", "at default", own.Text + " -- Wien", false},
		{"it-IT", "", "password-changed", "it " + own.Subject, own.Text, false},
		{"", "Other", "sign-in-code", "other", own.Text, false},
		{"en", "Shop", "sign-in-code", own.Subject, own.Text, true},
		{"pt", "Other", "sign-in-code", own.Subject, own.Text, true},
	} {
		m := own
		m.Language, m.Application, m.Topic = tt.language, tt.application, tt.topic
		wantSent(t, s, m)
		got := parse(t, server.Take()[0].Data)
		if subject := subject(t, got); subject != tt.subject {
			t.Errorf("%+v: got %q", tt, subject)
		}
		if parts := parts(t, got); parts["text/plain"] != tt.text && parts["text/plain"] != tt.text+"\n" || (parts["text/html"] != "") != tt.html {
			t.Errorf("%+v: got %q", tt, parts)
		}
	}
}

// TestTemplatesEscape: what a value holds is text in HTML, and one line in a subject.
func TestTemplatesEscape(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{})
	c := at(t, server.Addr)
	c.TLS = smtpsender.InsecurePlain
	c.Templates = files("en/sign-in-code.txt", words("for {{.User}}", "{{.Code}}"), "en/sign-in-code.html", `<p title="{{.User}}">{{.User}} {{.Code}} <a href="{{.Link}}">x</a></p>`)
	m := code()
	m.User, m.Link = "<script>\"\r\nBcc: eve@example.com", "javascript:alert(1)"
	wantSent(t, newSender(t, c), m)
	got := parse(t, server.Take()[0].Data)
	if s := subject(t, got); !strings.HasPrefix(s, `for <script>"`) || strings.Contains(s, "\n") || got.Header.Get("Bcc") != "" {
		t.Errorf("subject %q", s)
	}
	if html := parts(t, got)["text/html"]; strings.Contains(html, "<script") || strings.Contains(html, "javascript:") {
		t.Errorf("HTML %q", html)
	}
}

// broken is a folder that cannot be read.
type broken struct{}

func (broken) Open(string) (fs.File, error) { return nil, errors.New("no disk") }

// TestTemplateFaults: what would fail when a mail is sent fails in New, by the name of its
// file.
func TestTemplateFaults(t *testing.T) {
	sound := words("s", "{{.Code}} {{.Link}}")
	for _, tt := range []struct {
		name  string
		files fs.FS
		want  string
	}{
		{"no folder of a language", files("sign-in-code.txt", sound), "want LANGUAGE/TOPIC"},
		{"too deep", files("de/a/b/sign-in-code.txt", sound), "want LANGUAGE/TOPIC"},
		{"upper case", files("DE/sign-in-code.txt", sound), "lower case"},
		{"no topic", files("de/sign-in.txt", sound), "no such topic"},
		{"another ending", files("de/sign-in-code.md", sound), "want .txt or .html"},
		{"no subject", files("de/sign-in-code.txt", "{{.Code}}"), "Subject: "},
		{"no text", files("de/sign-in-code.txt", "Subject: x\n\n \n"), "Subject: "},
		{"two headers", files("de/sign-in-code.txt", "Subject: x\nBcc: y\n\n{{.Code}}"), "Subject: "},
		{"an unknown field", files("de/sign-in-code.txt", words("s", "{{.Code}} {{.Password}}")), "Password"},
		{"an unknown field of a subject", files("de/sign-in-code.txt", words("{{.Key}}", "{{.Code}}")), "Key"},
		{"an unknown field of HTML", files("de/sign-in-code.txt", sound, "de/sign-in-code.html", "{{.Code}}{{.Key}}"), "Key"},
		{"no template", files("de/sign-in-code.txt", words("s", "{{.Code")), "unclosed"},
		{"no HTML", files("de/sign-in-code.txt", sound, "de/sign-in-code.html", "<a href={{"), "unclosed"},
		{"HTML alone", files("de/sign-in-code.html", "{{.Code}}"), "without its .txt"},
		{"a code that is not said", files("de/sign-in-code.txt", words("{{.Code}}", "x")), "does not say the code"},
		{"a code that HTML does not say", files("de/sign-in-code.txt", sound, "de/sign-in-code.html", "x"), "does not say the code"},
		{"a link that is not said", files("de/reset.txt", words("s", "x")), "does not say the link"},
		{"a default without its words", files("de/default.txt", words("s", "x")), "does not say"},
		{"too large", files("de/sign-in-code.txt", sound+strings.Repeat("x", 256<<10)), "has over"},
		{"too much of it", files("de/sign-in-code.txt", words("s", "{{.Code}}"+strings.Repeat(`{{printf "%100000d" 1}}`, 6))), "makes over"},
		{"a folder that cannot be read", broken{}, "no disk"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := smtpsender.Config{Addr: "localhost:25", From: "a@acme.example", Templates: tt.files}
			if _, err := smtpsender.New(c); err == nil || !strings.Contains(err.Error(), "Config.Templates") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestTemplateFails: a template that fails on what it is given fails the mail, and tells
// nothing of it.
func TestTemplateFails(t *testing.T) {
	c := smtpsender.Config{Addr: "localhost:1", From: "a@acme.example", Templates: files("en/default.txt", words("s", "{{.Text}} {{.Code}} {{.Link}} {{if eq .User \"ada\"}}{{if ne .Code \"7K4Q2Z\"}}{{slice .Code 9}}{{end}}{{end}}"))}
	s, err := smtpsender.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if e := wantFailed(t, s.Send(t.Context(), code()), "writing the mail"); !strings.Contains(e.Error(), "a template failed") {
		t.Errorf("got %v", e)
	}
}

// TestTemplatesOfAFolder reads them as an operator has them.
func TestTemplatesOfAFolder(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(dir+"/de", 0o700), os.WriteFile(dir+"/de/notice.txt", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := smtpsender.New(smtpsender.Config{Addr: "localhost:25", From: "a@acme.example", Templates: os.DirFS(dir)}); err == nil || !strings.Contains(err.Error(), "de/notice.txt") {
		t.Errorf("got %v, want the name of the file", err)
	}
}

// FuzzTemplate reads the two files of a template as an operator may have written them: what
// New takes makes mails of one line of a subject, with the code, whatever the user is
// called.
func FuzzTemplate(f *testing.F) {
	f.Add("Subject: x\n\n{{.Code}}", "<p>{{.Code}}", "ada")
	f.Add("Subject: {{.User}} {{.Subject}}\r\n\r\n{{.Text}}{{.Code}}{{.Seconds}}", "", "a\r\nBcc: eve@example.com")
	f.Add("Subject: {{define \"x\"}}{{end}}\n\n{{with .Link}}{{.}}{{end}}{{.Code}}", "<script>{{.Code}}</script>", "\xff")
	server := smtptest.Start(f, smtptest.Script{})
	f.Fuzz(func(t *testing.T, text, html, user string) {
		c := at(t, server.Addr)
		c.TLS, c.Templates = smtpsender.InsecurePlain, files("en/sign-in-code.txt", text, "en/sign-in-code.html", html)
		s, err := smtpsender.New(c)
		if err != nil {
			return
		}
		defer s.Close()
		m := code()
		m.User = user
		if err := s.Send(t.Context(), m); err != nil {
			wantFailed(t, err, "writing the mail")
			return
		}
		taken := server.Take()
		got := parse(t, taken[0].Data)
		if len(taken) != 1 || len(got.Header) != len(headers) || strings.ContainsAny(subject(t, got), "\r\n") {
			t.Errorf("got %q", taken)
		}
	})
}
