package directory

import (
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// ErrAddressTaken means that another account has proven the e-mail address. On record
// several accounts may have it.
var ErrAddressTaken = errors.New("directory: another account has proven the address")

// changeAddresses changes the addresses of an account. Another address is on record, and
// neither proven nor a factor, unless by says that it is proven. Where a proof or a factor
// goes, the sessions end.
func (e *Editor) changeAddresses(f *Found, by *UserChange) error {
	if !by.MovesAddresses() {
		return nil
	}
	w, err := addressesOf(f, by)
	if err != nil {
		return err
	}
	was, is := f.Factors, &f.Factors
	if by.Email != nil && setOnRecord(&is.Email, w.email) {
		is.Former = nil // whoever administers has the last word
	}
	if by.Mobile != nil {
		setOnRecord(&is.Mobile, w.mobile)
	}
	if by.EmailProven != nil {
		if err := e.setProven(&is.Email, *by.EmailProven); err != nil {
			return err
		}
	}
	if err := e.moveEmail(f, was.ProvenEmail()); err != nil {
		return err
	}
	ends := was.ProvenEmail() != "" && was.ProvenEmail() != is.ProvenEmail()
	if !sameFactors(&was, is) {
		is.Serial++
		f.Age.Serial, ends = is.Serial, true
	}
	if ends {
		if err := e.raise(f); err != nil {
			return err
		}
	}
	return mfa.FactorsTable.Put(e.Tx, f.home, f.Factors, account.NoExpiry)
}

// setProven says that an address is proven, or that it is not, as a factor neither.
func (e *Editor) setProven(a *mfa.Address, proven bool) error {
	switch {
	case !proven:
		a.Proven, a.Validated = time.Time{}, time.Time{}
	case a.Value == "":
		return errors.New("user.emailProven: there is no address to be proven; set user.email")
	case !a.IsProven():
		a.Proven = e.Tx.Now()
	}
	return nil
}

// setOnRecord puts an address on record, and none beside it that is to come. One that
// was there stays as it is; another has proven nothing.
func setOnRecord(a *mfa.Address, value string) (another bool) {
	if another = a.Value != value; another {
		*a = mfa.Address{Value: value}
	}
	a.Next = ""
	return another
}

// addressesOf checks the addresses as they will be.
func addressesOf(f *Found, by *UserChange) (wantedUser, error) {
	u := NewUser{Name: f.Account.Name, Email: f.Factors.Email.Value, Mobile: f.Factors.Mobile.Value}
	change(&u.Email, by.Email)
	change(&u.Mobile, by.Mobile)
	return u.check()
}

// moveEmail keeps the index of proven addresses true where that of an account, which
// was another, is one that no other account has proven.
func (e *Editor) moveEmail(f *Found, was string) error {
	is := f.Factors.ProvenEmail()
	if was == is {
		return nil
	}
	if err := e.Tx.Fetch(account.EmailKeys(e.Index, was, is)...); err != nil {
		return err
	}
	if is != "" {
		if err := isFree(e.Tx, account.EmailID(e.Index, is), f.Account.ID); err != nil {
			return err
		}
	}
	return account.MoveEmail(e.Tx, e.Index, f.Account.ID, was, is)
}

func isFree(tx *store.Tx, email, id string) error {
	other, err := account.OtherHolder(tx, email, id)
	if other != "" {
		err = fmt.Errorf("user.email: %w", ErrAddressTaken)
	}
	return err
}
