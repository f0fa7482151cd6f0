package sallyport

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/pool"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// deliver sends a code or link that has been committed, and records a failure,
// so that a call that asks again soon is told the same. It does not depend on the
// caller: a call that was given up has decided nothing.
func (e *Engine) deliver(requestID string, out *outcome) bool {
	m := out.message
	// Not even its values are kept: some servers lend a context for the time of
	// the request alone, and a sender may outlive that.
	ctx := context.Background()
	err := e.send(ctx, e.compose(m, out.reader), shareOf(m))
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
func (e *Engine) queue(out *outcome) {
	m, to, id := out.message, out.reader, out.queuedFor.id
	e.sendLater(e.mailing, "a code or link", func(ctx context.Context) error {
		if m == nil {
			return nil
		}
		err := e.give(ctx, e.compose(m, to), shareOf(m))
		if err == nil {
			return nil
		}
		return errors.Join(err, e.guarded(func() error { return e.noteUnsent(id, m) }))
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

// compose writes a message that carries a secret.
func (e *Engine) compose(m *mfa.Message, to reader) Message {
	d := draft{reader: to, kind: string(m.Kind), channel: m.Over, to: m.To, topic: topicOf(m)}
	d.facts = message.Facts{User: m.User, Code: m.Code, Life: m.Life, Factors: factorNames(m.Adding), Purpose: purposes[m.Confirms]}
	if m.Kind == mfa.KindLink {
		d.facts.Link = pageURL(e.cfg.Issuer, e.cfg.Pages.Link, m.Token)
	}
	return e.written(&d)
}

// topicOf says what a message is about that carries a secret.
func topicOf(m *mfa.Message) message.Topic {
	stepUp := m.Confirms == mfa.StepUp
	switch {
	case m.Kind == mfa.KindLink && stepUp:
		return message.StepUpLink
	case stepUp:
		return message.StepUpCode
	case m.Kind == mfa.KindLink:
		return message.SignInLink
	case m.Kind == mfa.KindEnrollment:
		return message.EnrolmentCode
	case purposes[m.Confirms] != "":
		return message.ConfirmationCode
	case m.Confirms == mfa.ResetPassword:
		return message.ResetCode
	case m.Unproven:
		return message.UnprovenCode
	}
	return message.SignInCode
}

// purposes are those of the requests that are no login.
var purposes = map[string]message.Purpose{
	mfa.ChangeAddress: message.ToChangeAddress,
	mfa.CloseAccount:  message.ToCloseAccount,
	mfa.AddFactor:     message.ToAddFactor,
	mfa.RemoveFactor:  message.ToRemoveFactor,
	mfa.RenewRecovery: message.ToRenewRecovery,
}

// notify tells owners what happened to their accounts, behind the answer: no call
// waits for it. What is under way when the engine closes goes out.
func (e *Engine) notify(out *outcome) {
	for _, n := range out.notices {
		for _, at := range n.To {
			m := e.composeNotice(&n, out.reader, at)
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
func (e *Engine) composeNotice(n *mfa.Notice, to reader, at mfa.Target) Message {
	d := draft{reader: to.or(n.Language), kind: "notice", channel: at.Over, to: at.Address, topic: notices[n.Kind]}
	d.facts = message.Facts{User: n.User, Factors: factorNames(n.Added), Number: n.Left}
	switch n.Kind {
	case mfa.ManyMisses:
		d.facts.Number = account.TellAfter()
	case mfa.FactorRemoved:
		d.facts.Factors = factorNames([]mfa.Transport{n.Removed})
	}
	switch {
	case n.Undo == "":
	case n.Kind == mfa.NewAddress:
		d.facts.Link = pageURL(e.cfg.Issuer, e.cfg.Pages.Undo, n.Undo)
	default:
		d.facts.Link = pageURL(e.cfg.Issuer, e.cfg.Pages.Link, n.Undo)
	}
	return e.written(&d)
}

// notices are the topics of notices.
var notices = map[mfa.NoticeKind]message.Topic{
	mfa.FactorAdded:      message.FactorAdded,
	mfa.ManyWrong:        message.WrongCodes,
	mfa.ManyMisses:       message.WrongPasswords,
	mfa.ManyRequests:     message.ManySignIns,
	mfa.GuessesUsedUp:    message.CodesUsedUp,
	mfa.ManyStagings:     message.FactorsWaiting,
	mfa.NewPassword:      message.PasswordChanged,
	mfa.PasswordReset:    message.PasswordReset,
	mfa.ManyWrongInReset: message.WrongCodesInReset,
	mfa.ManyWrongStepUp:  message.WrongInStepUp,
	mfa.FewRecoveryCodes: message.FewRecoveryCodes,
	mfa.NoRecoveryCodes:  message.NoRecoveryCodes,
	mfa.NewAddress:       message.AddressChanged,
	mfa.AddressRestored:  message.AddressRestored,
	mfa.AddressTaken:     message.AddressTaken,
	mfa.AccountClosed:    message.AccountClosed,
	mfa.FactorsReset:     message.FactorsReset,
	mfa.DeviceCopied:     message.DeviceCopied,
	mfa.FactorRemoved:    message.FactorRemoved,
	mfa.RecoveryRenewed:  message.RecoveryRenewed,
}
