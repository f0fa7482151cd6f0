package mfa

import "slices"

// The purposes of a request that confirms a change of the account and is no login:
// it can be used by the calls of that change alone, and no token or session comes of it.
// Nothing is enrolled but in one of AddFactor or AcceptInvitation. A link goes out in one
// of StepUp alone.
const (
	// ResetPassword is of a request in which whoever forgot their password proves a
	// factor beside a mailed key.
	ResetPassword = "reset password"
	// ChangeAddress and CloseAccount are of one in which a factor is proven after the
	// password.
	ChangeAddress = "change address"
	CloseAccount  = "close account"
	// AddFactor is of one in which a factor is added outside a login, RemoveFactor and
	// RenewRecovery of one in which a factor is proven before another is removed, or new
	// recovery codes are drawn.
	AddFactor     = "add factor"
	RemoveFactor  = "remove factor"
	RenewRecovery = "renew recovery codes"
	// AcceptInvitation is of one in which a first factor is added after the password and
	// an invitation, outside a login.
	AcceptInvitation = "accept invitation"
	// StepUp is of one in which whoever is signed in proves a second factor anew.
	StepUp = "step up"
)

// newPurposes is the schema of the first program that knows AddFactor, RemoveFactor,
// RenewRecovery, AcceptInvitation and [Passwordless], and stepUps of the first that knows
// StepUp. One before it would take such a request for a login behind a password.
const (
	newPurposes = 2
	stepUps     = 3
)

// Confirms returns the change that the request confirms; empty: it is a login.
func (r *Request) Confirms() string {
	switch r.Purpose {
	case ResetPassword, ChangeAddress, CloseAccount, AddFactor, RemoveFactor, RenewRecovery, AcceptInvitation, StepUp:
		return r.Purpose
	}
	return ""
}

// enrolls reports whether something may be enrolled in the request.
func (r *Request) enrolls() bool {
	return r.Confirms() == "" || isOfEnrollment(r.Purpose)
}

// isOfEnrollment reports whether requests of that purpose are known to the calls of an
// enrollment, as those of logins are.
func isOfEnrollment(purpose string) bool { return purpose == AddFactor || purpose == AcceptInvitation }

// ChangesFactors reports whether a change is one of second factors, which are ours whoever
// keeps the account.
func ChangesFactors(purpose string) bool {
	return purpose == AddFactor || purpose == RemoveFactor || purpose == RenewRecovery
}

// codes are the offers of a request that confirms a change: codes alone, which are
// typed where the change is made. A link is approved elsewhere, by whoever takes it
// for that of a login.
func codes(all []Offer) (out []Offer) {
	for _, o := range all {
		if o.Mode = OTP; !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// End ends a request in the commit of the change that it confirms. Unlike a complete
// login it clears no count of wrong codes.
func (c *Case) End() {
	c.Request.State, c.Request.Granted = Granted, c.now
	c.void()
	c.pending.close(c.record)
	if len(c.Request.Browser) == 0 { // else the browser may look at the recovery codes once more
		c.Request.Seed = nil
	}
	c.dirtyRequest, c.dirtyPending = true, true
}
