package mfa

import (
	"slices"
	"time"
)

// Passwordless is the purpose of a request of an account without a password: its options
// are all that is proven. Nobody has shown anything when it is made, so it is made for
// every name that is typed, and until an option is answered nothing that a caller is told,
// nor the time that it takes, depends on whose it is.
const Passwordless = "passwordless"

// MinUnprovenCode is how many characters the codes of such a request have at least: they
// stand alone.
const MinUnprovenCode = 8

// nobodyKept is how long what was counted under a name of no account is kept, so that it
// wears off no sooner than that of an account does: but for the row of a hundred wrong
// codes, which takes four days at least.
const nobodyKept = 30 * 24 * time.Hour

// Unproven reports whether the request is one behind no password. Where no account is
// behind it, or one that has changed since, it goes on as it would for another: nothing is
// sent and no answer is right.
func (r *Request) Unproven() bool { return r.Purpose == Passwordless }

// Unproven returns the policy of a request behind no password: codes and links that are
// sent, and no code that is short.
func (p Policy) Unproven() Policy {
	p.Methods = filter(p.Methods, func(m Method) bool { return m.Transport != Authenticator })
	p.OTPLength = max(p.OTPLength, MinUnprovenCode)
	return p
}

// Sends reports whether a code or a link could be sent under the policy.
func (p Policy) Sends(channels Channels) bool { return len(p.sends(channels)) > 0 }

// sends are the methods of the policy by which something is sent.
func (p Policy) sends(channels Channels) []Method {
	return filter(p.Methods, func(m Method) bool { return m.Transport != Authenticator && channels.Has(m.Transport) })
}

// unprovenOffers are the same for every account: those of the policy, whether or not there
// is an address to send to. That of an offer is empty where there is none.
func (f *Factors) unprovenOffers(p Policy, channels Channels) (list []Offer) {
	for _, m := range p.sends(channels) {
		list = append(list, Offer{Method: m, To: f.reached(m.Transport)})
	}
	return list
}

// reached returns the address that a code is sent to which stands alone: one that the owner
// has proven.
func (f *Factors) reached(t Transport) string {
	if t == Email {
		return f.ProvenEmail()
	}
	if !f.Mobile.Confirmed() {
		return ""
	}
	return f.Mobile.Value
}

// Counts reports whether what was proven by an option completes the login under the policy
// that holds for the account. Nothing is enrolled here, so what does not count where a
// factor is required lets nobody in.
func (c *Case) Counts(id string, p Policy) bool {
	option := c.Request.option(id)
	return option != nil && (p.Mode != Required || slices.Contains(p.Methods, option.Method))
}

// factorsUntil is when the record of factors may be forgotten: that of an account never.
func (c *Case) factorsUntil() time.Time {
	if !c.nobody {
		return time.Time{}
	}
	return c.now.Add(nobodyKept)
}
