package sallyport

import (
	"cmp"

	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
)

// written is the message of a draft, in the language of its reader, or else in that of
// the configuration.
func (e *Engine) written(d *draft) Message {
	facts := d.facts
	facts.Label = e.label
	m := Message{
		Channel: d.channel, Kind: d.kind, Topic: string(d.topic), To: d.to, User: facts.User, Code: facts.Code, Link: facts.Link, Lifetime: facts.Life,
		Language: cmp.Or(d.language, e.cfg.Language), Application: d.application,
	}
	words := message.NewMail(m.Language, d.topic, &facts)
	m.Subject = words.Subject
	if d.channel == mfa.SMS {
		m.Text = message.NewText(m.Language, d.topic, &facts)
	} else {
		m.Text, m.HTML = words.Text, words.HTML
	}
	return m
}

// factorNames are the names by which package message knows factors.
func factorNames(list []mfa.Transport) (names []string) {
	for _, t := range list {
		names = append(names, t.String())
	}
	return names
}
