package mfa

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// maxPeers is how many network addresses are told apart in one bucket.
const maxPeers = 16

// strangers are, as a peer, all who have a message sent without having shown that the
// destination is theirs: by a factor of the account, or a mailbox that it has proven.
const strangers = "strangers"

// Bucket is a token bucket that fills while it is used and drains evenly. The
// zero value is empty, that is, all of the budget is there.
type Bucket struct {
	Used float64
	At   time.Time
	// Peers is the part that each network address used, and that of strangers.
	Peers map[string]float64

	Unknown record.Unknown // what a newer program has written
}

// take uses one unit of a rule and reports whether there was one. A peer may use half
// of the budget at most, and of what comes back, so that neither one network address nor
// all strangers keep the owner's own messages out. An empty peer is not counted.
func (b *Bucket) take(now time.Time, r budget.Rule, peers ...string) bool {
	b.drain(now, r)
	used, unit, half := r.Debt(b.Used), r.Unit(), max(r.Unit(), r.Full()/2)
	if used+unit > r.Full() {
		return false
	}
	peers = filter(peers, func(p string) bool { return p != "" && r.Half })
	for _, p := range peers {
		if r.Debt(b.Peers[p])+unit > half || !b.tells(p) {
			return false
		}
	}
	for _, p := range peers {
		if b.Peers == nil {
			b.Peers = map[string]float64{}
		}
		b.Peers[p] = r.Used(r.Debt(b.Peers[p]) + unit)
	}
	b.Used = r.Used(used + unit)
	return true
}

// tells reports whether there is room to tell a peer apart from others. Strangers take
// none of that of addresses: half of a budget that is theirs alone leaves the owner one.
func (b *Bucket) tells(peer string) bool {
	_, known := b.Peers[peer]
	n := len(b.Peers)
	if _, ok := b.Peers[strangers]; ok {
		n--
	}
	return known || peer == strangers || n < maxPeers
}

// drain lets time pass. A clock set back lets none pass. The part of a peer comes back at
// half the pace: at the whole one a peer that asks at each moment would take all that comes
// back, and the rest of a budget that the others have used once would stay used up.
func (b *Bucket) drain(now time.Time, r budget.Rule) {
	if gone := now.Sub(b.At); gone > 0 {
		b.Used = r.Used(max(0, r.Debt(b.Used)-gone))
		for peer, used := range b.Peers {
			if debt := r.Debt(used) - gone/2; debt <= 0 {
				delete(b.Peers, peer)
			} else {
				b.Peers[peer] = r.Used(debt)
			}
		}
	}
	if now.After(b.At) {
		b.At = now
	}
}

// left is how many units of a rule there are at a moment. The record stays as it is.
func (b *Bucket) left(now time.Time, r budget.Rule) int {
	gone := max(0, now.Sub(b.At)) // began ahead of the clock: used up as it is
	return r.Left(max(0, r.Debt(b.Used)-gone))
}

// leftTo is left of the half that a peer has, whatever others have used of the whole.
func (b *Bucket) leftTo(peer string, now time.Time, r budget.Rule) int {
	debt := max(0, r.Debt(b.Peers[peer])-max(0, now.Sub(b.At))/2)
	return int(max(0, max(r.Unit(), r.Full()/2)-debt) / r.Unit())
}

// BucketTable keeps destination budgets under a keyed digest of the
// destination.
var BucketTable = store.NewTable[Bucket]("budget", store.TableOptions{})

// Budget is a rule and what it counts by. What was used of it rests in [BucketTable]
// under its id, which is a keyed digest of that.
type Budget struct {
	ID   string
	Rule budget.Rule // refilled evenly
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

// Left returns how many there are of it at the moment of the transaction, and writes
// nothing.
func (b Budget) Left(tx *store.Tx) (int, error) {
	bucket, _, err := BucketTable.Get(tx, b.ID)
	if err != nil {
		return 0, fmt.Errorf("reading a budget: %w", err)
	}
	return bucket.left(tx.Now(), b.Rule), nil
}

// Destinations returns the budgets of one destination that a message has to pass:
// its own, and for SMS also that of its first six digits.
func Destinations(index store.Index, t Transport, to string) []Budget {
	switch {
	case t == Email && to != "":
		return []Budget{{index.ID("budget-email", addressKey(t, to)), emailSends}}
	case t == SMS && len(to) > 7:
		return []Budget{
			{index.ID("budget-sms", to), smsSends},
			{index.ID("budget-prefix", to[:7]), prefixSends},
		}
	}
	return nil
}

// BudgetKeys returns the keys of the budgets that a message over t to that
// address has to pass, to be read with the account's other records.
func BudgetKeys(index store.Index, t Transport, to string) []string {
	return KeysOf(Destinations(index, t, to))
}

// BudgetKeys is [BudgetKeys] of what option id sends.
func (r *Request) BudgetKeys(index store.Index, id string) []string {
	if option := r.option(id); option != nil {
		return KeysOf(r.budgets(index, option))
	}
	return nil
}

// budgets are those that a message of the option has to pass. Where a request behind no
// password has nobody to send to there are as many, of its account's own, so that what is
// read and written is the same.
func (r *Request) budgets(index store.Index, o *Option) []Budget {
	if o.To != "" || !r.Unproven() {
		return Destinations(index, o.Method.Transport, o.To)
	}
	if o.Method.Transport == Email {
		return []Budget{{index.ID("budget-nobody-email", r.Account), emailSends}}
	}
	return []Budget{
		{index.ID("budget-nobody-sms", r.Account), smsSends},
		{index.ID("budget-nobody-prefix", r.Account), prefixSends},
	}
}

// spend uses one unit of every budget of an address that is no factor of the account yet,
// or of none. It may be anybody's: half of its budgets is left to whoever has it as one.
func (c *Case) spend(tx *store.Tx, t Transport, to string) (bool, error) {
	return take(tx, Destinations(c.index, t, to), c.peer, strangers)
}

// TakeBudgets uses one unit of each of the budgets, or of none, and reports whether there
// was one of each. An error is a fault of the store.
func TakeBudgets(tx *store.Tx, list ...Budget) (bool, error) { return take(tx, list) }

// take is TakeBudgets for these peers.
func take(tx *store.Tx, all []Budget, peers ...string) (bool, error) {
	buckets, now := make([]Bucket, len(all)), tx.Now()
	for i, a := range all {
		var err error
		if buckets[i], _, err = BucketTable.Get(tx, a.ID); err != nil {
			return false, fmt.Errorf("reading a budget: %w", err)
		}
		if !tx.Apart() && buckets[i].settle(now) {
			if err := BucketTable.Put(tx, a.ID, buckets[i], now.Add(a.Rule.Full())); err != nil {
				return false, fmt.Errorf("writing a budget: %w", err)
			}
		}
		if !buckets[i].take(now, a.Rule, peers...) {
			return false, nil
		}
	}
	for i, a := range all {
		if err := BucketTable.Put(tx, a.ID, buckets[i], buckets[i].At.Add(a.Rule.Full())); err != nil {
			return false, fmt.Errorf("writing a budget: %w", err)
		}
	}
	return true, nil
}
