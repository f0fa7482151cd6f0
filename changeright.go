package sallyport

import (
	"errors"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
)

// passwordDialog is a change of a password over all attempts of its transaction.
type passwordDialog struct {
	dialog
	fresh   newPassword
	session string // the handle of one
	over    bool   // the session is not good, or no longer
	changed bool   // or staged
	refused *password.PolicyError
}

// changeRight goes on after a right old password. A factor may have been proven before,
// in the session from which the change comes.
func (c *call) changeRight(d *passwordDialog, scopes []string, proven bool) error {
	if err := c.meetRight(); err != nil {
		return err
	}
	factors, err := mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
	if err != nil {
		return err
	}
	rules := directory.MFAPolicy(&c.who.acc, c.policy, &c.app)
	f := c.who.facts(c.tx.Now())
	f.password, f.hasRole, f.mustChange = true, true, false // whether it must be is no matter: it is being done
	c.factorFacts(&f, &factors, rules)
	if proven && f.factor == factorWanted {
		f.factor = factorProven
	}
	c.out.answer = assess(f)
	if c.out.outcome == Denied {
		return c.log(Event{Kind: EventRefused, Account: c.who.id, Client: c.client.ID, Status: c.out.status})
	}
	told := c.out.outcome == Granted // else a second factor is still to be proven
	if ok, err := c.judgeChange(d, &factors, told); err != nil || !ok {
		return err
	}
	if !told {
		c.out.requestID, d.purpose = d.requestID, mfa.ChangePassword
		return c.beginRequest(&d.dialog, scopes, factors, rules)
	}
	if n, told := factors.TellNewPassword(c.who.acc.Name, c.channels, c.tx.Now()); told {
		c.out.notices = append(c.out.notices, n)
		if err := mfa.FactorsTable.Put(c.tx, c.who.home, factors, account.NoExpiry); err != nil {
			return err
		}
	}
	return c.setPassword(d.staged, EventPasswordChanged)
}

// judgeChange judges the new password and hashes it. It reports whether it may be
// set, or staged; else d says what is wrong with it. The old one was right, so what
// this costs tells nothing. What speaks of the account is told only where all that the
// change needs is proven, and charged like a miss, since it tells of passwords and
// addresses; else it waits in what is staged.
func (c *call) judgeChange(d *passwordDialog, factors *mfa.Factors, told bool) (ok bool, err error) {
	d.fresh.old = d.guess.password
	r, err := c.judgeNew(&d.fresh, c.place(&d.guess), c.wordsOf(factors.Email.Value))
	if err != nil {
		return false, err
	}
	if typed.Password(d.fresh.password) == typed.Password(d.guess.password) { // which whoever asks knows
		r.itself = password.JoinPolicy(r.itself, &password.PolicyError{Failed: []password.Violation{password.NewViolation(password.RuleHistory, "Choose another one: this is the old one.")}})
	}
	why := r.itself
	if told {
		why = r.any()
	}
	if d.refused, _ = errors.AsType[*password.PolicyError](why); d.refused != nil {
		if r.itself == nil && d.in.RequestID == "" {
			return false, c.who.guard.Miss(c.tx, c.policy.LockRules, c.tx.Now(), nil)
		}
		return false, nil
	}
	d.changed, d.staged = true, d.fresh.staged()
	if late, _ := errors.AsType[*password.PolicyError](r.beside); late != nil {
		d.staged.Refused = late.Error()
	}
	return true, nil
}
