package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// applyFactors writes the second factors of an account, and what follows from
// changes to the account: whatever ends sessions raises the epoch. renewed
// says that the password becomes another.
func (a *Applier) applyFactors(p *userPlan, renewed bool) (changed bool, err error) {
	wasAge, _, err := account.Ageings.Get(a.tx, p.id)
	if err != nil {
		return false, err
	}
	was, err := a.readFactors(p, wasAge)
	if err != nil {
		return false, err
	}
	age, is := wasAge, was
	if !p.exists {
		// Under an id that was deleted before, the least serial goes on.
		is = mfa.Factors{Serial: max(was.Serial, age.Serial)}
	}
	before := is
	p.address("email", p.Email, p.EmailValidated, &p.said.Email, &is.Email, a.tx.Now())
	p.address("mobile", p.Mobile, p.MobileValidated, &p.said.Mobile, &is.Mobile, a.tx.Now())
	p.authenticator(&is, a.tx.Now())
	replaced := !sameFactors(&before, &is)
	if replaced {
		is.Serial = max(is.Serial, age.Serial) + 1
	}
	if renewed || p.was.Locked && !p.acc.Locked {
		is.Ledger.Forget()
		if err := a.unlock(p); err != nil {
			return false, err
		}
	}
	if !p.exists || replaced || renewed || p.acc.Disabled && !p.was.Disabled {
		age = account.Ageing{Epoch: age.Epoch + 1, Serial: is.Serial}
	}
	if err := update(a, account.Ageings, p.id, true, wasAge, age); err != nil {
		return false, err
	}
	return age != wasAge || !same(was, is), update(a, mfa.FactorsTable, p.id, true, was, is)
}

// readFactors holds factors to the serial that is vouched for, except under an
// id whose account was deleted, and its factors with it.
func (a *Applier) readFactors(p *userPlan, age account.Ageing) (mfa.Factors, error) {
	if p.exists {
		return mfa.ReadFactors(a.tx, p.id, age.Serial)
	}
	f, _, err := mfa.FactorsTable.Get(a.tx, p.id)
	return f, err
}

// unlock forgets what wrong passwords have locked.
func (a *Applier) unlock(p *userPlan) error {
	if !p.exists {
		return nil // what strangers tried under the name was not the account's
	}
	if err := remove(a, account.Lockouts, account.NameID(a.index, p.canonicalName())); err != nil {
		return err
	}
	return remove(a, account.Lockouts, account.LockoutID(a.index, p.id))
}

// address settles an e-mail address or mobile number. A confirmed one is a
// factor: without a risen version it stays in use until the new one has been
// validated, and is not taken away.
func (p *userPlan) address(field, want string, validated *bool, applied *string, a *mfa.Address, now time.Time) {
	present := a.Value
	if a.Next != "" {
		present = a.Next
	}
	switch {
	case want == *applied && want != present:
		p.keep(field)
	case want == *applied:
	case want == a.Value:
		*applied, a.Next = want, ""
	case p.risen() || !a.Confirmed():
		*applied, *a = want, mfa.Address{Value: want}
	case want == "":
		p.keep(field)
	default:
		*applied, a.Next = want, want
	}
	if validated != nil {
		p.validated(field+"Validated", want, *validated, a, now)
	}
}

// validated settles whether an address is confirmed.
func (p *userPlan) validated(field, want string, validated bool, a *mfa.Address, now time.Time) {
	confirmed := want != "" && a.Value == want && a.Confirmed()
	switch {
	case confirmed == validated:
	case !p.risen() || want != a.Value && want != a.Next:
		p.keep(field)
	case validated:
		*a = mfa.Address{Value: want, Validated: now}
	default:
		a.Validated = time.Time{}
	}
}

// authenticator settles the secret of the authenticator app.
func (p *userPlan) authenticator(f *mfa.Factors, now time.Time) {
	switch {
	case p.TOTP == nil, f.Authenticator != nil && f.Authenticator.Secret.Equal(p.secret):
	case !p.risen():
		p.keep("totp")
	default:
		// The recovery codes went with the old one.
		f.Authenticator, f.Recovery = &mfa.Device{Secret: p.secret, Added: now}, nil
	}
}

// sameFactors reports whether the confirmed factors are the same.
func sameFactors(a, b *mfa.Factors) bool {
	address := func(x mfa.Address) string {
		if x.Confirmed() {
			return x.Value
		}
		return ""
	}
	if (a.Authenticator == nil) != (b.Authenticator == nil) || address(a.Email) != address(b.Email) || address(a.Mobile) != address(b.Mobile) {
		return false
	}
	return a.Authenticator == nil || a.Authenticator.Secret.Equal(b.Authenticator.Secret)
}
