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
