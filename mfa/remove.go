package mfa

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// Factor is one confirmed factor of an account, for its owner or an administrator to see.
type Factor struct {
	ID        string // within the account
	Transport Transport
	Name      string // of an authenticator
	// Display is the address, masked as options show it; empty for an authenticator.
	Display string
	Added   time.Time
	LastUse time.Time // of an authenticator, to the day; zero: never
}

// List returns the confirmed factors: authenticators in the order in which they were
// added, then addresses.
func (f *Factors) List(index store.Index) (list []Factor) {
	for _, d := range f.Authenticators {
		list = append(list, Factor{ID: d.ID, Transport: Authenticator, Name: d.Name, Added: d.Added, LastUse: d.LastUse})
	}
	for _, t := range []Transport{Email, SMS} {
		for _, a := range f.addresses(t) {
			o := Offer{Method: Method{t, OTP}, To: a.Value}
			list = append(list, Factor{ID: addressID(index, t, a.Value), Transport: t, Display: o.Display(), Added: a.Validated})
		}
	}
	return list
}

// addressID is the id of an address as a factor, in whatever spelling. It goes with the
// address: one that takes its place is another factor.
func addressID(index store.Index, t Transport, value string) string {
	return index.ID("factor", t.String(), addressKey(t, value))
}

// Find returns the confirmed factor of that id.
func (f *Factors) Find(index store.Index, id string) (Factor, bool) {
	list := f.List(index)
	i := slices.IndexFunc(list, func(x Factor) bool { return x.ID == id })
	if i < 0 {
		return Factor{}, false
	}
	return list[i], true
}

// Remove removes a confirmed factor, which stands in the list. Recovery codes go with the
// last authenticator. The address on record stays, as a proven one: it is told of what
// happens, and what is enrolled next waits for it. Without any factor left the account
// stands as one whose factors an administrator took away ([Factors.TakeAway]): the next
// one takes an invitation. Removing is a change of factors: the caller raises the
// account's epoch and writes the serial into its own record.
func (f *Factors) Remove(index store.Index, x Factor) {
	if x.Transport == Authenticator {
		f.keepDevices(func(d Device) bool { return d.ID != x.ID })
	} else {
		f.removeAddress(index, x)
	}
	f.Serial++
}

// removeAddress removes an address as a factor. The one on record stays, proven; one beside
// it goes.
func (f *Factors) removeAddress(index store.Index, x Factor) {
	isIt := func(value string) bool { return addressID(index, x.Transport, value) == x.ID }
	if isIt(f.Address(x.Transport).Value) {
		f.demoteAddress(x.Transport)
	}
	f.keepFurther(func(a FurtherAddress) bool { return a.Over != x.Transport || !isIt(a.Value) })
}

// GiveUp is Remove by the owner of the account. Where it was the last factor, whoever is
// asked only when they have one ([WhenEnrolled]) is asked no more.
func (f *Factors) GiveUp(index store.Index, x Factor) {
	f.Remove(index, x)
	if !f.Any() {
		f.GivenUp = f.Serial
	}
}

// CanGiveUp reports whether the owner may remove a factor: something is left then that can
// be asked for, or nothing at all and nobody asks.
func (f *Factors) CanGiveUp(index store.Index, x Factor, wanted bool, channels Channels) bool {
	rest := *f
	rest.Remove(index, x)
	if !rest.Any() {
		return !wanted
	}
	return len(rest.offers(methods[:], channels)) > 0
}

// IsEnrolled reports whether the account has factors, or had some that its owner did not
// give up.
func (f *Factors) IsEnrolled() bool { return f.Serial > 0 && f.GivenUp != f.Serial }

// raise counts a change that added no factor: an account that gave its factors up is
// asked for none after it either.
func (f *Factors) raise() {
	givenUp := f.Serial > 0 && f.GivenUp == f.Serial
	f.Serial++
	if givenUp {
		f.GivenUp = f.Serial
	}
}
