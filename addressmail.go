package sallyport

import (
	"fmt"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// proofMail carries the key that proves an address. It goes to somebody of whom nothing
// is known yet, so it says no text that a user chose.
func (e *Engine) proofMail(to, key string) mail {
	m := Message{Channel: mfa.Email, Kind: "address", To: to, Lifetime: account.KeyAddress.Life()}
	m.Link = pageURL(e.cfg.Issuer, e.cfg.Pages.Address, key)
	m.Subject = "Confirm this address for " + e.label
	m.Text = fmt.Sprintf("Somebody wants this to be the address of their account at %s. If it is you, open this page within 24 hours and confirm:\n\n%s\n\nIf it is not you, ignore this message.\n", e.label, m.Link)
	return mail{Message: m}
}

// takenMail tells the owner of an address that another account asked for it.
func (e *Engine) takenMail(owner string) mail {
	m := Message{Channel: mfa.Email, Kind: "notice", Subject: "Your address was given at " + e.label}
	m.Text = fmt.Sprintf("Somebody wanted this to be the address of another account at %s. It is the address of your account and stays so: nothing was changed. If it was you, sign in with the account that you have.\n", e.label)
	return mail{m, owner}
}
