package message

import (
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Mail is what a mail says.
type Mail struct {
	Language string // of the words, a tag such as de
	Subject  string // one line
	Text     string // paragraphs with an empty line between them
	HTML     string // the same, a document that loads nothing
}

// NewMail writes the mail on a topic for somebody who reads that language; of what has no
// words in it, in English. A topic that is none makes an empty one.
func NewMail(language string, t Topic, f *Facts) Mail {
	w, m := wordsOf(language).mail(t)
	text := m.text
	if m.undo != "" && f.Link != "" {
		text += "\n\n" + m.undo + "\n\n{link}"
	}
	if len(f.Factors) > 0 && !strings.Contains(text, "{factors}") {
		text += "\n\n" + w.adding
	}
	plain := w.values(f, names.inMail, w.label(f.Label))
	out := Mail{Language: w.tag, Subject: fill(m.subject, plain, keep), Text: fill(text, plain, keep) + "\n"}
	out.HTML = page(w.tag, out.Subject, text, plain)
	return out
}

// page is a mail as HTML. It is made of the words and not of the finished text, so that no
// value can begin a paragraph or a link.
func page(language, subject, text string, values map[string]string) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"" + language + "\">\n<head>\n<meta charset=\"utf-8\">\n<title>" + html.EscapeString(subject) + "</title>\n</head>\n" +
		"<body style=\"font-family:sans-serif;line-height:1.5;max-width:36em;margin:1em auto;padding:0 1em\">\n")
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		b.WriteString("<p>" + fill(html.EscapeString(paragraph), values, marked) + "</p>\n")
	}
	b.WriteString("</body>\n</html>\n")
	return b.String()
}

// marked is a value in HTML.
func marked(name, value string) string {
	value = html.EscapeString(value)
	switch name {
	case "code":
		return "<strong>" + value + "</strong>"
	case "link":
		return "<a href=\"" + value + "\">" + value + "</a>"
	}
	return value
}

func keep(_, value string) string { return value }

// fill puts values into words, in one pass: a value that looks like the name of another
// stays as it is.
func fill(words string, values map[string]string, as func(name, value string) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(words, "{")
		b.WriteString(before)
		name, after, _ := strings.Cut(rest, "}")
		if !found {
			return b.String()
		}
		b.WriteString(as(name, values[name]))
		words = after
	}
}

// label says where something happened; nothing where there is no label.
func (w *words) label(label string) string {
	if label == "" {
		return ""
	}
	return strings.ReplaceAll(w.at, "{label}", typed.Line(label))
}

// values are the facts by the names under which they stand in words.
func (w *words) values(f *Facts, name func(names) string, at string) map[string]string {
	whose := ""
	if f.User != "" {
		whose = ` "` + typed.Line(f.User) + `"`
	}
	var factors []string
	for _, x := range f.Factors {
		n, ok := w.factors[x]
		if !ok {
			n = names{typed.Line(x), typed.Line(x)}
		}
		factors = append(factors, name(n))
	}
	return map[string]string{
		"label": typed.Line(f.Label), "at": at, "whose": whose, "code": typed.Line(f.Code), "link": typed.Line(f.Link),
		"seconds": count(f.Life, time.Second), "minutes": count(f.Life, time.Minute), "hours": count(f.Life, time.Hour), "days": count(f.Life, 24*time.Hour),
		"factors": strings.Join(factors, ", "), "number": strconv.Itoa(f.Number),
		"purpose": w.purposes[f.Purpose], "reason": w.reasons[f.Reason],
	}
}

func count(life, unit time.Duration) string { return strconv.Itoa(int(life / unit)) }

func (n names) inMail() string { return n.long }
func (n names) inText() string { return n.short }
