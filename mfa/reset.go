package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// HasBesideMail reports whether the account has a confirmed factor other than its
// mailbox. Who holds a key from that mailbox has to prove one of those as well.
func (f *Factors) HasBesideMail() bool { return f.CanProveBesideMail(Channels{Email: true, SMS: true}) }

// CanProveBesideMail is HasBesideMail of what these channels reach.
func (f *Factors) CanProveBesideMail(channels Channels) bool {
	return len(f.besideMail(methods[:], channels)) > 0
}

// besideMail are the codes of the factors other than the mailbox on record.
func (f *Factors) besideMail(list []Method, channels Channels) []Offer {
	return filter(f.offers(list, channels), func(o Offer) bool {
		return o.Mode == OTP && (o.Transport != Email || !sameAddress(Email, o.To, f.Email.Value))
	})
}

// BesideMail returns what whoever holds a key from the mailbox may answer with: codes
// of the confirmed factors other than that mailbox, of which those that p counts come
// before the others. None although [Factors.HasBesideMail] means that there is no way
// to prove one now.
func (f *Factors) BesideMail(p Policy, channels Channels, now time.Time) []Offer {
	for _, list := range [][]Method{p.Methods, methods[:]} {
		out := f.besideMail(list, channels)
		if f.devicesAhead(now) {
			out = unless(out, func(o Offer) bool { return o.Transport == Authenticator })
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// ledger counts the wrong answers of this request: behind a right password, or behind
// none.
func (c *Case) ledger() *Ledger {
	if c.Request.Purpose == ResetPassword || c.Request.Unproven() {
		return &c.Factors.Unproven
	}
	return &c.Factors.Ledger
}

// EndReset ends the request of a reset, in the commit that sets the password. A factor
// was proven in it, so the guesses of the account are forgotten.
func (c *Case) EndReset() {
	c.shut()
	c.Factors.Ledger.Forget()
	c.Factors.Unproven.Forget()
	c.dirtyFactors = true
	c.tell(Notice{Kind: PasswordReset})
}

// TellReset is [Factors.TellNewPassword] for a password that was set by a mailed key
// alone.
func (f *Factors) TellReset(user string, channels Channels, now time.Time) (n Notice, told bool) {
	n, told = f.TellNewPassword(user, channels, now)
	n.Kind = PasswordReset
	return n, told
}

// TakeMail uses one mail of a mailbox's day, for a mail that strangers can have sent, and
// one of each further budget, or none, and reports whether there was one of each. They all
// are of strangers, so that half of the day is left for codes, whoever asks. The keys of
// [BudgetKeys] and of the others must have been read.
func TakeMail(tx *store.Tx, index store.Index, to string, also ...Budget) (bool, error) {
	return take(tx, append(Destinations(index, Email, to), also...), strangers)
}
