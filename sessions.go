package sallyport

import (
	"context"
	"slices"
	"sync"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// arrivals are the accounts that logged in since the last maintenance: only
// theirs can be too many.
type arrivals struct {
	mu sync.Mutex
	m  map[string]struct{}
}

const maxArrivals = 100_000

func (a *arrivals) add(account string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.m == nil {
		a.m = map[string]struct{}{}
	}
	if len(a.m) < maxArrivals {
		a.m[account] = struct{}{}
	}
}

func (a *arrivals) take() map[string]struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.m
	a.m = nil
	return m
}

// trimSessions ends the sessions of an account that are more than
// [token.MaxSessions] through one client; the oldest go.
func (e *Engine) trimSessions(ctx context.Context, account string) error {
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
