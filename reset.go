package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/wire"
)

// ResetRequest asks for a key by which whoever forgot their password sets another.
type ResetRequest struct {
	Caller      *Caller // nil is the host itself
	Address     string  // network address of the caller, for budgets; may be empty
	UserAddress string  // as in [Login]
	Username    string  // as it was typed
}

// ResetFinish is a call that sets another password by a mailed key, or a step on the
// way to it. It prints as a placeholder.
type ResetFinish struct {
	Caller      *Caller // nil is the host itself
	Address     string  // network address of the caller, for budgets; may be empty
	UserAddress string  // as in [Login]
	Key         string  // from the mail: 64 lower-case hexadecimal digits
	// NewPassword may be empty while a factor is still to be proven.
	NewPassword string

	// What follows proves a factor, where one is wanted. RequestID is that of the
	// [ResetResult] that wanted it, OptionID one of its options, and Code the answer
	// to that option. An OptionID without Code has a code sent.

	RequestID, OptionID, Code string
}

// String hides the key and the password from accidental printing.
func (ResetFinish) String() string { return "sallyport.ResetFinish(hidden)" }

// GoString is like [ResetFinish.String].
func (in ResetFinish) GoString() string { return in.String() }

// ResetResult is the answer to a [ResetFinish].
type ResetResult struct {
	// Status says the same as Outcome in Visual Guard's words, which are fewer.
	Status PasswordStatus
	// Outcome is Granted once the new password is the account's: nobody is logged in
	// by that. FactorWanted wants one of Options proven in the request that RequestID
	// names, Waiting the code that was sent; PasswordChangeWanted means that all is
	// proven and a password, or a better one, is wanted. Denied is the end of the
	// request, with the reason over also of the key, unless Status says that only the
	// request is over.
	Outcome Outcome
	Reason  Reason
	// RequestID names the request in which a factor is proven. Whoever has proven one
	// sends it along with the new password: the proof is good in that request alone.
	RequestID string
	Options   []Option
	// Policy says which rules the new password breaks; nil: none.
	Policy *password.PolicyError

	factor Status // of a second factor; zero: it is not about one
}

// Wire returns the document of the result, to be sent with 200, or with 400 where no
// password was set.
func (r *ResetResult) Wire() wire.PasswordResult {
	doc := PasswordResult{Status: r.Status, RequestID: r.RequestID, Policy: r.Policy}
	w := doc.Wire()
	if r.factor != 0 {
		w.AuthenticationStatus = r.factor.String()
	}
	w.MFAAvailables = wireOptions(r.RequestID, r.Options)
	return w
}

// ResetView is what a page shows of a mailed key.
type ResetView struct {
	User     string        // the name of the account
	Language string        // of the account, a tag such as de; empty: not known, as when Done
	Ends     time.Time     // when the key dies
	Left     time.Duration // how long that is from now
	// Done says that the key has set a password, and then nothing else is told but
	// when it dies.
	Done bool
	// WantsFactor says that a factor has still to be proven, in the request that was
	// named. Options are how; without a request that lives there are none.
	WantsFactor bool
	Options     []Option
	// Digits reports that the codes of messages consist of digits alone.
	Digits bool
	// Nonce is for the page, to be sent back with its form. Nobody else knows it.
	Nonce string
}

// whyNoReset says why the account may not set a password by a mailed key; nothing: it
// may.
func (c *call) whyNoReset(f *mfa.Factors) message.Reason {
	a := &c.who.acc
	switch {
	case c.who.module != nil:
		return message.Elsewhere
	case a.Disabled:
		return message.Disabled
	case !a.Approved:
		return message.NotApproved
	case a.PasswordHash == "":
		return message.NoPassword
	case c.policy.Passwords.ResetNeedsFactor && !f.HasBesideMail():
		return message.NoFactor
	}
	return ""
}

// isResetLive reports whether a key that is live by itself is one for its account,
// which was read: as it is now, at the address that is proven now.
func (c *call) isResetLive(k *account.MailedKey, f *mfa.Factors) bool {
	return c.who.known && k.Account == c.who.id && k.Epoch == c.who.age.Epoch &&
		c.whyNoReset(f) == "" && f.Email.IsProven() && f.Email.Value == k.Address
}
