package mfa

// rank is the rule against factor theft: what somebody who knows only the
// password may do.
type rank int

const (
	rankNone   rank = iota // nothing: an invitation is wanted, and there is none
	rankStaged             // what is added waits until an existing factor is proven
	rankRecord             // an address on record has to be proven first, as it is recorded
	rankAtOnce             // nothing stands in the way: it is active at once
)

func (c *Case) rank() rank {
	switch {
	case !c.Request.Proven.IsZero(), c.isAtOnce():
		return rankAtOnce
	case len(c.Factors.Offers(c.policy, c.channels, c.now)) > 0:
		return rankStaged
	case c.Factors.NeedsInvitation(c.policy) && !c.invited:
		return rankNone
	case c.onRecord(Email) != "" || c.onRecord(SMS) != "":
		return rankRecord
	}
	return rankAtOnce
}

// isAtOnce reports whether the host lets a login enrol after the password alone. An
// invitation that the policy wants is wanted all the same.
func (c *Case) isAtOnce() bool {
	return c.policy.AtOnce && c.Request.Confirms() == "" && !c.Request.Unproven() && (c.invited || !c.Factors.NeedsInvitation(c.policy))
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
