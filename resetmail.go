package sallyport

import (
	"context"
	"fmt"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// resetObstacle says why an account gets no key, for its owner to read.
type resetObstacle string

// The obstacles.
const (
	resetDisabled    resetObstacle = "the account is disabled"
	resetNotApproved resetObstacle = "the account has not been approved"
	resetNoPassword  resetObstacle = "the account signs in without a password"
	resetElsewhere   resetObstacle = "the account's password is kept by another system, such as the directory of your organisation, and is changed there"
	resetNoFactor    resetObstacle = "besides your mailbox another sign-in factor is wanted for that, such as an authenticator app, and the account has none"
)

// resetMail is a mail to whoever may have asked for a new password.
type resetMail struct {
	to, user string
	why      resetObstacle // no key is sent
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

// composeReset writes the mail.
func (e *Engine) composeReset(m *resetMail) Message {
	out := Message{Channel: mfa.Email, Kind: "reset", To: m.to, User: m.user}
	whose := ""
	if m.user != "" { // an account of a module is not asked for here
		whose = fmt.Sprintf(" %q", m.user)
	}
	head := fmt.Sprintf("Somebody asked for a new password for your account%s at %s.\n\n", whose, e.label)
	if m.why != "" {
		out.Kind, out.Subject = "notice", "No new password at "+e.label
		out.Text = head + fmt.Sprintf("It cannot be set by mail: %s. If it was you, ask whoever runs the service.\n\nIf it was not you, ignore this message: nothing was changed.\n", m.why)
		return out
	}
	out.Link, out.Lifetime, out.Subject = pageURL(e.cfg.Issuer, e.cfg.Pages.Reset, m.key), account.KeyReset.Life(), "Set a new password at "+e.label
	out.Text = head + fmt.Sprintf("If it was you, open this page within %d minutes and set it:\n\n%s\n\nIf it was not you, ignore this message: nothing was changed, and nothing will be unless you open the page. Give the link to nobody.\n", int(out.Lifetime.Minutes()), out.Link)
	return out
}
