package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// Factors lists the second factors of an account, whoever owns it, as its owner sees them:
// addresses are masked, and no secret is told.
func (a *Admin) Factors(ctx context.Context, id string) (*FactorList, error) {
	var list *FactorList
	err := a.view(ctx, func(c *call, ed *directory.Editor) error {
		f, err := c.findFactors(ed, id)
		if err != nil {
			return err
		}
		list = &FactorList{f.Factors.List(c.index), f.Factors.RecoveryLeft()}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// RemoveFactor removes one second factor of an account, whoever owns it, by its id in
// [Admin.Factors], and ends its sessions and pending logins. Its addresses are told. An
// address stays on record, proven. Without any factor left the account stands as after
// [Admin.ResetFactors]: the next one takes an invitation. Of the actor's own
// account it is [ErrOwnAccount]; [ErrNoFactor] where there is no such factor.
func (a *Admin) RemoveFactor(ctx context.Context, id, factor string) error {
	if a.actor.isOwn(id) || a.actor.isOwnKept(id) {
		return ErrOwnAccount
	}
	return a.commit(ctx, func(c *call, ed *directory.Editor) (Event, error) {
		f, err := c.findFactors(ed, id)
		if err != nil {
			return Event{}, err
		}
		n := mfa.Notice{Kind: mfa.FactorRemoved, User: f.Account.Name, Language: f.Account.Language, To: f.Factors.Targets(c.channels)}
		x, err := ed.RemoveFactor(f, factor)
		if err != nil {
			return Event{}, err
		}
		if n.Removed = x.Transport; len(n.To) > 0 {
			c.out.notices = append(c.out.notices, n)
		}
		return Event{Kind: EventFactorRemoved, Account: c.who.publicID(), Detail: x.Transport.String()}, nil
	})
}

// findFactors reads an account with its factors, whoever owns it, which becomes that of the
// call.
func (c *call) findFactors(ed *directory.Editor, id string) (*directory.Found, error) {
	if c.hosts == nil && !isHome(id) {
		c.who = person{accountRef: c.ref(normalID(id))}
		return ed.Find(c.who.id)
	}
	if err := c.findElsewhere(id); err != nil {
		return nil, err
	}
	return ed.FindKept(c.who.acc.Name, c.who.home)
}
