package sallyport

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
)

// VerificationView is what the page of a mailed key shows. It belongs to the caller.
type VerificationView struct {
	Nonce string // to be sent back with the form
	Email string // the address that the key proves
	// Name, Language and Attributes are what was typed at the start, perhaps by
	// somebody else than who reads this: show them, and let the name be changed.
	Name       string
	Language   string
	Attributes []account.Attribute
	Ends       time.Time     // when the key dies
	Left       time.Duration // how long that is from now
	// Own says that the browser is the one in which the sign-up began, so that the password
	// serves that was typed there.
	Own bool
	// Status says what became of it; empty: nothing yet.
	Status RegistrationStatus
}

// ViewVerification returns what a mailed key is about, or what became of it. The secret is
// that of the browser, as in [Verification]; empty: it has none. It changes nothing, however
// often robots call it. The error for a key of which nothing is known any more is
// [ErrUnknownRequest].
func (e *Engine) ViewVerification(ctx context.Context, key, secret string) (VerificationView, error) {
	if e.cfg.SignUp == nil {
		return VerificationView{}, ErrNoSignUp
	}
	if !account.IsMailedKey(key) {
		return VerificationView{}, ErrUnknownRequest
	}
	var out VerificationView
	err := e.read(ctx, func(c *call) error {
		k, found, err := account.FindMailedKey(c.tx, account.KeySignUp, account.MailedKeyID(c.index, account.KeySignUp, key))
		if err != nil {
			return err
		}
		if !found {
			return ErrUnknownRequest
		}
		r, found, err := directory.Registrations.Get(c.tx, k.Account)
		if err != nil {
			return err
		}
		if !found {
			return ErrUnknownRequest
		}
		out = VerificationView{
			Nonce: c.pageNonce("verify", key), Email: k.Address, Name: r.Name, Language: r.Language, Attributes: slices.Clone(r.Attributes),
			Ends: k.Ends(), Left: k.Ends().Sub(c.tx.Now()), Own: c.isOwnBrowser(&r, k.Account, secret), Status: registrationEnds[r.End],
		}
		return nil
	})
	if err != nil {
		return VerificationView{}, err
	}
	return out, nil
}

// registrationEnds is what the ends of a registration are called here.
var registrationEnds = map[directory.RegistrationEnd]RegistrationStatus{
	directory.RegistrationMade:         RegistrationCreated,
	directory.RegistrationWaits:        RegistrationWaits,
	directory.RegistrationAddressTaken: RegistrationAddressTaken,
	directory.RegistrationNames:        RegistrationDead,
}
