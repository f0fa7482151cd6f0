package sallyport

import (
	"context"
	"slices"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// trimPortion is how many sessions end in one commit.
const trimPortion = 50

// trimSessions ends the sessions of an account that are more than
// [token.MaxSessions] through one client; the oldest go.
func (e *Engine) trimSessions(ctx context.Context, account string) error {
	if e.isClosed() {
		return ErrClosed
	}
	list, err := e.sessionsOf(ctx, e.ref(account))
	if err != nil {
		return err
	}
	for part := range slices.Chunk(token.Surplus(list, token.MaxSessions), trimPortion) {
		err := e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
			for _, id := range part {
				if err := token.Sessions.Delete(tx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sessionsOf lists the sessions of an account, which lie beside its other records.
// Those of an account whose home begins alike lie there too, and are passed over.
func (e *Engine) sessionsOf(ctx context.Context, a accountRef) (list []token.Standing, err error) {
	now := e.clock()
	for it, err := range token.Sessions.Scan(ctx, e.db, now, token.SessionPrefix(a.home), "") {
		if err != nil {
			return nil, err
		}
		if it.Value.Account == a.id {
			list = append(list, it.Value.Standing(now))
		}
	}
	return list, nil
}
