package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
)

// letter is a mail about a sign-up: to whoever signs up, with a key, or to the owner
// of an account that has the address already, with their name. The address of the
// first is not proven, so nothing stands there that anybody chose.
type letter struct {
	reader
	to   string
	key  string // empty: the address is taken
	user string
}

// mail sends a letter behind the answer: whether one goes out, and what it says, is not
// to be told from the time of the answer. Anybody can have caused it, so it crowds out no
// notice.
func (e *Engine) mail(l *letter) {
	if l == nil {
		return
	}
	e.sendLater(e.mailing, "a mail about a sign-up", func(ctx context.Context) error { return e.give(ctx, e.composeLetter(l), smsNotice) })
}

func (e *Engine) composeLetter(l *letter) Message {
	d := draft{reader: l.reader, channel: mfa.Email, to: l.to, topic: message.HasAccount, kind: "notice", facts: message.Facts{User: l.user}}
	if l.key != "" {
		d.topic, d.kind = message.SignUp, "sign-up"
		d.facts = message.Facts{Link: pageURL(e.cfg.Issuer, e.cfg.Pages.Verify, l.key), Life: account.KeySignUp.Life()}
	}
	return e.written(&d)
}
