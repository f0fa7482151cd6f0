package mfa

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
	"github.com/sallyport-auth/sallyport/store"
)

// Left is what is left of a limit.
type Left struct {
	Rule budget.Rule
	Of   string // whose it is, for people to read
	Left int
}

// AccountLeft returns what is left of the limits of the account of that home, at the
// moment of the transaction. It judges copies and writes nothing.
func AccountLeft(tx *store.Tx, home string) ([]Left, error) {
	now := tx.Now()
	f, _, err := FactorsTable.Get(tx, home)
	if err != nil {
		return nil, fmt.Errorf("reading factors: %w", err)
	}
	p, _, err := PendingTable.Get(tx, home)
	if err != nil {
		return nil, fmt.Errorf("reading pending logins: %w", err)
	}
	if !tx.Apart() {
		f.settle(now)
	}
	p.settle(tx)
	p.tidy(now)
	list := []Left{
		{openRequests, "", openRequests.Size - len(p.Open)},
		{accountSends, "", p.Sends.left(now, accountSends)},
		{stepUpSends, "", p.StepUps.left(now, stepUpSends)},
		{newNumbers, "", newNumbers.Size - len(p.recentNumbers(now))},
		{attemptNotices, "", attemptNotices.Size - f.notices(now)},
		{allNotices, "", allNotices.Size - f.notices(now)},
		{addressChanges, "", addressChanges.Size - len(recentFormer(f.Former, now))},
	}
	for _, l := range []struct {
		ledger *Ledger
		of     string
	}{{&f.Ledger, "behind a right password"}, {&f.Unproven, "behind no password"}} {
		for i, n := range l.ledger.left(now) {
			list = append(list, Left{[...]budget.Rule{hourGuesses, dayGuesses, rowGuesses}[i], l.of, n})
		}
	}
	for i := range list {
		list[i].Left = max(0, list[i].Left)
	}
	return list, nil
}

// DestinationLeft returns what is left of the budgets of an address or number, and of
// the half of each that strangers have. It writes nothing.
func DestinationLeft(tx *store.Tx, index store.Index, t Transport, to string) (list []Left, err error) {
	for _, d := range Destinations(index, t, to) {
		bucket, _, err := BucketTable.Get(tx, d.ID)
		if err != nil {
			return nil, fmt.Errorf("reading a budget: %w", err)
		}
		all, of := bucket.left(tx.Now(), d.Rule), to
		if d.Rule.Name == prefixSends.Name {
			of = to[:7]
		}
		list = append(list, Left{d.Rule, of, all}, Left{d.Rule, of + ", where it is no factor", min(all, bucket.leftTo(strangers, tx.Now(), d.Rule))})
	}
	return list, nil
}

// recentNumbers are the numbers that count as new at a moment.
func (p *Pending) recentNumbers(now time.Time) []NewNumber {
	return filter(p.Numbers, func(n NewNumber) bool { return now.Sub(n.At) < newNumbers.Period })
}

// notices returns how many notices of the hour were sent.
func (f *Factors) notices(now time.Time) int {
	if now.Sub(f.NoticeWindow) >= allNotices.Period {
		return 0
	}
	return f.NoticeCounter
}
