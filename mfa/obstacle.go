package mfa

import "time"

// Obstacle says why an account that is asked for a second factor can neither prove
// nor enroll one, for people to read. The empty Obstacle is none.
type Obstacle string

// The obstacles.
const (
	NothingEnrollable Obstacle = "the policy lets no factor be enrolled"
	NoSender          Obstacle = "what the policy lets be enrolled has no sender"

	// What an invitation of an administrator would overcome.

	FactorLost       Obstacle = "the account had a factor, and has none now that could be used: enrolling one takes an invitation"
	InvitationWanted Obstacle = "the policy lets a first factor be enrolled by an invitation alone"
	// NumberOutside is of a factor that worked until the prefixes were others.
	NumberOutside Obstacle = "no text message goes to a number that begins as that of the account does"
)

// WantsInvitation reports whether an invitation would overcome the obstacle.
func (o Obstacle) WantsInvitation() bool {
	switch o {
	case FactorLost, InvitationWanted, NumberOutside:
		return true
	}
	return false
}

// Obstacle returns what stands in the way of a second factor at that moment. Invited says
// that the account has an invitation that is good.
func (f *Factors) Obstacle(p Policy, channels Channels, now time.Time, invited bool) Obstacle {
	can := func(channels Channels) bool { return len(f.Enrollable(p, channels)) > 0 }
	asked := len(f.Offers(p, channels, now)) > 0
	switch {
	case asked:
		return ""
	case !can(channels) && can(Channels{Email: true, SMS: true}):
		return NoSender
	case !can(channels):
		return NothingEnrollable
	case f.CanEnroll(p, channels, now, invited):
		return ""
	case channels.SMS && len(f.Offers(p, Channels{SMS: true}, now)) > 0:
		return NumberOutside
	case f.Serial > 0:
		return FactorLost
	}
	return InvitationWanted
}

// NeedsInvitation reports whether an account with these factors, of which none can be
// asked for, adds one by an administrator's invitation alone: where the policy says so,
// and wherever it has or once had a factor, unless the host lets anybody enrol after the
// password ([Policy].AtOnce). Who knows the password of such an account may be whoever it
// was taken from.
func (f *Factors) NeedsInvitation(p Policy) bool {
	return f.Serial > 0 && !p.AtOnce || p.FirstEnrollment == ByInvitation
}

// CanEnroll reports whether an account with these factors may add any of the
// transports in [Factors.Enrollable] after its password, and after an invitation where
// it has one that is good.
func (f *Factors) CanEnroll(p Policy, channels Channels, now time.Time, invited bool) bool {
	return len(f.Offers(p, channels, now)) > 0 || invited || !f.NeedsInvitation(p)
}
