package mfa

import (
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// FactorsTable keeps the second factors of an account under its home, see [Terms].
var FactorsTable = store.NewTable[Factors]("factors", store.TableOptions{Near: true})

// Factors is what one account can prove beside its password, and how often it
// was guessed at. The zero value is an account that has none.
type Factors struct {
	// Serial counts the changes of the factors, from 1. The account's own
	// record holds the least serial that may be believed, so that nobody who
	// can write the database takes a factor away by deleting this record.
	Serial uint64
	// GivenUp is the serial with which the owner removed the last factor; 0: they did not.
	// See [Factors.IsEnrolled].
	GivenUp uint64

	Authenticators []Device // at most [MaxAuthenticators]
	Email          Address
	Mobile         Address
	// Further are addresses beside Email and Mobile that are factors as well.
	Further  []FurtherAddress
	Recovery []Recovery
	// RecoveryMade is when those codes were drawn or came along; zero: not known.
	RecoveryMade time.Time

	Ledger        Ledger
	Unproven      Ledger    // of guesses behind no password, which never close the other
	LinkWithheld  time.Time // until when links are not offered
	LinkIgnored   int       // links in a row that nobody answered
	NoticeWindow  time.Time // start of the hour that Notices counts
	NoticeCounter int
	LastFactor    time.Time // when one was last proven; not written yet
	Proofs        []Proof   // by application, see [Proof]
	// Former are the e-mail addresses of the last 72 hours, the oldest first.
	Former []FormerAddress

	Unknown record.Unknown // what a newer program has written
}

// Address is an e-mail address or mobile number on record. Next is an address
// that is to take its place once it has been validated.
//
// An address whose owner has proven it gets mail that is theirs, such as notices and
// keys to set a new password. Only where it is validated as well is it a factor.
type Address struct {
	Value     string
	Validated time.Time // as a factor; zero: never
	Proven    time.Time // without having become a factor; zero: never
	Next      string
	Told      string // what a host that owns its accounts said last

	Unknown record.Unknown // what a newer program has written
}

// Confirmed reports whether the address may prove anything.
func (a Address) Confirmed() bool { return a.Value != "" && !a.Validated.IsZero() }

// IsProven reports whether the owner of the address has shown that it is theirs, as a
// factor or without.
func (a Address) IsProven() bool {
	return a.Confirmed() || a.Value != "" && !a.Proven.IsZero()
}

// ProvenEmail returns the e-mail address that the owner of the account has proven;
// empty: none.
func (f *Factors) ProvenEmail() string {
	if !f.Email.IsProven() {
		return ""
	}
	return f.Email.Value
}

// Recovery is the keyed digest of one recovery code. A spent one stays and is
// marked, since a spend is never a deletion.
type Recovery struct {
	Digest []byte
	Spent  time.Time
	// Foreign is a digest that another system made, as package password reads
	// it, in the place of Digest; see [ImportRecovery].
	Foreign string
}

// Address returns the address record of a transport that has one.
func (f *Factors) Address(t Transport) *Address {
	if t == SMS {
		return &f.Mobile
	}
	return &f.Email
}

// Has reports whether a factor on t is confirmed.
func (f *Factors) Has(t Transport) bool {
	if t == Authenticator {
		return len(f.Authenticators) > 0
	}
	return len(f.addresses(t)) > 0
}

// Counts reports whether a method that p counts has a confirmed factor.
func (f *Factors) Counts(p Policy) bool {
	return slices.ContainsFunc(p.Methods, func(m Method) bool { return f.Has(m.Transport) })
}

// Any reports whether the account has any confirmed factor.
func (f *Factors) Any() bool { return f.Has(Authenticator) || f.Has(Email) || f.Has(SMS) }

// ReadFactors reads the factors of the account of that home. least is the serial that the
// account's own record vouches for: factors that are absent or older than
// that were taken away by somebody, which is an error ([store.ErrDamaged]) and
// never an account without factors.
func ReadFactors(tx *store.Tx, home string, least uint64) (Factors, error) {
	return readFactors(tx, home, least, time.Time{})
}

// readFactors is ReadFactors of a record that expires; zero: never.
func readFactors(tx *store.Tx, home string, least uint64, expires time.Time) (Factors, error) {
	f, _, err := FactorsTable.Get(tx, home)
	if err != nil {
		return Factors{}, fmt.Errorf("reading factors: %w", err)
	}
	if f.Serial < least {
		return Factors{}, fmt.Errorf("reading factors: %w: serial %d, want %d", store.ErrDamaged, f.Serial, least)
	}
	f.Former = recentFormer(f.Former, tx.Now())
	if !tx.Apart() && f.settle(tx.Now()) {
		if err := FactorsTable.Put(tx, home, f, expires); err != nil {
			return Factors{}, fmt.Errorf("writing factors: %w", err)
		}
	}
	return f, nil
}

// Offer is a factor that may be used now, in the order of the options.
type Offer struct {
	Method
	To string // where the message goes; empty for an authenticator
}

// Display returns the destination as the user may see it before proving it.
func (o Offer) Display() string {
	switch o.Transport {
	case Email:
		return MaskEmail(o.To)
	case SMS:
		return MaskPhone(o.To)
	}
	return "Microsoft Authenticator"
}

// Offers returns what the account may answer with under p: confirmed factors
// that p counts. Where p counts none of them, the confirmed ones stand all the
// same, so that narrowing a policy locks nobody out; whether they complete a login
// says [Case.Completes]. Links are left out while
// they are withheld and another option exists, and so is an authenticator whose
// last step lies ahead of the clock.
func (f *Factors) Offers(p Policy, channels Channels, now time.Time) []Offer {
	out := f.offers(p.Methods, channels)
	if len(out) == 0 {
		out = f.offers(methods[:], channels)
	}
	return f.usable(out, now)
}

// usable leaves out the offers that are of no use now, where others remain.
func (f *Factors) usable(out []Offer, now time.Time) []Offer {
	if f.devicesAhead(now) {
		out = unless(out, func(o Offer) bool { return o.Transport == Authenticator })
	}
	if now.Before(f.LinkWithheld) {
		out = unless(out, func(o Offer) bool { return o.Mode == Link })
	}
	return out
}

// unless leaves out what is of no use now, where something else remains.
func unless(all []Offer, of func(Offer) bool) []Offer {
	if kept := filter(all, func(o Offer) bool { return !of(o) }); len(kept) > 0 {
		return kept
	}
	return all
}

// offers are those of methods in their order, of several addresses of a transport the one
// on record first with all of its methods.
func (f *Factors) offers(list []Method, channels Channels) (out []Offer) {
	for _, t := range []Transport{Email, SMS, Authenticator} {
		var to []string // where messages go
		for _, a := range f.addresses(t) {
			if channels.Reaches(t, a.Value) {
				to = append(to, a.Value)
			}
		}
		if t == Authenticator && f.Has(t) {
			to = []string{""}
		}
		for _, address := range to {
			for _, m := range list {
				if m.Transport == t {
					out = append(out, Offer{m, address})
				}
			}
		}
	}
	return out
}

// Enrollable returns the transports that p lets the account add now: those
// without a confirmed factor, and those with an address that waits to replace
// the confirmed one. The order is that of the numbers, as published.
func (f *Factors) Enrollable(p Policy, channels Channels) []Transport {
	var out []Transport
	for _, t := range []Transport{SMS, Email, Authenticator} {
		if p.canEnroll(t, channels) && (!f.Has(t) || t != Authenticator && f.Address(t).Next != "") {
			out = append(out, t)
		}
	}
	return out
}

// Addable is Enrollable for whoever asks to add a factor: also beside others on the same
// transport, as long as there is room.
func (f *Factors) Addable(p Policy, channels Channels) []Transport {
	list := f.Enrollable(p, channels)
	for _, t := range []Transport{SMS, Email, Authenticator} {
		if f.hasRoom(t) && p.canEnroll(t, channels) && !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	slices.Sort(list)
	return list
}

// hasRoom reports whether the account may have one more factor on t.
func (f *Factors) hasRoom(t Transport) bool {
	if t == Authenticator {
		return len(f.Authenticators) < MaxAuthenticators
	}
	return len(f.addresses(t)) < MaxAddresses
}

// Missing reports whether nothing is on record for t although a method of p uses
// it.
func (f *Factors) Missing(t Transport, p Policy) bool {
	address := f.Address(t)
	return p.uses(t) && address.Value == "" && address.Next == ""
}
