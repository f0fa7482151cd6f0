package token

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/store"
)

// MaxSessions is how many sessions an account may have at one client.
const MaxSessions = 100

// Surplus returns the ids, as in [SessionEntries], of the entries that are over
// limit for their account and client; of each pair the oldest go. The entries
// may come in any order and of any number of accounts; those of sessions known
// to be dead should be left out, or they take the place of living ones.
func Surplus(entries []store.Item[SessionEntry], limit int) []string {
	type pair struct{ account, client string }
	groups := map[pair][]store.Item[SessionEntry]{}
	for _, e := range entries {
		account, _, _ := strings.Cut(e.ID, "/")
		p := pair{account, e.Value.Client}
		groups[p] = append(groups[p], e)
	}
	var out []string
	for _, g := range groups {
		if len(g) <= limit {
			continue
		}
		slices.SortFunc(g, func(a, b store.Item[SessionEntry]) int {
			return cmp.Or(a.Value.Created.Compare(b.Value.Created), cmp.Compare(a.ID, b.ID))
		})
		for _, e := range g[:len(g)-max(limit, 0)] {
			out = append(out, e.ID)
		}
	}
	slices.Sort(out)
	return out
}

// SplitSessionEntryID undoes [SessionEntryID].
func SplitSessionEntryID(id string) (accountID, sessionID string, ok bool) {
	return strings.Cut(id, "/")
}
