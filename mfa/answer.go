package mfa

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Answer is call 3: it judges the code given for an option. A right one is
// spent; a wrong one is charged to the request and to the account.
//
// Where the caller is gone ([Terms.Lapse]) a right one is not spent and the
// verdict is Lapsed; what is written is then what a wrong one writes.
func (c *Case) Answer(id, text string) Verdict {
	code := typed.Code(text)
	tag := c.missTag(id, code)
	if c.repeated(tag) {
		return Wrong
	}
	if v, ended := c.ended(); ended {
		return v
	}
	option := c.Request.option(id)
	switch {
	case option == nil || !c.meets(option):
		return Dead
	case c.ledger().Exhausted(c.now):
		return Exhausted
	}
	if option.Method.Transport == Authenticator && !isRecoveryCode(code) && c.Factors.devicesAhead(c.now) {
		c.Unchecked = true
		return Wrong
	}
	c.closeLate(option)
	right, ok := c.check(option, code, text)
	switch {
	case !ok || c.phantom:
		return c.miss(tag)
	case c.lapse:
		return c.lapsed()
	case c.Request.Purpose == AddFactor && right.since.Before(c.Request.Enrollment.stagedAt()):
		return Early // the request is for nothing else
	}
	right.spend()
	c.pass(option, right.since)
	return Passed
}

// Over reports whether the request is answered like one that never was, whatever
// else the call brings: it has ended with success, by its last wrong code or by its
// time, and this answer does not repeat the one that ended it.
func (c *Case) Over(id, text string) bool {
	v, ended := c.ended()
	return ended && v == Dead && !c.repeated(c.missTag(id, typed.Code(text)))
}

// missTag is what a wrong answer is recognised by when it comes again.
func (c *Case) missTag(id, code string) []byte { return c.index.Digest("miss", c.record, id, code) }

// rightCode is a code that was found right, before it is spent.
type rightCode struct {
	since time.Time // when the proof can have existed at the earliest
	spend func()
}

// closeLate ends a code that is met too late once, for good. A link is not
// ended here: that nobody answered it has to be counted first.
func (c *Case) closeLate(option *Option) {
	if option.Method.Mode == OTP && option.Digest != nil && !c.now.Before(option.Ends) {
		option.Digest = nil
	}
}

// check judges a code, which was typed as text, and changes nothing. A code that was sent is as old as
// its sending, that of an authenticator as the start of its step, a recovery
// code as the enrollment that made it.
func (c *Case) check(option *Option, code, text string) (right rightCode, ok bool) {
	switch {
	case option.Method.Transport == Authenticator && isRecoveryCode(code):
		if !c.takesRecovery() {
			return rightCode{}, false // unread, so that the answer does not tell whether it is good
		}
		return c.checkRecovery(code, text)
	case option.Method.Transport == Authenticator:
		return c.checkDevice(code)
	case option.Method.Mode != OTP:
		return rightCode{}, false
	}
	want := otpDigest(c.index, c.record, option.ID, code)
	return rightCode{since: c.sentSince(option), spend: func() { option.Digest = nil }}, sameDigest(option.Digest, want)
}

// sentSince returns when what is live of an option can have been sent at the earliest: after
// all that is staged, since staging voids what was sent before. A clock that was set back
// between the two does not make it older.
func (c *Case) sentSince(option *Option) time.Time {
	if at := c.Request.Enrollment.stagedAt(); at.After(option.Sent) {
		return at
	}
	return option.Sent
}

// pass closes what was answered. What is staged becomes active, unless the
// proof may be older than the staging: then the user cannot have meant it.
func (c *Case) pass(option *Option, since time.Time) {
	adding := option.Method.Mode != Link || option.Adding
	c.Request.Proven = c.now
	if adding && !since.Before(c.Request.Enrollment.stagedAt()) {
		c.activate()
	}
	c.Factors.LinkIgnored = 0
	c.void()
	c.dirtyFactors = true
}

// lapsed is the verdict on a right answer whose caller is gone. It writes the
// records that a miss would write, unchanged, so that time does not tell a
// right answer from a wrong one.
func (c *Case) lapsed() Verdict {
	ledger := *c.ledger()
	ledger.charge(c.now)
	c.dirtyRequest, c.dirtyFactors = true, true
	if c.Request.Tries+1 >= c.policy.tries() || ledger.Exhausted(c.now) {
		c.dirtyPending = true
	}
	return Lapsed
}

// Completes reports whether the second factor that was proven, by that option or by
// none, completes the login. Where the policy requires one, a method that it does not
// count proves the person and no more: a factor that counts has to be enrolled in the
// same request.
func (c *Case) Completes(id string) bool {
	if c.policy.Mode != Required {
		return true
	}
	if id == "" {
		id = c.Request.ProvenBy
	}
	if option := c.Request.option(id); option != nil && slices.Contains(c.policy.Methods, option.Method) {
		return true
	}
	return slices.ContainsFunc(c.Request.Enrollment.active(), c.policy.uses)
}

// PassEarlier reports whether an earlier call proved the second factor of this
// request without having been given tokens: a first enrollment did.
func (c *Case) PassEarlier() bool { return c.Live() && !c.Request.Proven.IsZero() }
