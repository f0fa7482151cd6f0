package page

import (
	"fmt"
	"html/template"
	"strings"
)

// Text is what a page says: English words, and what stands in their places. The words are
// the key by which a language has its own. The zero Text says nothing.
type Text struct {
	words string
	args  []any
}

// Say returns a text. The words are a constant, so that a test can list all there are;
// places are those of package fmt, and an argument may be a Text itself.
func Say(words string, args ...any) Text { return Text{words, args} }

// Sentences returns one text of several, with a blank between them.
func Sentences(list ...Text) Text {
	args := make([]any, len(list))
	for i, t := range list {
		args[i] = t
	}
	return Say(strings.TrimSuffix(strings.Repeat("%s ", len(list)), " "), args...)
}

// IsZero reports whether it says nothing, which templates ask for.
func (t Text) IsZero() bool { return t.words == "" }

// String is the text in English.
func (t Text) String() string {
	if len(t.args) == 0 {
		return t.words
	}
	return fmt.Sprintf(t.words, t.args...)
}

// say returns words in this language as HTML: what stands in their places is escaped unless
// it is HTML already. A language that lacks them says them in English.
func (l *locale) say(words any, args ...any) template.HTML {
	switch w := words.(type) {
	case Text:
		return l.fill(w.words, w.args)
	case string:
		return l.fill(w, args)
	case nil:
		return ""
	}
	return template.HTML(template.HTMLEscapeString(fmt.Sprint(words)))
}

func (l *locale) fill(words string, args []any) template.HTML {
	text := template.HTMLEscapeString(l.wordsOf(words))
	if len(args) == 0 {
		return template.HTML(text)
	}
	in := make([]any, len(args))
	for i, a := range args {
		in[i] = l.argument(a)
	}
	return template.HTML(fmt.Sprintf(text, in...))
}

// sayer is an error whose words are a text, such as that of a name that cannot be used.
type sayer interface {
	Said() (words string, args []any)
}

// SaidBy returns the text of an error that says one, such as which rules a password breaks.
func SaidBy(s sayer) Text { return Say("%s", s) }

// argument is what stands in a place. Numbers stay numbers, for the places that want them.
func (l *locale) argument(a any) any {
	switch a := a.(type) {
	case Text:
		return string(l.fill(a.words, a.args))
	case template.HTML:
		return string(a)
	case sayer:
		words, args := a.Said()
		return string(l.fill(words, args))
	case int, int64:
		return a
	}
	return template.HTMLEscapeString(fmt.Sprint(a))
}

// named marks a name, an address or a key: it is what no browser may translate, and turns
// round no word beside it where it is written from right to left.
func named(a any) template.HTML {
	return template.HTML(`<strong translate="no">` + template.HTMLEscapeString(fmt.Sprint(a)) + `</strong>`)
}

// apart marks one as named does, within a line of less weight.
func apart(a any) template.HTML {
	return template.HTML(`<span translate="no">` + template.HTMLEscapeString(fmt.Sprint(a)) + `</span>`)
}

// unbroken marks one as apart does, such as a number, which no end of a line may part.
func unbroken(a any) template.HTML {
	return template.HTML(`<span class="one" translate="no">` + template.HTMLEscapeString(fmt.Sprint(a)) + `</span>`)
}
