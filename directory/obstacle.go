package directory

import (
	"fmt"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// general returns the general policy as it will be.
func (a *Applier) general() (PolicyRecord, error) {
	if a.want.policy != nil {
		return *a.want.policy, nil
	}
	stored, _, err := Policies.Get(a.tx, GeneralPolicy)
	return stored, err
}

// judgeFactors notes a user who will be asked for a second factor in an application
// of the file, and can neither prove nor enroll one there. That a policy wants an
// invitation for the first one is no obstacle.
func (a *Applier) judgeFactors(p *userPlan, f *mfa.Factors) error {
	if len(a.apps) == 0 {
		return nil
	}
	general, err := a.general()
	if err != nil {
		return err
	}
	for i := range a.apps {
		app := &a.apps[i].record
		rules := MFAPolicy(&p.acc, general, app)
		if p.acc.Passwordless || !HasRole(&p.acc, app) || !WantsFactor(&p.acc, rules, f.IsEnrolled()) {
			continue
		}
		if o := f.Obstacle(rules, a.channels, a.tx.Now(), f.Serial == 0); o != "" {
			if a.stuck == nil {
				a.stuck = map[mfa.Obstacle][]string{}
			}
			a.stuck[o] = append(a.stuck[o], p.at)
			return nil
		}
	}
	return nil
}

// warnOfObstacles warns of policies and users for whom a login ends with a second
// factor that is wanted and that nobody can give: the answer says only that one is
// wanted.
func (a *Applier) warnOfObstacles() error {
	general, err := a.general()
	if err != nil {
		return err
	}
	for i, app := range a.apps {
		var none mfa.Factors
		rules := MFAPolicy(&account.Account{}, general, &app.record)
		if o := none.Obstacle(rules, a.channels, a.tx.Now(), true); app.record.ID != "" && rules.Mode == mfa.Required && o != "" {
			a.warn("%s: everybody is asked for a second factor, and whoever has none can enroll none: %s", element("applications", i), o)
		}
	}
	for _, o := range []mfa.Obstacle{mfa.NothingEnrollable, mfa.NoSender, mfa.FactorLost, mfa.NumberOutside} {
		if paths := a.stuck[o]; len(paths) > 0 {
			a.warn("%s: asked for a second factor, and can neither give nor enroll one: %s", some(paths), o)
		}
	}
	return nil
}

func (a *Applier) warn(format string, args ...any) {
	a.report.Warnings = append(a.report.Warnings, fmt.Sprintf(format, args...))
}
