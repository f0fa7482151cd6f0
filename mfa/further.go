package mfa

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
)

// MaxAddresses is how many e-mail addresses an account may have as factors, and how many
// mobile numbers.
const MaxAddresses = 3

// FurtherAddress is an address beside the one that is on record for its transport. It is a
// factor and no more: nobody signs in by it, and no key of a reset goes there.
type FurtherAddress struct {
	Over Transport // Email or SMS
	Address
}

// addresses returns the confirmed addresses of t, the one on record first, each once.
func (f *Factors) addresses(t Transport) (list []Address) {
	add := func(a Address) {
		same := func(b Address) bool { return sameAddress(t, a.Value, b.Value) }
		if a.Confirmed() && !slices.ContainsFunc(list, same) {
			list = append(list, a)
		}
	}
	if t != Email && t != SMS {
		return nil
	}
	add(*f.Address(t))
	for _, a := range f.Further {
		if a.Over == t {
			add(a.Address)
		}
	}
	return list
}

// isFactor reports whether an address of t, in whatever spelling, is a factor.
func (f *Factors) isFactor(t Transport, address string) bool {
	return slices.ContainsFunc(f.addresses(t), func(a Address) bool { return sameAddress(t, a.Value, address) })
}

// keepFurther leaves out the further addresses that are not to be kept. The list is made
// anew: it may be shared with what was read.
func (f *Factors) keepFurther(keep func(FurtherAddress) bool) { f.Further = filter(f.Further, keep) }

// standsBeside reports whether an address that was proven stands beside the one on record, and
// does not take its place.
func (c *Case) standsBeside(t Transport, address string) bool {
	present := c.Factors.Address(t)
	return c.Request.Purpose == AddFactor && present.Confirmed() && address != present.Next && !sameAddress(t, present.Value, address)
}

// addAddress makes a factor of an address that was proven.
func (c *Case) addAddress(t Transport) {
	candidate, address := c.Request.Enrollment.candidate(t), c.Factors.Address(t)
	candidate.Active = true
	if c.standsBeside(t, candidate.Address) {
		further := FurtherAddress{t, Address{Value: candidate.Address, Validated: c.now}}
		c.Factors.Further = append(slices.Clone(c.Factors.Further), further)
		return
	}
	next := address.Next
	if candidate.Address != address.Value {
		next = "" // else what was to take its place still is
	}
	*address = Address{Value: candidate.Address, Validated: c.now, Next: next, Told: address.Told}
}

// dropFurther drops the further addresses of t that were made factors at that moment.
func (f *Factors) dropFurther(t Transport, added time.Time) {
	f.keepFurther(func(a FurtherAddress) bool { return a.Over != t || !a.Validated.Equal(added) })
}

// dropAllFurther drops the further addresses. Where none is on record for a transport its
// first one is from then on, proven and no more.
func (f *Factors) dropAllFurther() {
	for _, a := range f.Further {
		if on := f.Address(a.Over); on.Value == "" {
			on.Value, on.Proven = a.Value, a.Validated
		}
	}
	f.Further = nil
}

// transportAddress is an address as the record lists it.
type transportAddress struct {
	over Transport
	Address
}

// Fields implements [record.Record].
func (a *transportAddress) Fields(f *record.Fields) {
	f.Int(1, "transport", (*int)(&a.over))
	f.Text(2, "value", &a.Value)
	f.Time(3, "validated", &a.Validated)
	f.Time(4, "proven", &a.Proven)
	f.Text(5, "next", &a.Next)
	f.Text(6, "told", &a.Told)
	f.Rest(&a.Unknown)
}

// furtherAddresses is the schema of the first program that knows what to do with more than
// one address of a transport. Those before it take a record that has more for damage, and
// deny.
const furtherAddresses = 2

// addressList is the list of addresses in the record: of each transport the one on record,
// and then those beside it.
func (x *Factors) addressList(f *record.Fields, n int) {
	var list []transportAddress
	for _, t := range []Transport{Email, SMS} {
		further := filter(x.Further, func(a FurtherAddress) bool { return a.Over == t })
		if a := x.Address(t); *a != (Address{}) || len(further) > 0 {
			list = append(list, transportAddress{t, *a})
		}
		for _, a := range further {
			list = append(list, transportAddress{t, a.Address})
		}
	}
	record.Many(f, n, "addresses", &list)
	if len(x.Further) > 0 {
		f.Needs(furtherAddresses)
	}
	if f.Reading() {
		x.readAddresses(f, n, list)
	}
}

func (x *Factors) readAddresses(f *record.Fields, n int, list []transportAddress) {
	seen := map[Transport]int{}
	for _, a := range list {
		seen[a.over]++
		switch {
		case a.over != Email && a.over != SMS, seen[a.over] > MaxAddresses:
			f.Fail(n)
		case seen[a.over] == 1:
			*x.Address(a.over) = a.Address
		case !a.Confirmed():
			f.Fail(n)
		default:
			x.Further = append(x.Further, FurtherAddress{a.over, a.Address})
		}
	}
}
