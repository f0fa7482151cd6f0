package token

import (
	"cmp"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
)

// MaxSessions is how many sessions an account may have at one client.
const MaxSessions = 100

// openSessions says so in the list of limits.
var openSessions = budget.Rule{
	Name: "sessions", What: "sessions", By: "an account and client", Size: MaxSessions, Refills: budget.Never,
	UsedUp: "the oldest end", Source: "ours",
}

// Standing is what [Surplus] judges a session by.
type Standing struct {
	ID      string
	Client  string
	Created time.Time
	// Live is false for a session that was ended or has died by itself.
	Live bool
}

// Standing returns how the session stands at now. The account's epoch is not looked
// at: sessions that died of its rising are older than all that live.
func (s Session) Standing(now time.Time) Standing {
	return Standing{ID: s.ID, Client: s.Client, Created: s.Created, Live: s.LiveFor(s.Epoch, now)}
}

// Surplus returns the ids of the sessions of one account, given in any order, that
// are over limit for their client. Those that are dead go first, so that none takes
// the place of a living one, and then the oldest.
func Surplus(list []Standing, limit int) []string {
	clients := map[string][]Standing{}
	for _, s := range list {
		clients[s.Client] = append(clients[s.Client], s)
	}
	var out []string
	for _, group := range clients {
		if len(group) <= limit {
			continue
		}
		slices.SortFunc(group, func(a, b Standing) int {
			return cmp.Or(compareBool(a.Live, b.Live), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
		})
		for _, s := range group[:len(group)-max(limit, 0)] {
			out = append(out, s.ID)
		}
	}
	slices.Sort(out)
	return out
}

// compareBool has false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
