package sallyport

import (
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// addressKeys are read with the account where a key is to be mailed to an address: who
// has proven it, and the budgets.
func (c *call) addressKeys(address string) []string {
	if address == "" {
		return nil
	}
	return append(mfa.KeysOf(c.addressBudgets(address)), account.EmailKeys(c.index, address)...)
}

// addressBudgets are what a mail that is to prove an address of this account has to
// pass.
func (c *call) addressBudgets(address string) []mfa.Budget {
	return []mfa.Budget{
		mailBudget(c.index, address),
		{ID: c.index.ID("budget-addresses", c.who.home), Rule: addressMails},
	}
}
