package sallyport

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/pool"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// deliver sends a code or link that has been committed, and records a failure,
// so that a call that asks again soon is told the same. It does not depend on the
// caller: a call that was given up has decided nothing.
func (e *Engine) deliver(requestID string, m *mfa.Message) bool {
	// Not even its values are kept: some servers lend a context for the time of
	// the request alone, and a sender may outlive that.
	ctx := context.Background()
	err := e.send(ctx, e.compose(m), shareOf(m))
	if err == nil {
		return true
	}
	e.logger.Warn("a message could not be sent", "transport", m.Over.String(), "kind", string(m.Kind), "error", err)
	_, err = e.run(ctx, host, func(c *call) error {
		request, err := c.caseOf(mfa.RequestRecord(c.index, requestID), about{page: true, confirms: m.Confirms})
		if err != nil {
			return err
		}
		request.SendFailed(m)
		if err := request.Save(c.tx); err != nil {
			return err
		}
		return c.log(Event{Kind: EventSendFailed, Account: c.who.id, Detail: m.Over.String() + " " + string(m.Kind)})
	})
	if err != nil {
		e.logger.Error("recording a failed message", "error", err)
	}
	return false
}

// queue sends a code or link of a login without a password behind the answer, in the pool
// of what strangers can have sent: neither how long it takes nor what comes of it tells
// whose the name is. As much is begun where nothing goes out. A failure is an event alone.
func (e *Engine) queue(to accountRef, m *mfa.Message) {
	e.sendLater(e.mailing, "a code or link", func(ctx context.Context) error {
		if m == nil {
			return nil
		}
		err := e.give(ctx, e.compose(m), shareOf(m))
		if err == nil {
			return nil
		}
		return errors.Join(err, e.guarded(func() error { return e.noteUnsent(to.id, m) }))
	})
}

// noteUnsent keeps and tells that a message of an account did not go out. It may come while
// the engine closes.
func (e *Engine) noteUnsent(account string, m *mfa.Message) error {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit) // the sender may have used up its own
	defer cancel()
	now := e.clock()
	ev := Event{ID: eventID(now), Time: now, Kind: EventSendFailed, Account: account, Detail: m.Over.String() + " " + string(m.Kind)}
	if err := e.db.Run(ctx, now, func(tx *store.Tx) error { return e.keepEvent(tx, ev) }); err != nil {
		return err
	}
	return e.announce([]Event{ev})
}

// send gives one message to its sender, for five seconds at most, on a goroutine
// that may be left behind.
func (e *Engine) send(ctx context.Context, m Message, share smsShare) error {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	result := make(chan error, 1)
	if !e.background.Go(func() { result <- e.give(ctx, m, share) }) {
		return ErrClosed
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// give gives one message to its sender: all of them pass here. A sender that panics has
// failed. A text message is counted before it is given, and stays so: nobody knows what
// a sender that failed has sent.
func (e *Engine) give(ctx context.Context, m Message, share smsShare) (err error) {
	s := e.cfg.Email
	if m.Channel == mfa.SMS {
		s = e.cfg.SMS
	}
	if s == nil {
		return fmt.Errorf("no sender for %s", m.Channel)
	}
	if m.Channel == mfa.SMS {
		if !e.channels.Reaches(mfa.SMS, m.To) {
			return errNumberOutside
		}
		if err := e.guarded(func() error { return e.texts.take(ctx, e.clock(), share) }); err != nil {
			return err
		}
	}
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("the sender panicked")
		}
	}()
	return s.Send(ctx, m)
}

var errNumberOutside = errors.New("the number begins as no number of Config.SMSPrefixes does")

