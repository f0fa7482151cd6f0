package mfa

import (
	"encoding/hex"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// Kind says what a message is for.
type Kind string

// The kinds of messages that carry a secret.
const (
	KindOTP        Kind = "otp"
	KindLink       Kind = "link"
	KindEnrollment Kind = "enrolment" // as outboxes have it
)

// Message is to be sent after the commit. It holds a secret in clear: it goes
// to the sender and nowhere else.
type Message struct {
	Kind   Kind
	Over   Transport
	To     string
	User   string // the name of the account
	Code   string // of an OTP or an enrollment
	Token  string // of a link
	Life   time.Duration
	Option string      // the option it belongs to; empty for an enrollment
	At     time.Time   // when the send was decided, to name it in [Case.SendFailed]
	Adding []Transport // what the answer will add to the account
	// Confirms is as in [Terms], and Unproven as [Request.Unproven] has it.
	Confirms string
	Unproven bool
}

// Choose is call 2: it decides whether a code or link goes out for the option.
// The verdict is Waiting, FailedSending, Dead, Exhausted, or a final one; it
// is Passed for a link that was approved, or Lapsed where the caller is gone.
// A message that is not nil has to be sent after the commit.
func (c *Case) Choose(tx *store.Tx, id string) (Verdict, *Message, error) {
	if v, ended := c.ended(); ended {
		return v, nil, nil
	}
	option := c.Request.option(id)
	switch {
	case option == nil || !c.meets(option):
		return Dead, nil, nil
	case c.ledger().Exhausted(c.now):
		return Exhausted, nil, nil
	case option.Method.Transport == Authenticator:
		return Waiting, nil, nil
	case option.Method.Mode == Link:
		if v, done := c.linkState(option); done {
			return v, nil, nil
		}
	case !option.Fresh && c.now.Before(option.Sent.Add(resend.Period)):
		return sentOrNot(!option.Failed), nil, nil
	}
	return c.send(tx, option)
}

// linkState returns the verdict on a link that needs no new message, and
// whether it is one. The first call that meets a link too late closes it.
func (c *Case) linkState(option *Option) (v Verdict, done bool) {
	switch {
	case option.Answer == Approved && c.phantom: // the account has changed since
		return Dead, true
	case option.Answer == Approved && c.lapse:
		return Lapsed, true
	case option.Answer == Approved:
		c.pass(option, c.sentSince(option))
		return Passed, true
	case option.Digest != nil && c.now.Before(option.Ends) && c.pending.isLinked(c.record, c.now):
		return Waiting, true
	case option.Digest != nil && c.now.Before(option.Ends): // ended by a later login of the same starter
		option.Digest, option.Ends = nil, c.now
		c.dirtyRequest = true
		return Dead, true
	case option.Digest != nil:
		option.retire(Over)
		c.dirtyRequest = true
		c.ignored()
		return Dead, true
	// One that was never sent ended at the zero time, long ago. That links are withheld now,
	// perhaps for this one, is told once its own answer is no longer repeated.
	case !option.Fresh && !option.Failed && c.now.Before(option.Ends.Add(resend.Period)):
		return Dead, true
	case c.withheld():
		return FailedSending, true
	case option.Failed && !option.Fresh:
		return FailedSending, c.now.Before(option.Sent.Add(resend.Period))
	}
	return 0, false
}

// ignored counts a link that nobody answered, if it was not given up. Two in a row withhold
// links for an hour, for somebody may be trying to tire the owner out.
func (c *Case) ignored() {
	if c.pending.gaveUp(c.record) {
		return
	}
	c.pending.unlink(c.record)
	if c.Factors.LinkIgnored++; c.Factors.LinkIgnored >= 2 {
		c.withhold()
	}
	c.dirtyPending, c.dirtyFactors = true, true
}

// withholdFor is how long links are withheld.
const withholdFor = time.Hour

func (c *Case) withhold() {
	c.Factors.LinkWithheld = c.now.Add(withholdFor)
	c.Factors.LinkIgnored = 0
	c.dirtyFactors = true
}

// withheld reports whether links are not to be had now, which never leaves a
// request without an option.
func (c *Case) withheld() bool {
	if !c.now.Before(c.Factors.LinkWithheld) {
		return false
	}
	for _, option := range c.Request.Options {
		if option.Method.Mode != Link {
			return true
		}
	}
	return false
}

// send draws a new code or link, if every budget allows. A refused send leaves
// the old one valid.
func (c *Case) send(tx *store.Tx, option *Option) (Verdict, *Message, error) {
	live := option.Digest != nil && c.now.Before(option.Ends)
	ok, err := c.maySend(tx, option)
	switch {
	case err != nil:
		return 0, nil, err
	case !ok && (live || !c.Request.Unproven()):
		return sentOrNot(live || c.Request.Unproven()), nil, nil
	}
	m := &Message{
		Kind: KindOTP, Over: option.Method.Transport, To: option.To, User: c.Request.Name, Life: option.Lifetime,
		Option: option.ID, At: c.now, Adding: c.Request.Enrollment.staged(), Confirms: c.Request.Confirms(), Unproven: c.Request.Unproven(),
	}
	if option.Method.Mode == Link {
		m.Kind = KindLink
		m.Token = newLinkToken(c.record)
		option.retire(Over)
		option.Digest = linkDigest(c.index, m.Token)
		option.Answer, option.Adding = Unanswered, false
		c.pending.unlink(c.record)
		c.pending.Links = append(c.pending.Links, LiveLink{Record: c.record, Until: c.now.Add(option.Lifetime)})
		c.voidOtherLinks(option)
	} else {
		m.Code = rnd.Text(c.policy.OTPLength, alphabet(c.policy.OTPType))
		option.Digest = otpDigest(c.index, c.record, option.ID, m.Code)
	}
	option.Sent, option.Ends, option.Failed, option.Fresh = c.now, c.now.Add(option.Lifetime), false, false
	c.Request.Sends++
	c.pending.setBusy(c.record)
	c.dirtyRequest, c.dirtyPending = true, true
	if !ok || c.phantom || option.To == "" {
		m = nil // whoever waits is told nothing of it
	}
	return Waiting, m, nil
}

// maySend uses what a message takes of each budget, and reports whether there was
// enough.
func (c *Case) maySend(tx *store.Tx, option *Option) (bool, error) {
	if c.Request.Sends >= requestSends.Size || !c.pending.takeSend(c.Request.Purpose, c.now) {
		return false, nil
	}
	c.dirtyPending = true
	return take(tx, c.Request.budgets(c.index, option), c.peer)
}

// voidOtherLinks leaves one link a request alive: the newest.
func (c *Case) voidOtherLinks(but *Option) {
	for i := range c.Request.Options {
		if option := &c.Request.Options[i]; option != but && option.Method.Mode == Link {
			option.retire(Over)
			option.Answer, option.Fresh = Unanswered, !option.Sent.IsZero()
		}
	}
}

// SendFailed records that the message did not go out, and closes its code or
// link. A failure that comes late closes nothing newer: what the message
// carried must still be what is waited for. The moment alone would not tell,
// since two messages may be decided in one.
func (c *Case) SendFailed(m *Message) {
	if m.Kind == KindEnrollment {
		candidate := c.Request.Enrollment.candidate(m.Over)
		if candidate.Sent.Equal(m.At) && sameDigest(candidate.Digest, c.verifyDigest(m.Over, m.To, m.Code)) {
			candidate.Failed, candidate.Digest = true, nil
			c.dirtyRequest = true
		}
		return
	}
	option := c.Request.option(m.Option)
	if option == nil || !option.Sent.Equal(m.At) || !sameDigest(option.Digest, c.messageDigest(m)) {
		return
	}
	option.Failed, option.Digest = true, nil
	c.dirtyRequest = true
	if m.Kind == KindLink {
		c.pending.unlink(c.record)
		c.dirtyPending = true
	}
}

// messageDigest returns the digest of the secret that the message of an option
// carries.
func (c *Case) messageDigest(m *Message) []byte {
	if m.Kind == KindLink {
		return linkDigest(c.index, m.Token)
	}
	return otpDigest(c.index, c.record, m.Option, m.Code)
}

func sentOrNot(sent bool) Verdict {
	if sent {
		return Waiting
	}
	return FailedSending
}

func otpDigest(index store.Index, record, option, code string) []byte {
	return index.Digest("otp", record, option, code)
}

// A link token is the id of the request's record, which is a digest and names
// nothing, and 128 random bits, in hexadecimal.
func newLinkToken(record string) string { return record + hex.EncodeToString(rnd.Bytes(16)) }

func linkDigest(index store.Index, token string) []byte { return index.Digest("link", token) }
