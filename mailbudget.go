package sallyport

import (
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// mailBudget is what goes to an address that is to be proven, at sign-up or by a change
// of address.
func mailBudget(x store.Index, email string) mfa.Budget {
	return mfa.Budget{ID: x.ID("budget-sign-up-mail", typed.EmailKey(email)), Rule: keyMails}
}

// The calls by which strangers can have mails sent, as [startBudgets] counts them.
const (
	startOfSignUp = "sign-up"
	startOfReset  = "reset"
)

// startBudgets are those that a network address has for calls of one kind. Loopback and
// private addresses, behind which many users may stand, have none.
func startBudgets(x store.Index, what, address string) []mfa.Budget {
	near := peerOf(address)
	if near == "" {
		return nil
	}
	list := []mfa.Budget{{ID: x.ID("budget-start", what, near), Rule: starts}}
	if wide := widePeer(address); wide != near {
		list = append(list, mfa.Budget{ID: x.ID("budget-start", what, wide), Rule: startsWide})
	}
	return list
}
