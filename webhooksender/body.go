package webhooksender

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// Fields are what a body is made of. What a message does not have is empty.
type Fields struct {
	ID   string // of the message, the same in each attempt
	Time string // when it was written, by RFC 3339
	// Expires is when its code or link is over, likewise; empty in a notice.
	Expires string
	Channel string // Email or SMS
	Kind    string // as in [sallyport.Message], like all that follow
	Topic   string
	To      string
	Digits  string // To without its plus, as some gateways want numbers
	User    string
	Code    string
	Link    string
	Subject string
	Text    string
	HTML    string

	Language, Application string
}

// defaultBody has every field.
const defaultBody = `{"id": "{{.ID}}", "time": "{{.Time}}", "expires": "{{.Expires}}", "channel": "{{.Channel}}", "kind": "{{.Kind}}", "topic": "{{.Topic}}",
	"to": "{{.To}}", "user": "{{.User}}", "code": "{{.Code}}", "link": "{{.Link}}", "subject": "{{.Subject}}", "text": "{{.Text}}", "html": "{{.HTML}}",
	"language": "{{.Language}}", "application": "{{.Application}}"}`

// Bounds of bodies, in bytes and levels.
const (
	maxTemplate = 64 << 10  // as it is configured
	maxBody     = 256 << 10 // as it is posted
	maxDepth    = 16
)

// body makes what is posted of a message.
type body struct {
	root any // strings are *template.Template
	form bool
}

// readBody reads Config.Body and tries it.
func readBody(text string, form bool) (*body, error) {
	if text == "" {
		text = defaultBody
	}
	b := &body{form: form}
	err := b.read(text)
	if err == nil {
		_, err = b.make(Fields{ID: "x", To: "x", Text: "x"})
	}
	if err != nil {
		return nil, fmt.Errorf("webhooksender: Config.Body: %w", err)
	}
	return b, nil
}

func (b *body) read(text string) (err error) {
	if len(text) > maxTemplate {
		return fmt.Errorf("it has over %d bytes", maxTemplate)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&b.root); err != nil {
		return errors.New("it is no JSON document")
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON document")
	}
	if b.root, err = parse(b.root, "", 0); err != nil {
		return err
	}
	object, ok := b.root.(map[string]any)
	if !ok {
		return errors.New("want an object")
	}
	for name, v := range object {
		if _, ok := v.(*template.Template); b.form && !ok {
			return fmt.Errorf("%.64q: a form has strings alone", name)
		}
	}
	return nil
}

// parse puts a template in the place of each string. at is the path, for errors.
func parse(v any, at string, depth int) (_ any, err error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("over %d levels", maxDepth)
	}
	switch v := v.(type) {
	case string:
		t, err := template.New("").Parse(v)
		if err != nil {
			return nil, fmt.Errorf("%.128s: it is no template of text/template", at)
		}
		return t, nil
	case []any:
		for i := range v {
			if v[i], err = parse(v[i], fmt.Sprintf("%s[%d]", at, i), depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = parse(v[name], at+"."+name, depth+1); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// make fills in the fields.
func (b *body) make(f Fields) ([]byte, error) {
	v, err := fill(b.root, &f)
	if err != nil {
		return nil, err
	}
	var out []byte
	if b.form {
		values := url.Values{}
		for name, value := range v.(map[string]any) {
			values.Set(name, value.(string))
		}
		out = []byte(values.Encode())
	} else if out, err = encode(v); err != nil {
		return nil, err
	}
	if len(out) > maxBody {
		return nil, fmt.Errorf("it has over %d bytes", maxBody)
	}
	return out, nil
}

func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func fill(v any, f *Fields) (any, error) {
	switch v := v.(type) {
	case *template.Template:
		var out limited
		if err := v.Execute(&out, f); err != nil {
			return nil, errors.New("a template names a field that there is not, or makes too much")
		}
		return out.String(), nil
	case []any:
		out := slices.Clone(v)
		for i := range out {
			var err error
			if out[i], err = fill(out[i], f); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for name := range v {
			one, err := fill(v[name], f)
			if err != nil {
				return nil, err
			}
			if one != "" {
				out[name] = one
			}
		}
		return out, nil
	}
	return v, nil
}

// limited is a buffer that takes no more than a body may have.
type limited struct{ strings.Builder }

func (l *limited) Write(b []byte) (int, error) {
	if l.Len()+len(b) > maxBody {
		return 0, errors.New("too much")
	}
	return l.Builder.Write(b)
}

// fieldsOf are the fields of a message that is written at now.
func fieldsOf(m *sallyport.Message, id string, now time.Time) Fields {
	f := Fields{
		ID: id, Time: now.UTC().Format(time.RFC3339), Channel: m.Channel.String(), Kind: m.Kind, Topic: m.Topic,
		To: m.To, Digits: strings.TrimPrefix(m.To, "+"), User: m.User, Code: m.Code, Link: m.Link, Subject: m.Subject,
		Text: m.Text, HTML: m.HTML, Language: m.Language, Application: m.Application,
	}
	if m.Lifetime > 0 {
		f.Expires = now.Add(m.Lifetime).UTC().Format(time.RFC3339)
	}
	return f
}
