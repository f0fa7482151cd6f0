package mfa

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Bounds of sending. The buckets refill evenly, so a full one is a burst.
const (
	resendAfter    = 30 * time.Second // between two sends of one option
	maxSends       = 5                // a request, over all options
	accountPerHour = 10               // an account
	emailPerDay    = 30               // a mailbox
	smsPerDay      = 10               // a number
	prefixPerHour  = 20               // the numbers that share six digits
	noticesPerHour = 6                // an account; security notices have a budget of their own
	maxPeers       = 16               // network addresses told apart in one bucket
)

// Bucket is a token bucket that fills while it is used and drains evenly. The
// zero value is empty, that is, all of the budget is there.
type Bucket struct {
	Used float64
	At   time.Time
	// Peers is the part that each network address used, by keyed digest.
	Peers map[string]float64

	Unknown record.Unknown // what a newer program has written
}

// take uses one unit of size units each period and reports whether there was
// one. A peer may use half of the budget at most, so that no single network
// address keeps the owner's own messages out; an empty peer is not counted.
func (b *Bucket) take(now time.Time, size int, period time.Duration, peer string) bool {
	b.drain(now, float64(size)/period.Seconds())
	if b.Used+1 > float64(size) {
		return false
	}
	if peer != "" {
		if _, known := b.Peers[peer]; !known && len(b.Peers) >= maxPeers {
			return false // too many at once to tell them apart
		}
		if b.Peers[peer]+1 > max(1, float64(size)/2) {
			return false
		}
		if b.Peers == nil {
			b.Peers = map[string]float64{}
		}
		b.Peers[peer]++
	}
	b.Used++
	return true
}

// drain lets time pass. A clock set back lets none pass. The conversion rounds
// the product, so that every processor gives the same result.
func (b *Bucket) drain(now time.Time, perSecond float64) {
	if gone := now.Sub(b.At).Seconds(); gone > 0 {
		drained := float64(gone * perSecond)
		b.Used = max(0, b.Used-drained)
		for peer, used := range b.Peers {
			if used -= drained; used <= 0 {
				delete(b.Peers, peer)
			} else {
				b.Peers[peer] = used
			}
		}
	}
	if now.After(b.At) {
		b.At = now
	}
}

// BucketTable keeps destination budgets under a keyed digest of the
// destination.
var BucketTable = store.NewTable[Bucket]("budget", store.TableOptions{})

// Budget is an amount that may be used in a period. What was used of it rests in
// [BucketTable] under its id, which is a keyed digest of what it is counted by. Twice
// the amount may go within one period that begins with a full budget, since it
// refills evenly.
type Budget struct {
	ID     string
	Size   int
	Period time.Duration
}

// Key returns the key of its record, which has to be read before [TakeBudgets].
func (b Budget) Key() string { return BucketTable.Key(b.ID) }

// KeysOf returns the keys of those budgets.
func KeysOf(list []Budget) (keys []string) {
	for _, b := range list {
		keys = append(keys, b.Key())
	}
	return keys
}

// destinations returns the budgets of one destination that a message has to pass:
// its own, and for SMS also that of its first six digits, since pumping fraud works
// through ranges of numbers.
func destinations(index store.Index, t Transport, to string) []Budget {
	switch {
	case t == Email && to != "":
		return []Budget{{index.ID("budget-email", addressKey(t, to)), emailPerDay, 24 * time.Hour}}
	case t == SMS && len(to) > 7:
		return []Budget{
			{index.ID("budget-sms", to), smsPerDay, 24 * time.Hour},
			{index.ID("budget-prefix", to[:7]), prefixPerHour, time.Hour},
		}
	}
	return nil
}

// BudgetKeys returns the keys of the budgets that a message over t to that
// address has to pass, to be read with the account's other records.
func BudgetKeys(index store.Index, t Transport, to string) []string {
	return KeysOf(destinations(index, t, to))
}

// spend uses one unit of every budget of the destination, or of none.
func (c *Case) spend(tx *store.Tx, t Transport, to string) (bool, error) {
	return take(tx, c.peer, destinations(c.index, t, to))
}

// TakeBudgets uses one unit of each of the budgets, or of none, and reports whether there
// was one of each. An error is a fault of the store.
func TakeBudgets(tx *store.Tx, list ...Budget) (bool, error) { return take(tx, "", list) }

// take is TakeBudgets for one network address.
func take(tx *store.Tx, peer string, all []Budget) (bool, error) {
	buckets, now := make([]Bucket, len(all)), tx.Now()
	for i, a := range all {
		var err error
		if buckets[i], _, err = BucketTable.Get(tx, a.ID); err != nil {
			return false, fmt.Errorf("reading a budget: %w", err)
		}
		if buckets[i].settle(now) {
			if err := BucketTable.Put(tx, a.ID, buckets[i], now.Add(a.Period)); err != nil {
				return false, fmt.Errorf("writing a budget: %w", err)
			}
		}
		if !buckets[i].take(now, a.Size, a.Period, peer) {
			return false, nil
		}
	}
	for i, a := range all {
		if err := BucketTable.Put(tx, a.ID, buckets[i], now.Add(a.Period)); err != nil {
			return false, fmt.Errorf("writing a budget: %w", err)
		}
	}
	return true, nil
}
