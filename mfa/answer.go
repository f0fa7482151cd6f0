package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/totp"
)

// Answer is call 3: it judges the code given for an option. A right one is
// spent; a wrong one is charged to the request and to the account.
func (c *Case) Answer(id, code string) Verdict {
	code = totp.Clean(code)
	tag := c.index.Digest("miss", c.record, id, code)
	if c.repeated(tag) {
		return Wrong
	}
	if v, ended := c.ended(); ended {
		return v
	}
	option := c.Request.option(id)
	switch {
	case option == nil:
		return Dead
	case c.Factors.Ledger.Exhausted(c.now):
		return Exhausted
	}
	proven, ok := c.check(option, code)
	if !ok {
		return c.miss(tag)
	}
	c.pass(option, proven)
	return Passed
}

// check judges a code and spends it. It returns since when the proof can have
// existed: the send of a code, the start of a step; a recovery code is as old
// as the enrollment that made it.
func (c *Case) check(option *Option, code string) (since time.Time, ok bool) {
	if option.Method.Transport == Authenticator {
		return c.checkDevice(code)
	}
	if option.Method.Mode != OTP || option.Digest == nil {
		return time.Time{}, false
	}
	if !c.now.Before(option.Ends) {
		option.Digest = nil // met too late once, dead for good
		return time.Time{}, false
	}
	return option.Sent, sameDigest(option.Digest, otpDigest(c.index, c.record, option.ID, code))
}

func (c *Case) checkDevice(code string) (since time.Time, ok bool) {
	device := c.Factors.Authenticator
	if device == nil {
		return time.Time{}, false
	}
	if len(code) == recoveryLength {
		return device.Added, c.spendRecovery(code)
	}
	step, ok := device.Secret.Verify(code, c.now, device.LastStep)
	if !ok {
		return time.Time{}, false
	}
	device.LastStep = step
	c.dirtyFactors = true
	return time.Unix(int64(step)*int64(totp.Period/time.Second), 0), true
}

// pass closes what was answered. What is staged becomes active, unless the
// proof may be older than the staging: then the user cannot have meant it.
func (c *Case) pass(option *Option, since time.Time) {
	adding := option.Method.Mode != Link || option.Adding
	c.Request.Proven = c.now
	if staged := c.Request.Enrollment.stagedAt(); !staged.IsZero() && adding && !since.Before(staged) {
		c.activate()
	}
	c.Factors.LinkIgnored = 0
	c.void()
	c.dirtyFactors = true
}

// PassEarlier reports whether an earlier call proved the second factor of this
// request without having been given tokens: a first enrollment did.
func (c *Case) PassEarlier() bool { return c.Live() && !c.Request.Proven.IsZero() }
