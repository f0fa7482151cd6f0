package mfa

import "time"

// rank is the rule against factor theft: what somebody who knows only the
// password may do.
type rank int

const (
	rankNone   rank = iota // nothing: the account has, or once had, factors that cannot be used now
	rankStaged             // what is added waits until an existing factor is proven
	rankRecord             // an address on record has to be proven first, as it is recorded
	rankAtOnce             // nothing stands in the way: it is active at once
)

func (c *Case) rank() rank {
	switch {
	case !c.Request.Proven.IsZero():
		return rankAtOnce
	case len(c.Factors.Offers(c.policy, c.channels, c.now)) > 0:
		return rankStaged
	case c.Factors.hasLost():
		return rankNone
	case c.onRecord(Email) != "" || c.onRecord(SMS) != "":
		return rankRecord
	}
	return rankAtOnce
}

// onRecord returns the unvalidated address on record for t, if it can be
// reached.
func (c *Case) onRecord(t Transport) string {
	if address := c.Factors.Address(t); c.channels.Reaches(t, address.Value) && !address.Confirmed() {
		return address.Value
	}
	return ""
}

// isEnrolling reports whether the request may still add a factor at all.
func (c *Case) isEnrolling() bool {
	return c.Live() && c.Request.enrolls() && !c.Request.Unproven() && !c.Request.WantsPassword() && !c.Request.Enrollment.Canceled && c.rank() != rankNone
}

// mayEnroll reports whether the request may still add a factor on t. An address
// on record that has to be proven first may be proven though the policy adds
// none on its transport: nothing else would let the account in.
func (c *Case) mayEnroll(t Transport) bool {
	allowed := c.policy.canEnroll(t, c.channels)
	if t == Authenticator {
		allowed = allowed && !c.Request.Enrollment.Secret.IsZero() && c.Factors.hasRoom(t)
	} else if c.rank() == rankRecord {
		allowed = c.onRecord(t) != ""
	}
	return allowed && c.isEnrolling()
}

// Obstacle says why an account that is asked for a second factor can neither prove
// nor enroll one, for people to read. The empty Obstacle is none.
type Obstacle string

// The obstacles.
const (
	NothingEnrollable Obstacle = "the policy lets no factor be enrolled"
	NoSender          Obstacle = "what the policy lets be enrolled has no sender"
	FactorLost        Obstacle = "the account had a factor, and has none now that could be used"
	// NumberOutside is of a factor that worked until the prefixes were others.
	NumberOutside Obstacle = "no text message goes to a number that begins as that of the account does"
)

// Obstacle returns what stands in the way of a second factor at that moment.
func (f *Factors) Obstacle(p Policy, channels Channels, now time.Time) Obstacle {
	may := f.CanEnroll(p, channels, now)
	switch {
	case len(f.Offers(p, channels, now)) > 0, may && len(f.Enrollable(p, channels)) > 0:
		return ""
	case !may && channels.SMS && len(f.Offers(p, Channels{SMS: true}, now)) > 0:
		return NumberOutside
	case !may:
		return FactorLost
	case len(f.Enrollable(p, Channels{Email: true, SMS: true})) > 0:
		return NoSender
	}
	return NothingEnrollable
}

// CanEnroll reports whether an account with these factors may add any of the
// transports in [Factors.Enrollable] after its password: not if it once had a
// factor and none can be used now.
func (f *Factors) CanEnroll(p Policy, channels Channels, now time.Time) bool {
	return len(f.Offers(p, channels, now)) > 0 || !f.hasLost()
}
