package sallyport

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// addressesPerHour is how many mails that are to prove an address one account may cause.
const addressesPerHour = 10

// addressBudgets are what a mail that is to prove an address of this account has to
// pass. Three a day go to an address, those of sign-ups counted, however many ask.
func (c *call) addressBudgets(address string) []mfa.Budget {
	return []mfa.Budget{
		mailBudget(c.index, address),
		{ID: c.index.ID("budget-addresses", c.who.home), Size: addressesPerHour, Period: time.Hour},
	}
}

// mail is a message that is sent behind the answer. One with an owner goes to the
// address that this account has proven, as it is stored.
type mail struct {
	Message
	owner string
}

// confirmedText says what a code of a request is for that is no login.
var confirmedText = map[string]string{
	mfa.ChangeAddress: "change your e-mail address",
	mfa.CloseAccount:  "close your account",
}

// proofMail carries the key that proves an address. It goes to somebody of whom nothing
// is known yet, so it says no text that a user chose.
func (e *Engine) proofMail(to, key string) mail {
	m := Message{Channel: mfa.Email, Kind: "address", To: to, Lifetime: account.KeyAddress.Life()}
	m.Link = e.pageURL(e.cfg.Pages.Address, key)
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

// post sends mails behind the answer: neither their number nor a look-up shows in its
// time.
func (e *Engine) post(list []mail) {
	for _, m := range list {
		ok := e.background.Start(func() {
			ctx, cancel := context.WithTimeout(context.Background(), sendLimit)
			defer cancel()
			err := e.guarded(func() error { return e.address(ctx, &m) })
			if err == nil && m.To != "" {
				err = e.give(ctx, m.Channel, m.Message)
			}
			if err != nil {
				e.logger.Warn("a mail could not be sent", "kind", m.Kind, "error", err)
			}
		})
		if !ok {
			e.logger.Warn("a mail was dropped: too many on their way")
		}
	}
}

// address fills in where a mail to the owner of an account goes; nowhere, where the
// account has no proven address any more.
func (e *Engine) address(ctx context.Context, m *mail) error {
	if m.owner == "" {
		return nil
	}
	return e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		p := person{accountRef: e.ref(m.owner)}
		if err := p.fetch(tx); err != nil {
			return err
		}
		f, err := mfa.ReadFactors(tx, p.home, p.age.Serial)
		m.To, m.User = f.ProvenEmail(), p.acc.Name
		return err
	})
}
