package sallyport

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// letter is a mail about a sign-up: to whoever signs up, with a key, or to the owner
// of an account that has the address already, with their name. The address of the
// first is not proven, so nothing stands there that anybody chose.
type letter struct {
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
	m := Message{Channel: mfa.Email, To: l.to}
	if l.key == "" {
		m.Kind, m.User = "notice", l.user
		m.Subject = "You have an account at " + e.label
		m.Text = fmt.Sprintf("Somebody tried to sign up at %s with this address, which has an account already: its user name is %q. Nothing was changed, and no other account is made.\n\nIf it was you, sign in with that name. If it was not you, you need not do anything.\n", e.label, l.user)
		return m
	}
	m.Kind, m.Link, m.Lifetime = "sign-up", pageURL(e.cfg.Issuer, e.cfg.Pages.Verify, l.key), account.KeySignUp.Life()
	m.Subject = "Confirm your address for " + e.label
	m.Text = fmt.Sprintf("Somebody signs up at %s with this address. If it is you, open this page within %d hours to make the account:\n\n%s\n\nIf it is not you, ignore this message: without it no account is made.\n", e.label, int(m.Lifetime/time.Hour), m.Link)
	return m
}
