package sallyport

import (
	"errors"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// mayGoOn judges the account for the application as a login would today: what the present
// policy would refuse is not carried on. The error is then a [ProtocolError] that says why,
// as whoever logs in is told too: the caller has proven the refresh token. Why an account
// may not log in is told after its password alone.
func (c *call) mayGoOn(s *token.Session) error {
	if !c.who.usable(c.tx.Now()) || !c.client.AllowsModule(c.who.moduleName()) {
		return &ProtocolError{Code: InvalidGrant, Reason: c.mustChange()}
	}
	switch why, err := c.whyNotOn(s); {
	case err != nil:
		return err
	case why != NoReason:
		return &ProtocolError{Code: InvalidGrant, Reason: why}
	}
	return c.mayAimOn(s)
}

// mayAimOn judges whether the API that a login asked for is there still, and the client may
// have it. If not it is no fault of what this call asks for: the grant is not good.
func (c *call) mayAimOn(s *token.Session) error {
	if s.Resource == "" {
		return nil
	}
	left := c.client.Keeps(s.Scopes)
	_, err := c.target(token.TargetRequest{Granted: left, Scopes: left, Resource: s.Resource})
	if _, refused := errors.AsType[*ProtocolError](err); refused {
		return &ProtocolError{Code: InvalidGrant}
	}
	return err
}

// mustChange is the one reason of an account itself that a session is told.
func (c *call) mustChange() Reason {
	if a, refused := accountAnswer(c.who.facts(c.tx.Now())); refused && c.who.known && a.outcome == PasswordChangeWanted {
		return a.reason
	}
	return NoReason
}

// whyNotOn is what the present policy has against a session.
func (c *call) whyNotOn(s *token.Session) (Reason, error) {
	p := &c.who
	switch {
	case !directory.HasRole(&p.acc, &c.app):
		return ReasonNoRole, nil
	case c.isOver():
		return ReasonPasswordExpired, nil
	}
	f, err := mfa.ReadFactors(c.tx, p.home, p.leastSerial())
	if err != nil {
		return NoReason, err
	}
	rules := directory.MFAPolicy(&p.acc, c.policy, &c.app)
	counts := rules.Mode != mfa.Required || f.Counts(rules)
	switch {
	case !directory.WantsFactor(&p.acc, rules, f.IsEnrolled()):
		return NoReason, nil
	case s.ProvesFactor() && counts, isRemembered(s, rules, c.tx.Now()):
		return NoReason, nil
	case s.Grace > 0 && s.Grace <= rules.GraceLogons && maySkip(&f):
		return NoReason, nil
	}
	var now facts
	c.factorFacts(&now, &f, rules)
	switch {
	case now.factor == factorInvitation:
		return ReasonInvitationWanted, nil
	case now.factor == factorImpossible:
		return ReasonNoFactor, nil
	case now.factor == factorEnrol, !counts:
		return ReasonEnrollmentWanted, nil
	}
	return ReasonFactorWanted, nil
}

// isRemembered reports whether the second factor of a session, for which a device stood,
// would not be asked for there today.
func isRemembered(s *token.Session, rules mfa.Policy, now time.Time) bool {
	for _, m := range rules.Methods {
		if proven, ok := s.Factors[m.String()]; ok && rules.Remembers(m, proven, now) {
			return true
		}
	}
	return false
}
