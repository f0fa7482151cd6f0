package sallyport

import (
	"context"
	"iter"

	"github.com/sallyport-auth/sallyport/account"
)

// usersPage is how many accounts are read together.
const usersPage = 200

// Users lists the accounts in the order of their ids, after that one; "" begins at
// the first. It reads in pages, none of which holds up a login: what changes
// meanwhile may be missed or met. LockedUntil is left out. A fault ends the list.
func (a *Admin) Users(ctx context.Context, after string) iter.Seq2[*User, error] {
	return func(yield func(*User, error) bool) {
		if err := a.actor.check(); err != nil {
			yield(nil, err)
			return
		}
		if a.e.hosts != nil {
			yield(nil, ErrHostAccounts)
			return
		}
		var page []string
		for it, err := range account.Accounts.Scan(ctx, a.e.db, a.e.clock(), "", after) {
			if err != nil {
				yield(nil, err)
				return
			}
			if page = append(page, it.ID); len(page) == usersPage {
				if !a.yieldUsers(ctx, page, yield) {
					return
				}
				page = page[:0]
			}
		}
		a.yieldUsers(ctx, page, yield)
	}
}

// yieldUsers reads a page of accounts in one round and yields them. It reports
// whether the list goes on.
func (a *Admin) yieldUsers(ctx context.Context, ids []string, yield func(*User, error) bool) bool {
	var list []*User
	err := a.e.read(ctx, func(c *call) error {
		list = nil
		ed, err := a.editor(c)
		if err != nil {
			return err
		}
		found, err := ed.FindAll(ids)
		for _, f := range found {
			list = append(list, newUser(f, ed.Application))
		}
		return err
	})
	if err != nil {
		return yield(nil, err)
	}
	for _, u := range list {
		if !yield(u, nil) {
			return false
		}
	}
	return true
}
