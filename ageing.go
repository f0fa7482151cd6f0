package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
)

// ageFacts fills in where the account's right password stands: by its age, and by
// what the policy states. One that a module keeps stands as the module says.
func (c *call) ageFacts(f *facts) {
	if c.who.acc.Passwordless {
		return
	}
	if c.who.module != nil {
		return
	}
	rules, age := &c.policy.Passwords, &c.who.age
	f.passwordExpired = hasRunOut(rules.MaxAge, age.PasswordChanged, c.tx.Now())
	f.passwordWeak = c.who.weak
	f.grace = age.GraceUsed < rules.GraceLogons
}

// hasRunOut reports whether a password that was set then has run out. Of one that was
// set before such moments were kept nobody knows.
func hasRunOut(life time.Duration, set, now time.Time) bool {
	return life > 0 && !set.IsZero() && !now.Before(set.Add(life))
}

// isOver reports whether the account's password has run out or does not meet the policy,
// and no login by grace is left: what a login would refuse.
func (c *call) isOver() bool {
	var f facts
	c.ageFacts(&f)
	return granted(f).byGrace() && !f.grace
}

// spendGrace counts a login that grace alone has let in, in the commit that grants it:
// with a password that has run out or is weak, without a second factor, or both.
func (c *call) spendGrace() error {
	p, out := &c.who, &c.out
	if !out.byGrace() && !out.skips() {
		return nil
	}
	if out.byGrace() {
		p.age.GraceUsed++
		out.graceLeft = c.policy.Passwords.GraceLogons - p.age.GraceUsed
	}
	if out.skips() {
		p.age.FactorGraceUsed++
		out.skipsLeft = c.skipsLeft()
	}
	return account.Ageings.Put(c.tx, p.home, p.age, account.NoExpiry)
}

// passwordWanted is the answer to a request that wants another password: since an
// administrator wants it, it has run out or does not meet the policy, or the one that
// was staged may not be set.
func (c *call) passwordWanted() answer {
	switch {
	case c.who.acc.MustChange:
		return asks(PasswordChangeWanted, MustChangePasswordAtNextLogon, ReasonMustChange)
	case c.isOver():
		var f facts
		c.ageFacts(&f)
		return granted(f).refused()
	}
	return asks(PasswordChangeWanted, MustChangePasswordAtNextLogon|PasswordDoesNotPassValidation, ReasonPasswordWeak)
}
