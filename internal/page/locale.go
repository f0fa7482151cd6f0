package page

import (
	"cmp"
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// locale is what the pages say in one language.
type locale struct {
	tag   string // of RFC 5646
	texts map[string]string
	place *time.Location // whose clocks the pages show
}

// wordsOf returns words in this language, or as they are.
func (l *locale) wordsOf(words string) string { return cmp.Or(l.texts[words], words) }

// method is what a page calls a transport.
func (l *locale) method(transport fmt.Stringer) string {
	name := transport.String()
	if t, known := methodNames[name]; known {
		return l.plain(t)
	}
	return name
}

// methods is what a page calls a list of transports: one name that stands out in its line.
func (l *locale) methods(transports any) (template.HTML, error) {
	list := reflect.ValueOf(transports) // a template knows no other type of a list
	if list.Kind() != reflect.Slice {
		return "", fmt.Errorf("methods: want a list of transports, got %T", transports)
	}
	var names []string
	for i := range list.Len() {
		one, ok := list.Index(i).Interface().(fmt.Stringer)
		if !ok {
			return "", fmt.Errorf("methods: want a list of transports, got %T", transports)
		}
		names = append(names, template.HTMLEscapeString(l.method(one)))
	}
	return template.HTML("<strong>" + strings.Join(names, ", ") + "</strong>"), nil
}

// unnamedApp is what an authenticator is called that its owner gave no name: the second of
// them has a number behind it, and so on.
var unnamedApp = Say("Authenticator app")

// appName is the name of an authenticator, which no browser may translate unless it is ours.
func (l *locale) appName(name string) template.HTML {
	rest, ours := strings.CutPrefix(name, unnamedApp.words)
	if n, err := strconv.Atoi(strings.TrimPrefix(rest, " ")); ours && (rest == "" || err == nil && rest == " "+strconv.Itoa(n)) {
		return template.HTML(template.HTMLEscapeString(l.plain(unnamedApp) + rest))
	}
	return apart(name)
}

// months stand here so that they are among the texts.
var months = [...]Text{
	Say("January"), Say("February"), Say("March"), Say("April"), Say("May"), Say("June"),
	Say("July"), Say("August"), Say("September"), Say("October"), Say("November"), Say("December"),
}

// day says a date for people.
func (l *locale) day(t time.Time) string {
	t = t.In(l.place)
	return l.plain(Say("%[1]d %[2]s %[3]d", t.Day(), months[t.Month()-1], t.Year()))
}

// when says a time for people, as the clocks of the place show it.
func (l *locale) when(t time.Time) string {
	return l.plain(Say("%[1]s, %[2]s", l.day(t), l.clock(t)))
}

// clock says the time of day, as the clocks of the place show it.
func (l *locale) clock(t time.Time) string { return t.In(l.place).Format("15:04 MST") }

// ago says how long ago something was, which needs no time zone.
func (l *locale) ago(d time.Duration) string {
	if d < time.Minute {
		return l.plain(Say("less than a minute ago"))
	}
	return l.plain(agos.of(d))
}

// period says a duration in its largest unit, rounded down.
func (l *locale) period(d time.Duration) string {
	if d < time.Second {
		return l.plain(Say("no time"))
	}
	return l.plain(periods.of(d))
}

// plain is a text of ours that holds nothing of anybody's: templates escape it.
func (l *locale) plain(t Text) string {
	in := make([]any, len(t.args))
	for i, a := range t.args {
		if inner, ok := a.(Text); ok {
			a = l.plain(inner)
		}
		in[i] = a
	}
	return Say(l.wordsOf(t.words), in...).String()
}

// unit is one of the units in which durations are said.
type unit struct {
	size time.Duration
	one  Text
	many func(n int) Text
}

// units are in the order of their size, the largest first.
type units []unit

// What is said of a duration, and of a time that lies so far back: in some languages the
// words of the two differ.
var (
	periods = units{
		{24 * time.Hour, Say("1 day"), func(n int) Text { return Say("%d days", n) }},
		{time.Hour, Say("1 hour"), func(n int) Text { return Say("%d hours", n) }},
		{time.Minute, Say("1 minute"), func(n int) Text { return Say("%d minutes", n) }},
		{time.Second, Say("1 second"), func(n int) Text { return Say("%d seconds", n) }},
	}
	agos = units{
		{24 * time.Hour, Say("1 day ago"), func(n int) Text { return Say("%d days ago", n) }},
		{time.Hour, Say("1 hour ago"), func(n int) Text { return Say("%d hours ago", n) }},
		{time.Minute, Say("1 minute ago"), func(n int) Text { return Say("%d minutes ago", n) }},
	}
)

// of says a duration in the largest unit that it reaches. It is no shorter than the smallest.
func (list units) of(d time.Duration) Text {
	for _, u := range list {
		switch n := int(d / u.size); {
		case n == 1:
			return u.one
		case n > 1:
			return u.many(n)
		}
	}
	return Text{}
}
