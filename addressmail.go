package sallyport

import (
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
)

// proofMail carries the key that proves an address. It goes to somebody of whom nothing
// is known yet, so it says no text that a user chose.
func (e *Engine) proofMail(to, key string) draft {
	facts := message.Facts{Link: pageURL(e.cfg.Issuer, e.cfg.Pages.Address, key), Life: account.KeyAddress.Life()}
	return draft{topic: message.ConfirmAddress, facts: facts, kind: "address", channel: mfa.Email, to: to}
}

// takenMail tells the owner of an address that another account asked for it.
func (e *Engine) takenMail(owner string) draft {
	return draft{topic: message.AddressGiven, kind: "notice", channel: mfa.Email, owner: owner}
}