// compose writes the text of a message that carries a secret.
func (e *Engine) compose(m *mfa.Message) Message {
	out := Message{Channel: m.Over, Kind: string(m.Kind), To: m.To, User: m.User, Code: m.Code, Lifetime: m.Life}
	life := fmt.Sprintf("%d seconds", int(m.Life/time.Second))
	ifNot := "somebody knows your password: change it"
	if m.Unproven {
		ifNot = "ignore this message, and give the code to nobody"
	}
	var b strings.Builder
	switch m.Kind {
	case mfa.KindLink:
		out.Link = linkURL(e.cfg.Issuer, m.Token)
		out.Subject = "Confirm your sign-in at " + e.label
		fmt.Fprintf(&b, "Somebody is signing in at %s as you. If it is you, open this page within %s and approve:\n\n%s\n\nIf it is not you, open the page and say so.\n", e.label, life, out.Link)
	case mfa.KindEnrollment:
		out.Subject = "Confirm this address for " + e.label
		fmt.Fprintf(&b, "Your code to confirm this address at %s is %s. It is good for %s.\n\nIf you did not ask for it, ignore this message.\n", e.label, m.Code, life)
	default:
		if what := confirmedText[m.Confirms]; what != "" {
			out.Subject = "Your code for " + e.label
			fmt.Fprintf(&b, "Your code to %s at %s is %s. It is good for %s.\n\nIf you do not want that, somebody knows your password: change it.\n", what, e.label, m.Code, life)
			break
		}
		out.Subject = "Your code for " + e.label
		fmt.Fprintf(&b, "Your code to sign in at %s is %s. It is good for %s.\n\nIf you are not signing in, %s.\n", e.label, m.Code, life, ifNot)
	}
	if len(m.Adding) > 0 {
		fmt.Fprintf(&b, "\nAttention: confirming also adds a new sign-in factor to your account: %s.\n", transportNames(m.Adding))
	}
	if out.Text = b.String(); m.Over == mfa.SMS {
		out.Text = codeText(e.label, m, out.Link)
	}
	return out
}

func transportNames(list []mfa.Transport) string {
	var s []string
	for _, t := range list {
		s = append(s, t.String())
	}
	return strings.Join(s, ", ")
}

// notify tells owners what happened to their accounts, behind the answer: no call
// waits for it. What is under way when the engine closes goes out.
func (e *Engine) notify(list []mfa.Notice) {
	for _, n := range list {
		for _, to := range n.To {
			m := e.composeNotice(&n, to.Over)
			m.To = to.Address
			e.sendLater(e.background, "a notice", func(ctx context.Context) error { return e.give(ctx, m, smsNotice) })
		}
	}
}

// sendLater sends something behind the answer, in one of the engine's pools.
func (e *Engine) sendLater(p *pool.Pool, what string, send func(context.Context) error) {
	ok := p.Start(func() {
		ctx, cancel := context.WithTimeout(context.Background(), sendLimit)
		defer cancel()
		if err := send(ctx); err != nil {
			e.logger.Warn(what+" could not be sent", "error", err)
		}
	})
	if !ok {
		e.logger.Warn(what + " was dropped: too many on their way")
	}
}

