package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
)

// resetMail is a mail to whoever may have asked for a new password.
type resetMail struct {
	reader
	to, user string
	why      message.Reason // not empty: no key is sent
	key      string
}

// mailReset sends the mail behind the answer: no call waits for it. For no mail as
// much is begun as for one.
func (e *Engine) mailReset(m *resetMail) {
	e.sendLater(e.mailing, "the mail of a reset", func(ctx context.Context) error {
		if m == nil {
			return nil
		}
		return e.give(ctx, e.composeReset(m), smsNotice)
	})
}

// composeReset writes the mail. An account of a module is not asked for here, and not
// named.
func (e *Engine) composeReset(m *resetMail) Message {
	d := draft{reader: m.reader, channel: mfa.Email, to: m.to, topic: message.NoReset, kind: "notice", facts: message.Facts{User: m.user, Reason: m.why}}
	if m.why == "" {
		d.topic, d.kind = message.Reset, "reset"
		d.facts.Link, d.facts.Life = pageURL(e.cfg.Issuer, e.cfg.Pages.Reset, m.key), account.KeyReset.Life()
	}
	return e.written(&d)
}
