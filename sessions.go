package sallyport

import (
	"context"
	"slices"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// trimPortion is how many sessions end in one commit, of two records each.
const trimPortion = 25

// trimSessions ends the sessions of an account that are more than
// [token.MaxSessions] through one client; the oldest go.
func (e *Engine) trimSessions(ctx context.Context, account string) error {
	if e.isClosed() {
		return ErrClosed
	}
	var list []store.Item[token.SessionEntry]
	for it, err := range token.SessionEntries.Scan(ctx, e.db, e.clock(), account+"/", "") {
		if err != nil {
			return err
		}
		list = append(list, it)
	}
	for part := range slices.Chunk(token.Surplus(list, token.MaxSessions), trimPortion) {
		err := e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
			for _, id := range part {
				_, session, ok := token.SplitSessionEntryID(id)
				if !ok {
					continue
				}
				if err := token.SessionEntries.Delete(tx, id); err != nil {
					return err
				}
				if err := token.Sessions.Delete(tx, session); err != nil {
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
