package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// keyMailsPerDay is how many mails that ask for the proof of an address go to it, in
// whatever case, whoever has them sent and for whatever. It refills evenly.
const keyMailsPerDay = 3

// mailBudget is what goes to an address that is to be proven, at sign-up or by a change
// of address.
func mailBudget(x store.Index, email string) mfa.Budget {
	return mfa.Budget{ID: x.ID("budget-sign-up-mail", typed.EmailKey(email)), Size: keyMailsPerDay, Period: 24 * time.Hour}
}

// The calls by which strangers can have mails sent, as [startBudgets] counts them.
const (
	startOfSignUp = "sign-up"
	startOfReset  = "reset"
)

// Bounds of those calls, of each kind. They refill evenly.
const (
	startsPerHour      = 10 // from an IPv4 address, or an IPv6 /64
	startsPerHourWider = 30 // from an IPv6 /48
)

// startBudgets are those that a network address has for calls of one kind. Loopback and
// private addresses, behind which many users may stand, have none.
func startBudgets(x store.Index, what, address string) []mfa.Budget {
	near := peerOf(address)
	if near == "" {
		return nil
	}
	list := []mfa.Budget{{ID: x.ID("budget-start", what, near), Size: startsPerHour, Period: time.Hour}}
	if wide := widePeer(address); wide != near {
		list = append(list, mfa.Budget{ID: x.ID("budget-start", what, wide), Size: startsPerHourWider, Period: time.Hour})
	}
	return list
}