// composeNotice writes a notice that goes over a channel.
func (e *Engine) composeNotice(n *mfa.Notice, over mfa.Transport) Message {
	m := Message{Kind: "notice", User: n.User, Channel: over}
	say := func(format string, args ...any) string {
		full := func(at string) string { return fmt.Sprintf(format, append([]any{at}, args...)...) }
		if over == mfa.SMS {
			return shortText(e.label, 2, full)
		}
		return full(" at " + e.label)
	}
	switch n.Kind {
	case mfa.FactorAdded:
		m.Subject = "A sign-in factor was added at " + e.label
		m.Text = say("A new sign-in factor was added to your account%s: %s.\n", transportNames(n.Added))
		if n.Undo != "" {
			m.Link = linkURL(e.cfg.Issuer, n.Undo)
			m.Text += fmt.Sprintf("\nIf it was not you, remove it and end all sessions within 72 hours:\n\n%s\n", m.Link)
			if over == mfa.SMS {
				m.Text = additionText(e.label, n, m.Link)
			}
		}
	case mfa.ManyMisses:
		m.Subject = "Wrong passwords at " + e.label
		m.Text = say("Wrong passwords were given for your account%s, %d since you last signed in. You need not do anything, if your password is hard to guess.\n", account.TellAfter())
	case mfa.ManyWrong:
		m.Subject = "Wrong sign-in codes at " + e.label
		m.Text = say("Somebody who knows your password gave five wrong sign-in codes%s. If it was not you, change your password.\n")
	case mfa.ManyRequests:
		m.Subject = "Many sign-ins at " + e.label
		m.Text = say("So many sign-ins with your password were open at once%s that one was ended for another. If it was not you, change your password.\n")
	case mfa.GuessesUsedUp:
		m.Subject = "Too many wrong sign-in codes at " + e.label
		m.Text = say("So many wrong sign-in codes were given for your account%s that none is accepted for a while. Whoever gave them knows your password. If it was not you, change it.\n")
	case mfa.NewPassword:
		m.Subject = "Your password was changed at " + e.label
		m.Text = say("The password of your account was changed%s. If it was not you, somebody else can sign in as you: tell whoever runs the service.\n")
	case mfa.PasswordReset:
		m.Subject = "Your password was set anew at " + e.label
		m.Text = say("The password of your account was set anew%s, by a link from your mail. If it was not you, somebody else reads your mail and can sign in as you: tell whoever runs the service.\n")
	case mfa.ManyWrongInReset:
		m.Subject = "Wrong sign-in codes at " + e.label
		m.Text = say("Somebody who has a link from your mail gave wrong sign-in codes to set a new password%s. If it was not you, somebody else reads your mail.\n")
	case mfa.NewAddress:
		m.Subject = "Your e-mail address was changed at " + e.label
		m.Text = say("The e-mail address of your account was changed%s, and all sessions were ended.\n")
		if n.Undo != "" {
			m.Link = pageURL(e.cfg.Issuer, e.cfg.Pages.Undo, n.Undo)
			m.Text += fmt.Sprintf("\nIf it was not you, take the change back within 72 hours:\n\n%s\n", m.Link)
		}
	case mfa.AddressRestored:
		m.Subject = "Your e-mail address was changed back at " + e.label
		m.Text = say("The change of the e-mail address of your account was taken back%s, and all sessions were ended. Set a new password if somebody else knows yours.\n")
	case mfa.AddressTaken:
		m.Subject = "Your e-mail address was changed at " + e.label
		m.Text = say("An administrator changed the e-mail address of your account%s. It is no longer this one.\n")
	case mfa.AccountClosed:
		m.Subject = "Your account was closed at " + e.label
		m.Text = say("Your account was closed%s, with your password. If it was not you, tell whoever runs the service.\n")
	case mfa.FactorsReset:
		m.Subject = "Your sign-in factors were removed at " + e.label
		m.Text = say("An administrator removed the sign-in factors of your account%s. When you next sign in you add one. If you did not ask for this, tell whoever runs the service.\n")
	case mfa.DeviceCopied:
		m.Subject = "A remembered device was forgotten at " + e.label
		m.Text = say("An old key of a device on which you are not asked for a second factor%s was used again, so somebody may have a copy of it. The device was forgotten. If you did not restore it from a backup, change your password.\n")
	case mfa.FactorRemoved:
		m.Subject = "A sign-in factor was removed at " + e.label
		m.Text = say("A sign-in factor of your account was removed%s: %s. If you did not want this, change your password and tell whoever runs the service.\n", transportNames([]mfa.Transport{n.Removed}))
	case mfa.RecoveryRenewed:
		m.Subject = "Your recovery codes were made anew at " + e.label
		m.Text = say("New recovery codes were made for your account%s. The old ones are good no more. If it was not you, change your password and tell whoever runs the service.\n")
	case mfa.FewRecoveryCodes:
		m.Subject = "Few recovery codes are left at " + e.label
		m.Text = say("A recovery code was used to sign in%s. %d are left. If it was you, make new ones; if not, change your password and make new ones.\n", n.Left)
	case mfa.NoRecoveryCodes:
		m.Subject = "No recovery code is left at " + e.label
		m.Text = say("The last recovery code of your account was used%s. If it was you, make new ones; if not, change your password and make new ones.\n")
	case mfa.ManyStagings:
		m.Subject = "Sign-in factors wait to be added at " + e.label
		m.Text = say("Several open sign-ins%s wait to add a sign-in factor to your account. Nothing is added before you approve it. If it was not you, approve nothing and change your password.\n")
	}
	return m
}
