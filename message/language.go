package message

import "github.com/sallyport-auth/sallyport/internal/ascii"

// words are all words of one language.
type words struct {
	tag      string // of RFC 5646
	at       string // where something happened; it is left out of text messages without a label
	factors  map[string]names
	purposes map[Purpose]string
	reasons  map[Reason]string
	adding   string // a last paragraph of a mail whose code or link also adds a factor
	mails    map[Topic]mail
	texts    map[Topic]text // those in which the words of the mail would be too many
}

// names are a factor in a mail and in a text message.
type names struct{ long, short string }

// mail are the words of a mail. Paragraphs stand between empty lines, and the link is one
// by itself. Where undo is not empty, it and the link follow if there is a link.
type mail struct{ subject, text, undo string }

// text are the words of a text message; adding takes their place where factors are added.
type text struct{ text, adding string }

// The first language stands in for all others.
var languages = [...]*words{&english, &french, &german}

// Languages returns the tags of the languages that have words, English first.
func Languages() []string {
	tags := make([]string, len(languages))
	for i, l := range languages {
		tags[i] = l.tag
	}
	return tags
}

// Language returns the tag of the language in which somebody is written to who reads
// that one, such as de for de-AT: English, where it has no words.
func Language(tag string) string { return wordsOf(tag).tag }

// wordsOf compares the first part of the tag, and no letter case.
func wordsOf(tag string) *words {
	for i := range len(tag) {
		if tag[i] == '-' {
			tag = tag[:i]
			break
		}
	}
	for _, l := range languages {
		if ascii.Equal(tag, l.tag) {
			return l
		}
	}
	return languages[0]
}

// mail returns the words on a topic, in English where the language has none.
func (w *words) mail(t Topic) (*words, mail) {
	if m, ok := w.mails[t]; ok {
		return w, m
	}
	return &english, english.mails[t]
}
