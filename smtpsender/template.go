package smtpsender

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"text/template"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/message"
)

// Fields are what a template is made of: {{.Code}}, {{.Link}}, and so on, by the rules of
// text/template and, for HTML, of html/template. What a message does not have is empty.
type Fields struct {
	Subject, Text string // the words that the message came with
	User          string // the name of the account; empty where the address is not known to be theirs
	Code, Link    string
	Seconds       int // how long the code or link is good
	Minutes       int // likewise, in whole minutes
	Application   string
}

// Bounds of templates, in bytes.
const (
	maxTemplate = 256 << 10 // one file
	maxBody     = 512 << 10 // what it makes
)

// words are what a mail says.
type words struct{ subject, text, html string }

// override are the templates of one topic; html may be nil.
type override struct {
	subject, text *template.Template
	html          *htmltemplate.Template
}

// place is where an override stands: language and application folded, the last may be
// empty.
type place struct{ language, application, topic string }

type templates map[place]*override

const defaultTopic = "default"

// readTemplates reads all files, and returns all faults.
func readTemplates(files fs.FS) (templates, error) {
	t := templates{}
	if files == nil {
		return t, nil
	}
	var errs []error
	htmls := map[place][]byte{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		at, ext, err := placeOf(name)
		if err == nil {
			var text []byte
			if text, err = readFile(files, name); err == nil && ext == ".html" {
				htmls[at] = text
			} else if err == nil {
				t[at], err = parse(text)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("smtpsender: Config.Templates: %.128q: %w", name, err))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("smtpsender: Config.Templates: %w", err)
	}
	for at, text := range htmls {
		if err := t.addHTML(at, text); err != nil {
			errs = append(errs, fmt.Errorf("smtpsender: Config.Templates: %.128q: %w", at.file(".html"), err))
		}
	}
	if len(errs) == 0 {
		errs = t.try()
	}
	return t, errors.Join(errs...)
}

func (p place) file(ext string) string { return path.Join(p.language, p.application, p.topic+ext) }

// placeOf reads the name of a file.
func placeOf(name string) (place, string, error) {
	parts, ext := strings.Split(name, "/"), path.Ext(name)
	if ext != ".txt" && ext != ".html" {
		return place{}, "", errors.New("want .txt or .html")
	}
	if len(parts) < 2 || len(parts) > 3 {
		return place{}, "", errors.New("want LANGUAGE/TOPIC or LANGUAGE/APPLICATION/TOPIC")
	}
	p := place{language: parts[0], topic: strings.TrimSuffix(parts[len(parts)-1], ext)}
	if len(parts) == 3 {
		p.application = parts[1]
	}
	if p.language != ascii.Fold(p.language) {
		return place{}, "", errors.New("want the language in lower case")
	}
	if p.topic == defaultTopic {
		return p, ext, nil
	}
	for _, topic := range message.Topics() {
		if p.topic == string(topic) {
			return p, ext, nil
		}
	}
	return place{}, "", errors.New("there is no such topic")
}

func readFile(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTemplate+1))
	if err == nil && len(text) > maxTemplate {
		err = fmt.Errorf("has over %d bytes", maxTemplate)
	}
	return text, err
}

// parse reads a template of plain text: a subject, an empty line, the text.
func parse(file []byte) (*override, error) {
	text := strings.ReplaceAll(strings.TrimPrefix(string(file), "\ufeff"), "\r\n", "\n")
	head, body, ok := strings.Cut(text, "\n\n")
	subject, ok2 := strings.CutPrefix(head, "Subject: ")
	if !ok || !ok2 || strings.Contains(subject, "\n") || strings.TrimSpace(body) == "" {
		return nil, errors.New(`want a line "Subject: …", an empty line, and the text`)
	}
	o := &override{}
	var err error
	if o.subject, err = template.New("subject").Parse(subject); err != nil {
		return nil, err
	}
	o.text, err = template.New("text").Parse(body)
	return o, err
}

func (t templates) addHTML(at place, text []byte) error {
	o := t[at]
	if o == nil {
		return errors.New("stands without its .txt")
	}
	html, err := htmltemplate.New("html").Parse(string(text))
	o.html = html
	return err
}

// try writes each template once with everything and once with nothing, so that one which
// names no field of ours, or forgets its code or link, is found before it is needed.
func (t templates) try() (errs []error) {
	for at, o := range t {
		full := Fields{
			Subject: "subject", Text: "text 7K4Q2Z and https://id.example.com/l1nk", User: "ada", Code: "7K4Q2Z", Link: "https://id.example.com/l1nk",
			Seconds: 300, Minutes: 5, Application: "application",
		}
		w, err := o.write(&full)
		_, err2 := o.write(&Fields{})
		if err := errors.Join(err, err2); err != nil {
			errs = append(errs, fmt.Errorf("smtpsender: Config.Templates: %.128q: %w", at.file(".txt"), err))
			continue
		}
		topic := message.Topic(at.topic)
		for what, value := range map[string]string{"code": full.Code, "link": full.Link} {
			if wanted := at.topic == defaultTopic || what == "code" && topic.CarriesCode() || what == "link" && topic.CarriesLink(); !wanted {
				continue
			}
			if !strings.Contains(w.text, value) || o.html != nil && !strings.Contains(w.html, value) {
				errs = append(errs, fmt.Errorf("smtpsender: Config.Templates: %.128q: does not say the %s", at.file(""), what))
			}
		}
	}
	return errs
}

// find returns what takes the place of the words of a message: of its language before
// that without its region, of its application before that of all, of its topic before
// the default. Nil: nothing does.
func (t templates) find(m *sallyport.Message) *override {
	if len(t) == 0 {
		return nil
	}
	whole := ascii.Fold(m.Language)
	if whole == "" {
		whole = message.Languages()[0]
	}
	short, _, _ := strings.Cut(whole, "-")
	for _, language := range []string{whole, short} {
		for _, application := range []string{m.Application, ""} {
			for _, topic := range []string{m.Topic, defaultTopic} {
				if o := t[place{language, application, topic}]; o != nil {
					return o
				}
			}
		}
	}
	return nil
}

// write returns the words of a mail. The cause of a failure is not told: it may hold what
// the template was given.
func (t templates) write(m *sallyport.Message) (*words, error) {
	o := t.find(m)
	if o == nil {
		return &words{m.Subject, m.Text, m.HTML}, nil
	}
	w, err := o.write(&Fields{
		Subject: m.Subject, Text: m.Text, User: m.User, Code: m.Code, Link: m.Link,
		Seconds: int(m.Lifetime / time.Second), Minutes: int(m.Lifetime / time.Minute), Application: m.Application,
	})
	if err != nil {
		return nil, errTemplate
	}
	return w, nil
}

func (o *override) write(f *Fields) (*words, error) {
	var w words
	var out limited
	for _, part := range []struct {
		to *string
		by interface{ Execute(io.Writer, any) error }
	}{{&w.subject, o.subject}, {&w.text, o.text}} {
		out.Reset()
		if err := part.by.Execute(&out, f); err != nil {
			return nil, err
		}
		*part.to = out.String()
	}
	if o.html != nil {
		out.Reset()
		if err := o.html.Execute(&out, f); err != nil {
			return nil, err
		}
		w.html = out.String()
	}
	return &w, nil
}

// limited is a buffer that takes no more than a mail may hold.
type limited struct{ bytes.Buffer }

var errTooLong = fmt.Errorf("makes over %d bytes", maxBody)

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxBody {
		return 0, errTooLong
	}
	return l.Buffer.Write(p)
}
