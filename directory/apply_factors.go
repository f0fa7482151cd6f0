package directory

import (
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// applyFactors writes the second factors of an account, and its epoch, which a
// change that ends sessions raises. renewed: the password becomes another.
func (a *Applier) applyFactors(p *userPlan, renewed bool) error {
	wasAge, _, err := account.Ageings.Get(a.tx, p.home)
	if err != nil {
		return err
	}
	was, err := a.readFactors(p, wasAge)
	if err != nil {
		return err
	}
	age, is := wasAge, was
	if !p.exists {
		// Under an id that was deleted before, the least serial goes on.
		is = mfa.Factors{Serial: max(was.Serial, age.Serial)}
	}
	before := is
	p.address(wantedAddress{"email", p.email, p.EmailValidated}, &p.said.Email, &is.Email, a.tx.Now())
	p.address(wantedAddress{"mobile", p.mobile, p.MobileValidated}, &p.said.Mobile, &is.Mobile, a.tx.Now())
	if is.Email.Value != before.Email.Value {
		is.Former = nil // whoever administers has the last word
	}
	p.authenticators(&is, a.tx.Now())
	replaced := !sameFactors(&before, &is)
	if replaced {
		is.Serial = max(is.Serial, age.Serial) + 1
	}
	a.keepOwn(p, &before, &is, renewed || replaced)
	if renewed || p.was.Locked && !p.acc.Locked {
		is.Ledger.Forget()
		is.Unproven.Forget()
		if err := a.unlock(p, was.ProvenEmail()); err != nil {
			return err
		}
	}
	if renewed || !p.exists {
		age.PasswordChanged, age.GraceUsed, age.PasswordEnds = a.tx.Now(), 0, time.Time{}
	}
	switch {
	case p.acc.Passwordless:
		age.DropPassword()
	case p.was.MustChange && !p.acc.MustChange:
		age.KeepPassword(a.tx.Now())
	}
	if !p.exists || replaced || renewed || p.acc.Disabled && !p.was.Disabled || p.acc.Passwordless != p.was.Passwordless {
		age.Epoch, age.Serial = age.Epoch+1, is.Serial
	}
	if p.exists && p.acc.Disabled && !p.was.Disabled {
		age.KeyEpoch++
	}
	if err := update(a, account.Ageings, p.home, age, age == wasAge); err != nil {
		return err
	}
	if err := a.judgeFactors(p, &is); err != nil {
		return err
	}
	if err := account.MoveEmail(a.tx, a.index, p.id, was.ProvenEmail(), is.ProvenEmail()); err != nil {
		return err
	}
	return update(a, mfa.FactorsTable, p.home, is, same(was, is))
}

// peekEmails reads together who has proven the addresses that the users are about to
// have, or to have no longer.
func (a *Applier) peekEmails(plans []userPlan) error {
	var keys []string
	for i := range plans {
		p := &plans[i]
		f, _, err := mfa.FactorsTable.Get(a.tx, p.home)
		if err != nil {
			return err
		}
		switch was := f.ProvenEmail(); {
		case was != "" && p.isNewer():
			keys = append(keys, account.EmailKeys(a.index, was, p.email)...)
		case p.EmailValidated != nil && *p.EmailValidated && was != p.email:
			keys = append(keys, account.EmailKeys(a.index, was, p.email)...)
		}
	}
	return a.peek(keys)
}

// readFactors returns the stored factors of an account, which must not be older
// than the serial of its ageing. Under an id whose account was deleted there are
// none to be held to it.
func (a *Applier) readFactors(p *userPlan, age account.Ageing) (mfa.Factors, error) {
	if p.exists {
		return mfa.ReadFactors(a.tx, p.home, age.Serial)
	}
	f, _, err := mfa.FactorsTable.Get(a.tx, p.home)
	return f, err
}

// unlock deletes the lockouts of an account, of its name, also as the address that this
// may be, and of its proven address.
func (a *Applier) unlock(p *userPlan, email string) error {
	if !p.exists {
		return nil // wrong passwords for the name were not for this account
	}
	for _, address := range []string{email, p.acc.Name} {
		if !strings.Contains(address, "@") {
			continue
		}
		if err := remove(a, account.Lockouts, account.AddressNameID(a.index, address)); err != nil {
			return err
		}
	}
	if err := remove(a, account.Lockouts, account.NameID(a.index, typed.Name(p.acc.Name))); err != nil {
		return err
	}
	return remove(a, account.Lockouts, p.home)
}

// wantedAddress is an e-mail address or mobile number of the file, and whether
// the file calls it validated.
type wantedAddress struct {
	field, value string
	validated    *bool
}

// address settles an e-mail address or mobile number. One that is proven gets mail, and
// may be a factor: without a higher version it stays in use until the new one has been
// validated, and is not removed. applied is what the file last said.
func (p *userPlan) address(w wantedAddress, applied *string, a *mfa.Address, now time.Time) {
	field, want := w.field, w.value
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
	case p.isNewer() || !a.IsProven():
		*applied, *a = want, mfa.Address{Value: want}
	case want == "":
		p.keep(field)
	default:
		*applied, a.Next = want, want
	}
	if w.validated != nil {
		p.validated(field+"Validated", want, *w.validated, a, now)
	}
}

// validated settles whether an address is confirmed.
func (p *userPlan) validated(field, want string, validated bool, a *mfa.Address, now time.Time) {
	confirmed := a.Value == want && a.Confirmed()
	switch {
	case confirmed == validated:
	case !p.isNewer() || want != a.Value && want != a.Next:
		p.keep(field)
	case validated:
		*a = mfa.Address{Value: want, Validated: now}
	default:
		a.Validated = time.Time{}
	}
}

// authenticators settles the authenticator apps: those that are wanted, beside others or
// not, or where one is missing those alone. What else there was, and the recovery codes,
// went with the old ones.
func (p *userPlan) authenticators(f *mfa.Factors, now time.Time) {
	missing := slices.ContainsFunc(p.devices, func(d wantedDevice) bool { return !f.HasSecret(d.secret) })
	switch {
	case !missing:
	case !p.isNewer():
		p.keep("totp")
	default:
		var list []mfa.Device
		for _, d := range p.devices {
			list = append(list, mfa.NewAuthenticator(d.secret, d.name, now))
		}
		f.SetDevices(list...)
		f.Recovery, f.RecoveryMade = p.recovery, now
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
	same := func(x, y mfa.Device) bool { return x.Secret.Equal(y.Secret) }
	return address(a.Email) == address(b.Email) && address(a.Mobile) == address(b.Mobile) && slices.EqualFunc(a.Authenticators, b.Authenticators, same)
}
