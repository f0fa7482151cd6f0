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
	KindOTP       Kind = "otp"
	KindLink      Kind = "link"
	KindEnrollment Kind = "enrollment"
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
}

// Choose is call 2: it decides whether a code or link goes out for the option.
// The verdict is Waiting, FailedSending, Dead, Exhausted, or a final one; it
// is Passed for a link that was approved. A message that is not nil has to be
// sent after the commit.
func (c *Case) Choose(tx *store.Tx, id string) (Verdict, *Message, error) {
	if v, ended := c.ended(); ended {
		return v, nil, nil
	}
	o := c.Request.option(id)
	switch {
	case o == nil:
		return Dead, nil, nil
	case c.Factors.Ledger.Exhausted(c.now):
		return Exhausted, nil, nil
	case o.Method.Transport == Authenticator:
		return Waiting, nil, nil
	case o.Method.Mode == Link:
		if v, done := c.linkState(o); done {
			return v, nil, nil
		}
	case !o.Fresh && !o.Sent.IsZero() && c.now.Before(o.Sent.Add(resendAfter)):
		return sentOrNot(!o.Failed), nil, nil
	}
	return c.send(tx, o)
}

// linkState answers for a link that needs no new message. The first call that
// meets a link too late closes it.
func (c *Case) linkState(o *Option) (v Verdict, done bool) {
	switch {
	case o.Answer == Approved:
		c.pass(o, c.now)
		return Passed, true
	case o.Digest != nil && c.now.Before(o.Ends):
		return Waiting, true
	case o.Digest != nil:
		o.Digest = nil
		c.dirtyRequest = true
		c.ignored()
		return Dead, true
	case c.withheld():
		return FailedSending, true
	case o.Fresh || o.Sent.IsZero():
		return 0, false
	case o.Failed:
		return FailedSending, c.now.Before(o.Sent.Add(resendAfter))
	default:
		return Dead, c.now.Before(o.Ends.Add(resendAfter))
	}
}

// ignored counts a link that nobody answered. Two in a row withhold links for
// an hour, for somebody may be trying to tire the owner out.
func (c *Case) ignored() {
	c.pending.unlink(c.record)
	if c.Factors.LinkIgnored++; c.Factors.LinkIgnored >= 2 {
		c.withhold()
	}
	c.dirtyPending, c.dirtyFactors = true, true
}

func (c *Case) withhold() {
	c.Factors.LinkWithheld = c.now.Add(time.Hour)
	c.Factors.LinkIgnored = 0
	c.dirtyFactors = true
}

// withheld says whether links are not to be had now, which never leaves a
// request without an option.
func (c *Case) withheld() bool {
	if !c.now.Before(c.Factors.LinkWithheld) {
		return false
	}
	for _, o := range c.Request.Options {
		if o.Method.Mode != Link {
			return true
		}
	}
	return false
}

// send draws a new code or link, if every budget allows. A refused send leaves
// the old one valid.
func (c *Case) send(tx *store.Tx, o *Option) (Verdict, *Message, error) {
	live := o.Digest != nil && c.now.Before(o.Ends)
	if c.Request.Sends >= maxSends || !c.pending.Sends.take(c.now, accountPerHour, time.Hour, "") {
		return sentOrNot(live), nil, nil
	}
	c.dirtyPending = true
	ok, err := spend(tx, c.x, c.now, o.Method.Transport, o.To, c.peer)
	if err != nil {
		return 0, nil, err
	}
	if !ok {
		return sentOrNot(live), nil, nil
	}
	m := &Message{Kind: KindOTP, Over: o.Method.Transport, To: o.To, User: c.Request.Name, Life: o.Lifetime, Option: o.ID, At: c.now, Adding: c.Request.Enrollment.staged()}
	if o.Method.Mode == Link {
		m.Kind = KindLink
		m.Token = newLinkToken(c.record)
		o.Digest = linkDigest(c.x, m.Token)
		o.Answer, o.Adding = Unanswered, false
		c.pending.unlink(c.record)
		c.pending.Links = append(c.pending.Links, LiveLink{Record: c.record, Until: c.now.Add(o.Lifetime)})
		c.voidOtherLinks(o)
	} else {
		m.Code = rnd.Text(c.policy.OTPLength, alphabet(c.policy.OTPType))
		o.Digest = otpDigest(c.x, c.record, o.ID, m.Code)
	}
	o.Sent, o.Ends, o.Failed, o.Fresh = c.now, c.now.Add(o.Lifetime), false, false
	c.Request.Sends++
	c.pending.setBusy(c.record)
	c.dirtyRequest = true
	return Waiting, m, nil
}

// voidOtherLinks leaves one link a request alive: the newest.
func (c *Case) voidOtherLinks(but *Option) {
	for i := range c.Request.Options {
		if o := &c.Request.Options[i]; o != but && o.Method.Mode == Link {
			o.Digest, o.Answer, o.Fresh = nil, Unanswered, !o.Sent.IsZero()
		}
	}
}

// SendFailed records that the message did not go out, unless another has been
// sent since. Its code or link is closed.
func (c *Case) SendFailed(m *Message) {
	if m.Kind == KindEnrollment {
		if k := c.Request.Enrollment.candidate(m.Over); c.found && k.Sent.Equal(m.At) {
			k.Failed, k.Digest = true, nil
			c.dirtyRequest = true
		}
		return
	}
	if o := c.Request.option(m.Option); o != nil && o.Sent.Equal(m.At) {
		o.Failed, o.Digest = true, nil
		c.dirtyRequest = true
		if m.Kind == KindLink {
			c.pending.unlink(c.record)
			c.dirtyPending = true
		}
	}
}

func sentOrNot(sent bool) Verdict {
	if sent {
		return Waiting
	}
	return FailedSending
}

func otpDigest(x store.Index, record, option, code string) []byte {
	return x.Digest("otp", record, option, code)
}

// A link token is the id of the request's record, which is a digest and names
// nothing, and 128 random bits, in hexadecimal.
func newLinkToken(record string) string { return record + hex.EncodeToString(rnd.Bytes(16)) }

func linkDigest(x store.Index, token string) []byte { return x.Digest("link", token) }
