package mfa

import (
	"slices"
	"time"
)

// TakeAway takes all factors and recovery codes from an account, as an administrator
// does for somebody who has lost them. Addresses stay on record, those that were
// factors as proven ones: what is enrolled next waits until one of them is proven, and
// they are told of it. Nor is an address a factor that a change of address is taken back
// to after this. It reports false where the account never had a factor, and
// changes nothing then.
//
// An account that once had a factor adds none by its password alone: the next one takes
// an invitation, see [Factors.NeedsInvitation].
//
// The caller raises the account's epoch and writes the serial into its own record.
func (f *Factors) TakeAway() bool {
	if f.Serial == 0 {
		return false
	}
	f.keepDevices(func(Device) bool { return false })
	f.dropAllFurther()
	for _, t := range []Transport{Email, SMS} {
		f.demoteAddress(t)
		a := f.Address(t)
		*a = Address{Value: a.Value, Proven: a.Proven, Unknown: a.Unknown}
	}
	f.Ledger.Forget()
	f.Unproven.Forget()
	f.LinkWithheld, f.LinkIgnored = time.Time{}, 0
	f.Serial++
	return true
}

// demoteAddress makes of the address of t, and of those whose place it took, ones that are
// proven and no more: none is a factor that a change of address is taken back to.
func (f *Factors) demoteAddress(t Transport) {
	f.Address(t).demote()
	if t != Email {
		return
	}
	f.Former = slices.Clone(f.Former)
	for i := range f.Former {
		f.Former[i].demote()
	}
}

// demote makes of a factor an address that is proven and no more.
func (a *Address) demote() {
	if a.Confirmed() {
		a.Validated, a.Proven = time.Time{}, a.Validated
	}
}

// TellTakenAway returns the notice to the owner that an administrator took the factors
// away. It is told whatever else was: nobody but an administrator brings it about.
func (f *Factors) TellTakenAway(user string, channels Channels) Notice {
	return Notice{Kind: FactorsReset, User: user, To: f.Targets(channels)}
}
