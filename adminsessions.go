package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// EndClientSessions ends all sessions of a client and its pending logins, of whatever
// accounts, with their refresh and access tokens, and the tokens that it got for itself. It
// keeps its secrets. Sessions of the same accounts through other clients go on, and so do
// remembered devices. It is one commit, however many they are, and acts at the next call
// that meets one of them, on every node. Errors: [directory.ErrNoClient].
func (a *Admin) EndClientSessions(ctx context.Context, id string) error {
	return a.onClient(ctx, id, "sessions ended", func(ed *directory.Editor, c *token.Client) error { return ed.EndClientSessions(c) })
}

// EndAllSessions ends all sessions there are, those of clients and those of the host's own,
// with all their tokens and handles, and the tokens that clients got for themselves: for
// when something has leaked and nobody knows what. Everybody logs in again, the actor too.
// Logins that are under way, remembered devices, API keys and mailed keys go on. It is one
// commit, however many they are, and acts at the next call that meets one of them, on every
// node of this version; an older program would not know of it.
func (a *Admin) EndAllSessions(ctx context.Context) error {
	return a.commit(ctx, func(c *call, _ *directory.Editor) (Event, error) {
		if err := c.tx.Fetch(roundKey); err != nil {
			return Event{}, err
		}
		return Event{Kind: EventSessionsEnded, Detail: "all"}, token.NextRound(c.tx)
	})
}
