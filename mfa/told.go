package mfa

import "time"

// Told is an address of an account as a host that owns its accounts tells it. An address
// that cannot be read is as if empty.
type Told struct {
	Over      Transport // Email or SMS
	Address   string
	Validated time.Time // when the host had that very address proven; zero: never
}

// Follow puts the addresses that a host tells on record. It reports whether anything
// changed, and whether an address has become a factor: then the caller raises the epoch of
// the account, and the serial that is f's now.
//
// The host's word makes a factor only of an account that never had one, else whoever can
// write the host's table would take a second factor over. Beside factors it proves an
// address for mail alone. An address that is a factor, or is proven and followed by one
// that is not, stays in use, and the new one waits until its owner has proven it.
func (f *Factors) Follow(list ...Told) (changed, raised bool) {
	never := f.Serial == 0
	for _, t := range list {
		a := f.Address(t.Over)
		was := *a
		address := CleanAddress(t.Over, t.Address)
		if !CheckAddress(t.Over, address) {
			address = ""
		}
		a.follow(address, t.Validated.UTC())
		if never && !t.Validated.IsZero() && !a.Proven.IsZero() && a.Value == address {
			a.Validated, a.Proven, raised = a.Proven, time.Time{}, true
		}
		changed = changed || *a != was
	}
	if raised {
		f.Serial++
	}
	return changed, raised
}

// follow is Follow for one address, which it proves for mail at most.
func (a *Address) follow(address string, validated time.Time) {
	news, same := address != a.Told, address == a.Value
	// A moment that stood beside the address before is not of this one.
	proven := address != "" && !validated.IsZero() && (same || validated.After(a.Proven))
	if a.Told = address; news {
		a.Next = ""
	}
	switch {
	case same:
		if proven && !a.IsProven() {
			a.Proven = validated
		}
	case !news && !proven: // its owner has proven another since, or it waits already
	case address == "":
		if !a.IsProven() {
			a.Value = ""
		}
	case a.Confirmed(), a.IsProven() && !proven:
		if news {
			a.Next = address
		}
	default:
		*a = Address{Value: address, Told: address, Unknown: a.Unknown}
		if proven {
			a.Proven = validated
		}
	}
}
