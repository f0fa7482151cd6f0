package sallyport

import (
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// maySkip reports whether an account with these factors may log in without the second
// factor that is wanted at all: it never had one.
func maySkip(f *mfa.Factors) bool { return f.Serial == 0 && !f.Any() }

// allowSkip lets a login go without a second factor that is wanted, where the account
// never had one and the policy has such a login left for it. Who brings an invitation has
// come to add one. It is asked after a password, in a login, and for nothing else.
func (c *call) allowSkip(f *facts, factors *mfa.Factors, rules mfa.Policy) {
	switch f.factor {
	case factorEnrol, factorInvitation, factorImpossible:
	default:
		return
	}
	if c.skips = maySkip(factors) && !c.invited && c.who.age.FactorGraceUsed < rules.GraceLogons; c.skips {
		f.factor, c.out.obstacle = factorGrace, ""
	}
}

// skipsLeft is how many logins without a second factor the policy of the call leaves to
// the account, which never had one.
func (c *call) skipsLeft() int {
	return directory.MFAPolicy(&c.who.acc, c.policy, &c.app).GraceLogons - c.who.age.FactorGraceUsed
}
