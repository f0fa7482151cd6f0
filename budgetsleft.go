package sallyport

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// BudgetsOf says whose budgets [Admin.Budgets] looks at. Each field may be empty.
type BudgetsOf struct {
	// Account is the id of an account; the addresses that it has on record are looked at
	// too.
	Account string
	// Email and Mobile are destinations, in any spelling, whoever has them.
	Email, Mobile string
}

// BudgetLeft is where one budget stands.
type BudgetLeft struct {
	BudgetRule
	// Of says whose it is, for people to read, where the rule is counted by more than the
	// account: an address, the beginning of a number, a part of the account's guesses.
	Of string
	// Left is how many there are: 0 to the Size of the rule.
	Left int
}

// Budgets returns how much is left of the budgets that are kept in the store: of an
// account, of the destinations, and, where [Config].SMSPerDay is set, of all text messages;
// what nodes hold of those to send counts as sent. Those of network addresses, processes,
// sessions and pending logins are not among them. Nothing is written, also not what has
// expired. An id that no account has is [directory.ErrNoUser]; where the host owns the
// accounts it is not asked, and such an id has all of its budgets.
func (a *Admin) Budgets(ctx context.Context, of BudgetsOf) ([]BudgetLeft, error) {
	if err := a.actor.check(); err != nil {
		return nil, err
	}
	to, err := of.destinations()
	if err != nil {
		return nil, err
	}
	var list []BudgetLeft
	err = a.e.look(ctx, func(ctx context.Context) error {
		err := a.e.db.Run(ctx, a.e.clock(), func(tx *store.Tx) (err error) {
			l := looking{e: a.e, tx: tx}
			if err := l.look(of.Account, to); err != nil {
				return err
			}
			list = l.list
			return errLooked
		})
		if errors.Is(err, errLooked) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// errLooked ends a transaction that must write nothing.
var errLooked = errors.New("nothing is to be written")

// destinations are those that are named.
func (of BudgetsOf) destinations() (list []mfa.Target, err error) {
	for _, d := range []mfa.Target{{Over: mfa.Email, Address: of.Email}, {Over: mfa.SMS, Address: of.Mobile}} {
		if d.Address == "" {
			continue
		}
		if d.Address = mfa.CleanAddress(d.Over, d.Address); !mfa.CheckAddress(d.Over, d.Address) {
			return nil, fmt.Errorf("sallyport: BudgetsOf: want %s", mfa.WantedForm(d.Over))
		}
		list = append(list, d)
	}
	return list, nil
}

// looking gathers what is left, in one transaction.
type looking struct {
	e    *Engine
	tx   *store.Tx
	list []BudgetLeft
}

func (l *looking) look(id string, to []mfa.Target) error {
	if id != "" {
		own, err := l.account(id)
		if err != nil {
			return err
		}
		to = append(own, to...)
	}
	seen := map[mfa.Target]bool{}
	for _, d := range to {
		if seen[d] {
			continue
		}
		seen[d] = true
		if err := l.destination(d); err != nil {
			return err
		}
	}
	return l.texts()
}

// account adds what the account has, and returns the addresses on record.
func (l *looking) account(id string) (own []mfa.Target, err error) {
	ref := l.e.hostRef(id)
	if l.e.hosts == nil {
		ref = l.e.ref(normalID(id))
	}
	mails := accountMailBudget(l.e.index, ref.home)
	keys := append(ref.personKeys(), account.ResetMails.Key(ref.home), mails.Key())
	if err := l.tx.Fetch(keys...); err != nil {
		return nil, err
	}
	if l.e.hosts == nil {
		switch _, known, err := account.Accounts.Get(l.tx, ref.id); {
		case err != nil:
			return nil, err
		case !known:
			return nil, directory.ErrNoUser
		}
	}
	left, err := mfa.AccountLeft(l.tx, ref.home)
	if err != nil {
		return nil, err
	}
	l.add(left...)
	resets, n, err := account.ResetMailsLeft(l.tx, ref.home)
	if err != nil {
		return nil, err
	}
	l.add(mfa.Left{Rule: resets, Left: n})
	if err := l.budget(mails, ""); err != nil {
		return nil, err
	}
	f, _, err := mfa.FactorsTable.Get(l.tx, ref.home)
	for _, t := range []mfa.Transport{mfa.Email, mfa.SMS} {
		if a := f.Address(t).Value; a != "" {
			own = append(own, mfa.Target{Over: t, Address: a})
		}
	}
	return own, err
}

// destination adds what goes to an address or number.
func (l *looking) destination(d mfa.Target) error {
	left, err := mfa.DestinationLeft(l.tx, l.e.index, d.Over, d.Address)
	if err != nil {
		return err
	}
	l.add(left...)
	if d.Over != mfa.Email {
		return nil
	}
	return l.budget(mailBudget(l.e.index, d.Address), d.Address)
}

func (l *looking) budget(b mfa.Budget, of string) error {
	n, err := b.Left(l.tx)
	l.add(mfa.Left{Rule: b.Rule, Of: of, Left: n})
	return err
}

// texts adds the text messages of all.
func (l *looking) texts() error {
	all, unproven, err := l.e.texts.left(l.tx)
	if l.e.cfg.SMSPerDay > 0 {
		l.add(all, unproven)
	}
	return err
}

func (l *looking) add(list ...mfa.Left) {
	for _, one := range list {
		l.list = append(l.list, BudgetLeft{BudgetRule: publicRule(one.Rule), Of: one.Of, Left: one.Left})
	}
}
