package sallyport

import (
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// addressKeys are read with the account where a key is to be mailed to an address: who
// has proven it, and the budgets.
func (c *call) addressKeys(address string) []string {
	if address == "" {
		return nil
	}
	keys := append(mfa.BudgetKeys(c.index, mfa.Email, address), mfa.KeysOf(addressBudgets(c.index, c.who.home, address))...)
	return append(keys, account.EmailKeys(c.index, address)...)
}

// addressBudgets are what a mail that is to prove an address of this account has to
// pass: it is at that home.
func addressBudgets(x store.Index, home, address string) []mfa.Budget {
	return []mfa.Budget{mailBudget(x, address), accountMailBudget(x, home)}
}

// accountMailBudget are the mails that the account of that home may cause.
func accountMailBudget(x store.Index, home string) mfa.Budget {
	return mfa.Budget{ID: x.ID("budget-addresses", home), Rule: addressMails}
}
